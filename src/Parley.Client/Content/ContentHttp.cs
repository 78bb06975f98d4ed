using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Parley.Client;

/// <summary>Requests over HTTP: where to, in whose name, and what an answer means. It needs no session.</summary>
internal sealed class ContentHttp : IDisposable
{
    private const int MaxProblemBytes = 16 * 1024;

    private readonly HttpClient _http;
    private readonly TokenCache _tokens;
    private readonly CancellationTokenSource _ended = new();

    public ContentHttp(ParleyClientOptions options, TokenCache tokens)
    {
        (_tokens, Clock, Address) = (tokens, options.TimeProvider, options.HttpAddress());
        var handler = options.HttpHandler ?? new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = options.HelloTimeout };
        // A body may take hours; Quiet ends what does not move.
        _http = new HttpClient(handler, disposeHandler: options.HttpHandler is null) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>The server, with what a proxy puts before its paths, and without a slash at its end.</summary>
    public string Address { get; }

    public TimeProvider Clock { get; }

    /// <summary>Cancelled when the client ends.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Whether a request got no answer: what failed is the way to the server, and trying again may help.</summary>
    public static bool IsBroken(Exception error) => error is HttpRequestException or IOException or OperationCanceledException or JsonException;

    /// <summary>Sends in the user's name, and once more with a new token when the server does not take the one that is kept.</summary>
    /// <param name="request">Makes the request, for each time it is sent.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="ParleyConnectionException">There is something else than a server of Parley.</exception>
    public async Task<HttpReply> SendAsync(Func<HttpRequestMessage> request, CancellationToken cancel)
    {
        var token = await TokenAsync(_tokens.GetAsync, cancel).ConfigureAwait(false);
        var reply = await SendAsync(request(), token, cancel).ConfigureAwait(false);
        if (reply.Refusal != Refusals.Unauthorized) return reply;
        var another = await TokenAsync(stop => _tokens.ReplaceAsync(token, stop), cancel).ConfigureAwait(false);
        if (another == token) return reply;
        reply.Dispose();
        return await SendAsync(request(), another, cancel).ConfigureAwait(false);
    }

    /// <summary>Sends in nobody's name, as to an address that is somebody's already.</summary>
    /// <exception cref="ParleyConnectionException">There is something else than a server of Parley.</exception>
    public Task<HttpReply> SendOpenAsync(HttpRequestMessage request, CancellationToken cancel) => SendAsync(request, null, cancel);

    /// <summary>Asks a method that may be asked twice, until it is answered.</summary>
    public Task<TAnswer> AskAsync<TRequest, TAnswer>(Method<TRequest, TAnswer> method, TRequest request, Patience patience, CancellationToken cancel)
        where TAnswer : class
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(request, method.Request);
        return patience.TryAsync<TAnswer>(
            async () =>
            {
                using var quiet = new Quiet(Clock, cancel);
                using var reply = await SendAsync(() => Json($"{Address}/v1/{method.Name}", body), quiet.Token).ConfigureAwait(false);
                if (reply.Refusal is { } refusal) return refusal;
                var answer = await reply.Content.ReadAsByteArrayAsync(quiet.Token).ConfigureAwait(false);
                return JsonSerializer.Deserialize(answer, method.Answer) ?? throw new JsonException("null");
            },
            cancel);
    }

    public void Dispose()
    {
        // What waits is told first, and why; its source stays, for who asks whether it has ended.
        _ended.Cancel();
        _http.Dispose();
    }

    private static HttpRequestMessage Json(string address, byte[] body)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return new HttpRequestMessage(HttpMethod.Post, address) { Content = content };
    }

    private static async ValueTask<string> TokenAsync(Func<CancellationToken, ValueTask<string>> get, CancellationToken cancel)
    {
        try
        {
            return await get(cancel).ConfigureAwait(false);
        }
        catch (Exception error) when (!cancel.IsCancellationRequested)
        {
            // The provider is the app's code and may throw anything; its backend may be there again in a moment.
            throw new HttpRequestException("The token provider failed.", error);
        }
    }

    private async Task<HttpReply> SendAsync(HttpRequestMessage request, string? token, CancellationToken cancel)
    {
        using var sent = request;
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Headers.UserAgent.ParseAdd(Connection.Client);
        var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel).ConfigureAwait(false);
        try
        {
            return new HttpReply(response, await RefusalOfAsync(response, cancel).ConfigureAwait(false));
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private static async Task<Refusal?> RefusalOfAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        if (response.IsSuccessStatusCode) return null;
        if (response.StatusCode < HttpStatusCode.BadRequest)
            throw new ParleyConnectionException($"The server answered HTTP {(int)response.StatusCode}, which sends elsewhere: the endpoint must be the server's own address.");
        var body = new byte[MaxProblemBytes];
        var stream = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var length = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancel).ConfigureAwait(false);
            return Problems.Read(response.StatusCode, body.AsSpan(0, length), response.Headers.RetryAfter?.Delta);
        }
    }
}

/// <summary>An answer, whose body may not have come yet.</summary>
internal sealed class HttpReply(HttpResponseMessage response, Refusal? refusal) : IDisposable
{
    /// <summary>Why it is none; null when it is one.</summary>
    public Refusal? Refusal => refusal;

    public HttpStatusCode Status => response.StatusCode;

    public HttpResponseHeaders Headers => response.Headers;

    public HttpContent Content => response.Content;

    /// <summary>What a header says; null where it is missing, or there twice.</summary>
    public string? Header(string name) => response.Headers.TryGetValues(name, out var values) && values.ToArray() is [var one] ? one : null;

    public void Dispose() => response.Dispose();
}
