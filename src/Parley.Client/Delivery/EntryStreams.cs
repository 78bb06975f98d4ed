using System.Threading.Channels;

namespace Parley.Client;

/// <summary>The entries as asynchronous streams, each with its own unbounded buffer, so that a slow reader delays nobody.</summary>
internal sealed class EntryStreams
{
    private readonly Lock _gate = new();
    private readonly List<(ChannelWriter<LogEntry> Writer, Func<LogEntry, EntryOrigin, bool> Wants)> _writers = [];
    private bool _completed;

    /// <summary>A stream of what comes from now on. It can be enumerated once, and stops buffering when that ends.</summary>
    public IAsyncEnumerable<LogEntry> Open(Func<LogEntry, EntryOrigin, bool> wants, CancellationToken cancel)
    {
        var channel = Channel.CreateUnbounded<LogEntry>(new UnboundedChannelOptions { SingleReader = true });
        lock (_gate)
        {
            if (_completed) channel.Writer.TryComplete();
            else _writers.Add((channel.Writer, wants));
        }

        return EnumerateAsync(channel, cancel);
    }

    public void Write(LogEntry entry, EntryOrigin origin)
    {
        lock (_gate)
        {
            foreach (var (writer, wants) in _writers)
            {
                if (wants(entry, origin)) writer.TryWrite(entry);
            }
        }
    }

    public void Complete()
    {
        lock (_gate)
        {
            _completed = true;
            foreach (var (writer, _) in _writers) writer.TryComplete();
            _writers.Clear();
        }
    }

    private async IAsyncEnumerable<LogEntry> EnumerateAsync(
        Channel<LogEntry> channel, CancellationToken cancel, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken enumerating = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, enumerating);
        try
        {
            await foreach (var entry in channel.Reader.ReadAllAsync(either.Token).ConfigureAwait(false)) yield return entry;
        }
        finally
        {
            lock (_gate) _writers.RemoveAll(one => one.Writer == channel.Writer);
        }
    }
}
