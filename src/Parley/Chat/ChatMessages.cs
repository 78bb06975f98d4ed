using Parley.Client;

namespace Parley.Chat;

/// <summary>What is said in the conversation in front, and the commands about messages that are in it.</summary>
/// <param name="client">Whose.</param>
/// <param name="notice">Something to tell the user.</param>
/// <param name="track">What is on its way.</param>
internal sealed class ChatMessages(ParleyClient client, Action<string> notice, Action<Task> track)
{
    private const int MaxShown = 60;

    /// <summary>What was said last from here, and its entry once it is on the log; null when it is not sent.</summary>
    private (ConversationId Conversation, Task<LogEntry?> Entry)? _said;

    /// <summary>Does a command in a conversation; false when it is none of these. What is said is sent when this returns, and tracked until it is on the log.</summary>
    /// <exception cref="ParleyException">The server will not, or was not reached.</exception>
    public async Task<bool> DoAsync(ChatInput input, LiveConversation live, CancellationToken cancel)
    {
        switch (input)
        {
            case ChatInput.Say(var text):
                Say(live, text, new SendOptions());
                return true;
            case ChatInput.Reply(var number, var text):
                if (await FindAsync(input, number, live, cancel) is { } answered) Say(live, text, new SendOptions { ReplyTo = answered.Message });
                return true;
            case ChatInput.Edit(var number, var text):
                await EditAsync(input, number, text, live, cancel);
                return true;
            case ChatInput.Recall(var number):
                if (await FindAsync(input, number, live, cancel) is { } recalled) await client.Messages.RecallAsync(live.Id, recalled.Message, cancel);
                return true;
            case ChatInput.Remove(var numbers):
                await RemoveAsync(numbers, live, cancel);
                return true;
            case ChatInput.MarkUnread(var number):
                if (await FindAsync(input, number, live, cancel) is not { } unread) return true;
                await client.Inbox.MarkUnreadAsync(live.Id, unread.Sequence, cancel);
                notice($"This conversation is unread from #{unread.Sequence} on, until you read on or come back.");
                return true;
            case ChatInput.ShowMessages(var count):
                var lines = live.Timeline.Items.OfType<TimelineMessage>().TakeLast(count).Select(message => LineOf(message, live.Timeline)).ToList();
                notice(lines.Count == 0 ? "Nothing was said here." : string.Join('\n', lines));
                return true;
            default:
                return false;
        }
    }

    /// <summary>A message in one line that begins with its number.</summary>
    public static string LineOf(TimelineMessage message, Timeline timeline) =>
        $"#{message.Sequence} {message.Sender}: {DisplayText.Truncate(DisplayText.Line(MessageText.Of(message, timeline)), MaxShown)}";

    private void Say(LiveConversation live, string text, SendOptions options)
    {
        var saying = SayAsync(live, text, options);
        _said = (live.Id, saying);
        track(saying);
    }

    private async Task<LogEntry?> SayAsync(LiveConversation live, string text, SendOptions options)
    {
        try
        {
            return await client.Messages.SendAsync(live.Id, MessageContent.OfText(text), options);
        }
        catch (Exception error) when (error is ParleyException or ArgumentException)
        {
            notice($"Not sent: {(error is ParleyException known ? ChatSentences.Of(known) : error.Message)}");
            return null;
        }
    }

    /// <summary>Changes the text and nothing else: a picture beside it, and who is addressed, stay.</summary>
    private async Task EditAsync(ChatInput input, Sequence? number, string text, LiveConversation live, CancellationToken cancel)
    {
        if (await FindAsync(input, number, live, cancel) is not { } message) return;
        var parts = message.Content.Parts.ToList();
        var first = parts.FindIndex(part => part.Type == MessagePart.PlainText);
        if (first < 0)
        {
            notice($"There is no text in #{message.Sequence} to be changed.");
            return;
        }

        parts.RemoveAll(part => part.Type == MessagePart.PlainText);
        parts.Insert(first, MessagePart.OfText(text));
        await client.Messages.EditAsync(live.Id, message.Message, message.Content with { Parts = parts }, cancel);
    }

    private async Task RemoveAsync(IReadOnlyList<Sequence> numbers, LiveConversation live, CancellationToken cancel)
    {
        var messages = new List<MessageId>();
        foreach (var number in numbers.Distinct())
        {
            if (await FindAsync(number, live, cancel) is not { } message) return;
            messages.Add(message.Message);
        }

        await client.Messages.RemoveAsync(live.Id, messages, cancel);
        notice("Hidden from you, on all your devices. Others see it still.");
    }

    private Task<TimelineMessage?> FindAsync(ChatInput input, Sequence? number, LiveConversation live, CancellationToken cancel) =>
        number is { } named ? FindAsync(named, live, cancel) : input is ChatInput.Edit or ChatInput.Recall ? FindOwnAsync(input, live) : Task.FromResult(FindOthers(input, live));

    /// <summary>The message of a number, also one that is older than what is loaded.</summary>
    private async Task<TimelineMessage?> FindAsync(Sequence number, LiveConversation live, CancellationToken cancel)
    {
        var timeline = live.Timeline;
        var found = NamedMessage.In(new ChatInput.Recall(number), timeline);
        if (found is null && number < timeline.First)
        {
            var page = await client.Conversations.ReadEntriesAsync(new ReadEntries(live.Id, From: number, To: number), cancel);
            found = page.Entries is [{ Event: MessageSent sent } entry] ? new TimelineMessage(entry.Sequence, entry.At, sent.Message, sent.Sender, sent.Content) { IsRecalled = sent.Recalled } : null;
        }

        if (found is { IsRecalled: false }) return found;
        notice(found is null ? $"#{number} is no message here; /messages tells their numbers." : $"#{number} was taken back.");
        return null;
    }

    /// <summary>The user's last message. What is on its way is waited for: it is what he means, and has no number yet.</summary>
    private async Task<TimelineMessage?> FindOwnAsync(ChatInput input, LiveConversation live)
    {
        if (_said is { } said && said.Conversation == live.Id)
        {
            var entry = await said.Entry;
            if (entry is null)
            {
                notice("What you said last is not sent. If you mean another message, say its number; /messages tells them.");
                return null;
            }

            // The entry may be known here before the timeline has it.
            if (entry.Sequence > live.Timeline.Head && entry.Event is MessageSent own) return new TimelineMessage(entry.Sequence, entry.At, own.Message, own.Sender, own.Content);
        }

        var last = NamedMessage.In(input, live.Timeline);
        if (last is null) notice("You have said nothing here lately. If you mean an older message, say its number; /messages tells them.");
        return last;
    }

    private TimelineMessage? FindOthers(ChatInput input, LiveConversation live)
    {
        var last = NamedMessage.In(input, live.Timeline);
        if (last is null) notice("Nobody else has said anything here lately. If you mean another message, say its number; /messages tells them.");
        return last;
    }
}
