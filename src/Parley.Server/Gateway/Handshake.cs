using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Parley.Gateway;

/// <summary>The rules of the opening handshake, over HTTP/1.1 (RFC 6455 §4.2) and over HTTP/2 (RFC 8441), and who may begin one.</summary>
internal static class Handshake
{
    private const string Version = "13";

    /// <summary>Null when the request may be upgraded; else the status to answer it with.</summary>
    public static Rejection? Judge(HttpRequest request, IList<string> allowedOrigins)
    {
        var isStream = IsStream(request.HttpContext);
        if (!isStream && !HttpMethods.IsGet(request.Method)) return new Rejection(StatusCodes.Status405MethodNotAllowed, "Only GET is answered here.");
        if (HasToken(request.Query)) return new Rejection(StatusCodes.Status400BadRequest, "A token belongs into session.open, never into an address.");
        if (request.ContentLength > 0 || request.Headers.TransferEncoding.Count > 0)
            return new Rejection(StatusCodes.Status400BadRequest, "A request to upgrade has no body.");

        if (!isStream && (!HttpProtocol.IsHttp11(request.Protocol)
            || request.HttpContext.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true }
            || !HasValue(request.Headers.Connection, "Upgrade") || !HasValue(request.Headers.Upgrade, "websocket")))
            return new Rejection(StatusCodes.Status426UpgradeRequired, "This is a WebSocket: send the headers of its handshake over HTTP/1.1, or an extended CONNECT over HTTP/2.");

        if (request.Headers.SecWebSocketVersion is not [Version])
            return new Rejection(StatusCodes.Status426UpgradeRequired, "Version 13 of the WebSocket protocol is spoken here.");

        if (!isStream && !IsKey(request.Headers.SecWebSocketKey)) return new Rejection(StatusCodes.Status400BadRequest, "Sec-WebSocket-Key must be 16 bytes as base64.");
        return IsAllowed(request, allowedOrigins) ? null : new Rejection(StatusCodes.Status403Forbidden, "Pages of this origin may not connect.");
    }

    /// <summary>Whether the WebSocket is one stream among those of an HTTP/2 connection.</summary>
    public static bool IsStream(HttpContext context) => context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true, Protocol: "websocket" };

    /// <summary>Answers 101, or 200 over HTTP/2, and hands over the stream. No extension and no subprotocol is agreed on.</summary>
    public static async Task<Stream> AcceptAsync(HttpContext context)
    {
        if (IsStream(context)) return await context.Features.GetRequiredFeature<IHttpExtendedConnectFeature>().AcceptAsync();

        var headers = context.Response.Headers;
        headers.Upgrade = "websocket";
        headers.Connection = "Upgrade";
        headers.SecWebSocketAccept = AcceptOf(context.Request.Headers.SecWebSocketKey.ToString());
        return await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
    }

    /// <summary>Answers a request that is not upgraded, and lets the connection end with it.</summary>
    public static Task RejectAsync(HttpContext context, Rejection rejection)
    {
        var response = context.Response;
        response.StatusCode = rejection.Status;
        response.ContentType = "text/plain; charset=utf-8";
        response.Headers.Connection = "close";
        SafeHeaders.Add(response);
        if (rejection.Status == StatusCodes.Status405MethodNotAllowed) response.Headers.Allow = HttpMethods.Get;
        if (rejection.Status == StatusCodes.Status426UpgradeRequired)
        {
            response.Headers.Upgrade = "websocket";
            response.Headers.Connection = new StringValues(["Upgrade", "close"]);
            response.Headers.SecWebSocketVersion = Version;
        }

        if (rejection.RetryAfter is { } wait) response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString();
        return response.WriteAsync(rejection.Reason + "\n", context.RequestAborted);
    }

    /// <summary>
    /// A browser always tells the origin of the page, so one that does not is refused. Origins are compared byte by byte with what
    /// browsers write (scheme and host in lower case, no default port); anything else was not written by a browser.
    /// </summary>
    private static bool IsAllowed(HttpRequest request, IList<string> allowedOrigins)
    {
        var origins = request.Headers.Origin;
        if (origins.Count == 0) return !request.Headers.UserAgent.ToString().StartsWith("Mozilla", StringComparison.OrdinalIgnoreCase);
        if (origins is not [{ } origin]) return false;
        if (allowedOrigins.Count > 0) return allowedOrigins.Contains(origin);
        var host = request.Host.Value;
        return !string.IsNullOrEmpty(host) && (origin == "https://" + host || origin == "http://" + host);
    }

    /// <summary>Whether there is a token where everybody logs it.</summary>
    public static bool HasToken(IQueryCollection query) => query.ContainsKey("token") || query.ContainsKey("access_token");

    private static bool HasValue(StringValues header, string value)
    {
        foreach (var line in header)
        {
            foreach (var part in (line ?? "").Split(','))
            {
                if (part.AsSpan().Trim().Equals(value, StringComparison.OrdinalIgnoreCase)) return true;
            }
        }

        return false;
    }

    private static bool IsKey(StringValues header)
    {
        Span<byte> key = stackalloc byte[18];
        return header is [{ Length: 24 } text] && Convert.TryFromBase64String(text, key, out var length) && length == 16;
    }

    private static string AcceptOf(string key)
    {
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        // RFC 6455 wants SHA-1 here as proof that the request was understood; nothing secret hangs on it.
#pragma warning disable CA5350
        SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"), hash);
#pragma warning restore CA5350
        return Convert.ToBase64String(hash);
    }
}

/// <summary>An answer instead of the upgrade.</summary>
internal sealed record Rejection(int Status, string Reason)
{
    /// <summary>When to try again; null when trying again will not help.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
