using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Parley.Tests.Gateway;

/// <summary>A WebSocket client that sends whatever it is told to, right or wrong.</summary>
internal sealed class RawClient : ITalker
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly TcpClient _tcp = new() { NoDelay = true };
    private readonly Queue<JsonElement> _messages = new();

    private RawClient()
    {
    }

    private NetworkStream Stream => _tcp.GetStream();

    /// <summary>What came while answers were awaited and was no answer to them, in order.</summary>
    public List<JsonElement> Notifications { get; } = [];

    public static async Task<RawClient> DialAsync(IPEndPoint server, int? receiveBuffer = null)
    {
        var client = new RawClient();
        if (receiveBuffer is { } size) client._tcp.ReceiveBufferSize = size;
        await client._tcp.ConnectAsync(server);
        return client;
    }

    /// <summary>Dials and shakes hands.</summary>
    public static async Task<RawClient> ConnectAsync(IPEndPoint server, int? receiveBuffer = null)
    {
        var client = await DialAsync(server, receiveBuffer);
        var answer = await client.ShakeHandsAsync(server);
        Assert.StartsWith("HTTP/1.1 101 ", answer, StringComparison.Ordinal);
        return client;
    }

    /// <summary>Sends the opening handshake and answers the head of the response.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="replace">Headers to send in place of the usual ones; null leaves one out.</param>
    public async Task<string> ShakeHandsAsync(IPEndPoint server, params (string Name, string? Value)[] replace)
    {
        var headers = new Dictionary<string, string?>
        {
            ["Host"] = server.ToString(),
            ["Connection"] = "Upgrade",
            ["Upgrade"] = "websocket",
            ["Sec-WebSocket-Version"] = "13",
            ["Sec-WebSocket-Key"] = "dGhlIHNhbXBsZSBub25jZQ==",
        };
        foreach (var (name, value) in replace) headers[name] = value;
        var lines = headers.Where(header => header.Value is not null).Select(header => $"{header.Key}: {header.Value}\r\n");
        return await RequestAsync($"GET /v1/realtime HTTP/1.1\r\n{string.Concat(lines)}\r\n");
    }

    /// <summary>Sends a request as it is and answers the head of the response; empty when the server hung up.</summary>
    public async Task<string> RequestAsync(string request)
    {
        await SendBytesAsync(Encoding.Latin1.GetBytes(request));
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            var next = await ReadAsync(1);
            if (next is null) break;
            head.Append((char)next[0]);
        }

        return head.ToString();
    }

    public Task SendBytesAsync(byte[] bytes) => Stream.WriteAsync(bytes).AsTask();

    public Task SendAsync(string json) => SendBytesAsync(Frame(0x81, Encoding.UTF8.GetBytes(json)));

    public Task SendRequestAsync(string id, string method, string parameters) =>
        SendAsync($$"""{"jsonrpc":"2.0","id":"{{id}}","method":"{{method}}","params":{{parameters}}}""");

    /// <summary>A masked frame with an honest length.</summary>
    /// <param name="first">The first byte: FIN, reserved bits, opcode.</param>
    /// <param name="payload">Before masking.</param>
    public static byte[] Frame(byte first, byte[] payload)
    {
        var header = Header(first, (ulong)payload.Length);
        var frame = new byte[header.Length + payload.Length];
        header.CopyTo(frame, 0);
        for (var index = 0; index < payload.Length; index++) frame[header.Length + index] = (byte)(payload[index] ^ header[^(4 - (index % 4))]);
        return frame;
    }

    /// <summary>The header of a masked frame, whatever the length says.</summary>
    public static byte[] Header(byte first, ulong length)
    {
        byte[] mask = [0x12, 0x34, 0x56, 0x78];
        if (length < 126) return [first, (byte)(0x80 | length), .. mask];
        var extended = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(extended, length);
        return length <= ushort.MaxValue ? [first, 0x80 | 126, .. extended[6..], .. mask] : [first, 0x80 | 127, .. extended, .. mask];
    }

    /// <summary>The next frame; null when the connection ended.</summary>
    public async Task<(byte First, byte[] Payload)?> ReadFrameAsync()
    {
        if (await ReadAsync(2) is not { } start) return null;
        long length = start[1];
        if (length == 126) length = BinaryPrimitives.ReadUInt16BigEndian(await ReadAsync(2));
        else if (length == 127) length = BinaryPrimitives.ReadInt64BigEndian(await ReadAsync(8));
        return (start[0], length == 0 ? [] : await ReadAsync((int)length) ?? throw new EndOfStreamException());
    }

    /// <summary>The next message: those of one frame come one by one. Pings are passed over.</summary>
    public async Task<JsonElement> ReadMessageAsync()
    {
        while (_messages.Count == 0)
        {
            var frame = await ReadFrameAsync() ?? throw new EndOfStreamException("the connection ended");
            if ((frame.First & 0x0F) is 9 or 10) continue;
            Assert.True((frame.First & 0x0F) == 1, $"a text frame, not {frame.First:x} {Convert.ToHexString(frame.Payload)}");
            var json = JsonSerializer.Deserialize<JsonElement>(frame.Payload);
            if (json.ValueKind == JsonValueKind.Array) foreach (var item in json.EnumerateArray()) _messages.Enqueue(item);
            else _messages.Enqueue(json);
        }

        return _messages.Dequeue();
    }

    /// <summary>Sends a request and answers its whole answer; what comes before that is kept in <see cref="Notifications"/>.</summary>
    public async Task<JsonElement> AskAsync(string method, string parameters, string id = "ask")
    {
        await SendRequestAsync(id, method, parameters);
        return await ReadAnswerAsync(id);
    }

    /// <summary>The answer to a request; what comes before it is kept in <see cref="Notifications"/>.</summary>
    public async Task<JsonElement> ReadAnswerAsync(string id)
    {
        while (true)
        {
            var message = await ReadMessageAsync();
            if (message.TryGetProperty("id", out var answered) && answered.ValueKind == JsonValueKind.String && answered.GetString() == id) return message;
            Notifications.Add(message);
        }
    }

    /// <summary>The error code of the next message, which is the answer to <paramref name="id"/>.</summary>
    public async Task<string> ReadRefusalAsync(string? id)
    {
        var message = await ReadMessageAsync();
        Assert.Equal(id, message.GetProperty("id").GetString());
        return message.GetProperty("error").GetProperty("data").GetProperty("code").GetString()!;
    }

    /// <summary>Passes over messages until the close frame, and answers its code; 1006 when there was none.</summary>
    public async Task<int> ReadCloseAsync()
    {
        try
        {
            while (await ReadFrameAsync() is { } frame)
            {
                if ((frame.First & 0x0F) == 8) return BinaryPrimitives.ReadUInt16BigEndian(frame.Payload);
            }
        }
        catch (IOException)
        {
            // Reset.
        }

        return 1006;
    }

    /// <summary>Opens a session of the test server, whose tokens say who they are of.</summary>
    public async Task<JsonElement> OpenAsync(string user, string device = "phone", string more = "", string id = "open")
    {
        await SendRequestAsync(id, "session.open", $$"""{"token":"demo/{{user}}/3600","device":"{{device}}"{{more}}}""");
        var answer = await ReadMessageAsync();
        Assert.Equal(id, answer.GetProperty("id").GetString());
        return answer;
    }

    public void Dispose() => _tcp.Dispose();

    private async Task<byte[]?> ReadAsync(int count)
    {
        var bytes = new byte[count];
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        var read = await Stream.ReadAtLeastAsync(bytes, count, throwOnEndOfStream: false, patience.Token);
        return read == count ? bytes : null;
    }
}
