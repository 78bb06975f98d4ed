using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Parley.Hosting;

namespace Parley.Tests.Gateway;

/// <summary>A host that embeds Parley may offer HTTP/2, where a WebSocket is a stream opened by an extended CONNECT (RFC 8441).</summary>
public sealed class Http2Tests
{
    [Fact]
    public async Task Two_sockets_on_one_connection_are_two_sessions_and_the_end_of_one_leaves_the_other()
    {
        await using var host = await GatewayHost.StartAsync(protocols: HttpProtocols.Http2);
        using var connection = new HttpMessageInvoker(new SocketsHttpHandler());
        using var alice = await ConnectAsync(host, connection);
        using var bob = await ConnectAsync(host, connection);
        foreach (var (socket, user) in new[] { (alice, "alice"), (bob, "bob") })
        {
            await SendAsync(socket, $$$"""{"jsonrpc":"2.0","id":"1","method":"session.open","params":{"token":"demo/{{{user}}}/3600","device":"phone"}}""");
            Assert.Contains($"\"user\":\"{user}\"", await ReceiveAsync(socket), StringComparison.Ordinal);
        }

        await SendAsync(alice, $$$"""{"jsonrpc":"2.0","id":"2","method":"message.send","params":{{{GatewayHost.Message(Guid.NewGuid(), new string('x', 8_000))}}}}""");
        Assert.Contains("\"id\":\"2\"", await ReceiveAsync(alice), StringComparison.Ordinal);
        Assert.Contains("\"method\":\"entry\"", await ReceiveAsync(bob), StringComparison.Ordinal);

        alice.Abort();
        await GatewayHost.EventuallyAsync(() => host.Gateway.Admission.Connections == 1);
        await SendAsync(bob, $$$"""{"jsonrpc":"2.0","id":"3","method":"conversation.get","params":{"conversation":"{{{Guid.NewGuid()}}}"}}""");
        Assert.Contains("\"id\":\"3\"", await ReceiveAsync(bob), StringComparison.Ordinal);
        await bob.CloseAsync(WebSocketCloseStatus.NormalClosure, null, TestContext.Current.CancellationToken);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, bob.CloseStatus);
    }

    [Fact]
    public async Task A_socket_that_opens_no_session_is_closed_and_its_connection_goes_on()
    {
        await using var host = await GatewayHost.StartAsync(protocols: HttpProtocols.Http2);
        using var connection = new HttpMessageInvoker(new SocketsHttpHandler());
        using var silent = await ConnectAsync(host, connection);
        host.Clock.Advance(TimeSpan.FromSeconds(5));

        await ReceiveAsync(silent);
        Assert.Equal(4401, (int?)silent.CloseStatus);
        using var next = await ConnectAsync(host, connection);
        Assert.Equal(WebSocketState.Open, next.State);
    }

    [Fact]
    public async Task A_socket_is_not_held_to_the_length_of_a_requests_body()
    {
        await using var host = await GatewayHost.StartAsync(protocols: HttpProtocols.Http2);
        using var connection = new HttpMessageInvoker(new SocketsHttpHandler());
        using var socket = await ConnectAsync(host, connection);
        await SendAsync(socket, """{"jsonrpc":"2.0","id":"1","method":"session.open","params":{"token":"demo/alice/3600","device":"phone"}}""");
        await ReceiveAsync(socket);

        for (var sent = 0; sent <= new HttpOptions().MaxBodyBytes; sent += 100_000)
        {
            host.Clock.Advance(TimeSpan.FromSeconds(2));
            await SendAsync(socket, $$$"""{"jsonrpc":"2.0","id":"{{{sent}}}","method":"conversation.get","params":{"x":"{{{new string('x', 100_000)}}}"}}""");
            Assert.Contains($"\"id\":\"{sent}\"", await ReceiveAsync(socket), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_is_broken_in_a_frame_is_closed_as_over_http1()
    {
        await using var host = await GatewayHost.StartAsync(protocols: HttpProtocols.Http2);
        using var connection = new HttpMessageInvoker(new SocketsHttpHandler());
        using var socket = await ConnectAsync(host, connection);

        await socket.SendAsync(new byte[129 * 1024], WebSocketMessageType.Text, endOfMessage: true, TestContext.Current.CancellationToken);

        await ReceiveAsync(socket);
        Assert.Equal(WebSocketCloseStatus.MessageTooBig, socket.CloseStatus);
    }

    [Theory]
    [InlineData("http://evil.example", "", HttpStatusCode.Forbidden)]
    [InlineData("", "?token=x", HttpStatusCode.BadRequest)]
    public async Task A_handshake_that_is_not_taken_is_answered_with_its_status(string origin, string query, HttpStatusCode status)
    {
        await using var host = await GatewayHost.StartAsync(protocols: HttpProtocols.Http2);
        using var connection = new HttpMessageInvoker(new SocketsHttpHandler());
        using var socket = New();
        if (origin.Length > 0) socket.Options.SetRequestHeader("Origin", origin);
        var address = new Uri($"ws://{host.Address}/v1/realtime{query}");

        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(address, connection, TestContext.Current.CancellationToken));

        Assert.Equal(status, socket.HttpStatusCode);
        Assert.Equal(0, host.Gateway.Admission.Connections);
    }

    private static async Task<ClientWebSocket> ConnectAsync(GatewayHost host, HttpMessageInvoker connection)
    {
        var socket = New();
        await socket.ConnectAsync(new Uri($"ws://{host.Address}/v1/realtime"), connection, TestContext.Current.CancellationToken);
        return socket;
    }

    private static ClientWebSocket New()
    {
        var socket = new ClientWebSocket();
        (socket.Options.HttpVersion, socket.Options.HttpVersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
        socket.Options.CollectHttpResponseDetails = true;
        return socket;
    }

    private static Task SendAsync(ClientWebSocket socket, string text) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, TestContext.Current.CancellationToken);

    private static async Task<string> ReceiveAsync(ClientWebSocket socket)
    {
        var buffer = new byte[64 * 1024];
        var length = 0;
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(length), TestContext.Current.CancellationToken);
            length += received.Count;
            if (received.EndOfMessage) return Encoding.UTF8.GetString(buffer, 0, length);
        }
    }
}
