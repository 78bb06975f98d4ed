using Parley;
using Parley.Client;

namespace FirstMessage;

/// <summary>What the guide shows of the user's own inbox.</summary>
internal static class OwnInbox
{
    public static async Task ArrangeAsync(ParleyClient client, ConversationId lunch, ConversationId news, Sequence question)
    {
        // docs: inbox
        await client.Inbox.UpdateAsync(new UpdateInbox(lunch, Pinned: true, Draft: "I could bring"));
        await client.Inbox.UpdateAsync(new UpdateInbox(news, Archived: true, SilencedUntil: MuteParticipants.Forever));
        var flags = await client.Inbox.MarkUnreadAsync(lunch, from: question);
        Console.WriteLine($"Unread from {flags.UnreadFrom} on, and begun: {flags.Draft}");
        // docs: end
    }

    public static async Task ShowAsync(ParleyClient client)
    {
        // docs: inbox-shown
        client.InboxChanged += (_, e) => Console.WriteLine($"{e.Changed.Conversation}: {(e.Changed.Flags.Pinned ? "pinned" : "not pinned")}, on another device");
        await foreach (var item in client.Inbox.AllAsync())
            Console.WriteLine($"{item.Title ?? item.Peer?.Value}: {item.Unread} unread{(item.Flags is { Pinned: true } ? ", pinned" : "")}");

        var archived = await client.Inbox.ListAsync(new ListInbox(Archived: true));
        Console.WriteLine($"{archived.Conversations.Count} put aside");
        // docs: end
    }
}
