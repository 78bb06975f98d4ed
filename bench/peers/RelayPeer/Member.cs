using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net.WebSockets;
using System.Text;
using System.Threading.Channels;

namespace Parley.Peers;

/// <summary>A connected user. A frame holds lines, <c>receiver text</c>; the receiver gets the text as a line, the sender a <c>+</c> and its first ten bytes.
/// A line to <c>=</c> joins the room that it names, which is then a receiver.</summary>
internal sealed class Member(WebSocket socket)
{
    private const int NumberLength = 10;
    private readonly Lock _lock = new();
    private readonly Channel<bool> _waiting = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private ArrayBufferWriter<byte> _pending = new();
    private ArrayBufferWriter<byte> _sending = new();

    public async Task RunAsync(ConcurrentDictionary<string, ImmutableArray<Member>> receivers, CancellationToken cancel)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var writing = WriteAsync(ended.Token);
        try
        {
            await ReadAsync(receivers, cancel);
        }
        catch (Exception failure) when (failure is WebSocketException or OperationCanceledException)
        {
            // Gone without a word, as clients go.
        }

        await ended.CancelAsync();
        await writing;
    }

    private async Task ReadAsync(ConcurrentDictionary<string, ImmutableArray<Member>> receivers, CancellationToken cancel)
    {
        var byName = receivers.GetAlternateLookup<ReadOnlySpan<char>>();
        var frame = new byte[64 * 1024];
        while (true)
        {
            var length = 0;
            ValueWebSocketReceiveResult part;
            do
            {
                part = await socket.ReceiveAsync(frame.AsMemory(length), cancel);
                if (part.MessageType == WebSocketMessageType.Close) return;
                length += part.Count;
                if (length == frame.Length) Array.Resize(ref frame, frame.Length * 2);
            }
            while (!part.EndOfMessage);

            PassOn(frame.AsSpan(0, length), byName);
        }
    }

    private void PassOn(ReadOnlySpan<byte> lines, ConcurrentDictionary<string, ImmutableArray<Member>>.AlternateLookup<ReadOnlySpan<char>> receivers)
    {
        Span<char> name = stackalloc char[128];
        foreach (var range in lines.Split((byte)'\n'))
        {
            var line = lines[range];
            var space = line.IndexOf((byte)' ');
            if (space < 0) continue;
            var receiver = name[..Encoding.ASCII.GetChars(line[..space], name)];
            var text = line[(space + 1)..];
            if (receiver is "=")
            {
                receivers.Dictionary.AddOrUpdate(Encoding.ASCII.GetString(text), [this], (_, members) => members.Add(this));
                Offer("="u8, default);
                continue;
            }

            if (receivers.TryGetValue(receiver, out var members))
            {
                foreach (var member in members) member.Offer(default, text);
            }

            Offer("+"u8, text[..NumberLength]);
        }
    }

    private void Offer(ReadOnlySpan<byte> mark, ReadOnlySpan<byte> text)
    {
        lock (_lock)
        {
            _pending.Write(mark);
            _pending.Write(text);
            _pending.Write("\n"u8);
        }

        _waiting.Writer.TryWrite(true);
    }

    /// <summary>Sends whatever waits as one frame.</summary>
    private async Task WriteAsync(CancellationToken cancel)
    {
        try
        {
            while (true)
            {
                await _waiting.Reader.ReadAsync(cancel);
                lock (_lock) (_pending, _sending) = (_sending, _pending);
                await socket.SendAsync(_sending.WrittenMemory, WebSocketMessageType.Text, WebSocketMessageFlags.EndOfMessage, cancel);
                _sending.ResetWrittenCount();
            }
        }
        catch (Exception failure) when (failure is WebSocketException or OperationCanceledException)
        {
            // The reader notices, too.
        }
    }
}
