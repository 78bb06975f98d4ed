using System.Text;

namespace Parley.Client;

/// <summary>Sending and receiving messages.</summary>
public sealed class Messages
{
    private readonly Outbox _outbox;
    private readonly Requests _requests;
    private readonly EntryStreams _streams;
    private readonly Follower _follower;

    internal Messages(Outbox outbox, Requests requests, EntryStreams streams, Follower follower) =>
        (_outbox, _requests, _streams, _follower) = (outbox, requests, streams, follower);

    /// <summary>Sends a plain text. See <see cref="SendAsync(ConversationId, MessageContent, MessageId?, MessagePriority?, CancellationToken)"/>.</summary>
    public Task<LogEntry> SendAsync(ConversationId conversation, string text, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        return SendAsync(conversation, MessageContent.OfText(text), cancel: cancel);
    }

    /// <summary>Sends a message, and completes when it is on the log.</summary>
    /// <remarks>
    /// Works without a connection too. The messages of one conversation arrive in the order of the calls, whatever happens to the
    /// connection. Until <see cref="ParleyClientOptions.SendTimeout"/> the same id is sent again after every reconnect and every
    /// refusal that says <em>later</em>; then it is cancelled, and the answer to that settles it.
    /// </remarks>
    /// <param name="conversation">Where to.</param>
    /// <param name="content">What.</param>
    /// <param name="id">Null makes a new one. Sending the same content again under the same id records nothing new.</param>
    /// <param name="priority">
    /// How much it matters where a room is told more than it takes; elsewhere it means nothing. What matters less is refused first, and one of <see cref="MessagePriority.Low"/> is not sent again
    /// where there are too many: that is its outcome, <see cref="Refusals.RateLimited"/>. Null is as <see cref="MessagePriority.Normal"/>.
    /// </param>
    /// <param name="cancel">Gives up: a message that has not left the device is dropped; one that has is <em>unknown</em>, is cancelled behind the scenes, and <see cref="ParleyClient.MessageSettled"/> tells how it ended.</param>
    /// <returns>The entry.</returns>
    /// <exception cref="ArgumentException">The content has no parts, or text that no JSON carries (U+0000, half a surrogate pair).</exception>
    /// <exception cref="ParleyRefusedException">The server will not record it.</exception>
    /// <exception cref="MessageNotSentException">It is not recorded and never will be under this id.</exception>
    /// <exception cref="MessageUnknownException">Nobody knows yet.</exception>
    public async Task<LogEntry> SendAsync(
        ConversationId conversation, MessageContent content, MessageId? id = null, MessagePriority? priority = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        if (priority == MessagePriority.Unknown) throw new ArgumentOutOfRangeException(nameof(priority), priority, "Low, Normal or High.");
        Check(content);
        var message = id ?? MessageId.New();
        return await _outbox.SendAsync(conversation, message, content, priority, cancel).ConfigureAwait(false) switch
        {
            SendResult.Recorded recorded => recorded.Entry,
            SendResult.Refused refused => throw new ParleyRefusedException(refused.Refusal),
            SendResult.NotSent notSent => throw new MessageNotSentException(conversation, message, notSent.Why),
            SendResult.Unknown unknown => throw new MessageUnknownException(conversation, message, unknown.Why),
            var other => throw new InvalidOperationException($"No outcome is called {other}."),
        };
    }

    /// <summary>Settles a message whose outcome is unknown, for instance one of an earlier run: its entry if it was recorded; else null, and it never will be.</summary>
    /// <exception cref="ParleyRefusedException">The server will not settle it.</exception>
    /// <exception cref="ParleyConnectionException">It is still unknown.</exception>
    public async Task<LogEntry?> CancelAsync(ConversationId conversation, MessageId message, CancellationToken cancel = default)
    {
        var answer = await _requests.AskAsync(Wire.CancelMessage, new CancelMessage(conversation, message), cancel).ConfigureAwait(false);
        if (answer.Entry is not null) _follower.Landed(answer.Entry);
        return answer.Entry;
    }

    /// <summary>Messages of others from now on, in sequence per conversation, each once. Buffering starts with this call, not with the enumeration.</summary>
    /// <param name="cancel">Ends the stream.</param>
    public IAsyncEnumerable<LogEntry> ReceiveAsync(CancellationToken cancel = default) =>
        _streams.Open((entry, origin) => origin == EntryOrigin.Others && entry.Event is MessageSent, cancel);

    internal IReadOnlyList<OutgoingMessage> Unsettled(ConversationId conversation) => _outbox.Unsettled(conversation);

    private static void Check(MessageContent content)
    {
        if (content.Parts.Count == 0) throw new ArgumentException("A message has at least one part.", nameof(content));
        foreach (var part in content.Parts)
        {
            // Written as JSON, half a pair would silently become another character, and the reader would see what nobody sent.
            if (part.Body.Contains('\0', StringComparison.Ordinal) || HasHalfPair(part.Body))
                throw new ArgumentException("Text may hold neither U+0000 nor half a surrogate pair.", nameof(content));
        }
    }

    private static bool HasHalfPair(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out _, out var used) != System.Buffers.OperationStatus.Done) return true;
            text = text[used..];
        }

        return false;
    }
}
