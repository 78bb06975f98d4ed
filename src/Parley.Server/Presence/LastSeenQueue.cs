using Microsoft.Extensions.Logging;
using Parley.Storage;

namespace Parley.Presence;

/// <summary>Gathers who was seen last when, and has it written now and then: nobody waits for it, and a user who comes and goes is one row.</summary>
internal sealed partial class LastSeenQueue(Journal journal, PresenceOptions options, TimeProvider clock, ILogger<LastSeenQueue> logger)
{
    /// <summary>The most rows of one statement.</summary>
    public const int MaxRows = 500;

    /// <summary>The most users that wait to be written. Of more, those that come are not remembered.</summary>
    public const int MaxWaiting = 100_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<UserKey, DateTimeOffset> _waiting = [];
    private ITimer? _timer;
    private TaskCompletionSource? _flushing;
    private bool _scheduled;
    private bool _stopped;

    /// <summary>A user was seen last at this time. Returns at once.</summary>
    public void Note(UserKey user, DateTimeOffset at)
    {
        lock (_gate)
        {
            if (_waiting.Count >= MaxWaiting && !_waiting.ContainsKey(user)) return;
            _waiting[user] = at;
            Schedule();
        }
    }

    /// <summary>Of this user nothing is to be written. What is being written is taken back with his row.</summary>
    public void Forget(UserKey user)
    {
        lock (_gate) _waiting.Remove(user);
    }

    /// <summary>What is not written yet; null when nothing waits of this user.</summary>
    public DateTimeOffset? Find(UserKey user)
    {
        lock (_gate) return _waiting.TryGetValue(user, out var at) ? at : null;
    }

    /// <summary>Writes what waits now, and no more of its own accord. Completes when it is written, or cannot be.</summary>
    public async Task FlushAsync()
    {
        Task flushed;
        ITimer? timer;
        lock (_gate)
        {
            _stopped = true;
            timer = _timer;
            _flushing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            flushed = _flushing.Task;
        }

        if (timer is not null) await timer.DisposeAsync();
        Write();
        await flushed;
    }

    /// <summary>Rows are durable.</summary>
    public void Written(IReadOnlyList<KeyValuePair<UserKey, DateTimeOffset>> seen)
    {
        lock (_gate)
        {
            foreach (var (user, at) in seen)
            {
                // He may have been here again meanwhile.
                if (_waiting.TryGetValue(user, out var now) && now == at) _waiting.Remove(user);
            }
        }

        Write();
    }

    /// <summary>Rows are not durable, or nobody knows: they still wait.</summary>
    public void NotWritten(StorageException failure)
    {
        Log.NotWritten(logger, failure);
        lock (_gate)
        {
            _scheduled = false;
            Schedule();
            _flushing?.TrySetResult();
        }
    }

    private void Schedule()
    {
        if (_scheduled || _stopped) return;
        _scheduled = true;
        _timer ??= clock.CreateTimer(_ => Write(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(options.WriteEvery, Timeout.InfiniteTimeSpan);
    }

    private void Write()
    {
        KeyValuePair<UserKey, DateTimeOffset>[] seen;
        lock (_gate)
        {
            // In one order on all nodes, so that two of them never wait for each other.
            seen = [.. _waiting.Take(MaxRows).OrderBy(one => one.Key.App.Number).ThenBy(one => one.Key.User.Value, StringComparer.Ordinal)];
            if (seen.Length == 0)
            {
                _scheduled = false;
                _flushing?.TrySetResult();
                return;
            }
        }

        journal.Post(new LastSeenItem(seen, this));
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "When users were seen last could not be written; it is tried again")]
        public static partial void NotWritten(ILogger logger, Exception failure);
    }
}
