using Parley.Hosting;
using Parley.Storage;
using System.Text.Json;
using Parley.Tests.Gateway;
using Parley.Tests.Hostile;
using static Parley.Tests.People.PeopleWords;

namespace Parley.Tests.People;

/// <summary>A suspension and what its user is sending.</summary>
public sealed class SuspensionRaceTests
{
    [Theory, EveryEngine, Trait("Row", "AU-11")]
    public async Task Of_a_hundred_sends_beside_a_suspension_none_is_recorded_after_it_and_the_sessions_end(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Limits:RequestsUnderWay", "1000"));
        using var carol = await server.ConnectAsync("carol");
        var refusedInTime = 0;
        for (var round = 0; round < 6 || (refusedInTime == 0 && round < 100); round++)
        {
            var user = $"bob{round}";
            using var bob = await server.ConnectAsync(user);
            var group = await carol.CreateGroupAsync(user, "alice");
            await bob.SayAsync(group, "first");

            Task<Outcome<UserAccount>>? suspending = null;
            for (var number = 0; number < 100; number++)
            {
                if (number == 50) suspending = server.PlatformAsync((people, backend, origin) => people.Standing.Handle(backend, new SuspendUser(Id(user)), origin));
                await bob.SendRequestAsync($"{number}", Methods.SendMessage, Talk.Message(group, $"{number}"));
            }

            Assert.Null((await suspending!).Refusal);
            var recorded = await server.NumberAsync($"select count(*) from entries where actor = {user}");
            var marker = Talk.SequenceOf(await carol.SayAsync(group, "after the suspension"));
            refusedInTime += (int)(101 - recorded);
            Assert.Equal(4401, await bob.ReadCloseAsync());
            Assert.Equal(0, await server.NumberAsync(
                $"select count(*) from entries where actor = {user} and sequence > {marker} and conversation = (select number from conversations where conversation = {group})"));
            Assert.Equal(recorded, await server.NumberAsync($"select count(*) from entries where actor = {user}"));
        }

        Assert.True(refusedInTime > 0, "no suspension came before the last of the sends: nothing was tested");
    }

    [Fact, Trait("Row", "AU-11")]
    public async Task Of_what_is_sent_on_one_node_none_is_recorded_after_the_suspension_on_another()
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres);
        var (other, database) = await server.StartAnotherNodeAsync();
        for (var round = 0; round < 10; round++)
        {
            var bob = server.As($"bob{round}");
            var group = await server.ConversationOfAsync("alice", bob.User.Value, "carol");
            await server.DoAsync<OwnProfile>(bob.User.Value, new UpdateUser("Bob"));
            await server.SendAsync(bob.User.Value, group, "first");
            var sends = new List<AwaitedOrigin>();
            var suspended = new AwaitedOrigin();
            for (var number = 0; number < 100; number++)
            {
                if (number == 30) server.Ask(server.As("x"), new SuspendUser(bob.User), suspended, other);
                sends.Add(new AwaitedOrigin());
                server.Ask(bob, new SendMessage(group, MessageId.New(), MessageContent.OfText($"{number}")), sends[^1]);
                if (number % 10 == 0) await sends[^1].AsAsync<LogEntry>();
            }

            Assert.Null((await suspended.AsAsync<UserAccount>()).Refusal);
            var head = await server.NumberAsync($"select head from conversations where conversation = {group.Value}");
            foreach (var send in sends)
            {
                var outcome = await send.AsAsync<LogEntry>();
                if (outcome.Value is { } entry) Assert.True(entry.Sequence.Value <= head, $"{entry.Sequence} came after {head}");
                else Assert.Equal(Refusals.Suspended, outcome.Refusal);
            }

            Assert.Equal(Refusals.Suspended, (await server.SendAsync(bob.User.Value, group, "last")).Refusal);
        }

        await other.DisposeAsync();
        await database.DisposeAsync();
    }

    [Fact]
    public async Task Nodes_that_send_block_and_suspend_never_wait_in_a_circle()
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres);
        var (other, database) = await server.StartAnotherNodeAsync();
        var users = Enumerable.Range(0, 6).Select(number => $"u{number}").ToArray();
        var directs = new List<(string One, string Other, ConversationId Conversation)>();
        foreach (var one in users)
            foreach (var two in users.Where(two => string.CompareOrdinal(one, two) < 0))
                directs.Add((one, two, await server.ConversationOfAsync(one, two)));
        foreach (var user in users) await server.DoAsync<OwnProfile>(user, new UpdateUser(user));

        for (var round = 0; round < 8; round++)
        {
            var asked = new List<Task<Refusal?>>();
            foreach (var (one, two, conversation) in directs)
            {
                asked.Add(AskAsync<LogEntry>(one, new SendMessage(conversation, MessageId.New(), MessageContent.OfText("hi")), server.Node));
                asked.Add(AskAsync<LogEntry>(two, new SendMessage(conversation, MessageId.New(), MessageContent.OfText("hi")), other));
                asked.Add(AskAsync<Contact>(one, new RequestContact(Id(two)), other));
                asked.Add(AskAsync<Contact>(two, new RequestContact(Id(one)), server.Node));
                asked.Add(AskAsync<BlockList>(two, round % 2 == 0 ? new AddBlocks([Id(one)]) : new RemoveBlocks([Id(one)]), round % 4 < 2 ? other : server.Node));
                asked.Add(AskAsync<ReceiptCursors>(two, new MarkRead(conversation, new Sequence(1)), other));
            }

            foreach (var user in users) asked.Add(AskAsync<UserAccount>("x", round % 2 == 0 ? new MuteUser(Id(user)) : new UnmuteUser(Id(user)), other));
            Assert.All(await Task.WhenAll(asked), refusal => Assert.True(refusal is null || refusal == Refusals.Blocked || refusal == Refusals.MutedInApp, $"{refusal}"));
        }

        await other.DisposeAsync();
        await database.DisposeAsync();
        Assert.Equal(0, await Parley.Tests.Storage.LockOrderTests.DeadlocksAsync(server));

        async Task<Refusal?> AskAsync<T>(string user, object command, ParleyNode node)
            where T : class => (await server.AskAsync<T>(server.As(user), command, node)).Refusal;
    }
}
