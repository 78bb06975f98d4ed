using System.Collections.Concurrent;
using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.EndToEnd;

/// <summary>What becomes of conversations while a device is away, and what it hears of it when it is back.</summary>
public sealed class AwayTests
{
    [Theory, EveryEngine]
    [Trait("Row", "A34")]
    [Trait("Row", "C13")]
    public async Task What_was_deleted_while_away_is_over_when_one_is_back(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, phone, tablet) = await ComeAsync(server);
        var ended = EndedOf(phone);
        var group = (await alice.Conversations.CreateGroupAsync([Bob], "lunch")).Conversation;
        var shelved = (await alice.Conversations.CreateGroupAsync([Bob], "not open")).Conversation;
        using var shown = await phone.Conversations.OpenAsync(group);
        await UntilAsync(() => phone.State == ConnectionState.Open && shown.Timeline.Head.Value == 1, "bob has it open");
        var heard = new ConcurrentQueue<bool>();
        shown.Changed += (_, e) => heard.Enqueue(e.Timeline.IsDeleted);

        await AwayAsync(phone, tablet);
        await alice.Messages.SendAsync(group, "nobody will read this");
        await alice.Conversations.DeleteAsync(group);
        await alice.Conversations.DeleteAsync(shelved);
        await phone.ConnectAsync();

