namespace Parley;

/// <summary><c>message.send</c>: asks to record a message. Answers its entry.</summary>
/// <remarks>
/// The same sender asking again with the same id and content gets the first entry, for at least 72 hours; anything else under
/// that id is refused with <c>id_in_use</c> (G7, G8).
/// </remarks>
/// <param name="Conversation">Where to.</param>
/// <param name="Message">Made by the sender.</param>
/// <param name="Content">What it says.</param>
/// <param name="Priority">How much it matters where there are too many, which is in rooms; it is not recorded, and no part of what makes two requests the same.</param>
/// <param name="ReplyTo">The message of this conversation that it answers; the sender may read it. Null for none.</param>
/// <param name="Notification">What a push says of it; null for what the app says by itself. Recipients are not told it.</param>
public sealed record SendMessage(
    ConversationId Conversation, MessageId Message, MessageContent Content, MessagePriority? Priority = null, MessageId? ReplyTo = null, MessageNotification? Notification = null);

/// <summary><c>message.forward</c>: asks to record a message that says what another one says now. Answers its entry.</summary>
/// <remarks>The sender may read that message. Its uploaded content is referred to, not copied: recalling one of the two takes nothing from the other. Otherwise as <see cref="SendMessage"/>.</remarks>
/// <param name="Conversation">Where to.</param>
/// <param name="Message">Made by the sender.</param>
/// <param name="From">Where the other message is.</param>
/// <param name="Original">The other message.</param>
public sealed record ForwardMessage(ConversationId Conversation, MessageId Message, ConversationId From, MessageId Original);

/// <summary><c>message.edit</c>: asks to replace what a message says. Answers the entry of the edit.</summary>
/// <remarks>The same request again, under the same command, gets the first entry. What the message answers, and where it was forwarded from, stays.</remarks>
/// <param name="Conversation">Where it is.</param>
/// <param name="CommandId">Names this request.</param>
/// <param name="Message">The message.</param>
/// <param name="Content">What it says from now on.</param>
public sealed record EditMessage(ConversationId Conversation, CommandId CommandId, MessageId Message, MessageContent Content);

/// <summary><c>message.recall</c>: asks to take a message back from everybody: what it said is erased, its place stays. Answers the entry of the recall.</summary>
/// <param name="Conversation">Where it is.</param>
/// <param name="CommandId">Names this request.</param>
/// <param name="Message">The message.</param>
/// <param name="Force">Whether neither the time since it was sent nor the app's setting counts: for backends, which ask in the name of somebody who may recall it otherwise (B05).</param>
public sealed record RecallMessage(ConversationId Conversation, CommandId CommandId, MessageId Message, bool Force = false);

/// <summary><c>message.remove</c>: hides messages from oneself, on all devices. Others see them still.</summary>
/// <remarks>What is hidden stays hidden. Done again it changes nothing, and answers the same.</remarks>
/// <param name="Conversation">Where they are.</param>
/// <param name="Messages">Up to <see cref="MaxMessages"/>; null with <paramref name="UpTo"/>.</param>
/// <param name="UpTo">Everything up to this sequence; null with <paramref name="Messages"/>.</param>
public sealed record RemoveMessages(ConversationId Conversation, IReadOnlyList<MessageId>? Messages = null, Sequence? UpTo = null)
{
    /// <summary>The most messages of one request.</summary>
    public const int MaxMessages = 100;
}

/// <summary>The answer to <c>message.remove</c>, and what the user's other devices are told.</summary>
/// <param name="Conversation">Where.</param>
/// <param name="Sequences">What is hidden by it, ascending; null where everything up to a sequence is.</param>
/// <param name="UpTo">Everything up to this sequence is hidden; null for none.</param>
/// <param name="Removals">What <see cref="OwnParticipation"/> says from now on.</param>
public sealed record MessagesRemoved(ConversationId Conversation, IReadOnlyList<Sequence>? Sequences = null, Sequence? UpTo = null, string? Removals = null);

/// <summary><c>message.cancel</c>: settles a send whose answer was lost.</summary>
/// <remarks>Answers the entry if the message was recorded; else the id is fenced for at least 72 hours, and a late copy is refused with <c>cancelled</c> (G9).</remarks>
public sealed record CancelMessage(ConversationId Conversation, MessageId Message);

/// <summary>The answer to <c>message.cancel</c>.</summary>
/// <param name="Entry">The message, recorded after all; null when it is not and never will be.</param>
public sealed record MessageCancelled(LogEntry? Entry);

/// <summary>What a push says of a message. All of it may be left out.</summary>
/// <param name="Title">Its first line: up to 256 code points.</param>
/// <param name="Text">What it says: up to 1,024 code points.</param>
/// <param name="Sound">Which sound is played: up to 64 characters.</param>
/// <param name="Category">Which actions it offers: up to 64 characters.</param>
/// <param name="Data">What the app gets with it.</param>
/// <param name="Recipients">What it says to some instead, up to 100 of them; to them nothing of the above counts that is said here.</param>
public sealed record MessageNotification(
    string? Title = null, string? Text = null, string? Sound = null, string? Category = null, CustomData? Data = null,
    IReadOnlyDictionary<UserId, RecipientNotification>? Recipients = null)
{
    /// <summary>The most recipients with a push of their own.</summary>
    public const int MaxRecipients = 100;
}

/// <summary>What a push says to one recipient.</summary>
public sealed record RecipientNotification(string? Title = null, string? Text = null, string? Sound = null, string? Category = null, CustomData? Data = null);
