using System.Collections.Concurrent;
using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.EndToEnd;

/// <summary>What a program hears from the SDK, from its first connection on, against a real server.</summary>
public sealed class EventTests
{
    [Theory, EveryEngine]
    [Trait("Row", "V08")]
    [Trait("Row", "V35")]
    public async Task One_connection_is_all_it_takes_to_know_oneself_the_conversations_and_their_people(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var bob = await server.ConnectAsync("bob");
        await bob.Users.UpdateAsync(displayName: "Bob");
        var direct = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        await bob.Messages.SendAsync(direct, "hello");
        await using var alice = server.Client("alice");
        var states = new ConcurrentQueue<ConnectionState>();
        alice.StateChanged += (_, e) => states.Enqueue(e.State);
        Assert.Equal(ConnectionState.Closed, alice.State);

        await alice.ConnectAsync();

        Assert.Equal(Alice, alice.Session!.User);
        Assert.Equal(Alice, (await alice.Users.MeAsync()).Profile.User);
        var item = Assert.Single((await alice.Inbox.ListAsync()).Conversations);
        Assert.Equal((direct, 1), (item.Conversation, item.Unread));
        Assert.Equal("Bob", Assert.Single(await alice.Users.GetAsync([Bob])).DisplayName);

        await server.StopAsync();
        await UntilAsync(() => alice.State != ConnectionState.Open, "the server is gone");
        await server.StartAgainAsync();
        await UntilAsync(() => alice.State == ConnectionState.Open, "she is back");
        await alice.DisposeAsync();
        var told = states.ToArray();
        Assert.Equal((ConnectionState.Connecting, ConnectionState.Open), (told[0], told[1]));
        Assert.Equal(ConnectionState.Open, told.Last(state => state != ConnectionState.Closed));
        Assert.All(told.Zip(told.Skip(1)), step => Assert.NotEqual(step.First, step.Second));
    }

    [Theory, EveryEngine]
    [Trait("Row", "V22")]
    public async Task Everything_somebody_does_is_an_event_at_who_may_know_it(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Presence:Interval", "00:00:00.1"));
        var (alice, tablet, bob) = (await server.ConnectAsync("alice", "phone"), await server.ConnectAsync("alice", "tablet"), await server.ConnectAsync("bob"));
        await bob.Contacts.RequestAsync(Alice);
        await alice.Contacts.AcceptAsync(Bob);
        await bob.Presence.SubscribeAsync([Alice]);
        var heard = new ConcurrentQueue<string>();
        bob.EntryReceived += (_, e) => heard.Enqueue(e.Entry.Event.Type);
        bob.Presence.Changed += (_, e) => heard.Enqueue($"presence {e.State.Status}");
        bob.TypingChanged += (_, e) => heard.Enqueue($"typing {e.Typing.State}");
        bob.ReceiptMoved += (_, e) => heard.Enqueue($"read {e.ReadUpTo}");
        bob.Users.ProfileChanged += (_, e) => heard.Enqueue($"profile {e.Profile.DisplayName}");
        bob.MessageChanged += (_, e) => heard.Enqueue(e.IsRecalled ? "taken back" : $"now {e.Content?.PlainText()}");
        var own = new[] { alice, tablet }.Select(device =>
        {
            var entries = new ConcurrentQueue<string>();
            device.EntryReceived += (_, e) => entries.Enqueue(e.Entry.Event.Type);
            return entries;
        }).ToArray();

        await alice.Presence.SetAsync(PresenceStatus.Busy);
        await HeardAsync("presence Busy");
        var group = (await alice.Conversations.CreateGroupAsync([Bob], "lunch")).Conversation;
        await HeardAsync("conversation.created");
        await alice.Conversations.SetTitleAsync(group, "supper");
        await HeardAsync("conversation.changed");
        await alice.Conversations.SetTypingAsync(group, TypingState.Started);
        await HeardAsync("typing Started");
        await alice.Conversations.SetTypingAsync(group, TypingState.Stopped);
        await HeardAsync("typing Stopped");
        var hi = ((MessageSent)(await alice.Messages.SendAsync(group, "hi")).Event).Message;
        await HeardAsync("message.sent");
        await bob.Messages.SendAsync(group, "hi yourself");
        await alice.Receipts.MarkReadAsync(group, new Sequence(4));
        await HeardAsync("read 4");
        await alice.Messages.EditAsync(group, hi, MessageContent.OfText("hello"));
        await HeardAsync("now hello");
        await alice.Messages.RecallAsync(group, hi);
        await HeardAsync("taken back");
        await alice.Users.UpdateAsync(displayName: "Alice");
        await HeardAsync("profile Alice");
        await alice.Conversations.DeleteAsync(group);
        await HeardAsync("conversation.deleted");
        // What she did herself is an event too, at the device that did it and at her other one.
        string[] did = ["conversation.created", "conversation.changed", "message.sent", "message.sent", "message.edited", "message.recalled", "conversation.deleted"];
        foreach (var entries in own) await UntilAsync(() => entries.SequenceEqual(did), $"alice's devices hear all of it; one heard {string.Join(", ", entries)}");

        Task HeardAsync(string expected) => UntilAsync(() => heard.Contains(expected), $"bob hears {expected}; he heard {string.Join(", ", heard)}");
    }

