using System.Runtime.CompilerServices;

namespace Parley.Client;

/// <summary>Sending and receiving messages.</summary>
/// <remarks>What the server will not do throws <see cref="ParleyRefusedException"/>; what got no answer in time throws <see cref="ParleyConnectionException"/>, and may have been done.</remarks>
public sealed class Messages
{
    private readonly Outbox _outbox;
    private readonly Requests _requests;
    private readonly EntryStreams _streams;
    private readonly Follower _follower;
    private readonly Changes _changes;

    internal Messages(Outbox outbox, Requests requests, EntryStreams streams, Follower follower, Changes changes) =>
        (_outbox, _requests, _streams, _follower, _changes) = (outbox, requests, streams, follower, changes);

    /// <summary>Makes a message that is not sent yet: it has its id, and nobody knows of it (S04, L12, L27).</summary>
    /// <param name="conversation">Where to.</param>
    /// <param name="content">What.</param>
    /// <param name="options">How; null for the usual.</param>
    /// <exception cref="ArgumentException">The content has no parts and there are no files, or text that no JSON carries (U+0000, half a surrogate pair).</exception>
    public MessageToSend Create(ConversationId conversation, MessageContent content, SendOptions? options = null)
    {
        options ??= new SendOptions();
        Check(content, options);
        return new MessageToSend(this, conversation, content, options);
    }

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
    public Task<LogEntry> SendAsync(
        ConversationId conversation, MessageContent content, MessageId? id = null, MessagePriority? priority = null, CancellationToken cancel = default)
    {
        if (priority == MessagePriority.Unknown) throw new ArgumentOutOfRangeException(nameof(priority), priority, "Low, Normal or High.");
        return SendAsync(conversation, content, new SendOptions { Id = id, Priority = priority }, cancel);
    }

    /// <summary>As the other, also to answer a message, or to say what a push says of it.</summary>
    /// <inheritdoc cref="SendAsync(ConversationId, MessageContent, MessageId?, MessagePriority?, CancellationToken)"/>
    public Task<LogEntry> SendAsync(ConversationId conversation, MessageContent content, SendOptions options, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        Check(content, options);
        return SendAsync(Outgoing(conversation, options.Id ?? MessageId.New(), content, options, handle: null), cancel);
    }

    /// <summary>Hands a message in, and completes when the <see cref="ParleyClientOptions.Store"/> has it: from then on it is sent whatever happens to the program. <see cref="ParleyClient.MessageSettled"/> tells how it ended, of this client or the next.</summary>
    /// <remarks>Otherwise as <see cref="SendAsync(ConversationId, MessageContent, SendOptions, CancellationToken)"/>, and in one order with it. Without a store it completes at once, and what is not sent ends with the client.</remarks>
    /// <param name="conversation">Where to.</param>
    /// <param name="content">What.</param>
    /// <param name="options">How; null for the usual.</param>
    /// <param name="cancel">Gives up waiting for the store to open; nothing is sent then.</param>
    /// <returns>Its id.</returns>
    /// <exception cref="ArgumentException">The content has no parts and there are no files, or text that no JSON carries (U+0000, half a surrogate pair).</exception>
    /// <exception cref="IOException">One of the files is not there, or cannot be looked at.</exception>
    /// <exception cref="LocalStoreException">The store did not take it, and it is not sent.</exception>
    public async Task<MessageId> QueueAsync(ConversationId conversation, MessageContent content, SendOptions? options = null, CancellationToken cancel = default)
    {
        options ??= new SendOptions();
        Check(content, options);
        var message = Outgoing(conversation, options.Id ?? MessageId.New(), content, options, handle: null);
        await _outbox.QueueAsync(message, cancel).ConfigureAwait(false);
        return message.Message;
    }

    internal async Task<LogEntry> SendMadeAsync(MessageToSend message, CancellationToken cancel)
    {
        OutgoingMessage? outgoing = null;
        try
        {
            outgoing = Outgoing(message.Conversation, message.Id, message.Content, message.Options, message);
            return await SendAsync(outgoing, cancel).ConfigureAwait(false);
        }
        catch when (outgoing is not { HasEntered: true })
        {
            message.NotHandedIn();
            throw;
        }
    }

    internal async Task QueueMadeAsync(MessageToSend message, CancellationToken cancel)
    {
        OutgoingMessage? outgoing = null;
        try
        {
            outgoing = Outgoing(message.Conversation, message.Id, message.Content, message.Options, message);
            await _outbox.QueueAsync(outgoing, cancel).ConfigureAwait(false);
        }
        catch when (outgoing is not { HasEntered: true })
        {
            message.NotHandedIn();
            throw;
        }
    }

