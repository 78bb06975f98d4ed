using System.Net;
using System.Text;

namespace Parley.Client.Tests.Content;

/// <summary>A handler as a program may bring: it sees every request, may answer in the server's place, and keeps what was asked.</summary>
internal sealed class Handler : DelegatingHandler
{
    private readonly Lock _gate = new();
    private readonly List<(string Method, string Path)> _requests = [];

    public Handler()
        : base(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false })
    {
    }

    /// <summary>Answers in the server's place, and may change the request; null lets it go on.</summary>
    public Func<HttpRequestMessage, HttpResponseMessage?> Before { get; set; } = _ => null;

    /// <summary>Does something between the server's answer and the client's hearing of it.</summary>
    public Func<HttpRequestMessage, HttpResponseMessage, Task> After { get; set; } = (_, _) => Task.CompletedTask;

    public bool IsDisposed { get; private set; }

    public IReadOnlyList<(string Method, string Path)> Requests
    {
        get
        {
            lock (_gate) return [.. _requests];
        }
    }

    public static HttpResponseMessage Answer(HttpStatusCode status, string body = "", string type = "text/html") =>
        new(status) { Content = new StringContent(body, Encoding.UTF8, type) };

    /// <summary>As the server refuses.</summary>
    public static HttpResponseMessage Refuse(Refusal refusal, string more = "") =>
        Answer((HttpStatusCode)refusal.Status, $$"""{"type":"urn:parley:refusal:{{refusal.Code}}","title":"x","status":{{refusal.Status}},"code":"{{refusal.Code}}"{{more}}}""", "application/problem+json");

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        lock (_gate) _requests.Add((request.Method.Method, request.RequestUri!.AbsolutePath));
        var response = Before(request) ?? await base.SendAsync(request, cancellationToken);
        await After(request, response);
        return response;
    }

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
    }
}

/// <summary>A handler that is all of the server.</summary>
internal sealed class Serving(Func<HttpRequestMessage, Task<HttpResponseMessage>> answer) : HttpMessageHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => answer(request).WaitAsync(cancellationToken);
}

internal static class HandlerOptions
{
    /// <summary>The same with this handler.</summary>
    public static ParleyClientOptions With(this ParleyClientOptions options, HttpMessageHandler handler, double transferTimeout = 300) => new()
    {
        Endpoint = options.Endpoint, TokenProvider = options.TokenProvider, HttpHandler = handler, TransferTimeout = TimeSpan.FromSeconds(transferTimeout),
    };
}
