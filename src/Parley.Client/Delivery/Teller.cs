using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Parley.Client;

/// <summary>Runs what calls the program, one at a time and in order: where it is handed over, or on the context that the program chose.</summary>
/// <remarks>What is handed over is not waited for when there is a context: a window that is busy, or gone, delays what is told, and never what the client knows.</remarks>
internal sealed partial class Teller(ParleyClientOptions options)
{
    /// <summary>So many in one turn; then the context may do something else.</summary>
    internal const int AtOnce = 64;

    private readonly ILogger _logger = (ILogger?)options.LoggerFactory?.CreateLogger<Teller>() ?? NullLogger.Instance;
    private readonly SynchronizationContext? _context = options.SynchronizationContext;
    private readonly Lock _gate = new();
    private readonly Queue<Action> _waiting = [];
    private readonly HashSet<TaskCompletionSource> _awaited = [];
    private bool _isPosted;
    private bool _isCalling;
    private bool _hasEnded;

    /// <summary>How many calls were handed over and have not returned; without a context none ever.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate) return _waiting.Count + (_isCalling ? 1 : 0);
        }
    }

    /// <summary>Runs it, after all that was handed over before. Called by one thread at a time.</summary>
    public void Tell(Action call)
    {
        if (_context is null)
        {
            call();
            return;
        }

        lock (_gate)
        {
            if (_hasEnded) return;
            _waiting.Enqueue(call);
            if (_isPosted) return;
            _isPosted = true;
        }

        Post();
    }

    /// <summary>Runs it as <see cref="Tell"/> does, and completes when it has run; also when nothing is run any more.</summary>
    public Task TellAsync(Action call)
    {
        if (_context is null)
        {
            call();
            return Task.CompletedTask;
        }

        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_hasEnded) return Task.CompletedTask;
            _awaited.Add(told);
        }

        Tell(() =>
        {
            try
            {
                call();
            }
            finally
            {
                lock (_gate) _awaited.Remove(told);
                told.TrySetResult();
            }
        });
        return told.Task;
    }

    /// <summary>What waits for the context is not run any more, and nobody waits for it.</summary>
    public void End()
    {
        TaskCompletionSource[] awaited;
        lock (_gate)
        {
            _hasEnded = true;
            _waiting.Clear();
            awaited = [.. _awaited];
            _awaited.Clear();
        }

        foreach (var told in awaited) told.TrySetResult();
    }

    private void Post()
    {
        try
        {
            _context!.Post(static teller => ((Teller)teller!).Run(), this);
        }
        catch (Exception error)
        {
            // A window that is gone takes nothing more. What was not told is not acknowledged either, so the next client is told.
            End();
            Log.ContextIsGone(_logger, error);
        }
    }

    private void Run()
    {
        for (var count = 0; count < AtOnce; count++)
        {
            if (Next() is not { } call) return;
            try
            {
                call();
            }
            catch (Exception error)
            {
                // A bug: what throws of the program's is caught where it is called. The rest is to be told all the same.
                Log.TellingFailed(_logger, error);
            }
        }

        Post();
    }

    private Action? Next()
    {
        lock (_gate)
        {
            _isCalling = _waiting.TryDequeue(out var call);
            if (call is not null) return call;
            _isPosted = false;
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(21, LogLevel.Error, "The synchronization context takes nothing more; no event is raised from now on.")]
        public static partial void ContextIsGone(ILogger logger, Exception error);

        [LoggerMessage(22, LogLevel.Error, "Telling the program failed.")]
        public static partial void TellingFailed(ILogger logger, Exception error);
    }
}
