namespace Parley.Tests.Gateway;

/// <summary>Apart from the others because it takes its ten seconds.</summary>
public sealed class SlowHandshakeTests
{
    [Fact, Trait("Row", "WS-07")]
    public async Task A_handshake_that_drips_in_is_ended_after_ten_seconds()
    {
        await using var host = await GatewayHost.StartAsync();
        using var slow = await RawClient.DialAsync(host.Address);

        var answer = await slow.RequestAsync("GET /v1/realtime HTTP/1.1\r\nHost: x\r\nUpgra");

        Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
        Assert.Equal(1006, await slow.ReadCloseAsync());
    }
}
