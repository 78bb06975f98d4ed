using System.Diagnostics;
using System.Net.WebSockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Parley.Client;

/// <summary>Whom a connection tells. All are called one at a time and must not block.</summary>
/// <param name="Resume">Asked for the positions to resume from.</param>
/// <param name="Outdated">From what it resumed it cannot: it is not this user's, or of another server. Asked again, it says so no more.</param>
/// <param name="Presence">Asked for what the user chose last; null for nothing.</param>
/// <param name="Device">Asked what this installation is called.</param>
/// <param name="Obstacle">Asked whether this session may be used at all: why not, or null.</param>
/// <param name="Opened">The session is open on this link, and nothing else was received on it yet.</param>
/// <param name="Notified">An entry, a head, or a receipt came.</param>
/// <param name="Lost">The link that was opened has ended, and all its calls were told.</param>
/// <param name="Changed">The state changed.</param>
internal sealed record ConnectionHooks(
    Func<(Guid? Epoch, string? Since)> Resume,
    Action Outdated,
    Func<SetPresence?> Presence,
    Func<DeviceId> Device,
    Func<SessionOpened, Exception?> Obstacle,
    Action<Link, SessionOpened> Opened,
    Action<Incoming> Notified,
    Action Lost,
    Action<ConnectionStateChangedEventArgs> Changed);

/// <summary>Keeps one session open: connects, opens, renews, notices the end, waits, and connects again. There is never more than one attempt at a time.</summary>
internal sealed partial class Connection(ParleyClientOptions options, ConnectionHooks hooks, Func<double> uniform) : IAsyncDisposable
{
    /// <summary>Name and version of this SDK, for logs of servers.</summary>
    public static readonly string Client = $"parley-dotnet/{typeof(Connection).Assembly.GetName().Version?.ToString(3)}";

    /// <summary>Between two attempts to renew, where the server does not say how long.</summary>
    private static readonly TimeSpan RenewalPause = TimeSpan.FromSeconds(5);

    private readonly ILogger _logger = (ILogger?)options.LoggerFactory?.CreateLogger<Connection>() ?? NullLogger.Instance;
    private readonly TimeProvider _clock = options.TimeProvider;
    private readonly TokenCache _token = new(options.TokenProvider, options.TimeProvider);
    private readonly Backoff _backoff = new(uniform);
    private readonly Lock _gate = new();
    private TaskCompletionSource<Link> _open = NewGate();
    private CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private SocketLink? _link;
    private ConnectionState _state = ConnectionState.Closed;
    private (long Since, TimeSpan Wait)? _closing;
    private Activity? _connecting;
    private bool _disposed;

    /// <summary>What lets the user in, for whatever else asks in his name.</summary>
    public TokenCache Tokens => _token;

    public ConnectionState State
    {
        get
        {
            lock (_gate) return _state;
        }
    }

    /// <summary>How far the server's clock is ahead of this device's, as of the last session.</summary>
    public TimeSpan ServerTimeOffset { get; private set; }

