using System.Collections.Concurrent;

namespace ViewModelConsole;

/// <summary>The main thread of a program with windows: it runs what is posted to it, one after the other.</summary>
internal sealed class MainLoop : SynchronizationContext
{
    private readonly BlockingCollection<(SendOrPostCallback Call, object? State)> _posted = [];

    /// <summary>Makes this thread a main thread until the work is done.</summary>
    public static void Run(Func<Task> work)
    {
        var loop = new MainLoop();
        SetSynchronizationContext(loop);
        var running = work();
        _ = running.ContinueWith(_ => loop._posted.CompleteAdding(), TaskScheduler.Default);
        foreach (var (call, state) in loop._posted.GetConsumingEnumerable()) call(state);
        running.GetAwaiter().GetResult();
    }

    public override void Post(SendOrPostCallback d, object? state) => _posted.Add((d, state));
}
