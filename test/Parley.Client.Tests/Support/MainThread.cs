using System.Collections.Concurrent;

namespace Parley.Client.Tests.Support;

/// <summary>The main thread of a program with windows: what is posted to it runs there, one at a time. It can be busy, and it can be gone.</summary>
internal sealed class MainThread : SynchronizationContext, IDisposable
{
    private readonly BlockingCollection<(SendOrPostCallback Call, object? State)> _posted = [];
    private readonly ManualResetEventSlim _free = new(true);
    private readonly Thread _thread;
    private volatile bool _isGone;

    public MainThread()
    {
        _thread = new Thread(Run) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>What escaped to it.</summary>
    public ConcurrentQueue<Exception> Unhandled { get; } = [];

    public bool IsHere => Environment.CurrentManagedThreadId == _thread.ManagedThreadId;

    /// <summary>It takes what is posted, and runs nothing until it is free.</summary>
    public void Block() => _free.Reset();

    public void Free() => _free.Set();

    /// <summary>It takes nothing more.</summary>
    public void Close() => _isGone = true;

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (_isGone) throw new InvalidOperationException("The window is closed.");
        _posted.Add((d, state));
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("Nobody waits for the main thread.");

    /// <summary>Runs something there.</summary>
    public Task<T> RunAsync<T>(Func<T> run)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(_ => done.SetResult(run()), null);
        return done.Task;
    }

    public void Dispose()
    {
        _posted.CompleteAdding();
        _free.Set();
        _thread.Join();
        _posted.Dispose();
        _free.Dispose();
    }

    private void Run()
    {
        SetSynchronizationContext(this);
        foreach (var (call, state) in _posted.GetConsumingEnumerable())
        {
            _free.Wait();
            try
            {
                call(state);
            }
            catch (Exception error)
            {
                Unhandled.Enqueue(error);
            }
        }
    }
}
