using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Gateway;
using Parley.Identity;
using Parley.Tests.Contracts;
using Parley.Tests.Gateway;
using Parley.Tests.Identity;

namespace Parley.Tests.Hostile;

/// <summary>Requests over HTTP that are wrong before anybody looks at their params; generated over every row of the table where they are of a method.</summary>
public sealed class HttpRequestTests
{
    private const int MaxBody = 256 * 1024;

    [Theory, EveryEngine, Trait("Row", "AU-01"), Trait("Row", "AU-03"), Trait("Row", "AU-05"), Trait("Row", "AU-09")]
    public async Task Without_a_valid_token_or_key_every_method_is_refused_in_the_same_words_and_nothing_is_done(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var soon = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeSeconds();
        var good = RunningServer.TokenOf("alice");
        var key = RunningServer.KeyOf("demo");
        string[] shown =
        [
            "", "Bearer", "Bearer ", $"Bearer {good[..^2]}", $"Bearer {good}=", $"Bearer {good} {good}", $"Basic {good}", good, $"Token {good}", $"Bearer {key}", $"ApiKey {good}",
            $"ApiKey {key[..^1]}", $"ApiKey x{key[1..]}", $"ApiKey {key}x", "ApiKey", $"ApiKey {RunningServer.SecretOf("demo").Replace(' ', '-')}", $"Bearer {Signed("""{"alg":"none"}""")}",
            $"Bearer {Forge.Encode("""{"alg":"NoNe"}""")}.{Forge.Encode($$"""{"sub":"alice","aud":"demo","exp":{{soon}}}""")}.", "Bearer ..",
            $"Bearer {RunningServer.TokenOf("alice", endsIn: TimeSpan.FromSeconds(-31))}", $"Bearer {Claims("\"sub\":\"alice\",\"aud\":\"nobody\"")}", $"Bearer {Claims("\"sub\":\"alice\"")}",
            $"Bearer {Claims("\"sub\":\"alice\",\"aud\":[\"demo\",\"other\"]")}", $"Bearer {Forge.Token(Forge.Claims(sub: "\"alice\"", exp: "1e300"), secret: RunningServer.SecretOf("demo"))}",
            $"Bearer {Forge.Token(Forge.Claims(sub: "\"alice\"", exp: $"\"{soon}\""), secret: RunningServer.SecretOf("demo"))}", $"Bearer {Forge.Token(Forge.Claims(sub: "\"alice\"", exp: "-1"), secret: RunningServer.SecretOf("demo"))}",
            $"Bearer {Forge.Token(Forge.Claims(sub: "\"alice\"", exp: $"{soon + 315_360_000}"), secret: RunningServer.SecretOf("demo"))}", $"Bearer {Forge.Token(Forge.Claims(sub: "\"a b\"", exp: $"{soon}"), secret: RunningServer.SecretOf("demo"))}",
            $"Bearer {new string('x', 6_000)}",
        ];

        var bodies = new HashSet<string>(StringComparer.Ordinal);
        foreach (var row in server.Node.Gateway.Router.Rows)
        {
            foreach (var header in shown)
            {
                using var nobody = new HttpTalker(server.Address, header.Length == 0 ? [] : [("Authorization", header)]);
                using var answer = await nobody.PostAsync($"/v1/{row.Name}", HttpTalker.Json(Encoding.UTF8.GetBytes(Vectors.Compact(Rows.ExamplesOf(row)[0]))));
                Assert.True(answer.StatusCode == HttpStatusCode.Unauthorized, $"{row.Name} {header}: {answer.StatusCode}");
                Assert.Equal(["Bearer", "ApiKey"], answer.Headers.WwwAuthenticate.Select(challenge => challenge.Scheme));
                bodies.Add(await answer.Content.ReadAsStringAsync());
            }
        }

        Assert.Single(bodies);
        Assert.Equal(0, await server.NumberAsync($"select count(*) from conversations"));

        string Claims(string members) => Forge.Token($$"""{{{members}},"exp":{{soon}}}""", secret: RunningServer.SecretOf("demo"));
        string Signed(string header) => $"{Forge.Encode(header)}.{Forge.Encode($$"""{"sub":"alice","aud":"demo","exp":{{soon}}}""")}.{good.Split('.')[2]}";
    }

    [Theory, EveryEngine, Trait("Row", "AU-12"), Trait("Row", "LG-02")]
    public async Task A_token_in_the_address_is_refused_and_no_token_key_or_body_is_logged(Engine engine)
    {
        using var metrics = new RecordedMetrics();
        await using var server = await RunningServer.StartAsync(engine);
        var (token, key, body) = (RunningServer.TokenOf("alice"), RunningServer.KeyOf("demo"), "bumblebee in the body");
        using var alice = HttpTalker.WithToken(server.Address, token);
        using var backend = HttpTalker.WithKey(server.Address, key, "alice");
        foreach (var talker in new[] { alice, backend, new HttpTalker(server.Address) })
        {
            foreach (var query in new[] { $"?token={token}", $"?access_token={token}", $"?limit=1&Token={token}", "?token=" })
            {
                Assert.Equal("bad_request", Talk.CodeOf(await talker.GetAsync(Methods.ListInbox, query)));
                using var posted = await talker.PostAsync($"/v1/{Methods.ListInbox}{query}", HttpTalker.Json("{}"u8.ToArray()));
                Assert.Equal(HttpStatusCode.BadRequest, posted.StatusCode);
            }
        }

        foreach (var talker in new[] { alice, backend })
        {
            var group = await talker.CreateGroupAsync("bob");
            await talker.SayAsync(group, body);
            await talker.AskAsync(Methods.SendMessage, $$"""{"conversation":"{{body}}","message":1}""");
            await talker.AskAsync(Methods.ListInbox, $$"""{"{{body}}":1}""");
            await talker.GetAsync(Methods.ListInbox, "?next=bumblebee");
            using var none = await talker.PostAsync("/v1/bumblebee", HttpTalker.Json(Encoding.UTF8.GetBytes($$"""{"x":"{{body}}"}""")));
            using var spoiled = HttpTalker.WithKey(server.Address, key + "x", "alice");
            await spoiled.AskAsync(Methods.ListInbox, "{}");
        }

        var own = await alice.CreateGroupAsync("bob");
        await server.ChangeAsync($"alter table entries rename to elsewhere");
        Assert.Contains(Talk.CodeOf(await alice.AskAsync(Methods.ReadEntries, $$"""{"conversation":"{{own}}"}""")), new[] { "internal", "unavailable" });
        foreach (var secret in new[] { token.Split('.')[2], key, "bumblebee" })
        {
            Assert.DoesNotContain(server.Log.Served, line => line.Text.Contains(secret, StringComparison.Ordinal));
            Assert.DoesNotContain(metrics.Seen, seen => seen.Contains(secret, StringComparison.Ordinal));
        }
    }

    [Theory, EveryEngine, Trait("Row", "JS-06")]
    public async Task A_body_that_does_not_say_plainly_that_it_is_json_is_refused_by_every_method(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        await Rows.EachAsync(server, Way.Backend, async (asker, row, example) =>
        {
            var body = Encoding.UTF8.GetBytes(Vectors.Compact(example));
            foreach (var type in new[]
            {
                "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json; charset=utf-7", "application/json; charset=utf-16",
                "application/json; charset=iso-8859-1", "application/json; charset=utf-8; charset=utf-7", "application/json; x=y", "application/jsonx", "text/json", "application/problem+json",
                "application/json, text/plain", "*/*", "application/*", "json", ";", "application/json; charset",
            })
            {
                using var answer = await ((HttpTalker)asker).PostAsync($"/v1/{row.Name}", HttpTalker.Json(body, type));
                Assert.Equal((row.Name, type, HttpStatusCode.UnsupportedMediaType), (row.Name, type, answer.StatusCode));
            }

            foreach (var encoding in new[] { "gzip", "gzip, gzip", "br", "identity", "deflate", "" })
            {
                var content = HttpTalker.Json(body);
                content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
                using var answer = await ((HttpTalker)asker).PostAsync($"/v1/{row.Name}", content);
                Assert.True(answer.StatusCode == HttpStatusCode.UnsupportedMediaType || encoding.Length == 0, $"{row.Name} {encoding}: {answer.StatusCode}");
            }
        });
        Assert.Equal(0, await server.NumberAsync($"select count(*) from fences"));

        using var alice = HttpTalker.WithToken(server.Address, RunningServer.TokenOf("alice"));
        foreach (var type in new[] { "application/json", "APPLICATION/JSON", "application/json;charset=UTF-8", "application/json; charset=\"utf-8\"" })
        {
            using var answer = await alice.PostAsync($"/v1/{Methods.ListInbox}", HttpTalker.Json("{}"u8.ToArray(), type));
            Assert.Equal((type, HttpStatusCode.OK), (type, answer.StatusCode));
        }
    }

    [Theory, EveryEngine, Trait("Row", "JS-05")]
    public async Task A_body_beyond_256_KiB_is_refused_whether_it_says_its_length_or_comes_in_chunks(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Http:MaxBodyBytes", "1000000"));
        await using var strict = await RunningServer.StartAsync(engine, ("Http:MaxBodyBytes", "1024"));
        using var alice = HttpTalker.WithToken(server.Address, RunningServer.TokenOf("alice"));
        foreach (var (size, status) in new[] { (MaxBody, HttpStatusCode.OK), (MaxBody + 1, HttpStatusCode.RequestEntityTooLarge), (3 * MaxBody, HttpStatusCode.RequestEntityTooLarge) })
        {
            var body = Encoding.UTF8.GetBytes("{}".PadRight(size));
            foreach (var content in new HttpContent[] { HttpTalker.Json(body), new Chunks(body) })
            {
                using var answer = await alice.PostAsync($"/v1/{Methods.ListInbox}", content);
                Assert.Equal((size, content.GetType().Name, status), (size, content.GetType().Name, answer.StatusCode));
            }
        }

        // What the web server itself refuses is said in the same words.
        using var bob = HttpTalker.WithToken(strict.Address, RunningServer.TokenOf("bob"));
        foreach (var content in new HttpContent[] { HttpTalker.Json(new byte[2_000]), new Chunks(new byte[2_000]) })
        {
            using var answer = await bob.PostAsync($"/v1/{Methods.ListInbox}", content);
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        }
    }

    [Theory, EveryEngine, Trait("Row", "JS-03"), Trait("Row", "JS-04")]
    public async Task Bytes_that_are_no_json_are_refused_by_every_method(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        await Rows.EachAsync(server, Way.Backend, async (asker, row, example) =>
        {
            var good = Vectors.Compact(example);
            byte[][] bad =
            [
                [], " "u8.ToArray(), "{"u8.ToArray(), "}"u8.ToArray(), [0], [0xFF], "nul"u8.ToArray(), "'{}'"u8.ToArray(), [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(good)], Encoding.Unicode.GetBytes(good),
                Encoding.UTF8.GetBytes(good[..^1]), Encoding.UTF8.GetBytes(good + good), Encoding.UTF8.GetBytes(good + "x"), Encoding.UTF8.GetBytes($"/* */{good}"), Encoding.UTF8.GetBytes($"{good}//"),
                Encoding.UTF8.GetBytes(good[..^1] + ",}"), "{\"x\":NaN}"u8.ToArray(), "{\"x\":Infinity}"u8.ToArray(), "{\"x\":01}"u8.ToArray(), "{x:1}"u8.ToArray(), "{'x':1}"u8.ToArray(), "{\"x\":\"\u0009\"}"u8.ToArray(),
                "{\"x\":\"\\x\"}"u8.ToArray(), [.. "{\"x\":\""u8, 0xC3, 0x28, .. "\"}"u8], [.. "{\"x\":\""u8, 0xED, 0xA0, 0x80, .. "\"}"u8], [.. "{\""u8, 0xFE, .. "\":1}"u8],
                // What is JSON and no object.
                "[]"u8.ToArray(), "[{}]"u8.ToArray(), "null"u8.ToArray(), "1"u8.ToArray(), "\"x\""u8.ToArray(), "true"u8.ToArray(), "[null]"u8.ToArray(),
            ];
            foreach (var bytes in bad)
            {
                using var answer = await ((HttpTalker)asker).PostAsync($"/v1/{row.Name}", HttpTalker.Json(bytes));
                var code = Talk.CodeOf(await HttpTalker.ReadAsync(answer));
                Assert.True(code is "invalid_json" || (code is "invalid_params" && bytes.Length > 0 && bytes[0] is (byte)'[' or (byte)'n' or (byte)'1' or (byte)'"' or (byte)'t'),
                    $"{row.Name} {Convert.ToHexString(bytes)}: {code}");
            }
        });
        Assert.DoesNotContain(server.Log.Served, line => line.Level >= Microsoft.Extensions.Logging.LogLevel.Warning);
    }

    [Theory, EveryEngine, Trait("Row", "XS-04")]
    public async Task What_writes_is_not_asked_with_GET_and_what_reads_answers_it_as_it_answers_POST(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var asked = new List<string>();
        await Rows.EachAsync(server, Way.Backend, async (asker, row, example) =>
        {
            var http = (HttpTalker)asker;
            var query = $"?{string.Join('&', example.Where(member => member.Value is not JsonObject).SelectMany(member => Values(member.Value!).Select(value => $"{member.Key}={Uri.EscapeDataString(value)}")))}";
            if (row.Query is null)
            {
                using var refused = await http.SendAsync(HttpMethod.Get, $"/v1/{row.Name}{query}");
                Assert.Equal((row.Name, HttpStatusCode.MethodNotAllowed, "POST"), (row.Name, refused.StatusCode, string.Join(", ", refused.Content.Headers.Allow)));
                return;
            }

            asked.Add(row.Name);
            using var got = await http.SendAsync(HttpMethod.Get, $"/v1/{row.Name}{query}");
            using var posted = await http.PostAsync($"/v1/{row.Name}", HttpTalker.Json(Encoding.UTF8.GetBytes(Vectors.Compact(example))));
            var (byGet, byPost) = (await got.Content.ReadAsStringAsync(), await posted.Content.ReadAsStringAsync());
            Assert.Equal((row.Name, posted.StatusCode, Untimed(byPost)), (row.Name, got.StatusCode, Untimed(byGet)));
        });

        Assert.Equal(
            server.Node.Gateway.Router.Rows.Where(row => row.IsRead).Select(row => row.Name).Except([Methods.SyncConversations, Methods.SubscribePresence, Methods.SetTyping, Methods.SendOnline, Methods.ReadAll]), asked.Distinct());
        Assert.Equal(0, await server.NumberAsync($"select count(*) from conversations"));
        Assert.Equal(0, await server.NumberAsync($"select count(*) from fences"));

        static IEnumerable<string> Values(JsonNode value) => value is JsonArray list ? list.Select(item => Plain(item!)) : [Plain(value)];
        static string Plain(JsonNode value) => value.GetValueKind() == JsonValueKind.String ? (string)value! : value.ToJsonString();
        static string Untimed(string json) => json.Contains("\"time\"", StringComparison.Ordinal) ? json[..json.IndexOf("\"time\"", StringComparison.Ordinal)] : json;
    }

    [Theory, EveryEngine, Trait("Row", "IN-01")]
    public async Task A_query_is_read_as_strictly_as_a_body(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = HttpTalker.WithToken(server.Address, RunningServer.TokenOf("alice"));
        var group = await alice.CreateGroupAsync("bob");
        foreach (var (query, code, detail) in new[]
        {
            ("?limit=1&limit=2", "invalid_params", "$.limit: is there more than once"), ("?limit=1&limit=1", "invalid_params", "$.limit: is there more than once"), ("?limit=", "invalid_params", "$.limit: has no value"),
            ("?limit", "invalid_params", "$.limit: has no value"), ("?limit=-1", "invalid_params", null), ("?limit=0", "invalid_params", null), ("?limit=101", "invalid_params", null), ("?limit=1.5", "invalid_params", null),
            ("?limit=1e1", "invalid_params", null), ("?limit=010", "invalid_params", null), ("?limit=+1", "invalid_params", null), ("?limit=%201", "invalid_params", null), ("?limit=1%00", "invalid_json", null), ("?limit=2147483648", "invalid_params", null),
            ("?limit=99999999999999999999999999", "invalid_params", null), ("?limit[]=1", "unknown_field", "$['limit[]']"), ("?Limit=1", "unknown_field", "$.Limit"), ("?order=name", "unknown_field", "$.order"),
            ("?limit=1;x=2", "invalid_params", null), ("?limit=%", "invalid_params", "$.limit: is not UTF-8 with %-escapes"), ("?limit=%zz", "invalid_params", "$.limit: is not UTF-8 with %-escapes"),
            ("?next=%ff", "invalid_params", "$.next: is not UTF-8 with %-escapes"), ("?next=%ed%a0%80", "invalid_params", "$.next: is not UTF-8 with %-escapes"), ("?%ff=1", "invalid_params", "a name: is not UTF-8 with %-escapes"),
            ("?=1", "unknown_field", null), ("?next=%252e", "invalid_params", null), ("?%00=1", "invalid_json", null), ("?user=bob", "unknown_field", "$.user"), ("?app=other", "unknown_field", "$.app"), ("?jsonrpc=2.0", "unknown_field", "$.jsonrpc"),
        })
        {
            var answer = await alice.GetAsync(Methods.ListInbox, query);
            Assert.Equal((query, code, detail ?? Talk.DetailOf(answer)), (query, Talk.CodeOf(answer), Talk.DetailOf(answer)));
        }

        foreach (var query in new[] { "", "?", "?limit=1", "?lim%69t=1", "?limit=%31", "?&limit=1&" }) Assert.Null(Talk.CodeOf(await alice.GetAsync(Methods.ListInbox, query)));
        Assert.Equal("invalid_params", Talk.CodeOf(await alice.GetAsync(Methods.GetConversation)));
        Assert.Null(Talk.CodeOf(await alice.GetAsync(Methods.GetConversation, $"?conversation={group.ToString().ToUpperInvariant()}")));
        Assert.Equal("bad_request", Talk.CodeOf(await HttpTalker.ReadAsync(await alice.SendAsync(HttpMethod.Get, $"/v1/{Methods.ListInbox}", HttpTalker.Json("{}"u8.ToArray())))));
        Assert.Equal("bad_request", Talk.CodeOf(await HttpTalker.ReadAsync(await alice.PostAsync($"/v1/{Methods.ListInbox}?limit=1", HttpTalker.Json("{}"u8.ToArray())))));
    }

    [Theory, EveryEngine, Trait("Row", "TE-03")]
    public async Task A_header_that_names_an_app_or_a_user_changes_nothing_or_is_refused(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = HttpTalker.WithToken(server.Address, RunningServer.TokenOf("alice"));
        using var backend = HttpTalker.WithKey(server.Address, RunningServer.KeyOf("demo"));
        var group = await alice.CreateGroupAsync("bob");
        (string, string)[] forged = [("X-App", "other"), ("Parley-App", "other"), ("X-User", "bob"), ("X-Forwarded-User", "bob"), ("X-HTTP-Method-Override", "GET"), ("Cookie", "user=bob")];

        using var same = await alice.SendAsync(HttpMethod.Post, $"/v1/{Methods.GetConversation}", HttpTalker.Json(Encoding.UTF8.GetBytes($$"""{"conversation":"{{group}}"}""")), forged);
        Assert.Equal(HttpStatusCode.OK, same.StatusCode);
        Assert.Equal("bad_request", await CodeAsync(alice, Methods.ListInbox, ("Parley-User", "bob")));
        Assert.Equal("bad_request", await CodeAsync(alice, Methods.ListInbox, ("Parley-User", "alice")));
        Assert.Equal("bad_request", await CodeAsync(backend, Methods.ListInbox));
        foreach (var user in new[] { "a b", "", "..", "a/b", "a%2Fb", new string('a', 129) }) Assert.Equal((user, "bad_request"), (user, await CodeAsync(backend, Methods.ListInbox, ("Parley-User", user))));
        Assert.Equal("bad_request", await CodeAsync(backend, Methods.ListInbox, ("Parley-User", "alice"), ("Parley-User", "bob")));
        Assert.Equal("bad_request", await CodeAsync(backend, Methods.GetApp, ("Parley-User", "alice")));
        Assert.Null(await CodeAsync(backend, Methods.GetApp));
        Assert.Null(await CodeAsync(backend, Methods.ListInbox, ("Parley-User", "alice")));
        using var two = new HttpTalker(server.Address, ("Authorization", $"Bearer {RunningServer.TokenOf("alice")}"), ("Authorization", $"ApiKey {RunningServer.KeyOf("demo")}"));
        Assert.Equal("unauthorized", Talk.CodeOf(await two.AskAsync(Methods.ListInbox, "{}")));

        static async Task<string?> CodeAsync(HttpTalker talker, string method, params (string, string)[] headers)
        {
            using var answer = await talker.SendAsync(HttpMethod.Post, $"/v1/{method}", HttpTalker.Json("{}"u8.ToArray()), headers);
            return Talk.CodeOf(await HttpTalker.ReadAsync(answer));
        }
    }

    /// <summary>A body whose length is not said.</summary>
    private sealed class Chunks : HttpContent
    {
        private readonly byte[] _bytes;

        public Chunks(byte[] bytes)
        {
            _bytes = bytes;
            Headers.ContentType = new("application/json");
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(_bytes).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
