using Microsoft.AspNetCore.Http;

namespace Parley.Gateway;

/// <summary>Which pages of other origins may ask and read: those of the list that may open a WebSocket, and without a list none (HT-02).</summary>
/// <remarks>Never with the browser's own credentials: a page that may ask holds a token, and shows it itself.</remarks>
internal static class CrossOrigin
{
    private const string MaxAgeSeconds = "600";

    /// <summary>Says to the browser what it may do with the answer.</summary>
    /// <param name="context">The request.</param>
    /// <param name="allowed">The origins.</param>
    /// <param name="words">What pages may ask with.</param>
    /// <returns>Whether it asked for nothing else, so that there is no more to answer.</returns>
    public static bool Answer(HttpContext context, IList<string> allowed, CrossOriginWords words)
    {
        if (allowed.Count == 0) return false;
        var (request, headers) = (context.Request, context.Response.Headers);
        headers.Vary = "Origin";
        if (request.Headers.Origin is not [{ } origin] || !allowed.Contains(origin)) return false;

        headers.AccessControlAllowOrigin = origin;
        if (request.Method != HttpMethods.Options || request.Headers.AccessControlRequestMethod.Count == 0)
        {
            headers.AccessControlExposeHeaders = $"{HttpGateway.RequestHeader}, Retry-After{words.Exposed}";
            return false;
        }

        headers.AccessControlAllowMethods = words.Verbs;
        headers.AccessControlAllowHeaders = $"Authorization, Content-Type{words.Headers}";
        headers.AccessControlMaxAge = MaxAgeSeconds;
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return true;
    }
}

/// <summary>What pages of other origins may ask with, beside what is always taken.</summary>
/// <param name="Verbs">With which verbs.</param>
/// <param name="Headers">With which headers more, each after a comma.</param>
/// <param name="Exposed">Which headers more of the answer they may read, likewise.</param>
internal sealed record CrossOriginWords(string Verbs, string Headers = "", string Exposed = "")
{
    /// <summary>Of methods.</summary>
    public static CrossOriginWords Methods { get; } = new("GET, POST");
}
