using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Parley.Gateway;
using Parley.Tests.Contracts;
using Parley.Tests.Gateway;

namespace Parley.Tests.Hostile;

/// <summary>Params that are wrong, made of good ones for every method there is, and sent every way in.</summary>
public sealed partial class ParamsTests
{
    [Theory, EveryWay, Trait("Row", "JS-02"), Trait("Row", "TE-03"), Trait("Row", "ID-06")]
    public async Task A_member_twice_in_other_case_or_of_nobody_is_refused_by_every_method(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        await Rows.EachAsync(server, way, async (asker, row, example) =>
        {
            var inside = Vectors.Compact(example)[1..];
            foreach (var (name, value) in example.DefaultIfEmpty(KeyValuePair.Create("x", (JsonNode?)1)))
            {
                var once = $"\"{name}\":{value!.ToJsonString()}";
                var escaped = $"\"\\u{(int)name[0]:x4}{name[1..]}\":{value.ToJsonString()}";
                foreach (var twice in new[] { once, escaped })
                    Assert.Equal((row.Name, twice, "invalid_json"), (row.Name, twice, await CodeAsync($"{{{once},{twice}}}")));
                var shouted = $"\"{name.ToUpperInvariant()}\":{value.ToJsonString()}";
                Assert.Equal((row.Name, shouted, "unknown_field"), (row.Name, shouted, await CodeAsync(With(shouted))));
            }

            // Some methods have a member of such a name: then it says whom they are about, never who asks.
            bool IsForged(string member) => row.Params.Properties.All(known => !member.StartsWith($"\"{known.Name}\"", StringComparison.Ordinal));
            foreach (var forged in new[] { "\"app\":\"other\"", "\"user\":\"alice\"", "\"sender\":\"alice\"", "\"isAdmin\":true", "\"__proto__\":{}", "\"$type\":\"x\"", "\"\":1" }.Where(IsForged))
                Assert.Equal((row.Name, forged, "unknown_field"), (row.Name, forged, await CodeAsync(With(forged))));

            string With(string member) => inside == "}" ? $"{{{member}}}" : $"{{{member},{inside}";

            async Task<string?> CodeAsync(string json) => Talk.CodeOf(await asker.AskAsync(row.Name, json));
        });
        await NothingWasDoneAsync(server);
    }

    [Theory, EveryWay, Trait("Row", "JS-02")]
    public async Task A_member_twice_inside_of_an_apps_own_data_is_refused_by_every_method_that_takes_some(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var taken = new HashSet<string>();
        await Rows.EachAsync(server, way, async (asker, row, example) =>
        {
            for (var place = 0; ValuesIn(example).ElementAtOrDefault(place) is { } target; place++)
            {
                if (target.Parent is not JsonObject || !IsAppsOwn(target.GetPropertyName())) continue;
                foreach (var twice in new[] { """{"a":1,"a":2}""", """{"b":{"a":1,"\u0061":1}}""", """{"b":[0,[{"a":1,"a":1}]]}""" })
                    Assert.Equal((row.Name, twice, "invalid_json"), (row.Name, twice, Talk.CodeOf(await asker.AskAsync(row.Name, Replaced(example, place, twice)))));
                taken.Add(row.Name);
            }
        });
        Assert.Superset(new HashSet<string> { way == Way.Backend ? Methods.PutUser : Methods.UpdateUser, Methods.CreateConversation, Methods.UpdateConversation }, taken);
        await NothingWasDoneAsync(server);
    }

    [Theory, EveryWay, Trait("Row", "TX-02"), Trait("Row", "JS-04")]
    public async Task A_zero_character_or_half_a_pair_is_refused_in_every_string_and_name_of_every_method(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        await Rows.EachAsync(server, way, async (asker, row, example) =>
        {
            var json = example.Count == 0 ? """{"x":"y"}""" : Vectors.Compact(example);
            foreach (var at in StringEnds().Matches(json).Select(match => match.Index))
            {
                foreach (var unsound in new[] { "\\u0000", "\\ud800", "\\udc00x", "\\uDE00\\uD83D" })
                    Assert.Equal((row.Name, at, unsound, "invalid_json"), (row.Name, at, unsound, Talk.CodeOf(await asker.AskAsync(row.Name, json.Insert(at, unsound)))));
            }
        });
        await NothingWasDoneAsync(server);
    }

    [Theory, EveryWay, Trait("Row", "IN-01"), Trait("Row", "JS-04")]
    public async Task A_value_of_another_type_is_refused_in_every_place_of_every_method(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var places = 0;
        await Rows.EachAsync(server, way, async (asker, row, example) =>
        {
            for (var place = 0; ; place++)
            {
                var root = example.DeepClone();
                if (ValuesIn(root).ElementAtOrDefault(place) is not { } target) break;
                foreach (var wrong in WrongFor(target.GetValueKind()))
                {
                    var json = Replaced(example, place, wrong);
                    var answer = await asker.AskAsync(row.Name, json);
                    Assert.True(Talk.CodeOf(answer) is "invalid_params" or "unknown_field", $"{row.Name} {json}: {answer}");
                    places++;
                }
            }
        });
        Assert.InRange(places, 1, int.MaxValue);
        await NothingWasDoneAsync(server);
    }

