using System.Runtime.CompilerServices;

namespace Parley.Client;

/// <summary>The user's conversations as a list shows them.</summary>
public sealed class Inbox
{
    private readonly ParleyClient _client;
    private readonly Requests _requests;
    private readonly Follower _follower;

    internal Inbox(ParleyClient client, Requests requests, Follower follower) => (_client, _requests, _follower) = (client, requests, follower);

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
            foreach (var item in page.Conversations) _follower.Answered(item.Conversation, item.Flags);
        });

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
            await list.OpenAsync(Kept, cancel).ConfigureAwait(false);
            return list;
        }
        catch
        {
            list.Dispose();
            throw;
        }
    }

    /// <summary>Reads what the device kept of the list, for a list that is opened without a connection; null where nothing is kept.</summary>
    internal Func<CancellationToken, ValueTask<IReadOnlyList<InboxItem>>>? Kept { get; set; }

    /// <summary>One page, for the client itself: at its pace.</summary>
    internal async Task<InboxPage> ListPatientlyAsync(ListInbox request, CancellationToken cancel)
    {
        await _follower.Pace.TurnAsync().WaitAsync(cancel).ConfigureAwait(false);
        return await ListAsync(request, cancel).ConfigureAwait(false);
    }

    /// <summary>Pins, archives, hides or silences a conversation for the user alone, or keeps his draft; the same on all his devices.</summary>
    /// <returns>How it stands in his inbox then. His other devices raise <see cref="ParleyClient.InboxChanged"/>.</returns>
    public Task<InboxFlags> UpdateAsync(UpdateInbox change, CancellationToken cancel = default) =>
        _requests.AskAsync(Wire.UpdateInbox, change, cancel, flags => Shelved(change.Conversation, flags));

    /// <summary>Counts messages from a sequence on as unread again, for the user alone, until he reads; 0 takes the mark away.</summary>
    public Task<InboxFlags> MarkUnreadAsync(ConversationId conversation, Sequence from, CancellationToken cancel = default) =>
        _requests.AskAsync(Wire.MarkUnread, new MarkUnread(conversation, from), cancel, flags => Shelved(conversation, flags));

    /// <summary>Everything was read, in all conversations of the user.</summary>
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

    private void Shelved(ConversationId conversation, InboxFlags flags)
    {
        _follower.Answered(conversation, flags);
        _client.Happened(new Happening.ShelvedHere(conversation, flags));
    }
}