    [Theory, EveryEngine]
    [Trait("Row", "V22")]
    public async Task Edits_and_recalls_are_events_to_all_whoever_did_them_and_removals_to_ones_own_devices(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, phone, tablet) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob", "phone"), await server.ConnectAsync("bob", "tablet"));
        var heard = new ConcurrentQueue<(string Device, string What)>();
        foreach (var (device, client) in new[] { ("alice", alice), ("phone", phone), ("tablet", tablet) })
        {
            client.MessageChanged += (_, e) => heard.Enqueue((device, $"{ActorOf(e.Entry.Event)} {e.Message}: {(e.IsRecalled ? "taken back" : e.Content?.PlainText())}"));
            client.MessagesRemoved += (_, e) => heard.Enqueue((device, $"removed {string.Join(", ", e.Removed.Sequences ?? [])}{e.Removed.UpTo}"));
        }

        var group = (await alice.Conversations.CreateGroupAsync([Bob])).Conversation;
        await alice.Conversations.SetPermissionsAsync(group, Bob, PermissionPresets.Member | Permissions.EditAny | Permissions.RemoveAny);
        var (hers, his) = (await SayAsync(alice, "lunhc"), await SayAsync(phone, "soup"));

        await phone.Messages.EditAsync(group, his, MessageContent.OfText("fish"));
        await EverybodyAsync($"bob {his}: fish");
        await phone.Messages.EditAsync(group, hers, MessageContent.OfText("lunch"));
        await EverybodyAsync($"bob {hers}: lunch");
        await alice.Messages.RecallAsync(group, his);
        await EverybodyAsync($"alice {his}: taken back");
        await phone.Messages.RemoveAsync(group, [hers]);
        await UntilAsync(() => heard.Contains(("phone", "removed 3, 6")) && heard.Contains(("tablet", "removed 3, 6")), "bob's devices hear what he removed");
        // Whatever else was told came by then: the answer to a later request follows it.
        foreach (var client in new[] { alice, phone, tablet }) await client.Inbox.ListAsync();

        Assert.DoesNotContain(heard, one => one.Device == "alice" && one.What.StartsWith("removed", StringComparison.Ordinal));
        Assert.Equal(heard.Distinct().Count(), heard.Count);

        static UserId ActorOf(ConversationEvent change) => change is MessageEdited edited ? edited.Actor : ((MessageRecalled)change).Actor;

        async Task<MessageId> SayAsync(ParleyClient client, string text) => ((MessageSent)(await client.Messages.SendAsync(group, text)).Event).Message;

