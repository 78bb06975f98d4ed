using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Parley.Client;

/// <summary>What the SDK traces and measures. The words are OpenTelemetry's where it has some for messaging and calls.</summary>
internal static class ClientTelemetry
{
    private static readonly ActivitySource Source = new(ParleyTelemetry.ActivitySourceName);
    private static readonly Meter Meter = new(ParleyTelemetry.MeterName);

    private static readonly Counter<long> Connects = Meter.CreateCounter<long>("parley.client.connects", "{session}", "Sessions opened.");
    private static readonly Counter<long> Disconnects = Meter.CreateCounter<long>("parley.client.disconnects", "{attempt}", "Attempts and sessions that ended, by reason.");
    private static readonly Counter<long> Messages = Meter.CreateCounter<long>("parley.client.messages", "{message}", "Messages, by what became of them. One that is unknown may be counted once more, when it is settled.");
    private static readonly Counter<long> CaughtUp = Meter.CreateCounter<long>("parley.client.entries.caught_up", "{entry}", "Entries that were read because they were missing.");
    private static readonly UpDownCounter<long> Queue = Meter.CreateUpDownCounter<long>("parley.client.queue", "{message}", "Messages that are not settled yet.");
    private static readonly Histogram<double> SendDuration = Meter.CreateHistogram<double>("parley.client.send.duration", "s", "From handing a message in until it is known what became of it.");
    private static readonly Histogram<double> RequestDuration = Meter.CreateHistogram<double>("parley.client.request.duration", "s", "From a request to its answer, by method.");

    /// <summary>An attempt to connect begins. Null while nobody listens.</summary>
    public static Activity? Connecting(Uri address) =>
        Start("connect", ActivityKind.Client)?.SetTag("server.address", address.Host).SetTag("server.port", address.Port);

    /// <summary>The attempt opened a session.</summary>
    public static void Opened(Activity? connecting)
    {
        Connects.Add(1);
        connecting?.End();
    }

    /// <summary>An attempt failed, or a session ended.</summary>
    public static void Ended(Activity? connecting, ConnectionReason reason)
    {
        if (Disconnects.Enabled) Disconnects.Add(1, new KeyValuePair<string, object?>("parley.reason", reason.ToString()));
        connecting?.Fail(reason.ToString()).End();
    }

    /// <summary>What is missing begins to be looked for. Null while nobody listens.</summary>
    public static Activity? CatchingUp() => Start("catch up", ActivityKind.Client);

    /// <summary>Entries were read because they were missing.</summary>
    public static void Read(int entries) => CaughtUp.Add(entries);

    /// <summary>A message was handed in, or found in the store.</summary>
    public static void HandedIn(OutgoingMessage message, TimeProvider clock)
    {
        Queue.Add(1);
        message.IsCounted = true;
        if (!Source.HasListeners() && !SendDuration.Enabled) return;
        var span = Start("send", ActivityKind.Producer)?.SetTag("messaging.system", "parley").SetTag("messaging.operation.name", "send").SetTag("messaging.operation.type", "send");
        message.Trace = new SendTrace(span, clock.GetTimestamp());
    }

    /// <summary>It is known, or known to be unknown, what became of a message.</summary>
    public static void Settled(OutgoingMessage message, SendResult result, TimeProvider clock)
    {
        // That it was unknown may be told when it is settled already, and that it is settled after it.
        if (message is { IsDone: true, IsCounted: true })
        {
            message.IsCounted = false;
            Queue.Add(-1);
        }

        var (outcome, code) = result switch
        {
            SendResult.Recorded => ("recorded", null),
            SendResult.Refused(var refusal) => ("refused", refusal.Code),
            SendResult.NotSent(var reason, _) => ("not_sent", reason.ToString()),
            SendResult.NotKept(var failure) => ("not_kept", failure.Failure.ToString()),
            _ => ("unknown", (string?)null),
        };
        var tags = new TagList { { "parley.outcome", outcome } };
        if (code is not null) tags.Add("error.type", code);
        Messages.Add(1, tags);
        if (message.Trace is not { } trace) return;

        message.Trace = null;
        SendDuration.Record(clock.GetElapsedTime(trace.Since).TotalSeconds, tags);
        trace.Span?.SetTag("parley.outcome", outcome);
        if (outcome != "recorded") trace.Span?.Fail(code ?? outcome);
        trace.Span?.End();
    }

    /// <summary>When a request left; null while nobody listens.</summary>
    public static long? Asked(TimeProvider clock) => RequestDuration.Enabled ? clock.GetTimestamp() : null;

    /// <summary>A request was answered.</summary>
    public static void Answered(string method, long? asked, TimeProvider clock)
    {
        if (asked is { } since) RequestDuration.Record(clock.GetElapsedTime(since).TotalSeconds, new KeyValuePair<string, object?>("rpc.method", method));
    }

    /// <summary>Ends a span on whatever thread, which goes on with the one it had.</summary>
    public static void End(this Activity span)
    {
        var current = Activity.Current;
        span.Stop();
        Activity.Current = current == span ? null : current;
    }

    private static Activity Fail(this Activity span, string type) => span.SetTag("error.type", type).SetStatus(ActivityStatusCode.Error, type);

    /// <summary>Below the span of the caller, who goes on with his own: what ends later must not become the parent of what he does next.</summary>
    private static Activity? Start(string name, ActivityKind kind)
    {
        if (!Source.HasListeners()) return null;
        var current = Activity.Current;
        var span = Source.StartActivity(name, kind);
        Activity.Current = current;
        return span;
    }
}

/// <summary>What is remembered of a message for those who listen.</summary>
internal sealed record SendTrace(Activity? Span, long Since)
{
    /// <summary>A copy leaves the device, or its cancellation does.</summary>
    public void Leaves(string what) => Span?.AddEvent(new ActivityEvent(what));
}
