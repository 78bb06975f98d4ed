using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Parley.Bench;

/// <summary>A blocking TCP connection with its bytes gathered on both sides, for protocols without WebSocket. For one thread at a time.</summary>
internal sealed class ByteStream : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private byte[] _in;
    private int _start;
    private int _end;
    private byte[] _out;
    private int _outEnd;

    /// <param name="server">Where the server listens.</param>
    /// <param name="buffer">Bytes to begin with for each direction; they grow when more is needed.</param>
    public ByteStream(EndPoint server, int buffer)
    {
        (_in, _out) = (new byte[buffer], new byte[buffer]);
        Socket.Connect(server);
        Socket.ReceiveTimeout = (int)Patience.TotalMilliseconds;
    }

    public Socket Socket { get; } = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    /// <summary>What was read and not yet taken.</summary>
    public ReadOnlySpan<byte> Unread => _in.AsSpan(_start.._end);

    /// <summary>Takes the first bytes of <see cref="Unread"/>.</summary>
    public void Take(int count) => _start += count;

    /// <summary>Where the next bytes to send are written; <see cref="Wrote"/> says how many they were.</summary>
    public Span<byte> Room(int needed)
    {
        if (_out.Length < _outEnd + needed) Array.Resize(ref _out, Math.Max(_out.Length * 2, _outEnd + needed));
        return _out.AsSpan(_outEnd, needed);
    }

    public void Wrote(int count) => _outEnd += count;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        Wrote(bytes.Length);
    }

    public void Write(string text) => Write(Encoding.UTF8.GetBytes(text));

    /// <summary>Sends what was written, if anything was.</summary>
    public void Send()
    {
        for (var rest = _out.AsSpan(0, _outEnd); rest.Length > 0;) rest = rest[Socket.Send(rest)..];
        _outEnd = 0;
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

        var count = Socket.Receive(_in.AsSpan(_end), SocketFlags.None);
        if (count == 0) throw new BenchException($"The server closed a connection: {Encoding.UTF8.GetString(Unread)}");
        _end += count;
    }

    public void Dispose() => Socket.Dispose();
}
