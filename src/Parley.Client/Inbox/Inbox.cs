using System.Runtime.CompilerServices;

namespace Parley.Client;

/// <summary>The user's conversations as a list shows them.</summary>
/// <remarks>What the server will not do throws <see cref="ParleyRefusedException"/>; what got no answer in time throws <see cref="ParleyConnectionException"/>, and may have been done.</remarks>
public sealed class Inbox
{
    private readonly ParleyClient _client;
    private readonly Requests _requests;
    private readonly Follower _follower;
    private readonly Changes _changes;

    internal Inbox(ParleyClient client, Requests requests, Follower follower, Changes changes) => (_client, _requests, _follower, _changes) = (client, requests, follower, changes);

    /// <summary>One page, the last active first.</summary>
    /// <param name="limit">1 to <see cref="ListInbox.MaxLimit"/>; null for the server's default.</param>
    /// <param name="next">From the page before; null for the first.</param>
    /// <param name="cancel">Stops asking.</param>
    public Task<InboxPage> ListAsync(int? limit = null, string? next = null, CancellationToken cancel = default) =>
        ListAsync(new ListInbox(limit, next), cancel);

    /// <summary>One page, as asked for: those that are archived, pinned, or of a kind.</summary>
    public Task<InboxPage> ListAsync(ListInbox request, CancellationToken cancel = default) =>
        _requests.AskAsync(Wire.ListInbox, request, cancel, page =>
        {
            foreach (var item in page.Conversations)
            {
                _follower.Answered(item.Conversation, item.Flags);
                _follower.Described(item);
            }
        });

    /// <summary>
    /// All conversations of the user as this device knew them last, the last active first, without asking anybody: with the last message and what is unread, as far as was heard. Those that are archived or hidden are among them; see
    /// <see cref="InboxItem.Flags"/>. Needs no connection.
    /// </summary>
    /// <returns>None without a <see cref="ParleyClientOptions.Store"/>, and before the first session.</returns>
    /// <exception cref="LocalStoreException">The store cannot be read.</exception>
    public async Task<IReadOnlyList<InboxItem>> ListKeptAsync(CancellationToken cancel = default) =>
        await _client.KeptAsync(cancel).ConfigureAwait(false) is { } kept ? await kept.ListConversationsAsync().WaitAsync(cancel).ConfigureAwait(false) : [];

    /// <summary>The list as a program binds to it: its first page now, kept up to date until it is disposed.</summary>
    /// <param name="options">What is shown; null for all that is not archived.</param>
    /// <param name="cancel">Stops asking.</param>
    /// <exception cref="InvalidOperationException">The client receives answers only, so nothing would tell it what changes.</exception>
    /// <exception cref="ArgumentException">The page size cannot be asked for.</exception>
    public async Task<ConversationList> OpenAsync(ConversationListOptions? options = null, CancellationToken cancel = default)
    {
        if (_client.Options.Receive == ReceiveMode.AnswersOnly) throw new InvalidOperationException("A client that receives answers only cannot keep a list up to date.");
        options ??= new ConversationListOptions();
        if (options.PageSize is < 1 or > ListInbox.MaxLimit) throw new ArgumentException($"A page has 1 to {ListInbox.MaxLimit} conversations.", nameof(options));
        var list = new ConversationList(_client, options, _follower);
        try
        {
            await list.OpenAsync(KeptAsync, cancel).ConfigureAwait(false);
            return list;
        }
        catch
        {
            list.Dispose();
            throw;
        }

        // As the server would choose them.
        async Task<IReadOnlyList<InboxItem>> KeptAsync(CancellationToken stop) =>
        [
            .. (await ListKeptAsync(stop).ConfigureAwait(false)).Where(item =>
                item.Flags is not { Hidden: true } && (item.Flags?.Archived ?? false) == options.Archived && (options.Kind is null || item.Kind == options.Kind)
                && (!options.UnreadOnly || item.Unread > 0 || item.Flags?.UnreadFrom is not null)),
        ];
    }

    /// <summary>One page, for the client itself: at its pace.</summary>
    internal async Task<InboxPage> ListPatientlyAsync(ListInbox request, CancellationToken cancel)
    {
        await _follower.Pace.TurnAsync().WaitAsync(cancel).ConfigureAwait(false);
        return await ListAsync(request, cancel).ConfigureAwait(false);
    }

    /// <summary>Pins, archives, hides or silences a conversation for the user alone, or keeps his draft; the same on all his devices.</summary>
    /// <returns>How it stands in his inbox then. His other devices raise <see cref="ParleyClient.InboxChanged"/>.</returns>
    public Task<InboxFlags> UpdateAsync(UpdateInbox change, CancellationToken cancel = default) =>
        _changes.MakeAsync<InboxFlags>(Change.UpdateInbox(change), cancel);

    /// <summary>Counts messages from a sequence on as unread again, for the user alone, until he reads; 0 takes the mark away.</summary>
    public Task<InboxFlags> MarkUnreadAsync(ConversationId conversation, Sequence from, CancellationToken cancel = default) =>
        _changes.MakeAsync<InboxFlags>(Change.MarkUnread(conversation, from), cancel);

    /// <summary>Everything was read, in all conversations of the user.</summary>
    /// <remarks>Said of this moment: it is not kept, since later it would be said of what came meanwhile.</remarks>
    /// <returns>In how many of them something was unread.</returns>
    /// <exception cref="ParleyRefusedException">Too much waits to be written; some may have been read.</exception>
    public async Task<int> ReadAllAsync(CancellationToken cancel = default) => (await _requests.AskAsync(Wire.ReadAll, new ReadAll(), cancel).ConfigureAwait(false)).Conversations;

    /// <summary>How many messages the user has not read, and how many of them address him, in all conversations together: what a badge shows. Counted by the server when asked.</summary>
    /// <param name="cancel">Stops asking.</param>
    public Task<UnreadTotal> CountUnreadAsync(CancellationToken cancel = default) => _requests.AskAsync(Wire.CountUnread, new CountUnread(), cancel);

    /// <summary>All of them, page by page. What becomes active meanwhile may come twice or move.</summary>
    /// <param name="cancel">Stops asking.</param>
    public IAsyncEnumerable<InboxItem> AllAsync(CancellationToken cancel = default) => AllAsync(new ListInbox(ListInbox.MaxLimit), cancel);

    /// <summary>All of those that are archived, pinned, or of a kind, page by page, from the page on that is asked for.</summary>
    /// <param name="which">Which, and how many at a time.</param>
    /// <param name="cancel">Stops asking.</param>
    public async IAsyncEnumerable<InboxItem> AllAsync(ListInbox which, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(which);
        var next = which.Next;
        do
        {
            var page = await ListAsync(which with { Next = next }, cancel).ConfigureAwait(false);
            foreach (var item in page.Conversations) yield return item;
            next = page.Next;
        }
        while (next is not null);
    }
}