        await UntilAsync(() => shown.Timeline.IsDeleted && ended.Count == 2, "the phone knows of both");
        Assert.Contains(true, heard);
        Assert.Equal([(group, ConversationEnd.Deleted), (shelved, ConversationEnd.Deleted)], ended.OrderBy(one => one.Conversation == shelved));
        await BackAgainAsync(phone, tablet);
        Assert.Equal(2, ended.Count);
    }

    [Theory, EveryEngine]
    [Trait("Row", "A34")]
    public async Task Who_was_taken_out_while_away_is_out_when_he_is_back(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, phone, tablet) = await ComeAsync(server);
        var ended = EndedOf(phone);
        var group = (await alice.Conversations.CreateGroupAsync([Bob], "lunch")).Conversation;
        var blind = (await alice.Conversations.CreateGroupAsync([Bob], "blind")).Conversation;
        using var shown = await phone.Conversations.OpenAsync(group);
        using var unseen = await phone.Conversations.OpenAsync(blind);
        await alice.Conversations.SetPermissionsAsync(blind, Bob, Permissions.None);

        await AwayAsync(phone, tablet);
        await alice.Conversations.RemoveAsync(group, [Bob]);
        await alice.Conversations.RemoveAsync(blind, [Bob]);
        await phone.ConnectAsync();

        await UntilAsync(() => shown.Timeline.HasLeft && unseen.Timeline.HasLeft, "the phone knows of both");
        // Of the one an entry tells, which without the permission to read nothing does.
        Assert.Equal([(blind, ConversationEnd.Left)], ended);
        await AwayAsync(phone, tablet);
        await alice.Conversations.AddAsync(group, [Bob]);
        await alice.Conversations.AddAsync(blind, [Bob]);
        await phone.ConnectAsync();
        await UntilAsync(() => !shown.Timeline.HasLeft && !unseen.Timeline.HasLeft, "he is in both again");
    }

    [Theory, EveryEngine]
    [Trait("Row", "A34")]
    [Trait("Row", "B13")]
    [Trait("Row", "B14")]
    public async Task Who_is_put_out_of_a_room_or_whose_room_is_deleted_hears_it_at_once(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var ended = EndedOf(bob);
        var rooms = new List<ConversationId>();
        foreach (var title in new[] { "kicked", "banned", "deleted" }) rooms.Add((await alice.Conversations.CreateRoomAsync(title)).Conversation);
        var shown = new List<LiveConversation>();
        foreach (var room in rooms)
        {
            await bob.Conversations.JoinRoomAsync(room);
            shown.Add(await bob.Conversations.OpenAsync(room));
        }

        await alice.Conversations.RemoveAsync(rooms[0], [Bob]);
        await alice.Conversations.BanAsync(rooms[1], [Bob]);
        await alice.Conversations.DeleteAsync(rooms[2]);

        await UntilAsync(() => shown[0].Timeline.HasLeft && shown[1].Timeline.HasLeft && shown[2].Timeline.IsDeleted, "bob hears of all three");
        Assert.Equal(Refusals.Banned, (await Assert.ThrowsAsync<ParleyRefusedException>(() => bob.Conversations.JoinRoomAsync(rooms[1]))).Refusal);
        await bob.Conversations.JoinRoomAsync(rooms[0]);
        await UntilAsync(() => !shown[0].Timeline.HasLeft, "bob is in the first again");
        await alice.Messages.SendAsync(rooms[0], "behave");
        await UntilAsync(() => shown[0].Timeline.Items.OfType<TimelineMessage>().Any(one => one.Content.PlainText() == "behave"), "and hears what is said");
        Assert.Empty(ended);
        foreach (var one in shown) one.Dispose();
    }

    [Theory, EveryEngine]
    [Trait("Row", "A34")]
    [Trait("Row", "B14")]
    public async Task Who_was_put_out_of_a_room_while_away_is_out_when_he_is_back(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var alice = await server.ConnectAsync("alice");
        var phone = await server.ConnectAsync("bob", "phone");
        var ended = EndedOf(phone);
        var rooms = new List<ConversationId>();
        foreach (var title in new[] { "kicked", "banned", "deleted", "not open" }) rooms.Add((await alice.Conversations.CreateRoomAsync(title)).Conversation);
        foreach (var room in rooms) await phone.Conversations.JoinRoomAsync(room);
        var shown = new List<LiveConversation>();
        foreach (var room in rooms.Take(3)) shown.Add(await phone.Conversations.OpenAsync(room));
        var tablet = await server.ConnectAsync("bob", "tablet");

        await AwayAsync(phone, tablet);
        await alice.Conversations.RemoveAsync(rooms[0], [Bob]);
        await alice.Conversations.BanAsync(rooms[1], [Bob]);
        await alice.Conversations.DeleteAsync(rooms[2]);
        await alice.Conversations.RemoveAsync(rooms[3], [Bob]);
        await phone.ConnectAsync();

        await UntilAsync(() => shown[0].Timeline.HasLeft && shown[1].Timeline.HasLeft && (shown[2].Timeline.IsDeleted || shown[2].Timeline.HasLeft) && ended.Count == 4, "the phone knows of all");
        Assert.Equal(rooms.ToHashSet(), ended.Select(one => one.Conversation).ToHashSet());
        foreach (var one in shown) one.Dispose();
    }

    [Theory, EveryEngine]
    [Trait("Row", "B14")]
    public async Task Who_leaves_a_room_is_out_on_all_his_devices_and_in_again_when_he_comes_back(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, phone, tablet) = await ComeAsync(server);
        var ended = EndedOf(tablet);
        var room = (await alice.Conversations.CreateRoomAsync("lobby")).Conversation;
        await phone.Conversations.JoinRoomAsync(room);
        using var here = await phone.Conversations.OpenAsync(room);
        using var there = await tablet.Conversations.OpenAsync(room);

        await phone.Conversations.LeaveRoomAsync(room);
        await UntilAsync(() => here.Timeline.HasLeft && there.Timeline.HasLeft && !ended.IsEmpty, "both are out");
        await phone.Conversations.JoinRoomAsync(room);
        await UntilAsync(() => !here.Timeline.HasLeft && !there.Timeline.HasLeft, "both are in");
        await alice.Messages.SendAsync(room, "again");
        await UntilAsync(() => new[] { here, there }.All(one => one.Timeline.Items.OfType<TimelineMessage>().Any()), "and both hear what is said");
        await tablet.Conversations.LeaveRoomAsync(room);
        Assert.Equal(Refusals.NotFound, (await Assert.ThrowsAsync<ParleyRefusedException>(() => tablet.Conversations.LeaveRoomAsync(room))).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G11")]
    public async Task How_conversations_were_put_in_order_while_a_device_was_away_is_told_when_it_is_back(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (alice, phone, tablet) = await ComeAsync(server);
        var groups = new List<ConversationId>();
        foreach (var title in new[] { "draft", "pinned", "marked", "archived", "silenced", "hidden", "unpinned", "untouched" })
            groups.Add((await alice.Conversations.CreateGroupAsync([Bob], title)).Conversation);
        await tablet.Inbox.UpdateAsync(new UpdateInbox(groups[6], Pinned: true));
        await tablet.Inbox.UpdateAsync(new UpdateInbox(groups[7], Pinned: true, Draft: "as it was"));
        await phone.Receipts.MarkReadAsync(groups[2], new Sequence(1));
        var told = new ConcurrentQueue<InboxChanged>();
        phone.InboxChanged += (_, e) => told.Enqueue(e.Changed);
        await phone.Inbox.ListAsync();
        told.Clear();

        await AwayAsync(phone, tablet);
        var until = new DateTimeOffset(2035, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await tablet.Inbox.UpdateAsync(new UpdateInbox(groups[0], Draft: "At no"));
        await tablet.Inbox.UpdateAsync(new UpdateInbox(groups[1], Pinned: true));
        await tablet.Inbox.MarkUnreadAsync(groups[2], new Sequence(1));
        await tablet.Inbox.UpdateAsync(new UpdateInbox(groups[3], Archived: true));
        await tablet.Inbox.UpdateAsync(new UpdateInbox(groups[4], SilencedUntil: until));
        await tablet.Inbox.UpdateAsync(new UpdateInbox(groups[5], Hidden: true));
        await tablet.Inbox.UpdateAsync(new UpdateInbox(groups[6], Pinned: false));
        // Changed and changed back, and named with a new message: nothing to tell.
        await tablet.Inbox.UpdateAsync(new UpdateInbox(groups[7], Archived: true));
        await tablet.Inbox.UpdateAsync(new UpdateInbox(groups[7], Archived: false));
        await alice.Messages.SendAsync(groups[7], "news");
        await phone.ConnectAsync();

        await UntilAsync(() => told.Count == 7, "the phone knows of all");
        Assert.Equal(
            new Dictionary<ConversationId, InboxFlags>
            {
                [groups[0]] = new(Draft: "At no"), [groups[1]] = new(Pinned: true), [groups[2]] = new(UnreadFrom: new Sequence(1)), [groups[3]] = new(Archived: true),
                [groups[4]] = new(SilencedUntil: until), [groups[5]] = new(Hidden: true), [groups[6]] = new(),
            },
            told.ToDictionary(changed => changed.Conversation, changed => changed.Flags));
        await BackAgainAsync(phone, tablet);
        Assert.Equal(7, told.Count);

        // What ended by itself, too.
        await AwayAsync(phone, tablet);
        await tablet.Receipts.MarkReadAsync(groups[2], new Sequence(1));
        await alice.Messages.SendAsync(groups[5], "something new");
        await phone.ConnectAsync();
        await UntilAsync(() => told.Count == 9, "the phone knows of both");
        Assert.Equal(new HashSet<InboxChanged> { new(groups[2], new InboxFlags()), new(groups[5], new InboxFlags()) }, told.Skip(7).ToHashSet());
    }

    private static async Task<(ParleyClient Alice, ParleyClient Phone, ParleyClient Tablet)> ComeAsync(RunningServer server) =>
        (await server.ConnectAsync("alice"), await server.ConnectAsync("bob", "phone"), await server.ConnectAsync("bob", "tablet"));

    private static ConcurrentQueue<(ConversationId Conversation, ConversationEnd End)> EndedOf(ParleyClient client)
    {
        var ended = new ConcurrentQueue<(ConversationId, ConversationEnd)>();
        client.ConversationEnded += (_, e) => ended.Enqueue((e.Conversation, e.End));
        return ended;
    }

    private static async Task BackAgainAsync(ParleyClient device, ParleyClient other)
    {
        await AwayAsync(device, other);
        await device.ConnectAsync();
        // Whatever the new session tells came by then: the answer to a later request follows it.
        await device.Inbox.ListAsync();
        await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);
    }

    private static async Task AwayAsync(ParleyClient device, ParleyClient other)
    {
        await other.Users.EndDeviceAsync(new DeviceId("phone"));
        await UntilAsync(() => device.State == ConnectionState.Closed, "the device is away");
    }
}
