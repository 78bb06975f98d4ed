using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Parley.Client;

/// <summary>Tells values to those who enumerate, each at his own pace: one who is slow gets the newest, and not all that were between.</summary>
internal sealed class Watchers<T>
{
    private readonly Lock _gate = new();
    private readonly List<ChannelWriter<T>> _writers = [];
    private bool _isComplete;

    /// <summary>What is told from now on. It can be enumerated once.</summary>
    public IAsyncEnumerable<T> Open(CancellationToken cancel)
    {
        var channel = Channel.CreateBounded<T>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        lock (_gate)
        {
            if (_isComplete) channel.Writer.TryComplete();
            else _writers.Add(channel.Writer);
        }

        return EnumerateAsync(channel, cancel);
    }

    public void Tell(T value)
    {
        lock (_gate)
        {
            foreach (var writer in _writers) writer.TryWrite(value);
        }
    }

    public void Complete()
    {
        lock (_gate)
        {
            _isComplete = true;
            foreach (var writer in _writers) writer.TryComplete();
            _writers.Clear();
        }
    }

    private async IAsyncEnumerable<T> EnumerateAsync(Channel<T> channel, CancellationToken cancel, [EnumeratorCancellation] CancellationToken enumerating = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, enumerating);
        try
        {
            await foreach (var value in channel.Reader.ReadAllAsync(either.Token).ConfigureAwait(false)) yield return value;
        }
        finally
        {
            lock (_gate) _writers.Remove(channel.Writer);
        }
    }
}
