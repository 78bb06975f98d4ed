using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Tests.Gateway;

namespace Parley.Tests.Hostile;

/// <summary>Users of one app who try what is none of theirs.</summary>
public sealed class StrangerTests
{
    /// <summary>Members that a careless server might bind to its own fields.</summary>
    private static readonly (string Name, string Value)[] Forged =
    [
        ("sender", "\"alice\""), ("actor", "\"alice\""), ("user", "\"alice\""), ("from_user", "\"alice\""), ("role", "\"owner\""), ("permissions", "[\"owner\"]"),
        ("isAdmin", "true"), ("app", "\"other\""), ("sequence", "1"), ("at", "\"2026-11-20T08:15:00.123Z\""), ("createdAt", "0"), ("deleted", "true"),
        ("head", "9"), ("revision", "9"), ("digest", "\"\""), ("counted", "0"), ("__proto__", "{}"), ("constructor", "{}"), ("$type", "\"System.Object\""),
        ("$ref", "\"1\""), ("", "1"), ("CONVERSATION", "\"\""), ("Users", "[]"), ("Token", "\"\""),
    ];

    [Theory, EveryWay, Trait("Row", "ID-01")]
    public async Task Who_never_was_in_it_is_answered_as_if_there_were_nothing_and_nothing_changes(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.ConnectAsync("alice");
        using var mallory = await server.TalkAsync(way, "mallory");
        using var malloryToo = await server.ConnectAsync("mallory", device: "tablet");
        foreach (var kind in new[] { "group", "direct" })
        {
            var (conversation, message) = (Guid.NewGuid(), Guid.NewGuid());
            await alice.AskAsync(Methods.CreateConversation, $$"""{"conversation":"{{conversation}}","kind":"{{kind}}","participants":["bob"]}""");
            await alice.SayAsync(conversation, "for bob", message);
            var before = await alice.LogAsync(conversation);

            await Alike.AssertAsync(mallory, new Attempts(conversation, message, 2, server.Node.Installation.Epoch));

            Assert.Equal(before, await alice.LogAsync(conversation));
        }

        Assert.Empty(await malloryToo.PushedAsync());
        Assert.Equal(0, await server.NumberAsync($"select count(*) from fences"));
        Assert.Equal(0, await server.NumberAsync($"select count(*) from participations where user_id = 'mallory'"));
        Assert.Equal(0, await server.NumberAsync($"select count(*) from participations where user_id = 'bob' and read_up_to > 0"));
    }

    [Theory, EveryWay, Trait("Row", "ID-01"), Trait("Row", "ID-02")]
    public async Task Who_was_removed_is_refused_every_change_and_reads_no_byte_from_after_his_removal(Engine engine, Way way)
    {
        const string Secret = "bumblebee";
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.ConnectAsync("alice");
        using var bob = await server.TalkAsync(way, "bob");
        using var bobToo = await server.ConnectAsync("bob", device: "tablet");
        var group = await alice.CreateGroupAsync("bob", "carol");
        await bob.SayAsync(group, "while I am here");
        await alice.AskAsync(Methods.RemoveParticipants, $$"""{"conversation":"{{group}}","commandId":"{{Guid.NewGuid()}}","users":["bob"]}""");
        var later = Guid.NewGuid();
        for (var i = 0; i < 3; i++) await alice.SayAsync(group, Secret, i == 0 ? later : null);
        await alice.AskAsync(Methods.AddParticipants, $$"""{"conversation":"{{group}}","commandId":"{{Guid.NewGuid()}}","users":["{{Secret}}"]}""");
        await alice.AskAsync(Methods.MarkRead, $$"""{"conversation":"{{group}}","upTo":6}""");

        var answers = new List<(string Method, JsonElement Answer)>();
        foreach (var (method, parameters) in new Attempts(group, later, 4, server.Node.Installation.Epoch).All)
            answers.Add((method, await bob.AskAsync(method, parameters)));
        answers.Add(("", await bob.AskAsync(Methods.ListInbox, "{}")));

        foreach (var (method, answer) in answers)
        {
            var text = answer.GetRawText();
            Assert.DoesNotContain(Secret, text, StringComparison.Ordinal);
            Assert.DoesNotContain("\"sequence\":4", text, StringComparison.Ordinal);
            if (method is Methods.AddParticipants or Methods.RemoveParticipants or Methods.LeaveConversation) Assert.Equal("not_participant", Talk.CodeOf(answer));
            // All there is for him is what was there when he was removed.
            if ((method is Methods.MarkRead or Methods.MarkDelivered) && Talk.CodeOf(answer) != "invalid_params") Assert.Equal(3, answer.GetProperty("result").GetProperty("readUpTo").GetInt64());
        }

        Assert.All(answers.Where(one => one.Method == Methods.SendMessage), one => Assert.Equal("not_participant", Talk.CodeOf(one.Answer)));
        // Another's message under this id is as good as none.
        Assert.All(answers.Where(one => one.Method == Methods.CancelMessage), one => Assert.Equal("{}", one.Answer.GetProperty("result").GetRawText()));
        Assert.All(await bobToo.PushedAsync(), push => Assert.DoesNotContain(Secret, push.GetRawText(), StringComparison.Ordinal));
    }

