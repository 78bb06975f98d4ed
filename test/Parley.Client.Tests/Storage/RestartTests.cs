using Parley.Client.Tests.EndToEnd;
using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Storage;

/// <summary>What a program is told after it was started again, against a real server.</summary>
public sealed class RestartTests
{
    [Theory]
    [InlineData(StoreKind.Memory)]
    [InlineData(StoreKind.Sqlite)]
    [Trait("Row", "S31"), Trait("Row", "B28")]
    public async Task What_came_while_it_did_not_run_is_told_though_another_device_had_it_and_what_was_told_is_not(StoreKind kind)
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice", kind);
        var bob = await server.ConnectAsync("bob");
        var chat = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        await using (var first = await runs.ConnectAsync())
        {
            await bob.Messages.SendAsync(chat, "one");
            await UntilAsync(() => first.Heard.Any(), "the first is told");
        }

        var tablet = await server.ConnectAsync("alice", "tablet");
        await bob.Messages.SendAsync(chat, "two");
        await bob.Messages.SendAsync(chat, "three");
        await tablet.Receipts.MarkDeliveredAsync(chat, new Sequence(4));

        await using (var second = await runs.ConnectAsync())
        {
            await UntilAsync(() => second.Heard.Count() == 2, "the rest is told");
            Assert.Equal(["two", "three"], second.Heard);
        }

