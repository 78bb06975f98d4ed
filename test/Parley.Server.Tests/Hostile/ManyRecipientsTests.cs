using System.Text.Json;
using Parley.Tests.Gateway;

namespace Parley.Tests.Hostile;

/// <summary><c>message.sendTo</c>: what is said, to whom, to how many, and to whom of another app.</summary>
public sealed class ManyRecipientsTests
{
    [Theory, EveryWay, Trait("Row", "TX-01"), Trait("Row", "TX-05"), Trait("Row", "SQ-01")]
    public async Task Every_string_that_is_sent_to_several_reaches_each_as_it_was_sent_or_is_refused(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.TalkAsync(way, "alice");
        using var bob = await server.TalkAsync(way, "bob");
        using var carol = await server.TalkAsync(way, "carol");
        foreach (var text in NaughtyStrings.All)
        {
            var answer = await alice.AskAsync(Methods.SendToMany, Params("""{"user":"bob"},{"user":"carol"}""", body: TextTests.Escaped(text)));
            Assert.Equal((TextTests.Named(text), TextTests.ExpectedRefusal(text)), (TextTests.Named(text), Talk.CodeOf(answer)));
            if (Talk.CodeOf(answer) is not null) continue;
            Assert.Equal("sent, sent", string.Join(", ", OutcomesOf(answer).Select(code => code ?? "sent")));
            foreach (var recipient in new[] { bob, carol })
            {
                var item = (await recipient.AskAsync(Methods.ListInbox, """{"limit":1}""")).GetProperty("result").GetProperty("conversations")[0];
                Assert.Equal(text, Talk.TextOf(item.GetProperty("lastMessage")));
            }
        }

        Assert.Equal(2, await server.NumberAsync($"select count(*) from conversations"));
    }

    [Theory, EveryWay, Trait("Row", "TX-01"), Trait("Row", "TX-04"), Trait("Row", "SQ-01")]
    public async Task Every_string_as_a_recipient_is_that_one_and_no_other_or_nobody_or_is_refused(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var platform = HttpTalker.WithKey(server.Address, RunningServer.KeyOf("demo"));
        using var alice = await server.TalkAsync(way, "alice");
        await platform.AskAsync(Methods.PutUser, """{"user":"bob","email":"bob@example.org","phone":"+491701234567"}""");
        var reached = 0;
        foreach (var text in NaughtyStrings.All.Concat(["%@example.org", "_ob@example.org", "*", "+", "+49170%", "bob@example.org' --", "b\u043eb@example.org"]).Distinct(StringComparer.Ordinal))
        {
            var isText = !text.Contains('\0') && TextTests.ExpectedRefusal(text) != "invalid_json";
            var toUser = Talk.CodeOf(await alice.AskAsync(Methods.SendToMany, Params($$"""{"user":{{TextTests.Escaped(text)}}}""")));
            Assert.Equal((TextTests.Named(text), isText ? TextTests.IsUser(text) ? null : "invalid_params" : "invalid_json"), (TextTests.Named(text), toUser));
            if (toUser is null) reached++;
            foreach (var member in new[] { "email", "phone" })
            {
                var answer = await alice.AskAsync(Methods.SendToMany, Params($$"""{"{{member}}":{{TextTests.Escaped(text)}}},{"user":"bob"}"""));
                Assert.Equal((TextTests.Named(text), isText ? null : "invalid_json"), (TextTests.Named(text), Talk.CodeOf(answer)));
                if (!isText) continue;
                var outcomes = OutcomesOf(answer);
                Assert.True(outcomes[0] is "not_found" or "invalid_params", $"{member} {TextTests.Named(text)}: {answer}");
                Assert.Null(outcomes[1]);
                Assert.Equal(text, answer.GetProperty("result").GetProperty("recipients")[0].GetProperty("recipient").GetProperty(member).GetString());
            }
        }

        // Bob and those whose ids these are: nobody else has been written to.
        Assert.InRange(reached, 10, 1_000);
        Assert.Equal(reached + 1, await server.NumberAsync($"select count(*) from conversations"));
    }

