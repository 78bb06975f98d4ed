namespace Parley.Tests.Gateway;

public sealed class HandshakeTests
{
    private const string Browser = "Mozilla/5.0 (X11; Linux x86_64)";

    [Theory, Trait("Row", "WS-01")]
    [InlineData("http://evil.example")]
    [InlineData("null")]
    [InlineData("https://good.example.evil")]
    [InlineData("https://good.example:8443")]
    [InlineData("HTTPS://GOOD.EXAMPLE")]
    [InlineData("https://good.example/")]
    [InlineData("https://good.example, https://good.example")]
    [InlineData("")]
    public async Task Pages_of_other_origins_are_rejected_before_the_upgrade(string origin)
    {
        await using var host = await GatewayHost.StartAsync(options => options.AllowedOrigins.Add("https://good.example"));
        using var client = await RawClient.DialAsync(host.Address);

        var answer = await client.ShakeHandsAsync(host.Address, ("Origin", origin), ("User-Agent", Browser));

        Assert.StartsWith("HTTP/1.1 403 ", answer, StringComparison.Ordinal);
    }

    [Fact, Trait("Row", "WS-01")]
    public async Task A_browser_that_hides_its_origin_is_rejected_and_a_program_is_not()
    {
        await using var host = await GatewayHost.StartAsync();
        using var browser = await RawClient.DialAsync(host.Address);
        using var program = await RawClient.DialAsync(host.Address);

        Assert.StartsWith("HTTP/1.1 403 ", await browser.ShakeHandsAsync(host.Address, ("User-Agent", Browser)), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 101 ", await program.ShakeHandsAsync(host.Address, ("User-Agent", "curl/8")), StringComparison.Ordinal);
    }

    [Fact, Trait("Row", "WS-01")]
    public async Task Without_a_list_the_servers_own_pages_may_connect_and_no_others()
    {
        await using var host = await GatewayHost.StartAsync();
        foreach (var (origin, status) in new[]
        {
            ($"http://{host.Address}", 101), ($"https://{host.Address}", 101), ($"HTTP://{host.Address}", 403),
            ($"http://localhost:{host.Address.Port}", 403), ($"http://{host.Address.Address}", 403),
        })
        {
            using var client = await RawClient.DialAsync(host.Address);
            var answer = await client.ShakeHandsAsync(host.Address, ("Origin", origin), ("User-Agent", Browser));
            Assert.True(answer.StartsWith($"HTTP/1.1 {status} ", StringComparison.Ordinal), $"{origin}: {answer}");
        }
    }

    [Fact]
    public async Task The_handshake_is_answered_as_the_standard_says_and_agrees_on_no_extension()
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = await RawClient.DialAsync(host.Address);

        var answer = await client.ShakeHandsAsync(host.Address, ("Sec-WebSocket-Extensions", "permessage-deflate"), ("Connection", "keep-alive, Upgrade"));

        Assert.StartsWith("HTTP/1.1 101 ", answer, StringComparison.Ordinal);
        Assert.Contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("Extensions", answer, StringComparison.OrdinalIgnoreCase);
    }

    [Theory, Trait("Row", "WS-07")]
    [InlineData("Sec-WebSocket-Version", "8", 426)]
    [InlineData("Sec-WebSocket-Version", null, 426)]
    [InlineData("Upgrade", "h2c", 426)]
    [InlineData("Upgrade", null, 426)]
    [InlineData("Connection", "close", 426)]
    [InlineData("Sec-WebSocket-Key", null, 400)]
    [InlineData("Sec-WebSocket-Key", "short", 400)]
    [InlineData("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZXM=", 400)]
    [InlineData("Content-Length", "5", 400)]
    public async Task A_wrong_handshake_is_rejected_and_the_connection_ends(string header, string? value, int status)
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = await RawClient.DialAsync(host.Address);

        var answer = await client.ShakeHandsAsync(host.Address, (header, value));

        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains(answer.Split("\r\n"), line => line.StartsWith("Connection:", StringComparison.Ordinal) && line.EndsWith("close", StringComparison.Ordinal));
        if (status == 426) Assert.Contains("Sec-WebSocket-Version: 13", answer, StringComparison.Ordinal);
    }

    [Theory, Trait("Row", "WS-07")]
    [InlineData("GET /v1/realtime HTTP/1.0\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")]
    [InlineData("POST /v1/realtime HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("GET /v1/realtime HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n")]
    [InlineData("GET /v1/realtime HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n")]
    [InlineData("nonsense\r\n\r\n")]
    public async Task Requests_that_are_no_handshake_are_rejected_and_the_connection_ends(string request)
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = await RawClient.DialAsync(host.Address);

        var answer = await client.RequestAsync(request);

        Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 4", StringComparison.Ordinal), answer);
        Assert.Equal(1006, await client.ReadCloseAsync());
    }

    [Theory, Trait("Row", "AU-12")]
    [InlineData("token=demo/alice/3600")]
    [InlineData("x=1&Access_Token=demo/alice/3600")]
    public async Task A_token_in_the_address_is_rejected_and_not_logged(string query)
    {
        await using var host = await GatewayHost.StartAsync();
        using var client = await RawClient.DialAsync(host.Address);

        var answer = await client.RequestAsync(
            $"GET /v1/realtime?{query} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.DoesNotContain(host.LogLines, line => line.Contains("RealtimeGateway", StringComparison.Ordinal) && line.Contains("alice", StringComparison.Ordinal));
    }

    [Fact]
    public async Task More_connections_than_allowed_are_told_when_to_come_back_and_places_are_given_back()
    {
        await using var host = await GatewayHost.StartAsync(limits: limits => limits.Connections = 2);
        var first = await host.ConnectAsync("alice");
        using var second = await host.ConnectAsync("bob");
        using var third = await RawClient.DialAsync(host.Address);

        var answer = await third.ShakeHandsAsync(host.Address);

        Assert.StartsWith("HTTP/1.1 503 ", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nRetry-After: ", answer, StringComparison.Ordinal);
        first.Dispose();
        await GatewayHost.EventuallyAsync(() => host.Gateway.Admission.Connections == 1);
        using var fourth = await host.ConnectAsync("carol");
    }

    [Fact]
    public async Task An_address_has_only_so_many_connections_without_a_session()
    {
        await using var host = await GatewayHost.StartAsync(limits: limits => limits.UnauthenticatedPerAddress = 2);
        using var first = await host.ConnectAsync();
        using var second = await host.ConnectAsync();
        using var third = await RawClient.DialAsync(host.Address);

        Assert.StartsWith("HTTP/1.1 503 ", await third.ShakeHandsAsync(host.Address), StringComparison.Ordinal);

        await first.OpenAsync("alice");
        using var fourth = await host.ConnectAsync();
    }
}
