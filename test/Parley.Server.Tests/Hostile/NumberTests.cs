using System.Text.Json;
using Parley.Tests.Gateway;

namespace Parley.Tests.Hostile;

/// <summary>Positions, limits and tokens that are wrong; sequences at the end of their range.</summary>
public sealed class NumberTests
{
    private const long Last = Sequence.MaxValue;

    /// <summary>What is no sequence, in whatever member it stands.</summary>
    private static readonly string[] NoSequences =
    [
        "-1", "-9223372036854775808", "9007199254740992", "9007199254740993", "9223372036854775807", "9223372036854775808", "1e400", "-0.5", "1.5", "1.0", "1e0",
        "\"1\"", "\"\"", "true", "[]", "[1]", "{}", "18446744073709551616", "\"9007199254740993\"",
    ];

    /// <summary>What is no time, in whatever member it stands.</summary>
    private static readonly string[] NoTimes =
    [
        "0", "-1", "1", "1764000000000", "9223372036854775807", "1e400", "1.5", "true", "[]", "{}", "\"\"", "\"0\"", "\"-1\"", "\"1764000000000\"", "\"never\"",
        "\"10000-01-01T00:00:00.000Z\"", "\"+10000-01-01T00:00:00.000Z\"", "\"-0001-01-01T00:00:00.000Z\"", "\"0000-01-01T00:00:00.000Z\"", "\"9999-12-31T24:00:00.000Z\"",
        "\"9999-12-31T23:59:60.000Z\"", "\"9999-12-31T23:59:59.9999Z\"", "\"2099-02-29T00:00:00.000Z\"", "\"2099-13-01T00:00:00.000Z\"", "\"2099-01-01T00:00:00Z\"",
        "\"2099-01-01T00:00:00.000\"", "\"2099-01-01T00:00:00.000+00:00\"", "\"2099-01-01T00:00:00.000z\"", "\"2099-01-01 00:00:00.000Z\"", "\" 2099-01-01T00:00:00.000Z\"",
        "\"2099-01-01T00:00:00.000Z \"", "\"\u0662\u0660\u0669\u0669-01-01T00:00:00.000Z\"",
    ];

    /// <summary>What is no token, in whatever list it stands.</summary>
    private static readonly string[] NoTokens =
    [
        "0", "1", "-1", "1.5", "true", "[]", "{}", "\"\"", "\"=\"", "\"%\"", "\"' or 1=1 --\"", "\"\u00e9\"", "\"null\"", "\"../..\"", $"\"{new string('A', 10_240)}\"",
        $"\"{new string('A', 22)}\"", $"\"{new string('A', 44)}\"", $"\"{new string('_', 64)}\"",
    ];

    [Theory, EveryWay, Trait("Row", "WS-08")]
    public async Task A_position_is_continued_or_refused_and_never_answered_in_part(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.TalkAsync(way, "alice");
        var group = await alice.CreateGroupAsync("bob");
        for (var i = 2; i <= 5; i++) await alice.SayAsync(group, $"{i}");
        var epoch = server.Node.Installation.Epoch;

        foreach (var (window, expected) in new[]
        {
            ("", "1,2,3,4,5"), ("\"after\":0", "1,2,3,4,5"), ("\"after\":3", "4,5"), ("\"after\":5", ""), ("\"after\":6", "reset"), ($"\"after\":{Last}", "reset"),
            ("\"before\":3", "1,2"), ("\"before\":0", ""), ("\"before\":1", ""), ("\"before\":6", "1,2,3,4,5"), ($"\"before\":{Last}", "1,2,3,4,5"),
            ("\"from\":2,\"to\":3", "2,3"), ("\"from\":5,\"to\":104", "5"), ("\"from\":6,\"to\":6", "reset"), ($"\"from\":{Last},\"to\":{Last}", "reset"),
            ("\"from\":0,\"to\":1", "invalid_params"), ("\"from\":3,\"to\":2", "invalid_params"), ("\"from\":1,\"to\":101", "too_large"), ($"\"from\":1,\"to\":{Last}", "too_large"),
            ("\"from\":1", "invalid_params"), ("\"to\":1", "invalid_params"), ("\"after\":1,\"before\":5", "invalid_params"), ("\"after\":1,\"from\":1,\"to\":2", "invalid_params"),
            ($"\"after\":3,\"epoch\":\"{epoch}\"", "4,5"), ($"\"after\":3,\"epoch\":\"{Guid.NewGuid()}\"", "reset"), ("\"after\":3,\"epoch\":\"1\"", "invalid_params"),
            ($"\"epoch\":\"{Guid.Empty}\"", "reset"),
        })
            Assert.Equal((window, expected), (window, Shown(await alice.EntriesAsync(group, window.Length == 0 ? "" : $",{window}"))));

        foreach (var member in new[] { "\"after\":{0}", "\"before\":{0}", "\"from\":{0},\"to\":{0}" })
        {
            foreach (var value in NoSequences)
                Assert.Equal((value, "invalid_params"), (value, Talk.CodeOf(await alice.EntriesAsync(group, $",{member.Replace("{0}", value, StringComparison.Ordinal)}"))));
        }
    }

