using System.Runtime.CompilerServices;

namespace Parley.Client;

/// <summary>Saying what reached the person. What reached the device the SDK says by itself.</summary>
/// <remarks>What the server will not do throws <see cref="ParleyRefusedException"/>; what got no answer in time throws <see cref="ParleyConnectionException"/>, and may have been done.</remarks>
public sealed class Receipts
{
    private readonly ParleyClient _client;
    private readonly Requests _requests;
    private readonly Changes _changes;

    internal Receipts(ParleyClient client, Requests requests, Changes changes) => (_client, _requests, _changes) = (client, requests, changes);

    /// <summary>Everything up to a sequence was read. Saying less than before changes nothing. With a store what is open, and the list, show it at once.</summary>
    /// <returns>Where the user's cursors are now.</returns>
    /// <exception cref="ParleyRefusedException">The sequence is beyond the head, or the conversation is not the user's.</exception>
    public Task<ReceiptCursors> MarkReadAsync(ConversationId conversation, Sequence upTo, CancellationToken cancel = default) =>
        _changes.MakeAsync<ReceiptCursors>(Change.MarkRead(conversation, upTo), cancel);

    /// <summary>Exactly these messages were read, in any order: at most <see cref="MarkRead.MaxMessages"/>.</summary>
    /// <returns>Where the user's cursors are now.</returns>
    /// <exception cref="ArgumentException">There are none, or too many.</exception>
    public Task<ReceiptCursors> MarkReadAsync(ConversationId conversation, IReadOnlyList<MessageId> messages, CancellationToken cancel = default) =>
        _changes.MakeAsync<ReceiptCursors>(Change.MarkRead(conversation, messages), cancel);

    /// <summary>Everything in the conversation was read, also what this device has not been told of yet.</summary>
    /// <remarks>Said of this moment: it is not kept, since later it would be said of what came meanwhile.</remarks>
    /// <returns>Where the user's cursors are now.</returns>
    public Task<ReceiptCursors> MarkAllReadAsync(ConversationId conversation, CancellationToken cancel = default) =>
        _requests.AskAsync(Wire.MarkRead, new MarkRead(conversation, All: true), cancel, cursors => Moved(conversation, cursors));

    /// <summary>How far a message got: with how many of those who were there when it was sent, and a page of who they are.</summary>
    /// <exception cref="ParleyRefusedException">The user may not read the message, or the app tells him nothing of receipts.</exception>
    public Task<MessageReceipts> GetAsync(GetReceipts request, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _requests.AskAsync(Wire.GetReceipts, request, cancel);
    }

    /// <summary>Everybody a message was sent to, by id, page by page.</summary>
    /// <param name="conversation">Where it is.</param>
    /// <param name="message">It.</param>
    /// <param name="state">Only who got at least so far; null for everybody.</param>
    /// <param name="cancel">Stops asking.</param>
    public async IAsyncEnumerable<Recipient> ListAsync(
        ConversationId conversation, MessageId message, RecipientState? state = null, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        UserId? after = null;
        do
        {
            var page = await GetAsync(new GetReceipts(conversation, message, state, after), cancel).ConfigureAwait(false);
            foreach (var user in page.Users) yield return user;
            after = page.Next;
        }
        while (after is not null);
    }

    /// <summary>Everything up to a sequence reached this device. Only for programs with <see cref="ParleyClientOptions.AcknowledgeDelivery"/> off.</summary>
    /// <returns>Where the user's cursors are now.</returns>
    public Task<ReceiptCursors> MarkDeliveredAsync(ConversationId conversation, Sequence upTo, CancellationToken cancel = default) =>
        _changes.MakeAsync<ReceiptCursors>(Change.MarkDelivered(conversation, upTo), cancel);

    /// <summary>The answer stands for the notification, which goes to the user's other devices only.</summary>
    private void Moved(ConversationId conversation, ReceiptCursors cursors)
    {
        if (_client.Session is { } session)
            _client.Happened(new Happening.Cursors(new CursorsMoved(conversation, session.User, cursors.DeliveredUpTo, cursors.ReadUpTo, cursors.ReadAhead, At: null)));
    }
}
