using System.Text.Json;
using Parley.Tests.Messages;
using Parley.Tests.Presence;

namespace Parley.Tests.Retention;

/// <summary><c>message.expired</c>.</summary>
public class ExpiredSignalTests
{
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    [Theory, EveryEngine]
    [Trait("Row", "C10")]
    [Trait("Row", "S28")]
    public async Task A_sender_is_told_once_what_of_his_went_undelivered(Engine engine)
    {
        await using var archive = await Archive.StartAsync(engine, Month);
        var server = archive.Server;
        var chat = await server.ConversationOfAsync("alice", "bob");
        var (alice, tablet, bob) = (Connect(archive, "alice", "phone"), Connect(archive, "alice", "tablet"), Connect(archive, "bob", "phone"));
        await server.SayAsync("alice", chat, "delivered");
        await server.DeliveredAsync("bob", chat, 2);
        MessageId[] lost = [await server.SayAsync("alice", chat, "lost"), await server.SayAsync("alice", chat, "lost too")];
        var recalled = await server.SayAsync("alice", chat, "taken back");
        await server.RecallAsync("alice", chat, recalled);
        await archive.PassAsync(TimeSpan.FromDays(1));
        await server.SayAsync("alice", chat, "not yet");

        await archive.PassAsync(Month - TimeSpan.FromHours(1));
        await archive.RunAsync();

        foreach (var device in new[] { alice, tablet })
        {
            var told = Assert.Single(Expired(device));
            Assert.Equal((chat, 6, 2), (told.Conversation, told.UpTo.Value, told.Count));
            Assert.Equal(lost, told.Messages);
        }

        Assert.Empty(Expired(bob));
    }

    [Theory, EveryEngine]
    [Trait("Row", "C10")]
    public async Task Each_sender_of_a_group_hears_of_his_own_if_one_of_the_others_had_it_not(Engine engine)
    {
        await using var archive = await Archive.StartAsync(engine, Month);
        var server = archive.Server;
        var group = await server.ConversationOfAsync("alice", "bob", "carol", "dora");
        var (alice, bob, carol) = (Connect(archive, "alice", "phone"), Connect(archive, "bob", "phone"), Connect(archive, "carol", "phone"));
        var early = await server.SayAsync("alice", group, "before erin");
        var late = await server.SayAsync("bob", group, "carol was away");
        await server.AddAsync("alice", group, "erin");
        await server.LeaveAsync("dora", group);
        await server.DeliveredAsync("alice", group, 4);
        await server.DeliveredAsync("bob", group, 4);
        await server.DeliveredAsync("carol", group, 2);

        await archive.PassAsync(Month);

        // Carol, who was there, had alice's; erin came later, and dora is gone.
        Assert.Empty(Expired(alice));
        Assert.Equal([late], Assert.Single(Expired(bob)).Messages);
        Assert.Empty(Expired(carol));
        Assert.NotEqual(early, late);
    }

    [Theory, EveryEngine]
    [Trait("Row", "C10")]
    public async Task A_hundred_are_named_of_more_they_are_counted_and_of_a_log_in_pieces_told_once(Engine engine)
    {
        await using var archive = await Archive.StartAsync(engine, Month);
        var server = archive.Server;
        var chat = await server.ConversationOfAsync("alice", "bob");
        var alice = Connect(archive, "alice", "phone");
        await server.ChangeAsync($"""
            with recursive numbers (n) as (select 2 union all select n + 1 from numbers where n < 601)
            insert into entries (conversation, sequence, at, key, actor, counted, kinds, event)
            select c.number, n, c.created_at, {server.RandomKey}, 'alice', 1, 1, {"{}"u8.ToArray()} from conversations c, numbers where c.conversation = {chat.Value}
            """);
        await server.ChangeAsync($"update conversations set head = 601 where conversation = {chat.Value}");

        await archive.PassAsync(Month);

        var told = Assert.Single(Expired(alice));
        Assert.Equal((601, 600, 100), (told.UpTo.Value, told.Count, told.Messages.Count));
    }

    [Theory, EveryEngine]
    [Trait("Row", "C10")]
    public async Task Of_more_than_a_hundred_the_newest_are_named_in_their_order(Engine engine)
    {
        await using var archive = await Archive.StartAsync(engine, Month);
        var chat = await archive.Server.ConversationOfAsync("alice", "bob");
        var alice = Connect(archive, "alice", "phone");
        var lost = new List<MessageId>();
        for (var number = 0; number <= MessagesExpired.MaxMessages; number++) lost.Add(await archive.Server.SayAsync("alice", chat, $"{number}"));

        await archive.PassAsync(Month);

        var told = Assert.Single(Expired(alice));
        Assert.Equal((102, 101), (told.UpTo.Value, told.Count));
        Assert.Equal(lost.Skip(1), told.Messages);
    }

    [Theory, EveryEngine]
    [Trait("Row", "C10"), Trait("Row", "L28")]
    public async Task What_was_read_out_of_order_was_delivered(Engine engine)
    {
        await using var archive = await Archive.StartAsync(engine, Month);
        var server = archive.Server;
        var chat = await server.ConversationOfAsync("alice", "bob");
        var alice = Connect(archive, "alice", "phone");
        var before = await server.SayAsync("alice", chat, "before it");
        var read = await server.SayAsync("alice", chat, "read at once");
        var after = await server.SayAsync("alice", chat, "after it");
        Assert.Equal([new Sequence(3)], (await server.AskAsync<ReceiptCursors>(server.As("bob"), new MarkRead(chat, Messages: [read]))).Value!.ReadAhead!);

        await archive.PassAsync(Month);

        Assert.Equal([before, after], Assert.Single(Expired(alice)).Messages);
    }

    [Theory]
    [InlineData(200, 1)]
    [InlineData(201, 0)]
    [Trait("Row", "C10")]
    public async Task Where_more_than_two_hundred_take_part_nobody_is_told(int participants, int told)
    {
        await using var archive = await Archive.StartAsync(Engine.Sqlite, Month);
        var group = await archive.Server.ConversationOfAsync([.. Enumerable.Range(0, participants).Select(number => $"user-{number}")]);
        var first = Connect(archive, "user-0", "phone");
        await archive.Server.SayAsync("user-0", group, "hi");

        await archive.PassAsync(Month);

        Assert.Equal(told, Expired(first).Count);
    }

    private static Device Connect(Archive archive, string user, string name)
    {
        var device = new Device(archive.Server, user, name);
        archive.Server.Node.Subscriptions.Register(device.Subscriber);
        return device;
    }

    private static List<MessagesExpired> Expired(Device device) =>
    [
        .. device.Notifications().Where(one => one.GetProperty("method").GetString() == Methods.MessagesExpired)
            .Select(one => one.GetProperty("params").Deserialize(ProtocolJson.Strict.MessagesExpired)!),
    ];
}
