using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Parley.Delivery;
using Parley.Storage;

namespace Parley.Gateway;

/// <summary>The endpoint at <see cref="Path"/>, and what all its connections share.</summary>
internal sealed partial class RealtimeGateway
{
    /// <summary>Where clients connect.</summary>
    public const string Path = "/v1/realtime";

    /// <summary>The largest message from a client, in bytes.</summary>
    public const int MaxMessageBytes = OutboundBounds.MaxFrameBytes;

    private readonly List<Connection> _sweeping = [];
    private long _queuedBytes;
    private long _sweeps;
    private bool _draining;

    public RealtimeGateway(
        CommandRouter router, SessionPorts ports, IOptions<GatewayOptions> options, IOptions<LimitsOptions> limits,
        Heap heap, TimeProvider clock, IMeterFactory meters, ILogger<RealtimeGateway> logger)
    {
        (Router, Ports, Options, Limits, Clock, Logger) = (router, ports, options.Value, limits.Value, clock, logger);
        Outbound = OutboundBounds.Default with { PushBytes = Limits.QueuedPushBytes, Pushes = Limits.QueuedPushes };
        Sessions = new Sessions(Limits, ports.AtOnce);
        SendLimits = new SendLimits(Limits, clock);
        CallLimits = new CallLimits(Limits, clock);
        UserConnections = new Buckets<UserKey>(new Rate(Limits.ConnectionsPerUserPerMinute / 60.0, Limits.ConnectionsPerUserBurst), clock);
        Admission = new Admission(Limits, clock);
        ReadSlots = new ReadSlots(Limits.ReadsPerCore * Environment.ProcessorCount);
        HeapWatch = new HeapWatch(heap, Limits, clock, logger);
        Metrics = new GatewayMetrics(meters, Admission, ReadSlots, HeapWatch, () => Volatile.Read(ref _queuedBytes));
    }

    public CommandRouter Router { get; }

    public SessionPorts Ports { get; }

    public GatewayOptions Options { get; }

    public LimitsOptions Limits { get; }

    public OutboundBounds Outbound { get; }

    public TimeProvider Clock { get; }

    public ILogger Logger { get; }

    public Sessions Sessions { get; }

    public SendLimits SendLimits { get; }

    public CallLimits CallLimits { get; }

    public Buckets<UserKey> UserConnections { get; }

    public Admission Admission { get; }

    public ReadSlots ReadSlots { get; }

    public HeapWatch HeapWatch { get; }

    public GatewayMetrics Metrics { get; }

    /// <summary>Whether the server is going and takes nothing more.</summary>
    public bool IsDraining => Volatile.Read(ref _draining);

    /// <summary>How often all connections were looked at. When it stands still, nothing dead is noticed any more.</summary>
    public long Sweeps => Volatile.Read(ref _sweeps);

    /// <summary>Upgrades a request and serves its connection until that ends; or rejects it, before it costs anything.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var place = default(Admission.Place);
        var rejection = Handshake.Judge(context.Request, Options.AllowedOrigins) ?? RejectOrEnter(context, out place);
        if (rejection is not null)
        {
            Metrics.Rejected(rejection.Status);
            Log.Rejected(Logger, context.Connection.Id, rejection.Status, rejection.Reason);
            await Handshake.RejectAsync(context, rejection);
            return;
        }

