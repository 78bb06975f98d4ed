using System.IO.Pipelines;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Parley.Gateway;

namespace Parley.Client.Testing.Transport;

/// <summary>One connection between a client and the server, and what goes wrong on it.</summary>
internal sealed class Wire : IDisposable
{
    private readonly Network _network;
    private readonly CancellationTokenSource _cut = new();
    private readonly Pipe _toServer = new(new PipeOptions(pauseWriterThreshold: 0));
    private readonly Pipe _fromServer = new();
    private readonly Pipe _toClient = new(new PipeOptions(pauseWriterThreshold: 0));
    private readonly InBetween _beforeServer = new();
    private readonly InBetween _afterServer = new();
    private readonly InBetween _beforeClient = new();
    private readonly PipeReader _heard;
    private readonly Line _up = new();
    private readonly Line _down = new();
    private readonly FrameReader _upward = new();
    private readonly FrameReader _downward = new();
    private readonly Talk _talk = new();
    private bool _isWebSocket;
    private int _pings;

    /// <param name="id">Its name in the server's log.</param>
    /// <param name="network">What it is a wire of.</param>
    /// <param name="faults">What goes wrong on it; null for nothing, ever.</param>
    public Wire(string id, Network network, Faults? faults)
    {
        (_network, Faults) = (network, faults);
        _heard = new CountedReader(_fromServer.Reader, _afterServer);
        var transport = new Ends(new CountedReader(_toServer.Reader, _beforeServer), new CountedWriter(_fromServer.Writer, _afterServer));
        Server = new MemoryConnection(id, transport, new Ends(_heard, _toServer.Writer), Cut);
        Client = new WireStream(_toClient.Reader, Sent, Left, read => _beforeClient.Add(-read));
    }

    public Faults? Faults { get; }

    public MemoryConnection Server { get; }

    public Stream Client { get; }

    /// <summary>Why it is not at rest; null when it is.</summary>
    public string? Why
    {
        get
        {
            if (_cut.IsCancellationRequested) return null;
            if (_up.IsMoving || _down.IsMoving || !_beforeServer.IsEmpty || !_afterServer.IsEmpty) return "bytes are on a wire";
            // Of an answer over HTTP somebody may read the rest when he likes.
            if (!_isWebSocket) return null;
            if (Volatile.Read(ref _pings) > 0) return "a ping has no answer";
            if (_talk.Unanswered > 0) return "a request has no answer";
            return _beforeClient.IsEmpty ? null : "a client has not read what came";
        }
    }

    public void Start() => _ = RunAsync();

    /// <summary>Ends it at once, for both sides. A second time it does nothing.</summary>
    public void Cut() => _cut.Cancel();

    public void Dispose()
    {
        _cut.Cancel();
        _cut.Dispose();
    }

    private async Task RunAsync()
    {
        await Task.WhenAll(PassAsync(_up, _toServer.Writer, _beforeServer, Up), PassAsync(_down, _toClient.Writer, _beforeClient, Down), HearServerAsync());
        _up.End();
        _network.Ended(this);
        // Whoever is left hears that it has ended.
        if (_cut.IsCancellationRequested) Server.Abort(new ConnectionAbortedException("The wire was cut."));
    }

    /// <summary>The client has written.</summary>
    private void Sent(ReadOnlySpan<byte> bytes)
    {
        foreach (var piece in _upward.Read(bytes, head => _isWebSocket = head.Contains("\nUpgrade: websocket\r", StringComparison.OrdinalIgnoreCase)))
        {
            if (!Put(_up, new Waiting(piece, Read(piece), DateTimeOffset.MinValue))) throw new IOException("The wire was cut.");
            if (piece.Control == Control.Pong) Volatile.Write(ref _pings, 0);
            // Whoever goes waits for the other side's goodbye, by a clock that may stand still.
            if (piece.Control == Control.Close && Faults?.Held is not null) Cut();
        }
    }

    /// <summary>The client closed its end.</summary>
    private void Left() => _up.End();

    private async Task HearServerAsync()
    {
        try
        {
            while (true)
            {
                var read = await _heard.ReadAsync(_cut.Token);
                foreach (var part in read.Buffer)
                {
                    foreach (var piece in _downward.Read(part.Span, head => head.StartsWith("HTTP/1.1 101", StringComparison.Ordinal)))
                    {
                        var delay = Faults?.Delay ?? TimeSpan.Zero;
                        Put(_down, new Waiting(piece, Read(piece), delay > TimeSpan.Zero ? _network.Clock.GetUtcNow() + delay : DateTimeOffset.MinValue));
                    }
                }

                _heard.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) break;
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or ConnectionAbortedException)
        {
            // One of the two is gone.
        }

        await _heard.CompleteAsync();
        _down.End();
    }