    [Theory, EveryWay, Trait("Row", "JS-01"), Trait("Row", "JS-05")]
    public async Task Depth_and_breadth_are_refused_at_once_by_every_method(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        await Rows.EachAsync(server, way, async (asker, row, _) =>
        {
            foreach (var (value, code) in new[]
            {
                (Nested("[", "]", 33), "invalid_json"), (Nested("{\"a\":", "}", 33, "1"), "invalid_json"), (Nested("[", "]", 60_000), "invalid_json"),
                (Nested("[", "]", 29), "unknown_field"), ($"[{string.Concat(Enumerable.Repeat("1,", 60_000))}1]", "unknown_field"),
                ($"{{{string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"\"m{i}\":1"))}}}", "unknown_field"), (new string('9', 100_000), "unknown_field"),
            })
            {
                var watch = System.Diagnostics.Stopwatch.StartNew();
                var answer = await AnswerAsync(asker, row.Name, $"{{\"x\":{value}}}");
                Assert.True(Talk.CodeOf(answer) == code, $"{row.Name} {value[..20]}: {answer}");
                Assert.True(watch.Elapsed < TimeSpan.FromSeconds(2), $"{row.Name} {value[..20]}: {watch.Elapsed}");
            }
        });
        await NothingWasDoneAsync(server);

        static string Nested(string open, string close, int times, string inside = "") =>
            $"{string.Concat(Enumerable.Repeat(open, times))}{inside}{string.Concat(Enumerable.Repeat(close, times))}";
    }

    /// <summary>The next answer: in a frame that cannot be read nobody finds the id.</summary>
    private static async Task<JsonElement> AnswerAsync(ITalker asker, string method, string parameters)
    {
        if (asker is not RawClient connection) return await asker.AskAsync(method, parameters);
        await connection.SendRequestAsync("deep", method, parameters);
        return await connection.ReadMessageAsync();
    }

    [Theory, EveryEngine]
    public async Task To_users_a_method_of_the_platform_is_none_whichever_way_they_come(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var rows = server.Node.Gateway.Router.Rows.Where(row => row.IsPlatform).ToList();
        Assert.NotEmpty(rows);
        foreach (var way in new[] { Way.WebSocket, Way.Http })
        {
            using var alice = await server.TalkAsync(way, "alice");
            foreach (var row in rows)
            {
                var answer = (await alice.AskAsync(row.Name, Vectors.Compact(Rows.ExamplesOf(row)[0]))).GetProperty("error").GetRawText();
                Assert.Equal((await alice.AskAsync("nothing.get", "{}")).GetProperty("error").GetRawText(), answer);
                Assert.Contains("\"unknown_method\"", answer, StringComparison.Ordinal);
            }
        }
    }

    private static async Task NothingWasDoneAsync(RunningServer server)
    {
        Assert.Equal(0, await server.NumberAsync($"select count(*) from conversations"));
        Assert.Equal(0, await server.NumberAsync($"select count(*) from fences"));
        Assert.DoesNotContain(server.Log.Served, line => line.Level >= Microsoft.Extensions.Logging.LogLevel.Warning);
    }

    private static string[] WrongFor(JsonValueKind kind) => kind switch
    {
        JsonValueKind.String => ["1", "1.5", "true", "{}", "[]"],
        JsonValueKind.Number => ["\"1\"", "1.5", "true", "{}", "[]", "1e999", "9223372036854775808", "1e0"],
        JsonValueKind.True or JsonValueKind.False => ["\"true\"", "1", "{}", "[]"],
        JsonValueKind.Array => ["1", "\"x\"", "{}", "[null]", "true", "[1.5]", "[[]]"],
        _ => ["1", "\"x\"", "[]", "true"],
    };

    private static string Replaced(JsonNode root, int place, string wrong)
    {
        const string Mark = "the place of what is wrong";
        var copy = root.DeepClone();
        ValuesIn(copy).ElementAt(place).ReplaceWith(Mark);
        return Vectors.Compact(copy).Replace($"\"{Mark}\"", wrong, StringComparison.Ordinal);
    }

    private static IEnumerable<JsonNode> ValuesIn(JsonNode node) => node switch
    {
        // What is inside of custom data is the app's own, of whatever type.
        JsonObject record => record.Where(member => member.Value is not null).SelectMany(member =>
            (IsAppsOwn(member.Key) ? [] : ValuesIn(member.Value!)).Prepend(member.Value!)),
        JsonArray list => list.SelectMany(item => ValuesIn(item!).Prepend(item!)),
        _ => [],
    };

    private static bool IsAppsOwn(string member) => member is "publicData" or "privateData" or "ext" or "data" || member.StartsWith("customData", StringComparison.Ordinal);

    /// <summary>Before the quote that ends a string or a name.</summary>
    [GeneratedRegex("\"(?=[,:}\\]])")]
    private static partial Regex StringEnds();
}
