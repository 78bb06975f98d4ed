using Parley.Delivery;

namespace Parley.Gateway;

/// <summary>Takes a connection's frames: its rates, its requests one after another, and no more of them than can be answered.</summary>
/// <remarks>Called by the one loop that receives. Requests finish on any thread.</remarks>
internal sealed class Intake(Connection connection, RealtimeGateway gateway)
{
    private static readonly TimeSpan StrikeWindow = TimeSpan.FromMinutes(1);

    /// <summary>What was on its way when the first refusal went out is not another strike.</summary>
    private static readonly TimeSpan StrikePause = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long whoever was refused as overloaded is not read at most, and never longer than he was told to wait, so nobody notices who does. To read and refuse, packet by packet, what
    /// others send all the same would take the time that was too short already; after a pause many are read and refused at once (docs/decisions/0023).
    /// </summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(100);

    private readonly LimitsOptions _limits = gateway.Limits;
    private TokenBucket _requests = new(new Rate(gateway.Limits.RequestsPerSecond, gateway.Limits.RequestsBurst), gateway.Clock);
    private TokenBucket _bytes = new(new Rate(gateway.Limits.BytesPerSecond, gateway.Limits.BytesBurst), gateway.Clock);
    private Queue<long>? _strikes;
    private long _lastStrike;
    private long _count;
    private int _underWay;
    private int _reads;
    private long _pausedUntil;
    private TaskCompletionSource? _waiting;

    /// <summary>Requests that were started and are not answered.</summary>
    public int UnderWay => Volatile.Read(ref _underWay);

    /// <summary>Takes one frame. Completes when its last request was started, which may have to wait for earlier answers to leave.</summary>
    public async ValueTask TakeAsync(ReadOnlyMemory<byte> frame)
    {
        var wait = _bytes.TakeOrWait(frame.Length);
        if (Frames.Split(frame.Span, out var items) is { } refusal)
        {
            await RoomAsync(forRead: false);
            if (_requests.TakeOrWait(1) is not null) Strike();
            connection.Refuse(null, refusal);
            connection.Session.RequireOpen();
            return;
        }

        if (items is null)
        {
            await TakeItemAsync(frame, wait);
            return;
        }

        foreach (var item in items) await TakeItemAsync(frame[item], wait);
    }

    /// <summary>Lets the rest of the pause pass after something was refused as overloaded.</summary>
    public ValueTask PauseAsync()
    {
        var until = Volatile.Read(ref _pausedUntil);
        if (until == 0) return default;
        var left = gateway.Clock.GetElapsedTime(gateway.Clock.GetTimestamp(), until);
        return left > TimeSpan.Zero ? new ValueTask(Task.Delay(left, gateway.Clock)) : default;
    }

    /// <summary>A request was answered, or refused.</summary>
    public void Finished(HandledCommand command, Refusal? refusal = null)
    {
        if (refusal?.Code == Refusals.Overloaded.Code) Pause(refusal.RetryAfter ?? LongestPause);
        if (command.IsRead) Interlocked.Decrement(ref _reads);
        Interlocked.Decrement(ref _underWay);
        Pulse();
    }

    /// <summary>Something changed that a request may be waiting for.</summary>
    public void Pulse()
    {
        // Whoever waits publishes himself before he looks again, so either he sees the change or he is seen here.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _waiting) is not null) Interlocked.Exchange(ref _waiting, null)?.TrySetResult();
    }

    private async ValueTask TakeItemAsync(ReadOnlyMemory<byte> item, TimeSpan? wait)
    {
        await RoomAsync(forRead: false);
        if (connection.IsEnding) return;

        var envelope = Frames.Read(item.Span, gateway.Router);
        wait = _requests.TakeOrWait(1) is { } requestWait && !(wait > requestWait) ? requestWait : wait;
        if (wait is { } over)
        {
            Strike();
            if (envelope.Id is not null || envelope.Refusal is not null) connection.Refuse(envelope.Id, Refusals.RateLimited.After(over));
            return;
        }

        if (envelope.Refusal is { } refusal)
        {
            connection.Refuse(envelope.Id, refusal);
            connection.Session.RequireOpen();
            return;
        }

        switch (envelope.Command)
        {
            case OpenCommand:
                await connection.Session.OpenAsync(envelope.Id!, item[envelope.Params]);
                break;
            case HandledCommand or RenewCommand when connection.Session.Caller is null:
                connection.Refuse(envelope.Id, Refusals.Unauthorized);
                connection.Session.RequireOpen();
                break;
            case RenewCommand:
                await connection.Session.RenewAsync(envelope.Id!, item[envelope.Params]);
                break;
            case HandledCommand command:
                if (command.IsRead) await RoomAsync(forRead: true);
                if (!connection.IsEnding) Start(envelope, command, item.Span);
                break;
        }
    }

    private void Start(Envelope envelope, HandledCommand command, ReadOnlySpan<byte> item)
    {
        Interlocked.Increment(ref _underWay);
        if (command.IsRead) Interlocked.Increment(ref _reads);
        gateway.Metrics.Started(command, RequestTraces.JsonRpc);
        new FrameRequest(connection, envelope.Id, command, ++_count).Start(item[envelope.Params]);
    }

    private void Pause(TimeSpan told)
    {
        var pause = told < LongestPause ? told : LongestPause;
        Volatile.Write(ref _pausedUntil, gateway.Clock.GetTimestamp() + (long)(pause.TotalSeconds * gateway.Clock.TimestampFrequency));
    }

    private void Strike()
    {
        var now = gateway.Clock.GetTimestamp();
        if (_lastStrike != 0 && gateway.Clock.GetElapsedTime(_lastStrike, now) < StrikePause) return;
        _lastStrike = now;
        _strikes ??= new Queue<long>(_limits.Strikes);
        while (_strikes.TryPeek(out var oldest) && gateway.Clock.GetElapsedTime(oldest, now) > StrikeWindow) _strikes.Dequeue();
        _strikes.Enqueue(now);
        if (_strikes.Count >= _limits.Strikes) connection.Close(CloseCode.RateLimited);
    }

    private bool HasRoom(bool forRead) =>
        connection.IsEnding
        || (connection.Queue.Unsent <= _limits.QueuedBytes
            && UnderWay < _limits.RequestsUnderWay
            && (!forRead || Volatile.Read(ref _reads) < _limits.ReadsUnderWay));

    private ValueTask RoomAsync(bool forRead) => HasRoom(forRead) ? default : new ValueTask(WaitForRoomAsync(forRead));

    private async Task WaitForRoomAsync(bool forRead)
    {
        while (true)
        {
            var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Interlocked.Exchange(ref _waiting, waiting);
            if (HasRoom(forRead)) return;
            await waiting.Task;
        }
    }
}
