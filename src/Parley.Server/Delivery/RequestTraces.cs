using System.Diagnostics;

namespace Parley.Delivery;

/// <summary>What clients ask, as spans of the source <c>Parley</c>: one per request, named after its method, from its start to its answer.</summary>
/// <remarks>
/// Nothing that anybody wrote is in them, nor who he is: the method and the code of a refusal, that is all (LG-02). Costs nothing while nobody listens.
/// </remarks>
internal static class RequestTraces
{
    /// <summary>Frames of a WebSocket.</summary>
    public const string JsonRpc = "jsonrpc";

    /// <summary>Plain HTTP.</summary>
    public const string Http = "http";

    private static readonly ActivitySource Source = new("Parley");

    /// <summary>A request begins. Null while nobody listens, or when this one is not sampled.</summary>
    /// <param name="method">What it asks.</param>
    /// <param name="system">How it is asked: <see cref="JsonRpc"/> or <see cref="Http"/>.</param>
    public static Activity? Begin(string method, string system = JsonRpc)
    {
        if (!Source.HasListeners()) return null;
        var span = Source.StartActivity(method, ActivityKind.Server);
        span?.SetTag("rpc.system", system).SetTag("rpc.method", method);
        return span;
    }

    /// <summary>It was answered, from whatever thread, which goes on with the span it had.</summary>
    public static void Answered(this Activity span, Refusal? refusal)
    {
        if (refusal is not null)
        {
            span.SetTag("parley.refusal", refusal.Code);
            // What the client asked wrongly is no error of the server.
            if (refusal.Status >= ServerErrors) span.SetStatus(ActivityStatusCode.Error, refusal.Code);
        }

        var current = Activity.Current;
        span.Stop();
        Activity.Current = current == span ? null : current;
    }

    private const int ServerErrors = 500;
}
