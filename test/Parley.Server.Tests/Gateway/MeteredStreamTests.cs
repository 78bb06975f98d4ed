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
            var first = _stream.PingAsync();
            var second = _stream.WriteAsync(frame).AsTask();
            var third = _stream.PingAsync();
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
        await _stream.PingAsync();

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
        _inner.Hold.SetResult();
        await writing;
        Assert.Equal((5, 3, 4), (_stream.BytesWritten, _stream.BytesDrained, _stream.Writes));
    }

    [Fact]
    public async Task A_ping_on_a_broken_connection_fails_nobody()
    {
        _inner.IsBroken = true;
        await _stream.PingAsync();
        await Assert.ThrowsAsync<IOException>(() => _stream.WriteAsync(new byte[] { 0x81, 0 }).AsTask());
    }

    public void Dispose()
    {
        _stream.Dispose();
        _inner.Dispose();
    }

    /// <summary>Keeps what is written, takes its time, and notices a second write during the first.</summary>
    private sealed class SlowStream : MemoryStream
    {
        private int _writing;

        public List<byte[]> Frames { get; } = [];

        public bool IsSlow { get; set; } = true;

        public TaskCompletionSource? Hold { get; set; }

        public bool IsBroken { get; set; }

        public bool Overlapped { get; private set; }

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