    [Theory, EveryEngine, Trait("Row", "WS-08")]
    public async Task Positions_are_synced_one_by_one_and_each_is_whole_or_reset(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.ConnectAsync("alice");
        var group = await alice.CreateGroupAsync("bob");
        await alice.SayAsync(group, "hi");
        var epoch = server.Node.Installation.Epoch;

        foreach (var (after, status, entries) in new[] { (0L, "ok", 2), (1, "ok", 1), (2, "ok", 0), (3, "reset", 0), (Last, "reset", 0) })
        {
            var synced = (await SyncAsync($"\"{epoch}\"", Position(group, $"{after}"))).GetProperty("result").GetProperty("conversations")[0];
            Assert.Equal((after, status, entries), (after, synced.GetProperty("status").GetString(), synced.GetProperty("entries").GetArrayLength()));
        }

        foreach (var value in NoSequences.Append("null"))
            Assert.Equal((value, "invalid_params"), (value, Talk.CodeOf(await SyncAsync($"\"{epoch}\"", Position(group, value)))));

        Assert.Equal("reset", Talk.CodeOf(await SyncAsync($"\"{Guid.NewGuid()}\"", Position(group, "0"))));
        Assert.Equal("invalid_params", Talk.CodeOf(await SyncAsync("null", Position(group, "0"))));
        Assert.Equal("invalid_params", Talk.CodeOf(await SyncAsync($"\"{epoch}\"", "")));
        Assert.Equal("invalid_params", Talk.CodeOf(await SyncAsync($"\"{epoch}\"", $"{Position(group, "0")},{Position(group, "1")}")));
        var many = string.Join(',', Enumerable.Range(0, 101).Select(_ => Position(Guid.NewGuid(), "0")));
        Assert.Equal("too_large", Talk.CodeOf(await SyncAsync($"\"{epoch}\"", many)));

        Task<JsonElement> SyncAsync(string of, string positions) => alice.AskAsync(Methods.SyncConversations, $$"""{"epoch":{{of}},"positions":[{{positions}}]}""");
    }

