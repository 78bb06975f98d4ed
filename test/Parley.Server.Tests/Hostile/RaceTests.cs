using System.Text.Json;
using Parley.Tests.Gateway;

namespace Parley.Tests.Hostile;

/// <summary>The same thing, or its opposite, asked at once.</summary>
public sealed class RaceTests
{
    private const int Times = 50;

    [Theory, EveryEngine, Trait("Row", "PM-02"), Trait("Row", "G18")]
    public async Task Of_a_hundred_sends_beside_the_senders_removal_none_is_recorded_after_it(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Limits:RequestsUnderWay", "1000"));
        using var alice = await server.ConnectAsync("alice");
        using var carol = await server.ConnectAsync("carol");
        using var bob = await server.ConnectAsync("bob");
        var refusedInTime = 0;
        // Six rounds, and more on a machine so slow that the removal came last in all of them.
        for (var round = 0; round < 6 || (refusedInTime == 0 && round < 100); round++)
        {
            var group = await alice.CreateGroupAsync("bob", "carol");
            await bob.SayAsync(group, "first");
            bob.Notifications.Clear();

            Task<JsonElement>? removing = null;
            for (var i = 0; i < 100; i++)
            {
                await bob.SendRequestAsync($"{i}", Methods.SendMessage, Talk.Message(group, $"{i}"));
                if (i == 50) removing = alice.AskAsync(Methods.RemoveParticipants, $$"""{"conversation":"{{group}}","commandId":"{{Guid.NewGuid()}}","users":["bob"]}""");
            }

            var removal = Talk.SequenceOf(await removing!);
            await carol.SayAsync(group, "not for bob");

            var answers = await AnswersAsync(bob, 100);
            var recorded = answers.Where(answer => Talk.CodeOf(answer) is null).Select(Talk.SequenceOf).ToList();
            refusedInTime += answers.Count - recorded.Count;
            Assert.All(answers.Select(Talk.CodeOf), code => Assert.True(code is null or "not_participant", code));
            Assert.All(recorded, sequence => Assert.InRange(sequence, 1, removal - 1));
            Assert.Equal(0, await server.NumberAsync(
                $"select count(*) from entries where conversation = (select number from conversations where conversation = {group}) and actor = 'bob' and sequence > {removal}"));
            Assert.Equal(recorded.Count + 1, await server.NumberAsync(
                $"select count(*) from entries where conversation = (select number from conversations where conversation = {group}) and actor = 'bob'"));
            Assert.All(await bob.PushedAsync(), push => Assert.True(IsNoLaterThan(push, removal), push.GetRawText()));
        }

        Assert.True(refusedInTime > 0, "no removal came before the last of the sends: nothing was tested");
    }

