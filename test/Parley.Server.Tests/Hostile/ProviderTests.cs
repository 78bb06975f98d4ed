using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Parley.Tests.Gateway;
using Parley.Tests.Identity;

namespace Parley.Tests.Hostile;

/// <summary>Whole servers with identity providers that come, go, change their keys, and mean harm.</summary>
public sealed class ProviderTests
{
    private static readonly Signer Rsa = Signer.Rsa("rsa-1");
    private static readonly Signer Ec = Signer.Ec("ec-1");

    [Fact]
    public async Task Users_of_a_provider_open_sessions_with_RS256_and_ES256()
    {
        await using var provider = await KeySetServer.StartAsync(Rsa, Ec);
        await using var server = await StartAsync(provider.Url.ToString());

        Assert.Equal("alice", UserOf(await OpenAsync(server, Rsa)));
        Assert.Equal("alice", UserOf(await OpenAsync(server, Ec)));
        using var bob = await server.ConnectAsync("bob", app: "other");
        Assert.Equal(1, provider.Fetches);
    }

    [Fact]
    public async Task A_session_goes_on_with_a_token_of_the_next_key_without_a_restart()
    {
        await using var provider = await KeySetServer.StartAsync(Rsa);
        await using var server = await StartAsync(provider.Url.ToString());
        using var alice = await server.ConnectAsync();
        Assert.Equal("alice", UserOf(await alice.AskAsync(Methods.OpenSession, Opening(Rsa))));

        provider.Published = [Ec];
        var renewed = await alice.AskAsync(Methods.RenewSession, $$"""{"token":"{{TokenOf(Ec)}}"}""");

        Assert.True(renewed.TryGetProperty("result", out _), renewed.GetRawText());
        Assert.Equal("alice", UserOf(await OpenAsync(server, Ec)));
        Assert.Equal("unauthorized", CodeOf(await OpenAsync(server, Rsa)));
    }

    [Fact]
    public async Task While_the_provider_is_down_its_users_are_told_to_come_again()
    {
        await using var provider = await KeySetServer.StartAsync(Rsa);
        await provider.StopAsync();
        await using var server = await StartAsync(provider.Url.ToString());

        using (var alice = await server.ConnectAsync())
        {
            var answer = await alice.AskAsync(Methods.OpenSession, Opening(Rsa));
            var error = answer.GetProperty("error");
            Assert.Equal((5033, "keys_unavailable"), (error.GetProperty("code").GetInt32(), CodeOf(answer)));
            Assert.Equal(5_000, error.GetProperty("data").GetProperty("retryAfterMs").GetInt32());
            Assert.Equal(1011, await alice.ReadCloseAsync());
        }

        using var bob = await server.ConnectAsync("bob", app: "other");
        await provider.StartAgainAsync();
        for (var tries = 0; tries < 100 && CodeOf(await OpenAsync(server, Rsa)) is not null; tries++)
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        Assert.Equal("alice", UserOf(await OpenAsync(server, Rsa)));
        Assert.Contains(server.Log.Served, line => line.Level == LogLevel.Warning && line.Text.StartsWith("The key set of app demo could not be reached (", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_provider_that_goes_down_takes_nobody_with_it()
    {
        await using var provider = await KeySetServer.StartAsync(Rsa);
        await using var server = await StartAsync(provider.Url.ToString());
        Assert.Equal("alice", UserOf(await OpenAsync(server, Rsa)));

        await provider.StopAsync();

        Assert.Equal("keys_unavailable", CodeOf(await OpenAsync(server, Ec)));
        Assert.Equal("alice", UserOf(await OpenAsync(server, Rsa)));
    }

    [Fact]
    public async Task A_key_set_may_be_a_file_that_is_replaced()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("keys.json"), $$"""{"keys":[{{Rsa.Jwk}}]}""");
        await using var server = await StartAsync(folder.File("keys.json"));
        Assert.Equal("alice", UserOf(await OpenAsync(server, Rsa)));

        await File.WriteAllTextAsync(folder.File("keys.json"), $$"""{"keys":[{{Ec.Jwk}}]}""");

        Assert.Equal("alice", UserOf(await OpenAsync(server, Ec)));
    }

    [Theory, Trait("Row", "SS-05")]
    [InlineData("a gigabyte")]
    [InlineData("a byte a second")]
    [InlineData("a redirect inside")]
    [InlineData("a gzip bomb")]
    [InlineData("a page to sign in")]
    [InlineData("a secret for everybody")]
    public async Task A_hostile_key_set_harms_nobody_but_its_own_app(string what)
    {
        await using var inside = await KeySetServer.StartAsync(Rsa);
        await using var provider = await KeySetServer.StartAsync();
        provider.Instead = context => HostileAsync(what, context, inside.Url);
        await using var server = await StartAsync(provider.Url.ToString());
        await GatewayHost.EventuallyAsync(() => provider.Requests > 0);

        using var bob = await server.ConnectAsync("bob", app: "other");
        Assert.Equal("keys_unavailable", CodeOf(await OpenAsync(server, Rsa)));
        Assert.Equal("unauthorized", CodeOf(await OpenAsync(server, Rsa, Forge.Token(ClaimsOf("alice"), secret: "a secret that everybody can read, really"))));

        Assert.Equal(0, inside.Requests);
    }

    [Fact, Trait("Row", "AU-06")]
    public async Task Keys_that_a_token_brings_along_are_neither_fetched_nor_used()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var provider = await KeySetServer.StartAsync(Rsa);
        await using var server = await StartAsync(provider.Url.ToString());
        var (attacker, url) = (Signer.Rsa("rsa-1"), $"http://{listener.LocalEndpoint}/keys");

        foreach (var kid in new[] { "", "\"kid\":\"rsa-1\",", "\"kid\":\"mine\"," })
        {
            foreach (var member in new[] { $"\"jku\":\"{url}\"", $"\"x5u\":\"{url}\"", $"\"x5c\":[\"{Convert.ToBase64String(attacker.Der)}\"]", $"\"jwk\":{attacker.Jwk}" })
                Assert.Equal("unauthorized", CodeOf(await OpenAsync(server, attacker, attacker.Token(ClaimsOf("alice"), $"{{\"alg\":\"RS256\",{kid}{member}}}"))));
        }

        Assert.Equal("alice", UserOf(await OpenAsync(server, Rsa, Rsa.Token(ClaimsOf("alice"), $$"""{"alg":"RS256","kid":"rsa-1","jku":"{{url}}"}"""))));
        Assert.False(listener.Pending());
        Assert.InRange(provider.Fetches, 1, 2);
    }

