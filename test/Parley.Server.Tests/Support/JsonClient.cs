using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Parley.Tests;

/// <summary>A well-behaved WebSocket that knows JSON and nothing of Parley. It reads only when asked, and its system keeps little for it meanwhile.</summary>
internal sealed class JsonClient : IAsyncDisposable
{
    private const int ReceiveBuffer = 16 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ClientWebSocket _socket = new();
    private readonly Queue<JsonNode> _messages = new();
    private readonly byte[] _buffer = new byte[512 * 1024];
    private HttpMessageInvoker? _http;

    private JsonClient()
    {
    }

    public static async Task<JsonClient> ConnectAsync(Uri address)
    {
        var client = new JsonClient
        {
            _http = new HttpMessageInvoker(new SocketsHttpHandler
            {
                ConnectCallback = async (context, cancel) =>
                {
                    var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = ReceiveBuffer };
                    await socket.ConnectAsync(context.DnsEndPoint, cancel);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            }),
        };
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        await client._socket.ConnectAsync(address, client._http, patience.Token);
        return client;
    }

    public async Task SendAsync(string frame)
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        await _socket.SendAsync(Encoding.UTF8.GetBytes(frame), WebSocketMessageType.Text, endOfMessage: true, patience.Token);
    }

    /// <summary>The next message: those of one frame come one by one. Null when the server closed.</summary>
    public async Task<JsonNode?> ReadAsync()
    {
        if (_messages.TryDequeue(out var waiting)) return waiting;
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        var length = 0;
        WebSocketReceiveResult received;
        do
        {
            received = await _socket.ReceiveAsync(new ArraySegment<byte>(_buffer, length, _buffer.Length - length), patience.Token);
            length += received.Count;
        }
        while (!received.EndOfMessage);

        if (received.MessageType == WebSocketMessageType.Close) return null;
        var json = JsonNode.Parse(_buffer.AsSpan(0, length))!;
        if (json is not JsonArray items) return json;
        foreach (var item in items) _messages.Enqueue(item!.DeepClone());
        return _messages.Dequeue();
    }

    /// <summary>Code and reason with which the server closed; the close must be the next thing that comes.</summary>
    public async Task<(int Code, string? Reason)> ReadCloseAsync()
    {
        if (await ReadAsync() is { } message) Assert.Fail($"expected the end of the connection, got {message.ToJsonString()}");
        return ((int)_socket.CloseStatus!.Value, _socket.CloseStatusDescription);
    }

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        try
        {
            if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", patience.Token);
        }
        catch (WebSocketException)
        {
            // The server was quicker.
        }

        _socket.Dispose();
        _http?.Dispose();
    }
}
