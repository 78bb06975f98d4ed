using System.Net;
using Parley.Tests.Gateway;

namespace Parley.Tests.Hostile;

/// <summary>The few things that are answered over HTTP.</summary>
public sealed class HttpTests
{
    private static readonly string[] Health = ["/health/live", "/health/ready"];

    [Theory, EveryEngine, Trait("Row", "HT-02")]
    public async Task No_page_of_another_origin_reads_an_answer(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        foreach (var origin in new[] { "http://evil.example", "null", $"http://{server.Address}.evil.example", $"http://{server.Address}" })
        {
            foreach (var path in Health.Append("/v1/realtime").Append("/nothing"))
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
            "/config", "/parley.db", "/demo.secret", "/data/demo.secret", "/appsettings.json", "/.env", "/.git/config", "/admin", "/v1", "/v1/inbox.list", "/v1/realtime/",
            "/../parley.db", "/%2e%2e/parley.db", "/health/..%2f..%2fetc/passwd", "/health/live%00", "//health/live", "/health/live;x",
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://{server.Address}{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
            using var answer = await http.SendAsync(request);
            Assert.True(answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest or HttpStatusCode.UpgradeRequired
                || (path is "/health/ready/" && await answer.Content.ReadAsStringAsync() == "ready"), $"{path}: {answer.StatusCode}");
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
        })
        {
            var head = await HeadAsync(server, request);
            foreach (var header in new[] { "Content-Type: text/plain; charset=utf-8", "X-Content-Type-Options: nosniff", "Cache-Control: no-store", "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'" })
                Assert.True(head.Contains($"\r\n{header}\r\n", StringComparison.OrdinalIgnoreCase), $"{request} is answered without {header}:\n{head}");
            Assert.DoesNotContain("\r\nServer:", head, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("X-Powered-By", head, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Theory, EveryEngine, Trait("Row", "HT-01")]
    public async Task Other_verbs_and_bodies_do_nothing(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.ConnectAsync("alice");
        var send = Talk.Group(Guid.NewGuid(), "bob");
        foreach (var path in Health.Append("/v1/realtime").Append("/v1/conversation.create"))
        {
            foreach (var (verb, type) in new[]
            {
                ("POST", "application/json"), ("POST", "text/plain"), ("POST", "application/json; charset=utf-7"), ("POST", ""), ("PUT", "application/json"),
                ("DELETE", ""), ("PATCH", ""), ("TRACE", ""), ("PROPFIND", ""), ("BREW", ""),
            })
            {
                var head = await HeadAsync(server,
                    $"{verb} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {RunningServer.TokenOf("alice")}\r\nContent-Type: {type}\r\nContent-Length: {send.Length}\r\n\r\n{send}");
                Assert.True(head.StartsWith("HTTP/1.1 404", StringComparison.Ordinal) || head.StartsWith("HTTP/1.1 405", StringComparison.Ordinal), $"{verb} {path}: {head}");
            }
        }

        Assert.Equal(0, await server.NumberAsync($"select count(*) from conversations"));
    }

    private static async Task<string> HeadAsync(RunningServer server, string request)
    {
        using var client = await RawClient.DialAsync(server.Address);
        return await client.RequestAsync(request);
    }
}
