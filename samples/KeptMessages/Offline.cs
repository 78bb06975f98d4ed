using Parley;
using Parley.Client;

namespace KeptMessages;

/// <summary>What a program shows before, and without, a connection.</summary>
internal static class Offline
{
    public static async Task ShowAsync(ParleyClient client)
    {
        // docs: offline
        foreach (var item in await client.Inbox.ListKeptAsync())
            Console.WriteLine($"{item.Title ?? item.Peer?.Value}: {item.Unread} unread, {(item.LastMessage?.Event as MessageSent)?.Content.PlainText()}");

        foreach (var item in (await client.Inbox.ListKeptAsync()).Take(1))
        {
            using var live = await client.Conversations.OpenAsync(item.Conversation);
            foreach (var message in live.Timeline.Items.OfType<TimelineMessage>()) Console.WriteLine($"{message.Sender}: {message.Content.PlainText()}");
        }
        // docs: end
    }

    public static void Listen(ParleyClient client)
    {
        // docs: heard
        var seen = new HashSet<MessageId>();
        client.MessageReceived += (_, e) =>
        {
            // After a crash the last ones may come again: the id tells.
            if (seen.Add(e.Message.Message)) Console.WriteLine($"{e.Message.Sender}: {e.Message.Content.PlainText()}");
        };
        client.MessageRead += (_, e) => Console.WriteLine($"{e.Recipient} has read {e.Message}.");
        client.StoreFailed += (_, e) => Console.WriteLine($"What comes is not kept: {e.Failure.Message}");
        // docs: end
    }
}