    [Theory, EveryWay, Trait("Row", "ID-05")]
    public async Task Who_acts_is_who_the_token_says_whatever_is_sent(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.TalkAsync(way, "alice");
        using var bob = await server.TalkAsync(way, "bob");
        var group = await alice.CreateGroupAsync("bob", "carol");
        var message = Guid.NewGuid();
        await alice.SayAsync(group, "mine", message);

        var copy = await bob.SayAsync(group, "mine", message);
        var cancel = await bob.AskAsync(Methods.CancelMessage, $$"""{"conversation":"{{group}}","message":"{{message}}"}""");
        var own = await bob.SayAsync(group, "bob's");
        await bob.AskAsync(Methods.MarkRead, $$"""{"conversation":"{{group}}","upTo":3}""");

        Assert.Equal("id_in_use", Talk.CodeOf(copy));
        Assert.Equal("{}", cancel.GetProperty("result").GetRawText());
        Assert.Equal("bob", own.GetProperty("result").GetProperty("event").GetProperty("sender").GetString());
        Assert.Equal(1, await server.NumberAsync($"select count(*) from participations where read_up_to > 0"));
        Assert.Equal(3, await server.NumberAsync($"select read_up_to from participations where user_id = 'bob'"));
        // Bob fenced the id for himself only: its owner still gets his first answer.
        Assert.Equal(2, Talk.SequenceOf(await alice.SayAsync(group, "mine", message)));
    }

    [Theory, EveryWay, Trait("Row", "ID-06")]
    public async Task A_member_that_a_method_does_not_have_is_refused_wherever_it_stands_and_nothing_is_done(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.TalkAsync(way, "alice");
        var group = await alice.CreateGroupAsync("bob", "carol");
        var before = await alice.LogAsync(group);
        var methods = new Attempts(group, Guid.NewGuid(), 1, server.Node.Installation.Epoch).All
            .Append((Methods.CreateConversation, Talk.Group(Guid.NewGuid(), "bob"))).DistinctBy(attempt => attempt.Item1).ToList();

        foreach (var (method, parameters) in methods)
        {
            foreach (var (path, json) in Spoiled(parameters))
            {
                var answer = await alice.AskAsync(method, json);
                Assert.True(Talk.CodeOf(answer) == "unknown_field", $"{method} {path}: {answer}");
            }
        }

        Assert.Equal(before, await alice.LogAsync(group));
        Assert.Equal(1, await server.NumberAsync($"select count(*) from conversations"));
        Assert.Equal(0, await server.NumberAsync($"select count(*) from fences"));
        Assert.Equal(0, await server.NumberAsync($"select max(read_up_to) from participations"));
    }

    /// <summary>The params with one member too many, in each object of them.</summary>
    private static IEnumerable<(string Path, string Json)> Spoiled(string parameters)
    {
        foreach (var (name, value) in Forged)
        {
            for (var place = 0; ; place++)
            {
                var root = JsonNode.Parse(parameters)!;
                if (ObjectsIn(root).ElementAtOrDefault(place) is not { } target) break;
                if (target.ContainsKey(name)) continue;
                target[name] = JsonNode.Parse(value);
                yield return ($"{target.GetPath()} {name}", root.ToJsonString());
            }
        }
    }

    private static IEnumerable<JsonObject> ObjectsIn(JsonNode node) => node switch
    {
        JsonObject self => self.Where(member => member.Value is not null).SelectMany(member => ObjectsIn(member.Value!)).Prepend(self),
        JsonArray list => list.SelectMany(item => ObjectsIn(item!)),
        _ => [],
    };
}
