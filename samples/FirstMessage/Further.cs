using Parley;
using Parley.Client;

namespace FirstMessage;

/// <summary>What the guide shows beyond the first message.</summary>
internal static class Further
{
    /// <summary>Sends a text, and says what became of it.</summary>
    public static async Task<string> SendAsync(ParleyClient client, ConversationId conversation, string text)
    {
        // docs: outcomes
        try
        {
            var entry = await client.Messages.SendAsync(conversation, text);
            return $"It is number {entry.Sequence}, and on disk.";
        }
        catch (ParleyRefusedException refused)
        {
            return $"The server will not do it: {refused.Refusal.Code}.";
        }
        catch (MessageNotSentException)
        {
            return "It was not recorded and will not be: send it anew.";
        }
        catch (MessageUnknownException)
        {
            return "Nobody knows yet. MessageSettled tells; until then do not send it under another id.";
        }
        // docs: end
    }

    /// <summary>Shows a conversation until the user has seen enough.</summary>
    public static async Task ShowAsync(ParleyClient client, ConversationId conversation, Task seenEnough)
    {
        // docs: timeline
        using var live = await client.Conversations.OpenAsync(conversation);
        live.Changed += (_, e) => Show(e.Timeline);
        Show(live.Timeline);
        await live.MarkReadAsync();
        // docs: end
        await seenEnough;
    }

    // docs: show
    private static void Show(Timeline timeline)
    {
        foreach (var message in timeline.Items.OfType<TimelineMessage>())
            Console.WriteLine($"{message.At:HH:mm} {message.Sender}: {message.Content.PlainText()} ({timeline.StateOf(message)})");
    }
    // docs: end
}