        try
        {
            // Over HTTP/2 the connection has other streams, which must not go with this one.
            var isStream = Handshake.IsStream(context);
            var abort = !isStream && context.Features.Get<IConnectionLifetimeFeature>() is { } lifetime ? lifetime.Abort : (Action)context.Abort;
            using var connection = new Connection(this, isStream ? context.TraceIdentifier : context.Connection.Id, await Handshake.AcceptAsync(context), place!, abort);
            await connection.RunAsync();
        }
        finally
        {
            place!.Leave();
        }
    }

    /// <summary>Looks after all connections; called every <see cref="GatewayOptions.SweepEvery"/>, by one caller.</summary>
    public void Sweep()
    {
        var (now, time) = (Clock.GetTimestamp(), Clock.Now());
        Sessions.CopyTo(_sweeping);
        var queued = 0L;
        foreach (var connection in _sweeping)
        {
            Look(connection, now, time);
            queued += connection.Queue.Unsent;
        }

        if (queued > Limits.QueuedBytesOfAll)
        {
            queued -= Shed(queued - Limits.QueuedBytesOfAll, waiting: 1).Bytes;
            Log.Shed(Logger, Limits.QueuedBytesOfAll);
        }

        // Who is not behind holds next to nothing.
        HeapWatch.Look(now, bytes => Shed(bytes, waiting: Limits.QueuedBytes));
        Volatile.Write(ref _queuedBytes, queued);
        _sweeping.Clear();
        Volatile.Write(ref _sweeps, _sweeps + 1);
    }

    /// <summary>Forgets limits that have not been touched for long; called every minute or so.</summary>
    public void Prune()
    {
        Admission.Prune();
        UserConnections.Prune();
        SendLimits.Prune();
        CallLimits.Prune();
    }

    /// <summary>
    /// Lets the clients go: takes no connection and no request more, tells every client when to come back, lets what is under way be
    /// answered, and closes. Completes when all are gone, at the latest a little after <see cref="GatewayOptions.DrainTime"/>.
    /// </summary>
    public async Task DrainAsync(CancellationToken cancel)
    {
        Volatile.Write(ref _draining, true);
        var connections = new List<Connection>();
        var spread = Options.ReconnectSpread;
        try
        {
            if (await GoneAsync(Options.DrainTime, connection => connection.Drain(spread * Random.Shared.NextDouble()))) return;
            if (await GoneAsync(Options.CloseWait, connection => connection.Close(CloseCode.Restarting))) return;
        }
        catch (OperationCanceledException)
        {
            // The host has no more time: whoever is left is cut off now.
        }

        Sessions.CopyTo(connections);
        foreach (var connection in connections) connection.Abort();

        async Task<bool> GoneAsync(TimeSpan atMost, Action<Connection> urge)
        {
            var began = Clock.GetTimestamp();
            do
            {
                Sessions.CopyTo(connections);
                if (connections.Count == 0) return true;
                foreach (var connection in connections) urge(connection);
                await Task.Delay(TimeSpan.FromMilliseconds(20), Clock, cancel);
            }
            while (Clock.GetElapsedTime(began) < atMost);
            return false;
        }
    }

    private void Look(Connection connection, long now, DateTimeOffset time)
    {
        try
        {
            connection.Sweep(now, time);
        }
        catch (Exception failure)
        {
            // One connection that cannot be looked after must not leave the others without.
            Log.SweepFailed(Logger, failure, connection.Id);
            connection.Abort();
        }
    }

    private Rejection? RejectOrEnter(HttpContext context, out Admission.Place? place)
    {
        place = null;
        if (IsDraining) return NotNow("The server is going.");
        if (HeapWatch.IsFull) return NotNow("The server is short of memory; wait and try again.");

        place = Admission.Enter(context.Connection.RemoteIpAddress, out var retryAfter);
        return place is null
            ? new Rejection(StatusCodes.Status503ServiceUnavailable, "Too many connections; wait and try again.") { RetryAfter = retryAfter }
            : null;
    }

    private Rejection NotNow(string reason) => new(StatusCodes.Status503ServiceUnavailable, reason)
    {
        RetryAfter = Spread(),
    };

    /// <summary>When somebody who is sent away comes back: not all at once.</summary>
    public TimeSpan Spread() => Options.ReconnectSpread * Random.Shared.NextDouble() + TimeSpan.FromSeconds(1);

    /// <summary>Closes the clients that most waits for, until so many bytes are let go or no other has as many waiting.</summary>
    private Shedding Shed(long bytes, int waiting)
    {
        var shed = default(Shedding);
        foreach (var connection in _sweeping.OrderByDescending(connection => connection.Queue.Unsent))
        {
            var unsent = connection.Queue.Unsent;
            if (shed.Bytes >= bytes || unsent < waiting) break;
            shed = new Shedding(shed.Bytes + unsent, shed.Clients + 1);
            connection.Close(CloseCode.Slow);
        }

        return shed;
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 221, Level = LogLevel.Debug, Message = "Connection {Connection} was not upgraded: {Status} {Reason}")]
        public static partial void Rejected(ILogger logger, string connection, int status, string reason);

        [LoggerMessage(EventId = 222, Level = LogLevel.Warning, Message = "More than {Bytes} bytes waited for clients; the slowest were closed")]
        public static partial void Shed(ILogger logger, long bytes);

        [LoggerMessage(EventId = 223, Level = LogLevel.Error, Message = "Connection {Connection} could not be looked after and was cut off")]
        public static partial void SweepFailed(ILogger logger, Exception failure, string connection);
    }
}
