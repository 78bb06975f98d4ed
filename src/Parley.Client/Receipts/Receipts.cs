namespace Parley.Client;

/// <summary>Saying what reached the person. What reached the device the SDK says by itself.</summary>
public sealed class Receipts
{
    private readonly ParleyClient _client;
    private readonly Requests _requests;

    internal Receipts(ParleyClient client, Requests requests) => (_client, _requests) = (client, requests);

    /// <summary>Everything up to a sequence was read. Saying less than before changes nothing.</summary>
    /// <returns>Where the user's cursors are now.</returns>
    /// <exception cref="ParleyRefusedException">The sequence is beyond the head, or the conversation is not the user's.</exception>
    public Task<ReceiptCursors> MarkReadAsync(ConversationId conversation, Sequence upTo, CancellationToken cancel = default) =>
        _requests.AskAsync(Wire.MarkRead, new MarkRead(conversation, upTo), cancel, cursors => Moved(conversation, cursors));

    /// <summary>Exactly these messages were read, in any order: at most <see cref="MarkRead.MaxMessages"/>.</summary>
    /// <returns>Where the user's cursors are now.</returns>
    /// <exception cref="ArgumentException">There are none, or too many.</exception>
    public Task<ReceiptCursors> MarkReadAsync(ConversationId conversation, IReadOnlyList<MessageId> messages, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        if (messages.Count is 0 or > MarkRead.MaxMessages)
            throw new ArgumentException($"Name 1 to {MarkRead.MaxMessages} messages.", nameof(messages));
        return _requests.AskAsync(Wire.MarkRead, new MarkRead(conversation, null, messages), cancel, cursors => Moved(conversation, cursors));
    }

    /// <summary>Everything up to a sequence reached this device. Only for programs with <see cref="ParleyClientOptions.AcknowledgeDelivery"/> off.</summary>
    /// <returns>Where the user's cursors are now.</returns>
    public Task<ReceiptCursors> MarkDeliveredAsync(ConversationId conversation, Sequence upTo, CancellationToken cancel = default) =>
        _requests.AskAsync(Wire.MarkDelivered, new MarkDelivered(conversation, upTo), cancel, cursors => Moved(conversation, cursors));

    /// <summary>The answer stands for the notification, which goes to the user's other devices only.</summary>
    private void Moved(ConversationId conversation, ReceiptCursors cursors)
    {
        if (_client.Session is { } session)
            _client.Happened(new Happening.Cursors(new ReceiptMoved(conversation, session.User, cursors.DeliveredUpTo, cursors.ReadUpTo, cursors.ReadAhead)));
    }
}