    /// <summary>Passes on what waits in one direction, one after the other, until it ends or the wire is cut.</summary>
    private async Task PassAsync(Line line, PipeWriter to, InBetween between, Func<Waiting, ReadOnlyMemory<byte>?> judge)
    {
        Exception? end = null;
        try
        {
            await foreach (var one in line.ReadAllAsync(_cut.Token))
            {
                await WaitAsync(line, one);
                if (judge(one) is { IsEmpty: false } bytes)
                {
                    between.Add(bytes.Length);
                    var written = await to.WriteAsync(bytes, _cut.Token);
                    if (written.IsCompleted) Cut();
                }

                line.Passed();
                if (one.Items is not null) _network.Moved();
            }
        }
        catch (OperationCanceledException)
        {
            end = new ConnectionResetException("The wire was cut.");
        }

        await to.CompleteAsync(end);
    }

    /// <summary>What has to wait is not moving meanwhile, nor is what stands behind it.</summary>
    private async Task WaitAsync(Line line, Waiting one)
    {
        if (Faults is null) return;
        var left = one.Due == DateTimeOffset.MinValue ? TimeSpan.Zero : one.Due - _network.Clock.GetUtcNow();
        if (left <= TimeSpan.Zero && Faults.Held is null) return;
        try
        {
            line.IsHeld = true;
            if (left > TimeSpan.Zero) await Task.Delay(left, _network.Clock, _cut.Token);
            while (Faults.Held is { } held) await held.WaitAsync(_cut.Token);
        }
        finally
        {
            line.IsHeld = false;
        }
    }

    private ReadOnlyMemory<byte>? Up(Waiting one)
    {
        if (one.Items is not { } items) return one.Piece.Bytes;
        var left = new List<Item>(items.Count);
        foreach (var item in items)
        {
            if (Faults?.CutsRequest(item.Method) == true)
            {
                Cut();
                return null;
            }

            if (Faults?.Refusal(item.Method) is { } refusal)
            {
                var answer = Answers.Error(item.Id is { } id ? System.Text.Encoding.UTF8.GetBytes(id) : null, refusal);
                Put(_down, new Waiting(new Piece(FrameReader.Frame(answer.Span, Direction.Down), null), null, DateTimeOffset.MinValue));
                continue;
            }

            _talk.Asked(item);
            left.Add(item);
        }

        return Rest(one, left, Direction.Up);
    }

    private ReadOnlyMemory<byte>? Down(Waiting one)
    {
        if (one.Piece.Control == Control.Ping) Interlocked.Increment(ref _pings);
        if (one.Items is not { } items) return one.Piece.Bytes;
        var left = new List<Item>(items.Count);
        foreach (var item in items)
        {
            if (item.IsAnswer && Faults?.CutsAnswer(item.Method) == true)
            {
                Cut();
                return null;
            }

            if (item.IsPush && Faults?.TakesPush() == true) continue;
            left.Add(item);
            if (item.IsPush && Faults?.CopiesPush() == true) left.Add(item);
        }

        return Rest(one, left, Direction.Down);
    }

    private static ReadOnlyMemory<byte>? Rest(Waiting one, List<Item> left, Direction direction)
    {
        if (left.Count == one.Items!.Count && left.SequenceEqual(one.Items)) return one.Piece.Bytes;
        return left.Count == 0 ? null : FrameReader.Frame(Talk.Write(left), direction);
    }

    private IReadOnlyList<Item>? Read(Piece piece) => piece.Text is { } text ? _talk.Read(text) : null;

    private bool Put(Line line, Waiting one)
    {
        if (one.Items is not null) _network.Moved();
        return line.TryPut(one);
    }

    /// <summary>A piece on its way.</summary>
    private readonly record struct Waiting(Piece Piece, IReadOnlyList<Item>? Items, DateTimeOffset Due);

    /// <summary>What waits in one direction.</summary>
    private sealed class Line
    {
        private readonly Channel<Waiting> _waiting = Channel.CreateUnbounded<Waiting>();
        private int _count;

        /// <summary>Whether what is first waits for the clock, or for the test.</summary>
        public volatile bool IsHeld;

        public bool IsMoving => Volatile.Read(ref _count) > 0 && !IsHeld;

        public bool TryPut(Waiting one)
        {
            Interlocked.Increment(ref _count);
            if (_waiting.Writer.TryWrite(one)) return true;
            Interlocked.Decrement(ref _count);
            return false;
        }

        public IAsyncEnumerable<Waiting> ReadAllAsync(CancellationToken cancel) => _waiting.Reader.ReadAllAsync(cancel);

        public void Passed() => Interlocked.Decrement(ref _count);

        public void End() => _waiting.Writer.TryComplete();
    }
}
