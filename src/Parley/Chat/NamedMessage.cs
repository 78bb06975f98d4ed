using Parley.Client;

namespace Parley.Chat;

/// <summary>Which message a command is about: that of its number, or without one the message that somebody would mean. Of what is loaded; pure.</summary>
internal static class NamedMessage
{
    private static readonly string[] Commands = ["/reply", "/edit", "/recall", "/remove", "/unread"];

    /// <summary>Whether a draft begins a command about a message, however little of it is written.</summary>
    public static bool IsWanted(string draft) => Commands.Contains(draft.Split((char[]?)null, 2)[0]);

    /// <summary>What a draft would be about if it were finished and sent now; null for nothing, or several.</summary>
    public static TimelineMessage? In(string draft, Timeline timeline)
    {
        if (!IsWanted(draft)) return null;
        var input = ChatInput.Parse(draft);
        return In(input is ChatInput.Mistake ? ChatInput.Parse($"{draft} …") : input, timeline);
    }

    /// <summary>What a command is about; null for nothing, or several.</summary>
    public static TimelineMessage? In(ChatInput input, Timeline timeline) => input switch
    {
        ChatInput.Reply(var number, _) => Find(number, timeline, IsOthers),
        ChatInput.MarkUnread(var number) => Find(number, timeline, IsOthers),
        ChatInput.Edit(var number, _) => Find(number, timeline, (message, me) => message.Sender == me && HasText(message.Content)),
        ChatInput.Recall(var number) => Find(number, timeline, (message, me) => message.Sender == me),
        ChatInput.Remove([var number]) => Find(number, timeline, IsOthers),
        _ => null,
    };

    /// <summary>Whether there is text in it to be changed.</summary>
    public static bool HasText(MessageContent content) => content.Parts.Any(part => part.Type == MessagePart.PlainText);

    private static bool IsOthers(TimelineMessage message, UserId me) => message.Sender != me && message.IsCounted;

    private static TimelineMessage? Find(Sequence? number, Timeline timeline, Func<TimelineMessage, UserId, bool> isMeant) => number is { } named
        ? timeline.Items.OfType<TimelineMessage>().FirstOrDefault(message => message.Sequence == named)
        : timeline.Items.OfType<TimelineMessage>().LastOrDefault(message => !message.IsRecalled && isMeant(message, timeline.Me));
}