    private async Task<LogEntry> SendAsync(OutgoingMessage message, CancellationToken cancel)
    {
        var result = await _outbox.SendAsync(message, cancel).ConfigureAwait(false);
        return result is SendResult.Recorded recorded ? recorded.Entry : throw message.Failure(result)!;
    }

    private static OutgoingMessage Outgoing(ConversationId conversation, MessageId message, MessageContent content, SendOptions options, MessageToSend? handle) =>
        new(conversation, message, content, TimeSpan.Zero, options) { Files = [.. options.Files.Select(OutgoingFile.Of)], Handle = handle };

    /// <summary>Sends one message to each of several users, into the direct conversation with him, which is created where there is none. Completes when it is on the log of all who did not refuse it.</summary>
    /// <remarks>
    /// What is refused for one stops nobody else. The entries are told as always: <see cref="ParleyClient.MessageSent"/>, then <see cref="ParleyClient.MessageDelivered"/> and <see cref="ParleyClient.MessageRead"/> once for each
    /// recipient, with one message id. What else this client sends meanwhile may come first.
    /// </remarks>
    /// <param name="recipients">1 to <see cref="SendToMany.MaxRecipients"/>, by id, e-mail address or telephone number; who is named twice gets it once.</param>
    /// <param name="content">What.</param>
    /// <param name="id">Null makes a new one. The same again under the same id sends to those who have it not yet, and answers its places for the rest.</param>
    /// <param name="notification">What a push says of it; null for what the app says by itself.</param>
    /// <param name="cancel">Stops asking; it may have been sent. Ask again with the same id to know.</param>
    /// <returns>What became of it with each, in the order given.</returns>
    /// <exception cref="ArgumentException">The content has no parts, or text that no JSON carries (U+0000, half a surrogate pair).</exception>
    /// <exception cref="ParleyRefusedException">Nothing of it was taken.</exception>
    /// <exception cref="ParleyConnectionException">There was no answer in time; some of it may have been sent.</exception>
    public async Task<IReadOnlyList<RecipientOutcome>> SendToAsync(
        IReadOnlyList<MessageRecipient> recipients, MessageContent content, MessageId? id = null, MessageNotification? notification = null, CancellationToken cancel = default)
    {
        return (await _changes.MakeAsync<SentToMany>(Change.SendTo(recipients, content, id, notification), cancel).ConfigureAwait(false)).Recipients;
    }

