using System.Net;
using Parley.Tests.Gateway;

namespace Parley.Tests.Hostile;

/// <summary>What holds for all of HTTP, whatever is asked.</summary>
public sealed class HttpTests
{
    private static readonly string[] Health = ["/health/live", "/health/ready"];

    [Theory, EveryEngine, Trait("Row", "HT-02")]
    public async Task No_page_of_another_origin_reads_an_answer(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        foreach (var origin in new[] { "http://evil.example", "null", $"http://{server.Address}.evil.example", $"http://{server.Address}" })
        {
            foreach (var path in Health.Concat(["/v1/realtime", "/nothing", "/v1/inbox.list", "/v1/openapi.json"]))
            {
                foreach (var method in new[] { "GET", "OPTIONS" })
                {
                    var head = await HeadAsync(server, $"{method} {path} HTTP/1.1\r\nHost: {server.Address}\r\nOrigin: {origin}\r\nAccess-Control-Request-Method: POST\r\nCookie: a=b\r\n\r\n");
                    Assert.DoesNotContain("Access-Control-", head, StringComparison.OrdinalIgnoreCase);
                }
            }
        }
    }

    [Theory, EveryEngine, Trait("Row", "HT-03")]
    public async Task A_stranger_learns_that_the_server_lives_and_nothing_else(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var http = new HttpClient { BaseAddress = new Uri($"http://{server.Address}") };
        Assert.Equal("live", await http.GetStringAsync(new Uri("/health/live?verbose=1", UriKind.Relative)));
        Assert.Equal("ready", await http.GetStringAsync(new Uri("/health/ready?details=true", UriKind.Relative)));
        foreach (var path in new[]
        {
            "/", "/metrics", "/health", "/health/ready/", "/healthz", "/status", "/debug", "/debug/pprof", "/swagger", "/swagger/index.html", "/openapi/v1.json", "/env",
            "/config", "/parley.db", "/demo.secret", "/data/demo.secret", "/appsettings.json", "/.env", "/.git/config", "/admin", "/v1", "/v1/realtime/",
            "/../parley.db", "/%2e%2e/parley.db", "/health/..%2f..%2fetc/passwd", "/health/live%00", "//health/live", "/health/live;x",
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://{server.Address}{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
            using var answer = await http.SendAsync(request);
            Assert.True(answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest or HttpStatusCode.UpgradeRequired
                || (path is "/health/ready/" && await answer.Content.ReadAsStringAsync() == "ready"), $"{path}: {answer.StatusCode}");
        }
    }

    [Theory, EveryEngine, Trait("Row", "HT-01"), Trait("Row", "HT-03")]
    public async Task A_path_that_is_not_written_as_it_is_means_nothing_and_nothing_is_done(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = HttpTalker.WithToken(server.Address, RunningServer.TokenOf("alice"));
        foreach (var path in new[]
        {
            "/v1/conversation%2ecreate", "/v1/%63onversation.create", "/v1/conversation.create%00", "/v1/conversation.create%2F", "/v1/conversation%252Ecreate", "/v1/conversation.create/",
            "/v1/conversation.create;x", "/v1/conversation.create;jsessionid=1", "/v1/../v1/conversation.create", "/v1/x/../conversation.create", "/v1/./conversation.create",
            "/v1//conversation.create", "//v1/conversation.create", "/V1/conversation.create", "/v1/Conversation.Create", "/v1/conversation.create.", "/v1/conversation.create%20",
            "/v1/..%2fv1%2fconversation.create", "/v1/conversation.create%0d%0aX:%20y", "/v1/conversation..create", "/v1/conversation", "/v1/", "/v1/health/live", "/v1/..%5cconversation.create",
            $"/v1/{new string('a', 65)}", "/v1/session.open", "/v1/session.renew", "/v1/entry", "/v1/conversation.create\\", "/v1/%e0%80%af", "/v1/openapi%2ejson", "/v1/openapi.json/",
        })
        {
            var answer = await RawAsync(server, "POST", path, Talk.Group(Guid.NewGuid(), "bob"));
            Assert.True(answer.StartsWith("HTTP/1.1 404", StringComparison.Ordinal) || answer.StartsWith("HTTP/1.1 400", StringComparison.Ordinal), $"{path}: {answer}");
        }

        Assert.Equal(0, await server.NumberAsync($"select count(*) from conversations"));
        Assert.Null(Talk.CodeOf(await alice.AskAsync(Methods.CreateConversation, Talk.Group(Guid.NewGuid(), "bob"))));
    }

    [Theory, EveryEngine, Trait("Row", "HT-03")]
    public async Task The_description_is_the_one_of_the_documentation_and_open_to_all(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var nobody = new HttpTalker(server.Address);
        using var answer = await nobody.SendAsync(HttpMethod.Get, "/v1/openapi.json");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(await File.ReadAllTextAsync(Checkout.PathOf("docs/protocol/openapi.json")), await answer.Content.ReadAsStringAsync());
        foreach (var (verb, path, status) in new[]
        {
            (HttpMethod.Post, "/v1/openapi.json", HttpStatusCode.MethodNotAllowed), (HttpMethod.Get, "/v1/openapi.json?token=x", HttpStatusCode.BadRequest),
        })
        {
            using var refused = await nobody.SendAsync(verb, path);
            Assert.Equal(status, refused.StatusCode);
        }
    }

    [Theory, EveryEngine, Trait("Row", "HT-04")]
    public async Task Every_answer_says_what_it_is_may_not_be_kept_or_guessed_at_and_names_no_software(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        foreach (var request in new[]
        {
            "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n", "GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n", "GET /v1/realtime HTTP/1.1\r\nHost: x\r\n\r\n",
            "POST /v1/realtime HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "GET /v1/realtime?token=x HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /v1/inbox.list HTTP/1.1\r\nHost: x\r\n\r\n", "POST /v1/nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "TRACE /v1/inbox.list HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /v1/a/b HTTP/1.1\r\nHost: x\r\n\r\n", "GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n", "GET /v1/inbox.list?token=x HTTP/1.1\r\nHost: x\r\n\r\n",
        })
        {
            var head = await HeadAsync(server, request);
            var type = request.Contains("/v1/openapi", StringComparison.Ordinal) ? "application/json" : request.Contains("/health/", StringComparison.Ordinal) || request.Contains("/realtime", StringComparison.Ordinal) ? "text/plain" : "application/problem+json";
            foreach (var header in new[] { $"Content-Type: {type}; charset=utf-8", "X-Content-Type-Options: nosniff", "Cache-Control: no-store", "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'" })
                Assert.True(head.Contains($"\r\n{header}\r\n", StringComparison.OrdinalIgnoreCase), $"{request} is answered without {header}:\n{head}");
            Assert.DoesNotContain("\r\nServer:", head, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("X-Powered-By", head, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Theory, EveryEngine, Trait("Row", "HT-01"), Trait("Row", "JS-06")]
    public async Task Other_verbs_and_bodies_do_nothing(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var send = Talk.Group(Guid.NewGuid(), "bob");
        foreach (var path in Health.Append("/v1/realtime").Append("/v1/conversation.create"))
        {
            foreach (var (verb, type) in new[]
            {
                ("POST", "text/plain"), ("POST", "application/json; charset=utf-7"), ("POST", ""), ("PUT", "application/json"), ("DELETE", ""), ("PATCH", "application/json"),
                ("TRACE", ""), ("PROPFIND", ""), ("BREW", ""), ("HEAD", ""), ("OPTIONS", "application/json"), ("post", "application/json"),
            })
            {
                var head = await RawAsync(server, verb, path, send, type);
                var expected = path.StartsWith("/v1/conv", StringComparison.Ordinal) && verb == "POST" ? "HTTP/1.1 415" : "HTTP/1.1 40";
                Assert.True(head.StartsWith(expected, StringComparison.Ordinal), $"{verb} {path} {type}: {head}");
            }
        }

        Assert.Equal(0, await server.NumberAsync($"select count(*) from conversations"));
    }

    /// <summary>Sends a request of alice with a body, whose first line is not touched; the head of the answer.</summary>
    private static Task<string> RawAsync(RunningServer server, string verb, string path, string body, string type = "application/json") => HeadAsync(server,
        $"{verb} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {RunningServer.TokenOf("alice")}\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\n\r\n{body}");

    private static async Task<string> HeadAsync(RunningServer server, string request)
    {
        using var client = await RawClient.DialAsync(server.Address);
        return await client.RequestAsync(request);
    }
}
