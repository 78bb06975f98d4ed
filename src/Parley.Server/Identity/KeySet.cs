using Microsoft.Extensions.Logging;
using Parley.Egress;

namespace Parley.Identity;

/// <summary>The keys that an app's identity provider publishes, fetched again and again.</summary>
/// <remarks>
/// One loop fetches: at the start, every <see cref="KeySetsOptions.RefreshEvery"/>, soon again while that fails, and when a token names a key
/// that is not there, which counts once in <see cref="AskEvery"/>. Keys that were fetched stay in use while fetching fails, for
/// <see cref="KeySetsOptions.KeepFor"/>; a set that was fetched replaces the one before as a whole.
/// </remarks>
internal sealed partial class KeySet : IAsyncDisposable
{
    /// <summary>How often tokens can make the set be fetched. Anybody can name a key that does not exist.</summary>
    public static readonly TimeSpan AskEvery = TimeSpan.FromMinutes(1);

    /// <summary>How long a token waits for a fetch. Shorter than clients wait for their session.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>When whoever could not be verified should ask again.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(1);

    private static readonly IReadOnlyList<SigningKey> None = [];

    private readonly string _app;
    private readonly Func<CancellationToken, Task<byte[]>> _read;
    private readonly KeySetsOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly Action<KeySetFetch> _counted;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private Fetched? _fetched;
    private Task _running = Task.CompletedTask;
    private TaskCompletionSource _ended = NewSource();
    private TaskCompletionSource _asked = NewSource();
    private long? _askedAt;
    private bool _underWay = true;
    private bool _reachable;

    /// <param name="app">Whose keys they are.</param>
    /// <param name="read">Answers what is published now; fails with <see cref="EgressException"/>.</param>
    /// <param name="options">How often.</param>
    /// <param name="clock">Says when.</param>
    /// <param name="log">Hears of failures.</param>
    /// <param name="counted">Hears of each fetch.</param>
    public KeySet(
        string app, Func<CancellationToken, Task<byte[]>> read, KeySetsOptions options, TimeProvider clock, ILogger log, Action<KeySetFetch> counted) =>
        (_app, _read, _options, _clock, _log, _counted) = (app, read, options, clock, log, counted);

    /// <summary>The keys; none before the first were fetched, or when the last are too old.</summary>
    public IReadOnlyList<SigningKey> Keys => Volatile.Read(ref _fetched) is { } fetched && Age <= _options.KeepFor ? fetched.Keys : None;

    /// <summary>How long ago the keys were fetched; null when they never were.</summary>
    public TimeSpan? Age => Volatile.Read(ref _fetched) is { } fetched ? _clock.GetElapsedTime(fetched.At) : null;

    /// <summary>Begins to fetch, and returns at once: a server starts whether or not its users' provider can be reached.</summary>
    public void Start() => _running = Task.Run(RunAsync);

    /// <summary>
    /// Asked because a token's key is not in <see cref="Keys"/>: fetches them, or waits for the fetch under way, unless that was done within
    /// <see cref="AskEvery"/>. True when the keys are now as the provider publishes them; false when that cannot be known at the moment.
    /// </summary>
    /// <param name="seen">What <see cref="Keys"/> was when the token was compared with it: where others were fetched meanwhile, none are fetched for it.</param>
    /// <param name="cancel">Ends the waiting.</param>
    public async ValueTask<bool> IsUpToDateAsync(IReadOnlyList<SigningKey> seen, CancellationToken cancel)
    {
        Task ended;
        lock (_gate)
        {
            if (!_underWay)
            {
                if (!ReferenceEquals(Keys, seen)) return true;
                // While fetching fails, the loop asks again by itself, and more often than this may.
                if (!_reachable) return false;
                if (_askedAt is { } at && _clock.GetElapsedTime(at) < AskEvery) return true;
                _askedAt = _clock.GetTimestamp();
                _underWay = true;
                _asked.TrySetResult();
            }

            ended = _ended.Task;
        }

        try
        {
            await ended.WaitAsync(Patience, _clock, cancel);
        }
        catch (TimeoutException)
        {
            return false;
        }

        lock (_gate) return _reachable;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        var failures = 0;
        while (true)
        {
            var keys = await FetchAsync();
            failures = keys is null ? failures + 1 : 0;
            TaskCompletionSource ended;
            Task asked;
            lock (_gate)
            {
                if (keys is not null) Volatile.Write(ref _fetched, new Fetched(keys, _clock.GetTimestamp()));
                (_reachable, _underWay) = (keys is not null, false);
                ended = _ended;
                (_ended, _asked) = (NewSource(), NewSource());
                asked = _asked.Task;
            }

            ended.SetResult();
            if (_stop.IsCancellationRequested) return;
            await PauseAsync(asked, failures == 0 ? _options.RefreshEvery : RetryIn(failures));
            lock (_gate) _underWay = true;
        }
    }

