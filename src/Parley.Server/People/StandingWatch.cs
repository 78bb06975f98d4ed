using Microsoft.Extensions.Logging;
using Parley.Storage;

namespace Parley.People;

/// <summary>Ends, on this node, the sessions of users whom another node suspended, or this one in the moment in which they were opening theirs.</summary>
/// <remarks>What they do meanwhile is refused where it is written; this bounds how long they still hear.</remarks>
internal sealed partial class StandingWatch(
    PeopleReader people, Action<UserKey> endSessions, TimeSpan every, TimeProvider clock, ILogger<StandingWatch> logger) : IAsyncDisposable
{
    /// <summary>How often it looks by default: a session ends within five seconds, with the time to look.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stop = new();
    private Task _watching = Task.CompletedTask;

    public void Start() => _watching = WatchAsync();

    private async Task WatchAsync()
    {
        // From now on: who is suspended already is let in by nobody.
        long? from = null, before = null;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                // Each change is looked at twice: a session that was being opened at the first look is there at the second.
                var (users, horizon) = await people.SuspendedAsync(before ?? from ?? long.MaxValue, _stop.Token);
                (before, from) = (from ?? horizon, horizon);
                foreach (var user in users) endSessions(user);
                await Task.Delay(every, clock, _stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                Log.NotRead(logger, exception);
                await Task.Delay(every, clock, CancellationToken.None);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Who was suspended elsewhere could not be read")]
        public static partial void NotRead(ILogger logger, Exception exception);
    }
}
