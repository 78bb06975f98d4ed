using Parley.Delivery;
using Parley.Gateway;

namespace Parley.Tests.Gateway;

public sealed class MeteredStreamTests : IDisposable
{
    private readonly SlowStream _inner = new();
    private readonly MeteredStream _stream;

    public MeteredStreamTests() => _stream = new MeteredStream(_inner, new FrameMeter(1_000, 16, new Rate(10, 20), new GatewayClock()));

    [Fact]
    public async Task Pings_go_between_the_frames_and_never_into_one()
    {
        byte[] frame = [0x81, 3, 1, 2, 3];
        for (var index = 0; index < 100; index++)
        {
            // Each begins while the one before is in progress; a ping that finds its turn taken gives way.
            Assert.True(_stream.TryPing(out var first));
            var second = _stream.WriteAsync(frame).AsTask();
            _stream.TryPing(out var third);
            await Task.WhenAll(first, second, third);
        }

        Assert.False(_inner.Overlapped);
        Assert.Equal(100, _inner.Frames.Count(written => written.SequenceEqual(frame)));
        Assert.InRange(_inner.Frames.Count(written => written is [0x89, 0]), 100, 200);
        Assert.Equal(_inner.Frames.Sum(written => written.Length), _stream.BytesWritten);
    }

    [Fact]
    public async Task Nothing_follows_a_close()
    {
        await _stream.WriteAsync(new byte[] { 0x81, 0 });
        await _stream.CloseAsync(CloseCode.Slow);
        await _stream.CloseAsync(CloseCode.Internal);
        await _stream.WriteAsync(new byte[] { 0x8A, 0 });
        _stream.TryPing(out var ping);
        await ping;

        Assert.Equal(2, _inner.Frames.Count);
        Assert.Equal([0x88, 6, 0x0F, 0xA8, .. "slow"u8], _inner.Frames[1]);
        Assert.Equal(4008, _stream.CloseSent);
    }

    [Fact]
    public async Task Only_writes_that_had_to_wait_count_as_taken_by_the_client()
    {
        _inner.IsSlow = false;
        await _stream.WriteAsync(new byte[] { 0x81, 0 });
        Assert.Equal((2, 0, 2), (_stream.BytesWritten, _stream.BytesDrained, _stream.Writes));

        _inner.Hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var writing = _stream.WriteAsync(new byte[] { 0x81, 1, 5 }).AsTask();
        Assert.Equal(3, _stream.Writes);
        Assert.False(_stream.TryPing(out _));
        _inner.Hold.SetResult();
        await writing;
        Assert.Equal((5, 3, 4), (_stream.BytesWritten, _stream.BytesDrained, _stream.Writes));
    }

    [Fact]
    public async Task A_ping_on_a_broken_connection_fails_nobody()
    {
        _inner.IsBroken = true;
        _stream.TryPing(out var ping);
        await ping;
        await Assert.ThrowsAsync<IOException>(() => _stream.WriteAsync(new byte[] { 0x81, 0 }).AsTask());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(139)]
    [InlineData(4_096)]
    [InlineData(10_000)]
    public async Task Bytes_come_whole_and_in_order_whatever_is_asked_for_and_read_ahead(int packet)
    {
        var sent = Enumerable.Range(0, 50).SelectMany(index => Frame(200 + index)).ToArray();
        _inner.Packet = packet;
        _inner.Feed(sent);

        var (random, read) = (new Random(packet), new List<byte>());
        var buffer = new byte[5_000];
        while (await _stream.ReadAsync(buffer.AsMemory(0, random.Next(4) switch { 0 => 2, 1 => 139, 2 => random.Next(1, 400), _ => buffer.Length })) is > 0 and var count)
            read.AddRange(buffer[..count]);

        Assert.Equal(sent, read);
        Assert.Equal(sent.Length, _stream.BytesRead);
    }

    [Fact]
    public async Task Frames_that_wait_together_are_read_together()
    {
        _inner.Feed([.. Enumerable.Range(0, 10).SelectMany(_ => Frame(200))]);
        var buffer = new byte[139];
        while (await _stream.ReadAsync(buffer) > 0)
        {
        }

        // The first, all the rest, and the end.
        Assert.Equal(3, _inner.Reads);
    }

    [Fact]
    public async Task What_comes_before_a_broken_rule_comes_although_both_were_read_ahead()
    {
        byte[] good = [.. Frame(300)], unmasked = [0x81, 3, 1, 2, 3];
        _inner.Feed([.. good, .. unmasked]);

        var (read, buffer) = (new List<byte>(), new byte[100]);
        async Task ReadAllAsync()
        {
            while (await _stream.ReadAsync(buffer) is > 0 and var count)
            {
                read.AddRange(buffer[..count]);
                if (read.Count <= good.Length) Assert.Null(_stream.Violation);
            }
        }

        await Assert.ThrowsAsync<IOException>(ReadAllAsync);
        Assert.Equal([.. good, 0x81], read);
        Assert.Equal(CloseCode.ProtocolError, _stream.Violation);
        await Assert.ThrowsAsync<IOException>(() => _stream.ReadAsync(buffer).AsTask());
    }

    [Fact]
    public async Task Nothing_is_read_into_where_nothing_waits()
    {
        _inner.Feed([.. Frame(50)]);
        var buffer = new byte[139];
        Assert.Equal(56, await _stream.ReadAsync(buffer));
        _inner.Feed([.. Frame(60)]);
        Assert.Equal(66, await _stream.ReadAsync(buffer));
        Assert.All(_inner.AskedFor, asked => Assert.Equal(139, asked));
    }

    public void Dispose()
    {
        _stream.Dispose();
        _inner.Dispose();
    }

    /// <summary>A masked frame of text.</summary>
    private static IEnumerable<byte> Frame(int length) =>
        [0x81, .. length < 126 ? new[] { (byte)(0x80 | length) } : [0xFE, (byte)(length >> 8), (byte)length], 0, 0, 0, 0, .. Enumerable.Range(0, length).Select(index => (byte)index)];

    /// <summary>Keeps what is written, takes its time, and notices a second write during the first.</summary>
    private sealed class SlowStream : MemoryStream
    {
        private readonly Queue<byte> _fed = [];
        private int _writing;

        /// <summary>As much as one read answers at most.</summary>
        public int Packet { get; set; } = int.MaxValue;

        /// <summary>How much each read asked for.</summary>
        public List<int> AskedFor { get; } = [];

        public int Reads => AskedFor.Count;

        public List<byte[]> Frames { get; } = [];

        public bool IsSlow { get; set; } = true;

        public TaskCompletionSource? Hold { get; set; }

        public bool IsBroken { get; set; }

        public bool Overlapped { get; private set; }

        public void Feed(byte[] bytes)
        {
            foreach (var value in bytes) _fed.Enqueue(value);
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            AskedFor.Add(buffer.Length);
            var count = Math.Min(Math.Min(buffer.Length, Packet), _fed.Count);
            for (var index = 0; index < count; index++) buffer.Span[index] = _fed.Dequeue();
            return new ValueTask<int>(count);
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (IsBroken) throw new IOException("broken");
            if (Interlocked.Exchange(ref _writing, 1) == 1) Overlapped = true;
            if (Hold is { } hold) await hold.Task;
            else if (IsSlow) await Task.Yield();
            Frames.Add(buffer.ToArray());
            Volatile.Write(ref _writing, 0);
        }
    }
}
