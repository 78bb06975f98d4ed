using Parley;
using Parley.Client;

namespace FirstMessage;

/// <summary>What the guide shows of conversations and permissions.</summary>
internal static class Groups
{
    /// <summary>Makes one of each kind.</summary>
    public static async Task<ConversationId> MakeAsync(ParleyClient client, UserId bob, UserId carol)
    {
        // docs: make
        var conversations = client.Conversations;
        var direct = await conversations.DirectAsync(bob);                              // one per pair, for ever
        var notes = await conversations.NotesAsync();                                   // one per user
        var lunch = await conversations.CreateGroupAsync([bob, carol], "Lunch");        // a new one each time
        var news = await conversations.CreateBroadcastAsync([bob, carol], "News");      // the others read
        var ours = await conversations.CreateDistinctAsync([bob, carol]);               // one for these people
        if (ours.Outcome != CreationOutcome.Created) Console.WriteLine("These three had it already.");
        // docs: end
        Console.WriteLine($"{direct.Kind} {notes.Kind} {news.Kind}");
        return lunch.Conversation;
    }

    /// <summary>Changes settings.</summary>
    public static async Task ChangeAsync(ParleyClient client, ConversationId lunch)
    {
        // docs: settings
        await client.Conversations.UpdateAsync(new UpdateConversation(
            lunch, CommandId.New(), Title: "Lunch club", Announcement: "Fish today", Public: true, Approval: true,
            CustomDataPatch: CustomData.Parse("""{"color":"red"}""")));
        // docs: end
    }

    /// <summary>Comes in, and lets in.</summary>
    public static async Task JoinAsync(ParleyClient client, ConversationId lunch)
    {
        // docs: join
        await foreach (var found in client.Conversations.ListPublicAsync(ConversationKind.Group))
            Console.WriteLine($"{found.Title}: {found.ParticipantCount} people");

        var entry = await client.Conversations.JoinAsync(lunch, "I cook well");
        Console.WriteLine(entry.Event is ParticipantJoined ? "I am in." : "Somebody has to let me in.");
        // docs: end
    }

    /// <summary>Hears of invitations.</summary>
    public static void Listen(ParleyClient client)
    {
        // docs: invitations
        client.InvitationsChanged += async (_, _) =>
        {
            await foreach (var one in client.Conversations.ListInvitationsAsync())
            {
                if (one.Pending is { State: PendingState.Invited } invitation) Console.WriteLine($"{invitation.Actor} invites you to {one.Title}.");
            }
        };
        // docs: end
    }

    /// <summary>Gives permissions.</summary>
    public static async Task PermitAsync(ParleyClient client, ConversationId lunch, UserId bob, UserId carol)
    {
        // docs: permit
        await client.Conversations.SetPermissionsAsync(lunch, bob, PermissionPresets.Admin);
        await client.Conversations.SetPermissionsAsync(lunch,
        [
            new ParticipantPermissions(bob, PermissionPresets.Member | Permissions.ManageParticipants),
            new ParticipantPermissions(carol, PermissionPresets.Listener),
        ]);
        await client.Conversations.TransferOwnershipAsync(lunch, bob);
        // docs: end
    }

    /// <summary>A group that nobody owns.</summary>
    public static async Task<ConversationState> FreeAsync(ParleyClient client, UserId bob)
    {
        // docs: free
        var everybody = PermissionPresets.Member | Permissions.ManageParticipants;
        var free = await client.Conversations.CreateAsync(new CreateConversation(
            ConversationId.New(), ConversationKind.Group, [bob], DefaultPermissions: everybody, OwnPermissions: everybody));
        // docs: end
        return free;
    }

    /// <summary>Moderates.</summary>
    public static async Task ModerateAsync(ParleyClient client, ConversationId lunch, UserId bob, UserId carol)
    {
        // docs: moderate
        await client.Conversations.MuteForAsync(lunch, [bob], TimeSpan.FromMinutes(10));
        await client.Conversations.BanAsync(lunch, [carol]);
        await client.Conversations.MuteAllAsync(lunch);          // only who looks after it speaks now …
        await client.Conversations.UnmuteAsync(lunch, [bob]);
        await client.Conversations.AllowAsync(lunch, [bob]);     // … and bob
        // docs: end
    }
}
