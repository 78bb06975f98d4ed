using System.Buffers;
using System.IO.Pipelines;

namespace Parley.Client.Testing.Transport;

/// <summary>Bytes between one who writes and one who reads.</summary>
internal sealed class InBetween
{
    private long _bytes;

    public bool IsEmpty => Volatile.Read(ref _bytes) <= 0;

    public void Add(long bytes) => Interlocked.Add(ref _bytes, bytes);
}

/// <summary>A writer whose bytes are counted.</summary>
internal sealed class CountedWriter(PipeWriter writer, InBetween between) : PipeWriter
{
    public override void Advance(int bytes)
    {
        between.Add(bytes);
        writer.Advance(bytes);
    }

    public override Memory<byte> GetMemory(int sizeHint = 0) => writer.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => writer.GetSpan(sizeHint);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => writer.FlushAsync(cancellationToken);

    public override bool CanGetUnflushedBytes => writer.CanGetUnflushedBytes;

    public override long UnflushedBytes => writer.UnflushedBytes;

    public override void CancelPendingFlush() => writer.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => writer.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => writer.CompleteAsync(exception);
}

/// <summary>A reader that takes bytes off the count once it is done with them.</summary>
internal sealed class CountedReader(PipeReader reader, InBetween between) : PipeReader
{
    private ReadOnlySequence<byte> _read;

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var result = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        _read = result.Buffer;
        return result;
    }

    public override bool TryRead(out ReadResult result)
    {
        if (!reader.TryRead(out result)) return false;
        _read = result.Buffer;
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        between.Add(-_read.Slice(_read.Start, consumed).Length);
        _read = default;
        reader.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => reader.CancelPendingRead();

    public override void Complete(Exception? exception = null) => reader.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => reader.CompleteAsync(exception);
}
