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