    /// <summary>Tells a message to who is connected at this moment, and to nobody later: it is in no history and counts as unread for nobody.</summary>
    /// <remarks>It waits for no connection and is not asked again: without a session, or when the answer is lost, nothing is known of it. Who is connected hears it in <see cref="ParleyClient.OnlineMessageReceived"/>.</remarks>
    /// <param name="conversation">Where to.</param>
    /// <param name="content">What; none of it uploaded content.</param>
    /// <param name="cancel">Stops waiting for the answer.</param>
    /// <exception cref="ArgumentException">The content has no parts, or text that no JSON carries (U+0000, half a surrogate pair).</exception>
    /// <exception cref="ParleyRefusedException">The server will not tell it.</exception>
    public Task SendOnlineAsync(ConversationId conversation, MessageContent content, CancellationToken cancel = default)
    {
        ContentCheck.Check(content);
        return _requests.AskOnceAsync(Wire.SendOnline, new SendOnline(conversation, MessageId.New(), content), cancel);
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

    /// <summary>Sends what another message says, as it says it now, with all that was uploaded for it.</summary>
    /// <param name="conversation">Where to.</param>
    /// <param name="from">Where the other message is.</param>
    /// <param name="original">The other message; the user may read it.</param>
    /// <param name="cancel">Stops asking; it may have been sent.</param>
    /// <returns>The entry.</returns>
    /// <exception cref="ParleyRefusedException">The server will not record it.</exception>
    /// <exception cref="ParleyConnectionException">There was no answer in time; it may have been sent.</exception>
    public Task<LogEntry> ForwardAsync(ConversationId conversation, ConversationId from, MessageId original, CancellationToken cancel = default) =>
        _changes.MakeAsync<LogEntry>(Change.Forward(conversation, from, original), cancel);

    /// <summary>Replaces what a message says: one's own, or with <see cref="Permissions.EditAny"/> anybody's.</summary>
    /// <returns>The entry of the edit.</returns>
    /// <exception cref="ParleyRefusedException">It may not be edited: too often, too late, recalled, or not by this user.</exception>
    /// <exception cref="ParleyConnectionException">There was no answer in time; it may have been edited.</exception>
    public Task<LogEntry> EditAsync(ConversationId conversation, MessageId message, MessageContent content, CancellationToken cancel = default) =>
        _changes.MakeAsync<LogEntry>(Change.Edit(conversation, message, content), cancel);

    /// <summary>Takes a message back from everybody: what it said is erased, its place stays.</summary>
    /// <returns>The entry of the recall.</returns>
    /// <exception cref="ParleyRefusedException">It may not be recalled: too late, recalled before (<see cref="Refusals.Unchanged"/>), or not by this user.</exception>
    /// <exception cref="ParleyConnectionException">There was no answer in time; it may have been recalled.</exception>
    public Task<LogEntry> RecallAsync(ConversationId conversation, MessageId message, CancellationToken cancel = default) =>
        _changes.MakeAsync<LogEntry>(Change.Recall(conversation, message), cancel);

    /// <summary>Hides messages from this user, on all his devices; others see them still.</summary>
    public async Task RemoveAsync(ConversationId conversation, IReadOnlyList<MessageId> messages, CancellationToken cancel = default) =>
        await _changes.MakeAsync<MessagesRemoved>(Change.Remove(conversation, messages), cancel).ConfigureAwait(false);

    /// <summary>Hides everything up to a place from this user, on all his devices; others see it still.</summary>
    public async Task RemoveUpToAsync(ConversationId conversation, Sequence upTo, CancellationToken cancel = default) =>
        await _changes.MakeAsync<MessagesRemoved>(Change.RemoveUpTo(conversation, upTo), cancel).ConfigureAwait(false);

    /// <summary>Tells whoever looks after the app that a message is wrong. Nobody in the conversation is told.</summary>
    /// <param name="conversation">Where it is.</param>
    /// <param name="message">The message; the user may read it.</param>
    /// <param name="reason">What is wrong with it.</param>
    /// <param name="text">In the user's own words, up to <see cref="ReportMessage.MaxTextBytes"/> bytes; null for none.</param>
    /// <param name="cancel">Stops asking; it may have been reported.</param>
    /// <returns>The report. Of a message that the user has reported before, the first one.</returns>
    /// <exception cref="ParleyRefusedException">There is no such message, or the text is too long.</exception>
    /// <exception cref="ParleyConnectionException">There was no answer in time; it may have been reported.</exception>
    public Task<MessageReported> ReportAsync(
        ConversationId conversation, MessageId message, ReportReason reason, string? text = null, CancellationToken cancel = default) =>
        _changes.MakeAsync<MessageReported>(Change.Report(conversation, message, reason, text), cancel);

    /// <summary>The messages of a conversation that are of some sort, the newest first: of one sender, with pictures, of a day. Asks for page after page as they are taken.</summary>
    /// <param name="which">Which ones. Its limit is that of a page.</param>
    /// <param name="cancel">Stops asking.</param>
    public async IAsyncEnumerable<LogEntry> ListAsync(ListMessages which, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(which);
        var next = which.Before;
        do
        {
            var page = await _requests.AskAsync(Wire.ListMessages, which with { Before = next }, cancel).ConfigureAwait(false);
            for (var index = page.Entries.Count - 1; index >= 0; index--) yield return page.Entries[index];
            next = page.Next;
        }
        while (next is not null);
    }

    /// <summary>What a message said before it was edited, the newest first, where the app keeps that. For who may edit or remove any message of the conversation. Asks for page after page as they are taken.</summary>
    /// <param name="which">Of which message. Its limit is that of a page.</param>
    /// <param name="cancel">Stops asking.</param>
    public async IAsyncEnumerable<MessageVersion> VersionsAsync(ListVersions which, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(which);
        var next = which.Before;
        do
        {
            var page = await _requests.AskAsync(Wire.ListVersions, which with { Before = next }, cancel).ConfigureAwait(false);
            foreach (var version in page.Versions) yield return version;
            next = page.Next;
        }
        while (next is not null);
    }

    /// <summary>Messages of others from now on, in sequence per conversation, each once. Buffering starts with this call, not with the enumeration.</summary>
    /// <param name="cancel">Ends the stream.</param>
    public IAsyncEnumerable<LogEntry> ReceiveAsync(CancellationToken cancel = default) =>
        _streams.Open((entry, origin) => origin == EntryOrigin.Others && entry.Event is MessageSent, cancel);

    internal IReadOnlyList<OutgoingMessage> Unsettled(ConversationId conversation) => _outbox.Unsettled(conversation);

    private static void Check(MessageContent content, SendOptions options)
    {
        if (options.Priority == MessagePriority.Unknown) throw new ArgumentOutOfRangeException(nameof(options), options.Priority, "Low, Normal or High.");
        ContentCheck.Check(content, options.Files);
    }
}
