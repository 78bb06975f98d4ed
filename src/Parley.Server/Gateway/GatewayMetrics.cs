using System.Diagnostics.Metrics;

namespace Parley.Gateway;

/// <summary>What the gateway counts.</summary>
internal sealed class GatewayMetrics
{
    private readonly Counter<long> _frames;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _requests;
    private readonly Counter<long> _refusals;
    private readonly Counter<long> _rejections;
    private readonly Counter<long> _closes;

    public GatewayMetrics(IMeterFactory meters, Admission admission, ReadSlots reads, HeapWatch heap, Func<long> queuedBytes)
    {
        var meter = meters.Create("Parley");
        meter.CreateObservableGauge("parley.gateway.connections", () => admission.Connections, "{connection}", "Open connections.");
        meter.CreateObservableGauge(
            "parley.gateway.connections.unauthenticated", () => admission.Unauthenticated, "{connection}", "Open connections without a session.");
        meter.CreateObservableGauge("parley.gateway.reads", () => reads.Reads, "{request}", "Reads that are under way or wait for their turn.");
        meter.CreateObservableGauge("parley.gateway.queued", queuedBytes, "By", "Bytes that wait for clients, at the last sweep.");
        meter.CreateObservableGauge("parley.heap", () => heap.Bytes, "By", "Memory that .NET uses, at the last look.");
        meter.CreateObservableGauge("parley.heap.ceiling", () => heap.Ceiling, "By", "Memory that .NET may use.");
        _frames = meter.CreateCounter<long>("parley.gateway.frames", "{frame}", "Frames received and sent.");
        _bytes = meter.CreateCounter<long>("parley.gateway.bytes", "By", "Bytes of frames received and sent.");
        _requests = meter.CreateCounter<long>("parley.gateway.requests", "{request}", "Requests that were started, by method and way in.");
        _refusals = meter.CreateCounter<long>("parley.gateway.refusals", "{refusal}", "Requests that were refused, by code.");
        _rejections = meter.CreateCounter<long>("parley.gateway.rejections", "{connection}", "Handshakes that were not upgraded, by status.");
        _closes = meter.CreateCounter<long>("parley.gateway.closes", "{connection}", "Connections that ended, by close code.");
    }

    public void Received(int bytes)
    {
        _frames.Add(1, new KeyValuePair<string, object?>("direction", "in"));
        _bytes.Add(bytes, new KeyValuePair<string, object?>("direction", "in"));
    }

    public void Sent(int bytes)
    {
        _frames.Add(1, new KeyValuePair<string, object?>("direction", "out"));
        _bytes.Add(bytes, new KeyValuePair<string, object?>("direction", "out"));
    }

    /// <param name="command">What is asked.</param>
    /// <param name="system">How: <c>jsonrpc</c>, or <c>http</c>.</param>
    public void Started(Command command, string system) =>
        _requests.Add(1, new KeyValuePair<string, object?>("method", command.Name), new KeyValuePair<string, object?>("system", system));

    public void Refused(Refusal refusal) => _refusals.Add(1, new KeyValuePair<string, object?>("code", refusal.Code));

    public void Rejected(int status)
    {
        if (_rejections.Enabled) _rejections.Add(1, new KeyValuePair<string, object?>("status", status));
    }

    /// <param name="code">The close code that was sent; 1006 when the connection broke without one.</param>
    public void Closed(int code)
    {
        if (_closes.Enabled) _closes.Add(1, new KeyValuePair<string, object?>("code", code));
    }
}