    [Fact, Trait("Row", "AU-04")]
    public async Task One_apps_provider_does_not_speak_for_another_app()
    {
        var theirs = Signer.Rsa("rsa-1");
        await using var ours = await KeySetServer.StartAsync(Rsa);
        await using var other = await KeySetServer.StartAsync(theirs);
        await using var server = await StartAsync(
            ours.Url.ToString(), ("Apps:other:KeySet", other.Url.ToString()), ("Apps:other:Issuer", "https://other.example"));
        string Claims(string aud, string iss) => ClaimsOf("alice", aud, iss);

        Assert.Equal("alice", UserOf(await OpenAsync(server, theirs, theirs.Token(Claims("other", "https://other.example")))));
        foreach (var (aud, iss) in new[] { ("demo", Provider.Issuer), ("demo", "https://other.example"), ("other", Provider.Issuer) })
            Assert.Equal("unauthorized", CodeOf(await OpenAsync(server, theirs, theirs.Token(Claims(aud, iss)))));
        Assert.Equal("unauthorized", CodeOf(await OpenAsync(server, Rsa, Rsa.Token(Claims("other", "https://other.example")))));
    }

    private static Task<RunningServer> StartAsync(string keySet, params IEnumerable<(string, string)> settings) => RunningServer.StartAsync(
        Engine.Sqlite, [("Apps:demo:KeySet", keySet), ("Apps:demo:Issuer", Provider.Issuer), ("Egress:AllowedNetworks:0", "127.0.0.1"), .. settings]);

    private static string ClaimsOf(string user, string aud = "demo", string iss = Provider.Issuer) => Forge.Claims(
        sub: $"\"{user}\"", aud: $"\"{aud}\"", exp: $"{TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeSeconds()}", extra: $"\"iss\":\"{iss}\"");

    private static string TokenOf(Signer signer) => signer.Token(ClaimsOf("alice"));

    private static string Opening(Signer signer) => $$"""{"token":"{{TokenOf(signer)}}","device":"phone"}""";

    /// <summary>What a new connection is answered to its first request.</summary>
    private static async Task<JsonElement> OpenAsync(RunningServer server, Signer signer, string? token = null)
    {
        using var client = await server.ConnectAsync();
        return await client.AskAsync(Methods.OpenSession, token is null ? Opening(signer) : $$"""{"token":"{{token}}","device":"phone"}""");
    }

    private static string? UserOf(JsonElement answer) => answer.GetProperty("result").GetProperty("user").GetString();

    private static string? CodeOf(JsonElement answer) =>
        answer.TryGetProperty("error", out var error) ? error.GetProperty("data").GetProperty("code").GetString() : null;

    private static async Task HostileAsync(string what, HttpContext context, Uri inside)
    {
        switch (what)
        {
            case "a gigabyte":
                for (var i = 0; i < 1024 && !context.RequestAborted.IsCancellationRequested; i++)
                    await context.Response.Body.WriteAsync(new byte[1024 * 1024], context.RequestAborted);
                break;
            case "a byte a second":
                while (!context.RequestAborted.IsCancellationRequested)
                {
                    await context.Response.Body.WriteAsync("x"u8.ToArray(), context.RequestAborted);
                    await context.Response.Body.FlushAsync(context.RequestAborted);
                    await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, context.RequestAborted);
                }

                break;
            case "a redirect inside":
                context.Response.Redirect(inside.ToString());
                break;
            case "a gzip bomb":
                context.Response.Headers.ContentEncoding = "gzip";
                await using (var gzip = new System.IO.Compression.GZipStream(context.Response.Body, System.IO.Compression.CompressionLevel.SmallestSize, leaveOpen: true))
                    await gzip.WriteAsync(new byte[16 * 1024 * 1024]);
                break;
            case "a page to sign in":
                await context.Response.WriteAsync("<html>Sign in</html>");
                break;
            case "a secret for everybody":
                var secret = Forge.Encode("a secret that everybody can read, really");
                await context.Response.WriteAsync($$"""{"keys":[{"kty":"oct","alg":"HS256","k":"{{secret}}"}]}""");
                break;
        }
    }
}