    /// <summary>Starts connecting, unless that is under way already.</summary>
    public void Start()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(ParleyClient));
            AskedToConnect();
            if (_state != ConnectionState.Closed) return;
            _stop = new CancellationTokenSource();
            _urgent = null;
            if (_open.Task.IsCompleted) _open = NewGate();
            Enter(new ConnectionStateChangedEventArgs(ConnectionState.Connecting, ConnectionReason.Asked));
            var (before, stop) = (_running, _stop.Token);
            _running = Task.Run(
                async () =>
                {
                    await before.ConfigureAwait(false);
                    await RunAsync(stop).ConfigureAwait(false);
                },
                CancellationToken.None);
        }
    }

    /// <summary>The link of the open session, as soon as there is one.</summary>
    /// <exception cref="ParleyConnectionException">The connection closed for good, or nobody has asked to connect.</exception>
    public Task<Link> OpenAsync(CancellationToken cancel)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(ParleyClient));
            if (_state == ConnectionState.Closed && !_open.Task.IsCompleted)
                throw new ParleyConnectionException("The client is not connected: call ConnectAsync first.");
            return _open.Task.WaitAsync(cancel);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task running;
        SocketLink? link;
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
            (running, link) = (_running, _link);
        }

        if (link is not null) await link.CloseAsync(_clock).ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
        await running.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken stop)
    {
        try
        {
            await RestAsync(End.Asked, stop).ConfigureAwait(false);
            while (true)
            {
                _connecting = ClientTelemetry.Connecting(options.RealtimeAddress()!);
                var end = await AttemptAsync(stop).ConfigureAwait(false);
                ClientTelemetry.Ended(Interlocked.Exchange(ref _connecting, null), end.Reason);
                // Who asked to connect hours ago did not ask for what follows.
                Activity.Current = null;
                if (end.Next == Reconnect.Never)
                {
                    Close(end);
                    return;
                }

                if (end.Next == Reconnect.WithNewToken) _token.Forget();
                await RestAsync(end, stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            ClientTelemetry.Ended(Interlocked.Exchange(ref _connecting, null), ConnectionReason.Asked);
            Close(new End(ConnectionReason.Asked, Reconnect.Never));
        }
        catch (Exception error)
        {
            // A bug, not an outage: without this nobody would ever hear that no attempt follows.
            Close(new End(ConnectionReason.Lost, Reconnect.Never) { Error = error });
        }
    }

    /// <summary>One attempt, from the token to the end of the link.</summary>
    private async Task<End> AttemptAsync(CancellationToken stop)
    {
        var abandon = Abandonable();
        string token;
        try
        {
            using var asking = CancellationTokenSource.CreateLinkedTokenSource(stop, abandon.Token);
            token = await _token.GetAsync(asking.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (abandon.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            return End.Abandoned;
        }
        catch (Exception error) when (!stop.IsCancellationRequested)
        {
            return new End(ConnectionReason.NoToken, Reconnect.WithNewToken) { Error = error };
        }

        if (_token.WasRefused(token)) return new End(ConnectionReason.Refused, Reconnect.Never) { Refusal = Refusals.Unauthorized };

        using var hello = new CancellationTokenSource(options.HelloTimeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, hello.Token, abandon.Token);
        SocketLink link;
        try
        {
            link = await SocketLink.ConnectAsync(options, either.Token).ConfigureAwait(false);
        }
        catch (UpgradeRefusedException refused)
        {
            return new End(ConnectionReason.Unreachable, Reconnect.WithWait) { Wait = Spread(refused.RetryAfter), Error = refused };
        }
        catch (Exception error) when (!stop.IsCancellationRequested && error is WebSocketException or OperationCanceledException or IOException)
        {
            if (abandon.IsCancellationRequested) return End.Abandoned;
            var reason = hello.IsCancellationRequested ? ConnectionReason.HelloTimeout : ConnectionReason.Unreachable;
            return new End(reason, Reconnect.WithWait) { Error = error };
        }

        await using (link.ConfigureAwait(false))
        {
            return await HoldAsync(link, token, (hello, abandon), stop).ConfigureAwait(false);
        }
    }

    /// <summary>Opens the session on a link and stays until the link ends.</summary>
    private async Task<End> HoldAsync(SocketLink link, string token, (CancellationTokenSource Hello, CancellationTokenSource Abandon) ends, CancellationToken stop)
    {
        var (hello, abandon) = ends;
        long? openedAt = null;
        Refusal? refusal = null;
        Exception? obstacle = null;
        var (epoch, since) = hooks.Resume();
        var open = new OpenSession(token, hooks.Device(), epoch, since, Client, options.Receive == ReceiveMode.Everything, hooks.Presence());
        link.Post(Wire.OpenSession, open, answer =>
        {
            if (answer.Value is { } unusable && hooks.Obstacle(unusable) is { } why)
            {
                obstacle = why;
                link.Abort();
            }
            else if (answer.Value is { } session)
            {
                hello.CancelAfter(Timeout.InfiniteTimeSpan);
                openedAt = _clock.GetTimestamp();
                Open(link, session);
            }
            else if (answer.Refusal is not null)
            {
                refusal = answer.Refusal;
                link.Abort();
            }
        });

        LinkEnd end;
        using (hello.Token.Register(link.Abort))
        using (abandon.Token.Register(link.Abort))
        using (stop.Register(link.Abort))
        {
            end = await link.RunAsync(item => Notified(link, item)).ConfigureAwait(false);
        }

        if (openedAt is { } at)
        {
            _backoff.Ended(_clock.GetElapsedTime(at));
            Shut();
        }

        stop.ThrowIfCancellationRequested();
        if (_disposed) return new End(ConnectionReason.Asked, Reconnect.Never);
        if (obstacle is not null) return new End(ConnectionReason.StoreRefused, Reconnect.Never) { Error = obstacle };
        if (refusal == Refusals.InvalidParams && since is not null)
        {
            hooks.Outdated();
            return new End(ConnectionReason.Refused, Reconnect.WithWait) { Refusal = refusal, Wait = TimeSpan.Zero };
        }

        if (refusal is not null) return Judge(refusal, token);
        if (abandon.IsCancellationRequested) return End.Abandoned;
        if (_silent == link) return new End(ConnectionReason.Lost, Reconnect.WithWait) { Own = TimeSpan.Zero, Error = end.Error };
        if (openedAt is null && hello.IsCancellationRequested) return new End(ConnectionReason.HelloTimeout, Reconnect.WithWait);
        return Judge(end);
    }

    private void Open(SocketLink link, SessionOpened session)
    {
        link.Allow(session.Limits);
        _token.Accepted(session.ExpiresAt - session.Time);
        ServerTimeOffset = session.Time - _clock.Now();
        lock (_gate) (_link, _user) = (link, session.User);
        ClientTelemetry.Opened(Interlocked.Exchange(ref _connecting, null));
        hooks.Opened(link, session);
        lock (_gate)
        {
            if (_open.Task.IsCompleted) _open = NewGate();
            _open.SetResult(link);
            // What the program said in the meantime has come true: the next rest is not shorter for it.
            _urgent = null;
            Enter(new ConnectionStateChangedEventArgs(ConnectionState.Open, ConnectionReason.Opened));
        }
    }

    private void Shut()
    {
        lock (_gate)
        {
            _link = null;
            _open = NewGate();
        }

        hooks.Lost();
    }

    private void Close(End end)
    {
        lock (_gate)
        {
            var why = end.CloseCode?.Meaning ?? end.Refusal?.Meaning ?? "the client was closed";
            if (_open.Task.IsCompleted) _open = NewGate();
            _open.SetException(end.Error as LocalStoreException ?? (Exception)new ParleyConnectionException($"The connection is closed: {why}", end.Error));
            _ = _open.Task.Exception;
            Enter(end.ToChange(ConnectionState.Closed, null));
        }

        Log.Closed(_logger, end.Reason, end.CloseCode?.Name ?? end.Refusal?.Code);
    }

    private void Notified(Link link, Incoming item)
    {
        switch (item.Method)
        {
            case Methods.SessionExpiring:
                _ = RenewAsync(link);
                break;
            case Methods.SessionClosing:
                var told = System.Text.Json.JsonSerializer.Deserialize(item.Body.Span, ProtocolJson.Lenient.SessionClosing);
                if (told is not null) _closing = (_clock.GetTimestamp(), TimeSpan.FromMilliseconds(Math.Clamp(told.RetryAfterMs, 0, 600_000)));
                break;
            default:
                hooks.Notified(item);
                break;
        }
    }

    /// <summary>Renews the session, again where the server says later. When that fails the server closes with <c>unauthorized</c>, and the next attempt asks for a token again.</summary>
    private async Task RenewAsync(Link link)
    {
        try
        {
            var token = await _token.RenewAsync(_stop.Token).ConfigureAwait(false);
            while (true)
            {
                var answer = await link.AskAsync(Wire.RenewSession, new RenewSession(token), _stop.Token).ConfigureAwait(false);
                if (answer.Value is { } renewed) _token.Accepted(renewed.ExpiresAt - _clock.Now() - ServerTimeOffset);
                if (answer.Refusal is not { } refusal) return;

                Log.RenewalRefused(_logger, refusal.Code);
                if (refusal.Retry == RetryPolicy.Never) return;
                await Task.Delay(Spread(refusal.RetryAfter) ?? RenewalPause, _clock, _stop.Token).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // The token provider is the app's code and may throw anything; the connection lives on until its token ends.
            Log.RenewalFailed(_logger, error);
        }
    }

    private void Enter(ConnectionStateChangedEventArgs change)
    {
        lock (_gate)
        {
            _state = change.State;
            hooks.Changed(change);
        }
    }

    private static TaskCompletionSource<Link> NewGate() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The connection ended ({Reason}); the next attempt is in {Wait} ms.")]
        public static partial void Waiting(ILogger logger, ConnectionReason reason, double wait, Exception? error);

        [LoggerMessage(2, LogLevel.Information, "The connection is closed ({Reason}, {Why}).")]
        public static partial void Closed(ILogger logger, ConnectionReason reason, string? why);

        [LoggerMessage(3, LogLevel.Warning, "The session was not renewed: the server answered {Code}.")]
        public static partial void RenewalRefused(ILogger logger, string code);

        [LoggerMessage(4, LogLevel.Warning, "The session was not renewed.")]
        public static partial void RenewalFailed(ILogger logger, Exception error);
    }
}
