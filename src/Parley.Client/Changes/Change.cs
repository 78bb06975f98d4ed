namespace Parley.Client;

/// <summary>Something that is to be different at the server, other than a new message: an edit, a read, a new conversation, a contact. Handed in with <see cref="Changes.QueueAsync"/>.</summary>
/// <remarks>
/// Each is made with an id of its own, or means the same however often it is asked: so it is asked for again, byte for byte, until its answer is there, and happens once. Handing the same object in twice asks for the same thing twice, which the
/// server does once.
/// </remarks>
public sealed partial class Change
{
    internal Change(ChangeKind kind, object request, ConversationId? conversation, ReadOnlyMemory<byte> json) => (Kind, Request, Conversation, Json) = (kind, request, conversation, json);

    /// <summary>The method that asks for it, one of <see cref="Methods"/>.</summary>
    public string Method => Kind.Method;

    /// <summary>What is asked: <see cref="EditMessage"/>, <see cref="Parley.MarkRead"/>, <see cref="CreateConversation"/>, and so on. Of a change that a later version of the SDK left in the store, a <see cref="System.Text.Json.JsonElement"/>.</summary>
    public object Request { get; }

    /// <summary>Which conversation it belongs to: it keeps its place among all that is handed in for that. Null for what belongs to none, which has an order of its own.</summary>
    public ConversationId? Conversation { get; }

    internal ChangeKind Kind { get; }

    /// <summary>The request as it is sent, and kept.</summary>
    internal ReadOnlyMemory<byte> Json { get; }

    /// <summary>Replaces what a message says. See <see cref="Messages.EditAsync"/>.</summary>
    /// <exception cref="ArgumentException">The content has no parts, or text that no JSON carries (U+0000, half a surrogate pair).</exception>
    public static Change Edit(ConversationId conversation, MessageId message, MessageContent content)
    {
        ContentCheck.Check(content);
        return ChangeKinds.EditMessage.Of(new EditMessage(conversation, CommandId.New(), message, content));
    }

    /// <summary>As the other, under a command id of the program's own: handed in again after a crash, it is done once.</summary>
    /// <inheritdoc cref="Edit(ConversationId, MessageId, MessageContent)"/>
    public static Change Edit(EditMessage request)
    {
        ArgumentNullException.ThrowIfNull(request);
        ContentCheck.Check(request.Content);
        return ChangeKinds.EditMessage.Of(request);
    }

    /// <summary>Takes a message back from everybody. See <see cref="Messages.RecallAsync"/>.</summary>
    public static Change Recall(ConversationId conversation, MessageId message) => Recall(new RecallMessage(conversation, CommandId.New(), message));

    /// <summary>As the other, under a command id of the program's own: handed in again after a crash, it is done once.</summary>
    public static Change Recall(RecallMessage request) => ChangeKinds.RecallMessage.Of(request);

    /// <summary>Sends what another message says; where that is still to be sent, or its conversation to be made, when it is. See <see cref="Messages.ForwardAsync"/>.</summary>
    public static Change Forward(ConversationId conversation, ConversationId from, MessageId original) =>
        ChangeKinds.ForwardMessage.Of(new ForwardMessage(conversation, MessageId.New(), from, original));

    /// <summary>Hides messages from this user, on all his devices. See <see cref="Messages.RemoveAsync"/>.</summary>
    public static Change Remove(ConversationId conversation, IReadOnlyList<MessageId> messages) => ChangeKinds.RemoveMessages.Of(new RemoveMessages(conversation, messages));

    /// <summary>Hides everything up to a place from this user, on all his devices. See <see cref="Messages.RemoveUpToAsync"/>.</summary>
    public static Change RemoveUpTo(ConversationId conversation, Sequence upTo) => ChangeKinds.RemoveMessages.Of(new RemoveMessages(conversation, UpTo: upTo));

    /// <summary>Tells whoever looks after the app that a message is wrong. See <see cref="Messages.ReportAsync"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The reason is none of those that can be said.</exception>
    public static Change Report(ConversationId conversation, MessageId message, ReportReason reason, string? text = null)
    {
        if (reason == ReportReason.Unknown) throw new ArgumentOutOfRangeException(nameof(reason), reason, "One of the reasons.");
        return ChangeKinds.ReportMessage.Of(new ReportMessage(conversation, message, reason, text));
    }

    /// <summary>Sends one message to each of several users. See <see cref="Messages.SendToAsync"/>.</summary>
    /// <exception cref="ArgumentException">The content has no parts, or text that no JSON carries (U+0000, half a surrogate pair).</exception>
    public static Change SendTo(IReadOnlyList<MessageRecipient> recipients, MessageContent content, MessageId? id = null, MessageNotification? notification = null)
    {
        ArgumentNullException.ThrowIfNull(recipients);
        ContentCheck.Check(content);
        return ChangeKinds.SendToMany.Of(new SendToMany(recipients, id ?? MessageId.New(), content, notification));
    }

    /// <summary>Everything up to a sequence was read. One that is handed in later and says more takes its place, as long as it has not left the device. What is open, and the list, show it at once. See <see cref="Receipts.MarkReadAsync(ConversationId, Sequence, CancellationToken)"/>.</summary>
    public static Change MarkRead(ConversationId conversation, Sequence upTo) => ChangeKinds.MarkRead.Of(new MarkRead(conversation, upTo));

    /// <summary>Exactly these messages were read. See <see cref="Receipts.MarkReadAsync(ConversationId, IReadOnlyList{MessageId}, CancellationToken)"/>.</summary>
    /// <exception cref="ArgumentException">There are none, or more than <see cref="Parley.MarkRead.MaxMessages"/>.</exception>
    public static Change MarkRead(ConversationId conversation, IReadOnlyList<MessageId> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        if (messages.Count is 0 or > Parley.MarkRead.MaxMessages) throw new ArgumentException($"Name 1 to {Parley.MarkRead.MaxMessages} messages.", nameof(messages));
        return ChangeKinds.MarkRead.Of(new MarkRead(conversation, null, messages));
    }

    /// <summary>Everything up to a sequence reached this device. See <see cref="Receipts.MarkDeliveredAsync"/>.</summary>
    public static Change MarkDelivered(ConversationId conversation, Sequence upTo) => ChangeKinds.MarkDelivered.Of(new MarkDelivered(conversation, upTo));

    /// <summary>Pins, archives, hides or silences a conversation for the user alone, or keeps his draft. See <see cref="Inbox.UpdateAsync"/>.</summary>
    public static Change UpdateInbox(UpdateInbox request) => ChangeKinds.UpdateInbox.Of(request);

    /// <summary>Counts messages from a sequence on as unread again. See <see cref="Inbox.MarkUnreadAsync"/>.</summary>
    public static Change MarkUnread(ConversationId conversation, Sequence from) => ChangeKinds.MarkUnread.Of(new MarkUnread(conversation, from));
}