        Task EverybodyAsync(string what) => UntilAsync(
            () => new[] { "alice", "phone", "tablet" }.All(device => heard.Contains((device, what))), $"everybody hears {what}; heard was {string.Join("; ", heard)}");
    }

    [Theory, EveryEngine]
    [Trait("Row", "B18")]
    public async Task Every_device_hears_of_the_groups_messages_and_reading_of_the_others(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (phone, tablet, bob) = (await server.ConnectAsync("alice", "phone"), await server.ConnectAsync("alice", "tablet"), await server.ConnectAsync("bob"));
        var (told, read, shelved) = (new Told(tablet), new ConcurrentQueue<(UserId, Sequence)>(), new ConcurrentQueue<InboxChanged>());
        tablet.ReceiptMoved += (_, e) => read.Enqueue((e.User, e.ReadUpTo));
        tablet.InboxChanged += (_, e) => shelved.Enqueue(e.Changed);

        var group = (await phone.Conversations.CreateGroupAsync([Bob])).Conversation;
        var sent = await phone.Messages.SendAsync(group, "from my phone");
        var answered = await bob.Messages.SendAsync(group, "to all of yours");
        await phone.Receipts.MarkReadAsync(group, answered.Sequence);
        // Told within half a second to those who are in it: she is to leave after that.
        await UntilAsync(() => read.Contains((Alice, answered.Sequence)), "the tablet hears that she has read");
        await phone.Inbox.UpdateAsync(new UpdateInbox(group, Pinned: true));
        await phone.Conversations.AddAsync(group, [Carol]);
        await phone.Conversations.TransferOwnershipAsync(group, Bob);
        await phone.Conversations.LeaveAsync(group);

        await UntilAsync(() => told.Entries.Any(entry => entry.Event is ParticipantLeft) && !shelved.IsEmpty, "the tablet hears of all");
        Assert.Equal(
            ["conversation.created", "message.sent", "message.sent", "participants.added", "permissions.changed", "participant.left"],
            told.Entries.Select(entry => entry.Event.Type));
        Assert.Equal((sent, answered), (told.Sent.Single(), told.Received.Single()));
        Assert.Equal(group, shelved.First().Conversation);
    }

    [Theory, EveryEngine]
    [Trait("Row", "V22")]
    public async Task Who_is_invisible_is_offline_to_others_whatever_he_does_and_his_own_devices_know_it(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Presence:Interval", "00:00:00.1"));
        var (phone, tablet, bob) = (await server.ConnectAsync("alice", "phone"), await server.ConnectAsync("alice", "tablet"), await server.ConnectAsync("bob"));
        var chat = (await phone.Conversations.DirectAsync(Bob)).Conversation;
        Assert.Equal(PresenceStatus.Online, Assert.Single(await bob.Presence.SubscribeAsync([Alice])).Status);
        var (seen, own, told) = (new ConcurrentQueue<PresenceStatus>(), new ConcurrentQueue<PresenceStatus>(), new Told(bob));
        bob.Presence.Changed += (_, e) => seen.Enqueue(e.State.Status);
        tablet.Presence.Changed += (_, e) => own.Enqueue(e.State.Status);

        await phone.Presence.SetAsync(PresenceStatus.Invisible);
        await UntilAsync(() => seen.Contains(PresenceStatus.Offline), "bob sees her go");
        await UntilAsync(() => own.Contains(PresenceStatus.Invisible), "her tablet knows");
        var gone = Assert.Single(await bob.Presence.GetAsync([Alice]));
        await phone.Messages.SendAsync(chat, "it is me");
        await server.ConnectAsync("alice", "laptop");
        await UntilAsync(() => told.Received.Count == 1, "bob hears what she says");
        var later = Assert.Single(await bob.Presence.GetAsync([Alice]));
        Assert.Equal((PresenceStatus.Offline, gone.LastSeen), (later.Status, later.LastSeen));
        await phone.Presence.SetAsync(PresenceStatus.Busy);
        await UntilAsync(() => seen.Contains(PresenceStatus.Busy), "bob sees her come");

        // That she came may be told once more, just before.
        Assert.Equal([PresenceStatus.Offline, PresenceStatus.Busy], seen.SkipWhile(status => status == PresenceStatus.Online));
    }

    [Theory, EveryEngine]
    [Trait("Row", "A42")]
    [Trait("Row", "C19")]
    public async Task Who_is_muted_learns_it_on_the_device_that_sends_and_on_his_others(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, phone, tablet) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob", "phone"), await server.ConnectAsync("bob", "tablet"));
        var heard = new ConcurrentQueue<(string Device, MessageRefused Refused)>();
        alice.MessageRefusedElsewhere += (_, e) => heard.Enqueue(("alice", e.Refused));
        phone.MessageRefusedElsewhere += (_, e) => heard.Enqueue(("phone", e.Refused));
        tablet.MessageRefusedElsewhere += (_, e) => heard.Enqueue(("tablet", e.Refused));
        var group = (await alice.Conversations.CreateGroupAsync([Bob])).Conversation;
        await alice.Conversations.MuteForAsync(group, [Bob], TimeSpan.FromHours(1));

        var refused = await Assert.ThrowsAsync<ParleyRefusedException>(() => phone.Messages.SendAsync(group, "may I?"));

        Assert.Equal(Refusals.Muted.Code, refused.Refusal.Code);
        await UntilAsync(() => !heard.IsEmpty, "the tablet hears of it");
        // What else was told came by then: the answer to a later request follows it.
        await alice.Inbox.ListAsync();
        await phone.Inbox.ListAsync();
        var (device, told) = Assert.Single(heard);
        Assert.Equal(("tablet", group, Refusals.Muted.Code), (device, told.Conversation, told.Code));
        Assert.InRange(told.RetryAfterMs!.Value, 1, 3_600_000);
    }

    [Theory, EveryEngine]
    [Trait("Row", "B17")]
    public async Task What_is_told_to_who_is_connected_is_an_event_there_and_nothing_later(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (phone, tablet, bob) = (await server.ConnectAsync("alice", "phone"), await server.ConnectAsync("alice", "tablet"), await server.ConnectAsync("bob"));
        var heard = new ConcurrentQueue<(string Device, OnlineMessage Told)>();
        phone.OnlineMessageReceived += (_, e) => heard.Enqueue(("phone", e.Message));
        tablet.OnlineMessageReceived += (_, e) => heard.Enqueue(("tablet", e.Message));
        bob.OnlineMessageReceived += (_, e) => heard.Enqueue(("bob", e.Message));
        var chat = (await phone.Conversations.DirectAsync(Bob)).Conversation;

        await phone.Messages.SendOnlineAsync(chat, new MessageContent([MessagePart.Of(new AppCommand("ring"))]));
        await UntilAsync(() => heard.Count == 2, "bob and the tablet hear it");
        await phone.Messages.SendAsync(chat, "and this stays");

        Assert.Equal(["bob", "tablet"], heard.Select(one => one.Device).Order());
        Assert.All(heard, one => Assert.Equal((chat, Alice, "ring"), (one.Told.Conversation, one.Told.Sender, one.Told.Content.Parts[0].AsCommand()!.Action)));
        var later = await server.ConnectAsync("bob", "laptop");
        using var live = await later.Conversations.OpenAsync(chat);
        Assert.Equal(["and this stays"], live.Timeline.Items.OfType<TimelineMessage>().Select(message => message.Content.PlainText()));
        var refused = await Assert.ThrowsAsync<ParleyRefusedException>(() => later.Messages.SendOnlineAsync(ConversationId.New(), MessageContent.OfText("x")));
        Assert.Equal(Refusals.NotFound, refused.Refusal);
    }
}
