using System.Net;
using System.Net.Http.Headers;
using Parley.Gateway;

namespace Parley.Client.Testing.Transport;

/// <summary>What goes wrong with requests over HTTP that ask a method: <c>/v1/content.url</c>. What goes wrong with bytes alone, and on WebSockets, is the wire's.</summary>
internal sealed class FaultyHttp(Network network, Faults faults, HttpMessageHandler wire) : DelegatingHandler(wire)
{
    private const string Root = "/v1/";

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (MethodOf(request) is not { } method) return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        while (faults.Held is { } held) await held.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (faults.IsOffline) return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        network.Moved();
        if (faults.CutsRequest(method)) throw Cut();
        if (faults.Refusal(method) is { } refusal) return Refused(request, refusal);
        var answer = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        network.Moved();
        if (!faults.CutsAnswer(method)) return answer;
        answer.Dispose();
        throw Cut();
    }

    private string? MethodOf(HttpRequestMessage request)
    {
        if (request.RequestUri?.AbsolutePath is not { } path || path.LastIndexOf(Root, StringComparison.Ordinal) is not (>= 0 and var root)) return null;
        var name = path[(root + Root.Length)..];
        return network.Knows(name) ? name : null;
    }

    private static HttpRequestException Cut() => new(HttpRequestError.ResponseEnded, "The wire was cut.");

    private static HttpResponseMessage Refused(HttpRequestMessage request, Refusal refusal)
    {
        var content = new ReadOnlyMemoryContent(Problem.Write(refusal));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(Problem.ContentType);
        var answer = new HttpResponseMessage((HttpStatusCode)refusal.Status) { Content = content, RequestMessage = request };
        if (refusal.RetryAfter is { } wait) answer.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(Problem.Seconds(wait)));
        return answer;
    }
}
