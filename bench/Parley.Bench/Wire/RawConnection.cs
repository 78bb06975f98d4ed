using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Parley.Bench;

/// <summary>A client WebSocket on a blocking socket, with as little as RFC 6455 allows between the bytes and the caller. For one thread at a time.</summary>
internal sealed class RawConnection : IDisposable
{
    private const int HeaderRoom = 14;
    private const byte FinalText = 0x81;
    private const byte FinalClose = 0x88;
    private const byte FinalPing = 0x89;
    private const byte FinalPong = 0x8A;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] _in;
    private int _start;
    private int _end;
    private byte[] _out;
    private int _outEnd;
    private uint _mask = (uint)Random.Shared.Next();

    /// <param name="server">Where the server listens.</param>
    /// <param name="buffer">Bytes to begin with for each direction; they grow when a frame needs more.</param>
    /// <param name="from">The address to come from; null for whichever the system takes.</param>
    /// <param name="receiveBuffer">How much the system keeps of what was not read; null for as much as it likes.</param>
    /// <param name="path">Where on the server, with its query.</param>
    public RawConnection(EndPoint server, int buffer, IPAddress? from = null, int? receiveBuffer = null, string path = "/v1/realtime")
    {
        (_in, _out) = (new byte[buffer], new byte[buffer]);
        if (receiveBuffer is { } bytes) _socket.ReceiveBufferSize = bytes;
        if (from is not null) _socket.Bind(new IPEndPoint(from, 0));
        _socket.Connect(server);
        var key = Convert.ToBase64String(Guid.NewGuid().ToByteArray());
        _socket.Send(Encoding.ASCII.GetBytes(
            $"GET {path} HTTP/1.1\r\nHost: {server}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
            $"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"));
    }

    public Socket Socket => _socket;

    /// <summary>Where a frame's next bytes are written; <see cref="Wrote"/> says how many they were.</summary>
    public Span<byte> Room(int needed)
    {
        if (_outEnd == 0) _outEnd = HeaderRoom;
        if (_out.Length < _outEnd + needed) Array.Resize(ref _out, Math.Max(_out.Length * 2, _outEnd + needed));
        return _out.AsSpan(_outEnd, needed);
    }

    public void Wrote(int count) => _outEnd += count;

    /// <summary>Sends what was written, but for the first <paramref name="skip"/> bytes, as one text frame.</summary>
    public void SendFrame(int skip = 0)
    {
        Send(FinalText, HeaderRoom + skip);
        _outEnd = 0;
    }

    public void SendText(ReadOnlySpan<byte> text)
    {
        text.CopyTo(Room(text.Length));
        Wrote(text.Length);
        SendFrame();
    }

    /// <summary>Sends a request whose answer <see cref="Answer"/> waits for.</summary>
    public void Request<T>(int id, string method, T parameters, JsonTypeInfo<T> type) => SendText(RequestText(id, method, parameters, type));

    /// <summary>A request as <see cref="SendText"/> takes it.</summary>
    public static byte[] RequestText<T>(int id, string method, T parameters, JsonTypeInfo<T> type) => Encoding.UTF8.GetBytes(
        $$"""{"jsonrpc":"2.0","id":{{id}},"method":"{{method}}","params":{{JsonSerializer.Serialize(parameters, type)}}}""");

    /// <summary>Waits for the server's agreement to speak WebSocket.</summary>
    public void FinishUpgrade()
    {
        while (!TryFinishUpgrade()) Fill();
    }

    /// <summary>Whether the server has agreed to speak WebSocket: from then on there are frames.</summary>
    public bool IsUpgraded { get; private set; }

    /// <summary>Takes the server's agreement, if all of it has been read.</summary>
    public bool TryFinishUpgrade()
    {
        var length = _in.AsSpan(_start, _end - _start).IndexOf("\r\n\r\n"u8);
        if (length < 0) return false;
        var head = Encoding.ASCII.GetString(_in, _start, length);
        _start += length + 4;
        if (!head.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal)) throw new BenchException($"The server refused the connection: {head.Split('\r')[0]}");
        return IsUpgraded = true;
    }

    /// <summary>Waits for the answer to request <paramref name="id"/>, passing over whatever else comes.</summary>
    public JsonElement Answer(int id)
    {
        var answer = AnswerOrRefusal(id);
        return answer.TryGetProperty("result", out var result) ? result : throw Refused(answer);
    }

    private JsonElement AnswerOrRefusal(int id)
    {
        while (true)
        {
            while (TryReadFrame(out var frame))
            {
                if (Find(frame, id) is { } answer) return answer;
            }

            Fill();
        }
    }

    private static BenchException Refused(JsonElement answer) => new($"The server refused a request: {answer}");

    /// <summary>Asks and waits for the answer; what is refused for the moment is asked again when its time has come.</summary>
    public JsonElement Ask<T>(string method, T parameters, JsonTypeInfo<T> type)
    {
        const int Id = 2;
        while (true)
        {
            Request(Id, method, parameters, type);
            var answer = AnswerOrRefusal(Id);
            if (answer.TryGetProperty("result", out var result)) return result;
            if (!answer.GetProperty("error").GetProperty("data").TryGetProperty("retryAfterMs", out var wait)) throw Refused(answer);
            Thread.Sleep(TimeSpan.FromMilliseconds(wait.GetDouble()));
        }
    }

    /// <summary>Reads what has arrived; blocks when nothing has.</summary>
    public void Fill()
    {
        if (_start == _end) _start = _end = 0;
        else if (_end == _in.Length)
        {
            if (_start == 0) Array.Resize(ref _in, _in.Length * 2);
            _in.AsSpan(_start, _end - _start).CopyTo(_in);
            (_start, _end) = (0, _end - _start);
        }

        var count = _socket.Receive(_in.AsSpan(_end), SocketFlags.None);
        if (count == 0) throw new BenchException("The server closed a connection.");
        _end += count;
    }

    /// <summary>Takes a whole text frame out of what was read; pings are answered on the way.</summary>
    /// <param name="frame">Valid until the next call.</param>
    public bool TryReadFrame(out ReadOnlySpan<byte> frame)
    {
        frame = default;
        while (true)
        {
            var have = _in.AsSpan(_start, _end - _start);
            if (have.Length < 2) return false;
            int length = have[1];
            var header = 2;
            if (length == 126)
            {
                if (have.Length < 4) return false;
                (length, header) = (BinaryPrimitives.ReadUInt16BigEndian(have[2..]), 4);
            }
            else if (length == 127)
            {
                if (have.Length < 10) return false;
                (length, header) = (checked((int)BinaryPrimitives.ReadUInt64BigEndian(have[2..])), 10);
            }

            if (have.Length < header + length) return false;
            var kind = have[0];
            frame = have.Slice(header, length);
            _start += header + length;
            switch (kind)
            {
                case FinalText: return true;
                case FinalPing: Pong(frame); break;
                case FinalPong: break;
                case FinalClose: throw new BenchException($"The server closed a connection: {CloseReason(frame)}");
                default: throw new BenchException($"A frame of a kind that the generator does not read: 0x{kind:x2}.");
            }
        }
    }

    /// <summary>Closes without a word, as a phone does that lost its network.</summary>
    public void Dispose() => _socket.Dispose();

    private static string CloseReason(ReadOnlySpan<byte> frame) =>
        frame.Length < 2 ? "no code" : $"{BinaryPrimitives.ReadUInt16BigEndian(frame)} {Encoding.UTF8.GetString(frame[2..])}";

    private static JsonElement? Find(ReadOnlySpan<byte> frame, int id)
    {
        var parsed = JsonElement.Parse(frame);
        foreach (var item in parsed.ValueKind == JsonValueKind.Array ? [.. parsed.EnumerateArray()] : new[] { parsed })
        {
            if (!item.TryGetProperty("id", out var answered) || answered.ValueKind != JsonValueKind.Number || answered.GetInt32() != id) continue;
            return item;
        }

        return null;
    }

    private void Pong(ReadOnlySpan<byte> payload)
    {
        var (held, heldEnd) = (_out, _outEnd);
        (_out, _outEnd) = (new byte[HeaderRoom + payload.Length], HeaderRoom + payload.Length);
        payload.CopyTo(_out.AsSpan(HeaderRoom));
        Send(FinalPong, HeaderRoom);
        (_out, _outEnd) = (held, heldEnd);
    }

    /// <summary>Sends the payload that begins at <paramref name="from"/>, with its header put in front of it.</summary>
    private void Send(byte kind, int from)
    {
        var payload = _out.AsSpan(from.._outEnd);
        Mask(payload, _mask);
        var length = payload.Length;
        var start = from - (length < 126 ? 6 : length <= ushort.MaxValue ? 8 : 14);
        var header = _out.AsSpan(start);
        header[0] = kind;
        header[1] = (byte)(0x80 | (length < 126 ? length : length <= ushort.MaxValue ? 126 : 127));
        if (length > ushort.MaxValue) BinaryPrimitives.WriteUInt64BigEndian(header[2..], (ulong)length);
        else if (length >= 126) BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)length);
        MemoryMarshal.Write(_out.AsSpan(from - 4), _mask);
        for (var rest = _out.AsSpan(start.._outEnd); rest.Length > 0;) rest = rest[_socket.Send(rest)..];
        _mask = _mask * 1_664_525 + 1_013_904_223;
    }

    private static void Mask(Span<byte> payload, uint mask)
    {
        var words = MemoryMarshal.Cast<byte, Vector<byte>>(payload);
        var wide = Vector.AsVectorByte(new Vector<uint>(mask));
        foreach (ref var word in words) word ^= wide;
        Span<byte> key = stackalloc byte[4];
        MemoryMarshal.Write(key, mask);
        for (var i = words.Length * Vector<byte>.Count; i < payload.Length; i++) payload[i] ^= key[i & 3];
    }
}