    /// <summary>The keys as they are published now; null, and logged, when they could not be had. Does not fail.</summary>
    private async Task<IReadOnlyList<SigningKey>?> FetchAsync()
    {
        string problem;
        try
        {
            if (Jwks.Read(await _read(_stop.Token), out problem) is { } set)
            {
                _counted(new KeySetFetch(_app, "fetched"));
                Log.Fetched(_log, _app, set.Keys.Count);
                foreach (var fault in set.Faults) Log.Unusable(_log, _app, fault);
                return set.Keys;
            }
        }
        catch (EgressException failure)
        {
            problem = failure.Message;
        }
        catch (Exception failure)
        {
            if (_stop.IsCancellationRequested) return null;
            // A bug, most likely; but without the loop no key would ever be fetched again.
            Log.Broken(_log, failure, _app);
            problem = "failed";
        }

        _counted(new KeySetFetch(_app, "failed"));
        if (Age is { } age) Log.Failed(_log, _app, problem, age.TotalSeconds, _options.KeepFor.TotalSeconds);
        else Log.NeverFetched(_log, _app, problem);
        return null;
    }

    private TimeSpan RetryIn(int failures)
    {
        var wait = FirstRetry * Math.Pow(2, Math.Min(failures, 10) - 1);
        var longest = _options.RefreshEvery < LongestRetry ? _options.RefreshEvery : LongestRetry;
        return wait < longest ? wait : longest;
    }

    private async Task PauseAsync(Task asked, TimeSpan wait)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        await Task.WhenAny(asked, Task.Delay(wait, _clock, over.Token));
        await over.CancelAsync();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed record Fetched(IReadOnlyList<SigningKey> Keys, long At);

    private static partial class Log
    {
        [LoggerMessage(11, LogLevel.Debug, "The key set of app {App} was fetched: {Keys} keys")]
        public static partial void Fetched(ILogger log, string app, int keys);

        [LoggerMessage(12, LogLevel.Warning, "The key set of app {App} has a key that cannot be used: key {Fault}")]
        public static partial void Unusable(ILogger log, string app, string fault);

        [LoggerMessage(13, LogLevel.Warning, "The key set of app {App} {Problem}; the keys of {Age:0} s ago are used until they are {KeepFor:0} s old")]
        public static partial void Failed(ILogger log, string app, string problem, double age, double keepFor);

        [LoggerMessage(14, LogLevel.Warning, "The key set of app {App} {Problem}; until it was fetched, none of its tokens can be verified")]
        public static partial void NeverFetched(ILogger log, string app, string problem);

        [LoggerMessage(15, LogLevel.Error, "Fetching the key set of app {App} failed")]
        public static partial void Broken(ILogger log, Exception failure, string app);
    }
}

/// <summary>A key set was fetched, or was not.</summary>
/// <param name="App">Whose.</param>
/// <param name="Outcome"><c>fetched</c> or <c>failed</c>, as the metric says it.</param>
internal readonly record struct KeySetFetch(string App, string Outcome);