    [Fact, Trait("Row", "PM-02"), Trait("Row", "G18")]
    public async Task Of_a_hundred_sends_on_one_node_beside_the_removal_on_another_none_is_recorded_after_it()
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres);
        var (other, database) = await server.StartAnotherNodeAsync();
        var (bob, alice) = (server.As("bob"), server.As("alice"));
        for (var round = 0; round < 5; round++)
        {
            var group = await server.ConversationOfAsync("alice", "bob", "carol");
            // The node that sends knows the rules, and nobody tells it that they change.
            await server.SendAsync("bob", group, "first");
            var removed = new AwaitedOrigin();
            var sends = new List<AwaitedOrigin>();
            for (var i = 0; i < 100; i++)
            {
                if (i == 30) server.Ask(alice, new RemoveParticipants(group, CommandId.New(), [new UserId("bob")]), removed, other);
                sends.Add(new AwaitedOrigin());
                server.Ask(bob, new SendMessage(group, MessageId.New(), MessageContent.OfText($"{i}")), sends[^1]);
                if (i % 10 == 0) await sends[^1].AsAsync<LogEntry>();
            }

            var removal = (await removed.AsAsync<LogEntry>()).Value!.Sequence;
            var last = new AwaitedOrigin();
            server.Ask(bob, new SendMessage(group, MessageId.New(), MessageContent.OfText("last")), last);
            foreach (var send in sends.Append(last))
            {
                var outcome = await send.AsAsync<LogEntry>();
                if (outcome.Value is { } entry) Assert.True(entry.Sequence < removal, $"{entry.Sequence} is not before {removal}");
                else Assert.Equal(Refusals.NotParticipant, outcome.Refusal);
            }

            Assert.Equal(Refusals.NotParticipant, (await last.AsAsync<LogEntry>()).Refusal);
        }

        await other.DisposeAsync();
        await database.DisposeAsync();
    }

    [Theory, EveryEngine, Trait("Row", "RC-01")]
    public async Task A_pair_that_creates_its_conversation_fifty_times_at_once_has_one(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var answers = await AtOnceAsync(server, ["alice", "bob"], (user, _) =>
            (Methods.CreateConversation, $$"""{"conversation":"{{Guid.NewGuid()}}","kind":"direct","participants":["{{(user == "alice" ? "bob" : "alice")}}"]}"""));

        Assert.Single(answers.Select(answer => answer.GetProperty("result").GetProperty("conversation").GetProperty("conversation").GetGuid()).Distinct());
        Assert.Single(answers.Select(answer => answer.GetProperty("result").GetProperty("entry").GetRawText()).Distinct());
        Assert.Equal(1, await server.NumberAsync($"select count(*) from conversations"));
        Assert.Equal(2, await server.NumberAsync($"select count(*) from participations"));
        Assert.Equal(1, await server.NumberAsync($"select count(*) from entries"));
    }

    [Theory, EveryEngine, Trait("Row", "RC-01"), Trait("Row", "G7")]
    public async Task A_group_created_under_one_id_fifty_times_at_once_is_one_and_others_learn_only_that_the_id_is_taken(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var group = Guid.NewGuid();
        var answers = await AtOnceAsync(server, ["alice", "mallory"], (user, _) => (Methods.CreateConversation, Talk.Group(group, "carol")));

        var winner = answers.Where(answer => Talk.CodeOf(answer) is null).Select(answer => answer.GetProperty("result").GetRawText()).ToList();
        Assert.Equal(Times / 2, winner.Count);
        Assert.Single(winner.Distinct());
        Assert.All(answers.Select(Talk.CodeOf), code => Assert.True(code is null or "id_in_use", code));
        Assert.Equal(2, await server.NumberAsync($"select count(*) from participations"));
    }

    [Theory, EveryEngine, Trait("Row", "RC-01"), Trait("Row", "G7")]
    public async Task A_message_sent_fifty_times_at_once_from_ten_connections_is_recorded_and_pushed_once(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var bob = await server.ConnectAsync("bob");
        var (group, message) = (await bob.CreateGroupAsync("alice"), Guid.NewGuid());

        var answers = await AtOnceAsync(server, ["alice"], (_, _) => (Methods.SendMessage, Talk.Message(group, "once", message)));

        Assert.Single(answers.Select(answer => answer.GetProperty("result").GetRawText()).Distinct());
        Assert.Equal(2, await server.NumberAsync($"select head from conversations"));
        Assert.Single(await bob.PushedAsync());
    }

    [Theory, EveryEngine, Trait("Row", "RC-01"), Trait("Row", "G7")]
    public async Task One_id_with_fifty_contents_at_once_is_one_message(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var bob = await server.ConnectAsync("bob");
        var (group, message) = (await bob.CreateGroupAsync("alice"), Guid.NewGuid());

        var answers = await AtOnceAsync(server, ["alice"], (_, i) => (Methods.SendMessage, Talk.Message(group, $"{i}", message)));

        Assert.Single(answers, answer => Talk.CodeOf(answer) is null);
        Assert.Equal(Times - 1, answers.Count(answer => Talk.CodeOf(answer) == "id_in_use"));
        Assert.Equal(2, await server.NumberAsync($"select count(*) from entries"));
    }

    [Theory, EveryEngine, Trait("Row", "RC-01")]
    public async Task Adding_removing_and_leaving_fifty_times_at_once_happen_once(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.ConnectAsync("alice");
        var group = await alice.CreateGroupAsync("bob");

        var added = await AtOnceAsync(server, ["alice", "bob"], (_, _) => Change(Methods.AddParticipants, ",\"users\":[\"carol\"]"), tolerated: "permission_denied");
        Assert.Single(added, answer => Talk.CodeOf(answer) is null);
        var removed = await AtOnceAsync(server, ["alice"], (_, _) => Change(Methods.RemoveParticipants, ",\"users\":[\"carol\"]"));
        Assert.Single(removed, answer => Talk.CodeOf(answer) is null);
        var left = await AtOnceAsync(server, ["bob"], (_, _) => Change(Methods.LeaveConversation, ""));
        Assert.Single(left, answer => Talk.CodeOf(answer) is null);

        Assert.Equal(4, await server.NumberAsync($"select head from conversations"));
        Assert.Equal(1, await server.NumberAsync($"select participants from conversations"));
        Assert.Equal(1, await server.NumberAsync($"select count(*) from participations where left_at is null"));

        (string, string) Change(string method, string more) => (method, $$"""{"conversation":"{{group}}","commandId":"{{Guid.NewGuid()}}"{{more}}}""");
    }

    [Theory, EveryEngine, Trait("Row", "RC-01"), Trait("Row", "G9")]
    public async Task A_message_that_is_sent_and_cancelled_at_once_is_either_there_or_never(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var bob = await server.ConnectAsync("bob");
        var group = await bob.CreateGroupAsync("alice");
        for (var round = 0; round < 5; round++)
        {
            var message = Guid.NewGuid();
            var answers = await AtOnceAsync(server, ["alice"], (_, i) => i % 2 == 0
                ? (Methods.SendMessage, Talk.Message(group, "perhaps", message))
                : (Methods.CancelMessage, $$"""{"conversation":"{{group}}","message":"{{message}}"}"""));

            var isThere = await server.NumberAsync($"select count(*) from entries where key = {message}") == 1;
            var (sends, cancels) = (answers.Where((_, i) => i % 2 == 0), answers.Where((_, i) => i % 2 == 1));
            Assert.All(sends, answer => Assert.Equal(isThere ? null : "cancelled", Talk.CodeOf(answer)));
            Assert.All(cancels, answer => Assert.Equal(isThere, answer.GetProperty("result").TryGetProperty("entry", out _)));
        }
    }

    [Theory, EveryEngine, Trait("Row", "RC-01"), Trait("Row", "G13")]
    public async Task A_receipt_given_fifty_times_at_once_moves_the_cursor_and_is_told_once(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var bob = await server.ConnectAsync("bob");
        var group = await bob.CreateGroupAsync("alice");
        await bob.SayAsync(group, "read me");

        var answers = await AtOnceAsync(server, ["alice"], (_, _) => (Methods.MarkRead, $$"""{"conversation":"{{group}}","upTo":2}"""));

        Assert.All(answers, answer => Assert.Equal(2, answer.GetProperty("result").GetProperty("readUpTo").GetInt64()));
        Assert.Single(await bob.PushedAsync(), push => push.GetProperty("method").GetString() == "receipt");
    }

    [Theory, EveryEngine]
    public async Task Groups_of_five_thousand_made_at_once_are_whole_and_messages_beside_them_are_recorded(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Storage:MaxWait", "00:00:03"));
        using var mallory = await server.ConnectAsync("mallory", "other");
        using var alice = await server.ConnectAsync("alice");
        var group = await alice.CreateGroupAsync("bob");
        string[] users = [.. Enumerable.Range(0, 4_999).Select(i => $"user{i}")];

        for (var i = 0; i < 4; i++) await mallory.SendRequestAsync($"{i}", Methods.CreateConversation, Talk.Group(Guid.NewGuid(), users));
        var made = AnswersAsync(mallory, 4);
        var sent = 0;
        for (; !made.IsCompleted; sent++)
        {
            await alice.SendRequestAsync($"{sent}", Methods.SendMessage, Talk.Message(group, "beside"));
            await Task.Delay(TimeSpan.FromMilliseconds(25), TimeProvider.System);
        }

        Assert.All(await made, answer => Assert.Null(Talk.CodeOf(answer)));
        Assert.All(await AnswersAsync(alice, sent), answer => Assert.Null(Talk.CodeOf(answer)));
        Assert.Equal(20_002, await server.NumberAsync($"select count(*) from participations where left_at is null and joined_at = 1"));
    }

    /// <summary>Asks from ten connections at once and answers the answers in the order of the requests.</summary>
    private static async Task<List<JsonElement>> AtOnceAsync(
        RunningServer server, string[] users, Func<string, int, (string Method, string Params)> request, string? tolerated = null)
    {
        var clients = new List<(string User, RawClient Client)>();
        for (var i = 0; i < 10; i++) clients.Add((users[i % users.Length], await server.ConnectAsync(users[i % users.Length], device: $"device{i}")));
        await Task.WhenAll(Enumerable.Range(0, Times).GroupBy(i => i % 10).Select(async mine =>
        {
            var (user, client) = clients[mine.Key];
            foreach (var i in mine)
            {
                var (method, parameters) = request(user, i);
                await client.SendRequestAsync($"{i}", method, parameters);
            }
        }));
        var answers = new List<JsonElement>();
        foreach (var mine in Enumerable.Range(0, 10)) answers.AddRange(await AnswersAsync(clients[mine].Client, Times / 10));
        foreach (var (_, client) in clients) client.Dispose();
        return [.. answers.OrderBy(answer => int.Parse(answer.GetProperty("id").GetString()!)).Where(answer => tolerated is null || Talk.CodeOf(answer) != tolerated)];
    }

    private static async Task<List<JsonElement>> AnswersAsync(RawClient client, int count)
    {
        var answers = new List<JsonElement>();
        while (answers.Count < count)
        {
            var message = await client.ReadMessageAsync();
            if (message.TryGetProperty("id", out _)) answers.Add(message);
            else client.Notifications.Add(message);
        }

        return answers;
    }

    private static bool IsNoLaterThan(JsonElement push, long sequence)
    {
        var parameters = push.GetProperty("params");
        return !(parameters.TryGetProperty("sequence", out var place) || parameters.TryGetProperty("head", out place)) || place.GetInt64() <= sequence;
    }
}