    [Theory, EveryWay, Trait("Row", "IN-01")]
    public async Task Recipients_that_are_none_too_many_or_named_in_two_ways_are_refused_and_nobody_gets_anything(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.TalkAsync(way, "alice");
        foreach (var (recipients, code) in new[]
        {
            ("", "invalid_params"), ("{}", "invalid_params"), ("null", "invalid_params"), ("\"bob\"", "invalid_params"), ("[]", "invalid_params"), ("1", "invalid_params"),
            ("""{"user":"bob","email":"bob@example.org"}""", "invalid_params"), ("""{"user":"bob","phone":"+491701234567"}""", "invalid_params"),
            ("""{"email":"bob@example.org","phone":"+491701234567"}""", "invalid_params"), ("""{"user":null}""", "invalid_params"), ("""{"user":"bob"},{}""", "invalid_params"),
            ("""{"user":["bob"]}""", "invalid_params"), ("""{"phone":491701234567}""", "invalid_params"), ("""{"number":1}""", "unknown_field"), ("""{"User":"bob"}""", "unknown_field"),
            ("""{"user":"bob","user":"carol"}""", "invalid_json"), (Users(SendToMany.MaxRecipients + 1), "too_large"), (string.Join(',', Enumerable.Repeat("""{"user":"bob"}""", SendToMany.MaxRecipients + 1)), "too_large"),
        })
        {
            var answer = await alice.AskAsync(Methods.SendToMany, Params(recipients));
            Assert.True(Talk.CodeOf(answer) == code, $"{recipients}: {answer}");
        }

        Assert.Equal(0, await server.NumberAsync($"select count(*) from conversations"));
        Assert.DoesNotContain(server.Log.Served, line => line.Level >= Microsoft.Extensions.Logging.LogLevel.Warning);
        Assert.Null(Talk.CodeOf(await alice.AskAsync(Methods.SendToMany, Params(string.Join(',', Enumerable.Repeat("""{"user":"bob"}""", SendToMany.MaxRecipients))))));
        Assert.Equal(1, await server.NumberAsync($"select count(*) from conversations"));
    }

    [Theory, EveryWay, Trait("Row", "TE-01"), Trait("Row", "TE-04")]
    public async Task Whom_another_app_knows_by_an_address_or_a_number_is_answered_as_nobody_and_gets_nothing(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var platform = HttpTalker.WithKey(server.Address, RunningServer.KeyOf("demo"));
        Assert.Null(Talk.CodeOf(await platform.AskAsync(Methods.PutUser, """{"user":"bob","email":"bob@example.org","phone":"+491701234567"}""")));
        using var bob = await server.ConnectAsync("bob");
        using var stranger = await server.TalkAsync(way, "alice", "other");
        foreach (var (theirs, nobodys) in new[] { ("\"email\":\"bob@example.org\"", "\"email\":\"nobody@example.org\""), ("\"phone\":\"+491701234567\"", "\"phone\":\"+491701234568\"") })
        {
            var message = Guid.NewGuid();
            var answer = (await stranger.AskAsync(Methods.SendToMany, Params($"{{{theirs}}}", message))).GetRawText();
            var ofNobody = (await stranger.AskAsync(Methods.SendToMany, Params($"{{{nobodys}}}", message))).GetRawText();
            Assert.Contains("\"not_found\"", answer, StringComparison.Ordinal);
            Assert.Equal(ofNobody.Replace(nobodys, theirs, StringComparison.Ordinal), answer);
        }

        // By his id there is a bob in each app.
        Assert.Null(Assert.Single(OutcomesOf(await stranger.AskAsync(Methods.SendToMany, Params("""{"user":"bob"}""")))));
        Assert.Empty(await bob.PushedAsync());
        Assert.Equal(0, await server.NumberAsync($"select count(*) from conversations where app = {server.Node.Installation.Apps["demo"].Number}"));
    }

    private static string Params(string recipients, Guid? message = null, string body = "\"hi\"") =>
        $$$"""{"recipients":[{{{recipients}}}],"message":"{{{message ?? Guid.NewGuid()}}}","content":{"parts":[{"type":"text/plain","body":{{{body}}}}]}}""";

    private static string Users(int count) => string.Join(',', Enumerable.Range(0, count).Select(number => $$"""{"user":"user{{number}}"}"""));

    /// <summary>The refusal of each; null for who got it.</summary>
    private static string?[] OutcomesOf(JsonElement answer) =>
        [.. answer.GetProperty("result").GetProperty("recipients").EnumerateArray().Select(one => one.TryGetProperty("refusal", out var refusal) ? refusal.GetProperty("code").GetString() : null)];
}