        await using var third = await runs.ConnectAsync();
        await bob.Messages.SendAsync(chat, "four");
        await UntilAsync(() => third.Heard.Any(), "the last is told");
        Assert.Equal(["four"], third.Heard);
    }

    [Fact]
    [Trait("Row", "S19"), Trait("Row", "C12")]
    public async Task What_a_program_was_told_and_had_no_time_to_acknowledge_the_next_one_acknowledges()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice");
        var bob = await server.ConnectAsync("bob");
        var told = new Told(bob);
        var chat = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        await using (var first = await runs.ConnectAsync())
        {
            var ending = Task.CompletedTask;
            // As when the system takes the program away: before it acknowledges what its listeners have had.
            first.Client.MessageReceived += (_, _) => ending = first.Client.DisposeAsync().AsTask();
            await bob.Messages.SendAsync(chat, "hi");
            await UntilAsync(() => first.Heard.Any(), "it is told");
            await ending;
        }

        Assert.Empty(told.Delivered);
        await using var second = await runs.ConnectAsync();
        await UntilAsync(() => !told.Delivered.IsEmpty, "bob hears that it was delivered");
        Assert.Empty(second.Heard);
    }

    [Fact]
    [Trait("Row", "S14"), Trait("Row", "S19"), Trait("Row", "C12"), Trait("Row", "G14"), Trait("Row", "S24"), Trait("Row", "L16"), Trait("Row", "L18"), Trait("Row", "L19")]
    public async Task A_receipt_of_a_message_of_an_earlier_run_is_told_once_in_whichever_run_it_comes()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice");
        MessageId message;
        ConversationId group;
        await using (var first = await runs.ConnectAsync())
        {
            group = (await first.Client.Conversations.CreateGroupAsync([Bob, Carol])).Conversation;
            message = ((MessageSent)(await first.Client.Messages.SendAsync(group, "hi")).Event).Message;
        }

        var bob = await server.ConnectAsync("bob");
        await using (var second = await runs.ConnectAsync())
        {
            await UntilAsync(() => !second.Told.Delivered.IsEmpty, "bob has it");
            Assert.Equal([(message, Bob)], second.Told.Delivered);
            await bob.Receipts.MarkAllReadAsync(group);
            await UntilAsync(() => !second.Told.Read.IsEmpty, "bob has read it");
        }

        var carol = await server.ConnectAsync("carol");
        await carol.Receipts.MarkAllReadAsync(group);
        await using (var third = await runs.ConnectAsync())
        {
            await UntilAsync(() => third.Told is { Delivered.IsEmpty: false, Read.IsEmpty: false }, "carol has read it");
            Assert.Equal([(message, Carol)], third.Told.Delivered);
            Assert.Equal([(message, Carol)], third.Told.Read);
        }

        await using var fourth = await runs.ConnectAsync();
        var next = ((MessageSent)(await fourth.Client.Messages.SendAsync(group, "after")).Event).Message;
        await UntilAsync(() => fourth.Told.Delivered.Count == 2, "both have the next");
        Assert.All(fourth.Told.Delivered, told => Assert.Equal(next, told.Message));
        Assert.Empty(fourth.Told.Read);
    }

    [Fact]
    [Trait("Row", "S19"), Trait("Row", "C12")]
    public async Task Who_joined_in_an_earlier_run_is_no_recipient_of_what_was_before_him_in_a_later_one()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice");
        ConversationId group;
        await using (var first = await runs.ConnectAsync())
        {
            group = (await first.Client.Conversations.CreateGroupAsync([Bob])).Conversation;
            await first.Client.Messages.SendAsync(group, "before carol");
            await first.Client.Conversations.AddAsync(group, [Carol]);
            await UntilAsync(() => first.Told.Entries.Count == 3, "carol is in it");
        }

        // Before the server is asked who is in it a cursor of hers may come.
        await using (var store = runs.Stores.Next())
        {
            await store.OpenAsync();
            var marks = ReceiptMarks.Read(Assert.Single(await store.ReadAsync(new LocalRange(KeptKind.Receipts))).Value)!;
            Assert.Equal(new Sequence(3), marks.Joined[Carol]);
        }

        await using var second = await runs.ConnectAsync();
        var carol = await server.ConnectAsync("carol");
        await carol.Receipts.MarkAllReadAsync(group);
        var after = ((MessageSent)(await second.Client.Messages.SendAsync(group, "after carol")).Event).Message;
        await UntilAsync(() => !second.Told.Delivered.IsEmpty, "carol has the second");
        Assert.Equal([(after, Carol)], second.Told.Delivered);
        Assert.Empty(second.Told.Read);
    }

    [Fact]
    [Trait("Row", "S22"), Trait("Row", "S23"), Trait("Row", "S34"), Trait("Row", "L17")]
    public async Task What_one_device_sent_every_device_is_told_once_also_the_one_that_did_not_run()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice");
        var phone = await server.ConnectAsync("alice", "phone");
        var group = (await phone.Conversations.CreateGroupAsync([Bob, Carol])).Conversation;
        await using (var first = await runs.ConnectAsync())
        {
            await phone.Messages.SendAsync(group, "one");
            await UntilAsync(() => !first.Told.Sent.IsEmpty, "it is told");
        }

        await phone.Messages.SendAsync(group, "two");
        await using (var second = await runs.ConnectAsync())
        {
            await UntilAsync(() => !second.Told.Sent.IsEmpty, "it is told when it is back");
            Assert.Equal(["two"], second.Told.Sent.Select(entry => entry.Text()));
        }

        await using var third = await runs.ConnectAsync();
        await phone.Messages.SendAsync(group, "three");
        await UntilAsync(() => !third.Told.Sent.IsEmpty, "the third is told");
        Assert.Equal(["three"], third.Told.Sent.Select(entry => entry.Text()));
    }

    [Fact]
    [Trait("Row", "V08")]
    public async Task A_program_that_starts_asks_only_for_what_changed()
    {
        await using var server = await ScriptedServer.StartAsync();
        var (changed, quiet) = (ConversationId.New(), ConversationId.New());
        var store = new MemoryStore();
        await using (var first = Of(server, store))
        {
            var told = new Told(first);
            var connecting = first.ConnectAsync();
            var connection = await server.NextSessionAsync(opening => opening.Changed(changed, 3, delivered: 2).Changed(quiet, 7, delivered: 7));
            await connecting;
            await connection.AnswerAsync(
                await connection.ExpectAsync(Methods.SyncConversations),
                new ConversationsSynced([new SyncedConversation(changed, SyncStatus.Ok, new Sequence(3), new Sequence(1), [Bob.Says(changed, 3, "3")], More: false)]), ProtocolJson.Lenient.ConversationsSynced);
            await UntilAsync(() => told.Received.Count == 1, "it is told");
        }

        await using var second = Of(server, store);
        var toldLater = new Told(second);
        var again = second.ConnectAsync();
        var next = await server.NextSessionAsync(opening => (opening.Since, _) = ("since-2", opening.Changed(changed, 4, delivered: 4)));
        await again;

        var opened = next.Opened!.As(ProtocolJson.Lenient.OpenSession);
        Assert.Equal((Opening.FirstEpoch, "since-1"), (opened.Epoch, opened.Since));
        var sync = (await next.ExpectAsync(Methods.SyncConversations)).As(ProtocolJson.Lenient.SyncConversations);
        Assert.Equal([new SyncPosition(changed, new Sequence(3))], sync.Positions);

        static ParleyClient Of(ScriptedServer server, LocalStore store) => ClientOf(server, options => new ParleyClientOptions { Endpoint = options.Endpoint, TokenProvider = options.TokenProvider, Store = store });
    }
}
