using System.Runtime.CompilerServices;

namespace Parley.Client;

/// <summary>The user's conversations as a list shows them.</summary>
/// <remarks>What the server will not do throws <see cref="ParleyRefusedException"/>; what got no answer in time throws <see cref="ParleyConnectionException"/>, and may have been done.</remarks>
public sealed class Inbox
{
    private readonly Requests _requests;
    private readonly Follower _follower;

    internal Inbox(Requests requests, Follower follower) => (_requests, _follower) = (requests, follower);

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

    /// <summary>Pins, archives, hides or silences a conversation for the user alone, or keeps his draft; the same on all his devices.</summary>
    /// <returns>How it stands in his inbox then. His other devices raise <see cref="ParleyClient.InboxChanged"/>.</returns>
    public Task<InboxFlags> UpdateAsync(UpdateInbox change, CancellationToken cancel = default) =>
        _requests.AskAsync(Wire.UpdateInbox, change, cancel, flags => _follower.Answered(change.Conversation, flags));

    /// <summary>Counts messages from a sequence on as unread again, for the user alone, until he reads; 0 takes the mark away.</summary>
    public Task<InboxFlags> MarkUnreadAsync(ConversationId conversation, Sequence from, CancellationToken cancel = default) =>
        _requests.AskAsync(Wire.MarkUnread, new MarkUnread(conversation, from), cancel, flags => _follower.Answered(conversation, flags));

    /// <summary>Everything was read, in all conversations of the user.</summary>
    /// <returns>In how many of them something was unread.</returns>
    /// <exception cref="ParleyRefusedException">Too much waits to be written; some may have been read.</exception>
    public async Task<int> ReadAllAsync(CancellationToken cancel = default) => (await _requests.AskAsync(Wire.ReadAll, new ReadAll(), cancel).ConfigureAwait(false)).Conversations;

    /// <summary>How many messages the user has not read, and how many of them address him, in all conversations together: what a badge shows. Counted by the server when asked.</summary>
    /// <param name="cancel">Stops asking.</param>
    public Task<UnreadTotal> CountUnreadAsync(CancellationToken cancel = default) => _requests.AskAsync(Wire.CountUnread, new CountUnread(), cancel);

    /// <summary>All of them, page by page. What becomes active meanwhile may come twice or move.</summary>
    public async IAsyncEnumerable<InboxItem> AllAsync([EnumeratorCancellation] CancellationToken cancel = default)
    {
        string? next = null;
        do
        {
            var page = await ListAsync(ListInbox.MaxLimit, next, cancel).ConfigureAwait(false);
            foreach (var item in page.Conversations) yield return item;
            next = page.Next;
        }
        while (next is not null);
    }
}