    [Theory, EveryEngine, Trait("Row", "WS-09"), Trait("Row", "G13")]
    public async Task A_receipt_of_what_is_not_there_is_refused_and_moves_and_tells_nothing(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.ConnectAsync("alice");
        using var bob = await server.ConnectAsync("bob");
        var group = await alice.CreateGroupAsync("bob");
        var (message, own) = (Guid.NewGuid(), Guid.NewGuid());
        await alice.SayAsync(group, "hi", message);
        await bob.SayAsync(group, "hello", own);
        var wrong = NoSequences.Concat(["0", "4", "2147483648", $"{Last}", "null"]).Select(value => $"\"upTo\":{value}").Concat(
        [
            "\"messages\":[]", $"\"messages\":[\"{Guid.NewGuid()}\"]", $"\"messages\":[\"{message}\",\"{Guid.NewGuid()}\"]", $"\"messages\":[\"{own}\"]",
            "\"messages\":[null]", "\"messages\":[1]", "\"messages\":{}", "\"messages\":null", $"\"messages\":[\"{message}\"],\"upTo\":1", "\"up_to\":1",
            $"\"messages\":[{string.Join(',', Enumerable.Range(0, 101).Select(_ => $"\"{message}\""))}]",
        ]);

        foreach (var members in wrong)
        {
            foreach (var method in new[] { Methods.MarkRead, Methods.MarkDelivered })
            {
                var code = Talk.CodeOf(await bob.AskAsync(method, $$"""{"conversation":"{{group}}",{{members}}}"""));
                Assert.True(code is "invalid_params" or "unknown_field" or "too_large", $"{method} {members}: {code}");
                // Without an id it is not answered, and does as little.
                await bob.SendAsync($$$"""{"jsonrpc":"2.0","method":"{{{method}}}","params":{"conversation":"{{{group}}}",{{{members}}}}}""");
            }
        }

        Assert.DoesNotContain(await alice.PushedAsync(), push => push.GetProperty("method").GetString() == "receipt");
        Assert.Equal(0, await server.NumberAsync($"select delivered_up_to + read_up_to from participations where user_id = 'bob'"));
    }

    [Theory, EveryWay, Trait("Row", "IN-01")]
    public async Task Page_tokens_of_somebody_else_or_that_were_touched_are_refused(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.TalkAsync(way, "alice");
        using var bob = await server.TalkAsync(way, "bob");
        for (var i = 0; i < 4; i++) await alice.CreateGroupAsync("bob");

        Assert.Equal("invalid_json", Talk.CodeOf(await alice.AskAsync(Methods.ListInbox, """{"limit":1,"limit":2}""")));
        var next = await NextAsync(alice);
        var since = (await OpenedAsync(server, "alice")).GetProperty("changes").GetProperty("since").GetString()!;
        var flipped = next[..10] + (next[10] == 'A' ? 'B' : 'A') + next[11..];
        foreach (var wrong in new[] { await NextAsync(bob), since, flipped, next + "A", next[..^1], "", "=", "%", new string('A', 10_240), "' or 1=1 --", "\u00E9" })
        {
            var text = JsonSerializer.Serialize(wrong);
            Assert.Equal((wrong, "invalid_params"), (wrong, Talk.CodeOf(await alice.AskAsync(Methods.ListInbox, $$"""{"next":{{text}}}"""))));
            if (wrong != since) Assert.Equal((wrong, "invalid_params"), (wrong, Talk.CodeOf(await alice.AskAsync(Methods.ReadChanges, $$"""{"since":{{text}}}"""))));
        }

        Assert.Null(Talk.CodeOf(await alice.AskAsync(Methods.ListInbox, $$"""{"next":"{{next}}"}""")));

        static async Task<string> NextAsync(ITalker client) =>
            (await client.AskAsync(Methods.ListInbox, """{"limit":1}""")).GetProperty("result").GetProperty("next").GetString()!;
    }

    [Theory, EveryWay, Trait("Row", "IN-01")]
    public async Task Limits_and_page_tokens_that_are_none_or_out_of_range_are_refused_wherever_they_stand(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var (limits, tokens) = (new HashSet<string>(), new HashSet<string>());
        await Rows.EachAsync(server, way, async (asker, row, example) =>
        {
            foreach (var member in row.Params.Properties)
            {
                if (member.Name == "limit")
                {
                    // Lists without a constant of their own go by that of the list they are like.
                    var most = row.Params.Type.GetField("MaxLimit")?.GetRawConstantValue() is int own ? own : ListPublic.MaxLimit;
                    foreach (var wrong in NoSequences.Concat(["0", $"{most + 1}", "1000000000", "2147483647", "2147483648", "-2147483649", "1e2", "1e999"])) await RefusedAsync(member.Name, wrong);
                    foreach (var good in new[] { 1, most }) Assert.DoesNotContain("$.limit", Talk.DetailOf(await asker.AskAsync(row.Name, With(member.Name, $"{good}"))) ?? "", StringComparison.Ordinal);
                    limits.Add($"{row.Name} {most}");
                }
                else if (member.Name is "next" or "since" && member.PropertyType != typeof(DateTimeOffset?))
                {
                    // That of attributes is a name, and any text may be one.
                    foreach (var wrong in NoTokens.Where(wrong => row.Name != Methods.GetAttributes || !wrong.StartsWith('"'))) await RefusedAsync(member.Name, wrong);
                    tokens.Add($"{row.Name}.{member.Name}");
                }
            }

            string With(string name, string value)
            {
                var copy = example.DeepClone().AsObject();
                // What else might be refused.
                foreach (var other in row.Params.Properties.Where(one => one.Name == name || (one.Name is "next" or "since" && one.PropertyType == typeof(string)))) copy.Remove(other.Name);
                if (copy.ContainsKey("epoch")) copy["epoch"] = $"{server.Node.Installation.Epoch}";
                var inside = Contracts.Vectors.Compact(copy)[1..];
                return $"{{\"{name}\":{value}{(inside == "}" ? "" : ",")}{inside}";
            }

            async Task RefusedAsync(string name, string wrong)
            {
                var answer = await asker.AskAsync(row.Name, With(name, wrong));
                Assert.True(Talk.CodeOf(answer) == "invalid_params" && Talk.DetailOf(answer)!.StartsWith($"$.{name}", StringComparison.Ordinal), $"{row.Name} {With(name, wrong)}: {answer}");
            }
        });
        string[] platformLimits = way == Way.Backend ? [$"{Methods.ListUsers} 100", $"{Methods.ListReports} 100", $"{Methods.ListHeld} 50"] : [];
        string[] platformTokens = way == Way.Backend ? [$"{Methods.ListUsers}.next", $"{Methods.ListReports}.next", $"{Methods.ListHeld}.next"] : [];
        Assert.Equal(
            platformLimits.Concat([
                $"{Methods.ListInbox} 100", $"{Methods.ReadEntries} 100", $"{Methods.ListParticipants} 100", $"{Methods.ListPublic} 100", $"{Methods.ListInvitations} 100", $"{Methods.ListMessages} 100", $"{Methods.ListVersions} 50",
                $"{Methods.GetReceipts} 200", $"{Methods.ListContacts} 500", $"{Methods.ListPresenceSubscriptions} 100",
            ]).Order(), limits.Order());
        Assert.Equal(
            platformTokens.Concat([
                $"{Methods.ListInbox}.next", $"{Methods.ListContacts}.next", $"{Methods.ListContacts}.since", $"{Methods.GetAttributes}.next", $"{Methods.ListPublic}.next", $"{Methods.ListInvitations}.next",
                $"{Methods.ReadChanges}.since", $"{Methods.SyncConversations}.since",
            ]).Order(), tokens.Order());
        Assert.DoesNotContain(server.Log.Served, line => line.Level >= Microsoft.Extensions.Logging.LogLevel.Warning);
    }

    [Theory, EveryWay, Trait("Row", "IN-03")]
    public async Task Times_and_spans_that_are_none_are_negative_or_beyond_the_year_9999_are_refused_wherever_they_stand(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        // Every member of this kind of every method there is, in the vectors' good params.
        var (times, spans) = (new HashSet<string>(), new HashSet<string>());
        await Rows.EachAsync(server, way, async (asker, row, example) =>
        {
            foreach (var member in row.Params.Properties)
            {
                var type = Nullable.GetUnderlyingType(member.PropertyType) ?? member.PropertyType;
                if (type == typeof(DateTimeOffset))
                {
                    foreach (var wrong in NoTimes) await RefusedAsync(member.Name, wrong);
                    times.Add($"{row.Name}.{member.Name}");
                }
                else if (member.Name == "seconds")
                {
                    foreach (var wrong in NoSequences.Concat(["0", $"{SubscribePresence.MaxSeconds + 1}", "2147483647", "2147483648", "-2147483649"])) await RefusedAsync(member.Name, wrong);
                    spans.Add($"{row.Name}.{member.Name}");
                }
            }

            async Task RefusedAsync(string name, string wrong)
            {
                var copy = example.DeepClone().AsObject();
                copy.Remove(name);
                var inside = Contracts.Vectors.Compact(copy)[1..];
                var json = $"{{\"{name}\":{wrong}{(inside == "}" ? "" : ",")}{inside}";
                var answer = await asker.AskAsync(row.Name, json);
                Assert.True(Talk.CodeOf(answer) == "invalid_params", $"{row.Name} {json}: {answer}");
            }
        });
        string[] platforms = way == Way.Backend ? [$"{Methods.MuteUser}.until", $"{Methods.SuspendUser}.until"] : [];
        Assert.Equal(platforms.Concat([$"{Methods.FindEntry}.at", $"{Methods.ListMessages}.since", $"{Methods.ListMessages}.until", $"{Methods.MuteParticipants}.until", $"{Methods.UpdateInbox}.silencedUntil"]).Order(), times.Order());
        Assert.Equal([$"{Methods.SubscribePresence}.seconds"], spans);
        Assert.Equal(0, await server.NumberAsync($"select count(*) from users where suspended_until is not null or muted_until is not null"));
        Assert.DoesNotContain(server.Log.Served, line => line.Level >= Microsoft.Extensions.Logging.LogLevel.Warning);
    }

    [Theory, EveryWay, Trait("Row", "IN-03")]
    public async Task The_first_and_the_last_time_there_are_are_kept_as_they_are_or_have_passed(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.TalkAsync(way, "alice");
        var group = await alice.CreateGroupAsync("bob");
        foreach (var silenced in new[] { "9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00.000Z", "1969-12-31T23:59:59.999Z", "2038-01-19T03:14:08.000Z" })
        {
            var answer = await alice.AskAsync(Methods.UpdateInbox, $$"""{"conversation":"{{group}}","silencedUntil":"{{silenced}}"}""");
            Assert.Equal(silenced, answer.GetProperty("result").GetProperty("silencedUntil").GetString());
        }

        foreach (var (until, code) in new[] { ("0001-01-01T00:00:00.000Z", "invalid_params"), ("1969-12-31T23:59:59.999Z", "invalid_params"), ("9999-12-31T23:59:59.999Z", null) })
            Assert.Equal((until, code), (until, Talk.CodeOf(await alice.AskAsync(Methods.MuteParticipants, Mute(until)))));
        // Over HTTP there is nobody to be told, and so no subscription.
        foreach (var seconds in way == Way.WebSocket ? [1, SubscribePresence.MaxSeconds] : Array.Empty<int>())
            Assert.Null(Talk.CodeOf(await alice.AskAsync(Methods.SubscribePresence, $$"""{"users":["bob"],"seconds":{{seconds}}}""")));

        string Mute(string until) => $$"""{"conversation":"{{group}}","commandId":"{{Guid.NewGuid()}}","users":["bob"],"until":"{{until}}"}""";
    }

    [Theory, EveryWay, Trait("Row", "IN-01")]
    public async Task Lists_that_are_empty_or_too_long_are_refused_and_do_nothing(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.TalkAsync(way, "alice");
        var group = await alice.CreateGroupAsync("bob");
        var parts = (int count, string body) => $"[{string.Join(',', Enumerable.Repeat($$"""{"type":"text/plain","body":"{{body}}"}""", count))}]";

        Assert.Equal("invalid_params", await UsersAsync(0));
        Assert.Equal("too_large", await UsersAsync(101));
        Assert.Equal("invalid_params", await SendAsync("[]"));
        Assert.Equal("invalid_params", await SendAsync(parts(1, "")));
        Assert.Equal("too_large", await SendAsync(parts(33, "x")));
        Assert.Equal("too_large", await SendAsync(parts(32, new string('x', 251))));
        Assert.Equal("invalid_params", await SendAsync("""[{"type":"text","body":"x"}]"""));
        Assert.Equal("invalid_params", await SendAsync("""[{"type":"TEXT/PLAIN","body":"x"}]"""));
        Assert.Equal(1, await server.NumberAsync($"select count(*) from entries"));
        Assert.Null(await SendAsync(parts(32, new string('x', 250))));
        Assert.Null(await UsersAsync(100));

        async Task<string?> UsersAsync(int count) => Talk.CodeOf(await alice.AskAsync(Methods.AddParticipants,
            $$"""{"conversation":"{{group}}","commandId":"{{Guid.NewGuid()}}","users":[{{string.Join(',', Enumerable.Range(0, count).Select(i => $"\"user{i}\""))}}]}"""));

        async Task<string?> SendAsync(string list) => Talk.CodeOf(await alice.AskAsync(Methods.SendMessage,
            $$$"""{"conversation":"{{{group}}}","message":"{{{Guid.NewGuid()}}}","content":{"parts":{{{list}}}}}"""));
    }

    private static string Shown(JsonElement answer) => Talk.CodeOf(answer)
        ?? string.Join(',', answer.GetProperty("result").GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("sequence").GetInt64()));

    private static string Position(Guid conversation, string after) => $$"""{"conversation":"{{conversation}}","after":{{after}}}""";

    private static async Task<JsonElement> OpenedAsync(RunningServer server, string user)
    {
        using var client = await server.ConnectAsync();
        return (await client.AskAsync(Methods.OpenSession, $$"""{"token":"{{RunningServer.TokenOf(user)}}","device":"{{Guid.NewGuid():n}}"}""")).GetProperty("result");
    }
}
