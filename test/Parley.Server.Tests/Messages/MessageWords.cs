using Parley.Identity;

namespace Parley.Tests.Messages;

/// <summary>The words of tests about messages.</summary>
internal static class MessageWords
{
    public static MessageContent Text(string text) => MessageContent.OfText(text);

    /// <summary>Sends a text; the message's id.</summary>
    public static async Task<MessageId> SayAsync(this TestServer server, string sender, ConversationId to, string text, MessageId? replyTo = null)
    {
        var message = MessageId.New();
        var answer = await server.AskAsync<LogEntry>(server.As(sender), new SendMessage(to, message, Text(text), ReplyTo: replyTo));
        Assert.Null(answer.Refusal);
        return message;
    }

    public static Task<Outcome<LogEntry>> EditAsync(this TestServer server, string actor, ConversationId conversation, MessageId message, MessageContent content, CommandId? command = null) =>
        server.AskAsync<LogEntry>(server.As(actor), new EditMessage(conversation, command ?? CommandId.New(), message, content));

    public static Task<Outcome<LogEntry>> EditAsync(this TestServer server, string actor, ConversationId conversation, MessageId message, string text) =>
        server.EditAsync(actor, conversation, message, Text(text));

    public static Task<Outcome<LogEntry>> RecallAsync(this TestServer server, string actor, ConversationId conversation, MessageId message, CommandId? command = null) =>
        server.AskAsync<LogEntry>(server.As(actor), new RecallMessage(conversation, command ?? CommandId.New(), message));

    /// <summary>As the app's backend does, in somebody's name.</summary>
    public static Task<Outcome<LogEntry>> ForceRecallAsync(this TestServer server, string actor, ConversationId conversation, MessageId message) =>
        server.AskAsync<LogEntry>(server.As(actor) with { Platform = new PlatformCaller(server.App, "test") }, new RecallMessage(conversation, CommandId.New(), message, Force: true));

    public static Task<Outcome<MessagesRemoved>> RemoveMessagesAsync(this TestServer server, string user, ConversationId conversation, params MessageId[] messages) =>
        server.AskAsync<MessagesRemoved>(server.As(user), new RemoveMessages(conversation, messages));

    /// <summary>A message as the log has it now.</summary>
    public static async Task<MessageSent> FindAsync(this TestServer server, string user, ConversationId conversation, MessageId message) =>
        (await server.HistoryAsync(user, conversation)).Select(entry => entry.Event).OfType<MessageSent>().Single(sent => sent.Message == message);

    public static async Task<int> UnreadAsync(this TestServer server, string user, ConversationId conversation) =>
        (await server.InboxAsync(user)).Value!.Conversations.Single(item => item.Conversation == conversation).Unread;
}
