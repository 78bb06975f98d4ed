namespace Parley;

/// <summary><c>message.sendOnline</c>: tells a message to who is connected at this moment, and to nobody later.</summary>
/// <remarks>
/// It is checked and counted like <see cref="SendMessage"/>, and then it is a signal: it has no place in the log, is in no history, is not counted as unread, and is dropped for a
/// connection that is behind (B17). Asked twice it is told twice; who receives it knows it by its id.
/// </remarks>
/// <param name="Conversation">Where to.</param>
/// <param name="Message">Made by the sender.</param>
/// <param name="Content">What it says. No part of it is uploaded content: no entry would keep that.</param>
public sealed record SendOnline(ConversationId Conversation, MessageId Message, MessageContent Content);

/// <summary>The answer to <c>message.sendOnline</c>: it was told to who is there. Nothing of whom.</summary>
public sealed record OnlineSent;

/// <summary>Notification <c>message.online</c>: somebody tells something to who is connected.</summary>
/// <param name="Conversation">Where.</param>
/// <param name="Message">Its id.</param>
/// <param name="Sender">Who.</param>
/// <param name="Content">What it says.</param>
/// <param name="At">When, by the server's clock.</param>
public sealed record OnlineMessage(ConversationId Conversation, MessageId Message, UserId Sender, MessageContent Content, DateTimeOffset At);
