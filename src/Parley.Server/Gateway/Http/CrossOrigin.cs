using Microsoft.AspNetCore.Http;

namespace Parley.Gateway;

/// <summary>Which pages of other origins may ask and read: those of the list that may open a WebSocket, and without a list none (HT-02).</summary>
/// <remarks>Never with the browser's own credentials: a page that may ask holds a token, and shows it itself.</remarks>
internal static class CrossOrigin
{
    private const string MaxAgeSeconds = "600";

    /// <summary>Says to the browser what it may do with the answer.</summary>
    /// <returns>Whether it asked for nothing else, so that there is no more to answer.</returns>
    public static bool Answer(HttpContext context, IList<string> allowed)
    {
        if (allowed.Count == 0) return false;
        var (request, headers) = (context.Request, context.Response.Headers);
        headers.Vary = "Origin";
        if (request.Headers.Origin is not [{ } origin] || !allowed.Contains(origin)) return false;

        headers.AccessControlAllowOrigin = origin;
        if (request.Method != HttpMethods.Options || request.Headers.AccessControlRequestMethod.Count == 0)
        {
            headers.AccessControlExposeHeaders = $"{HttpGateway.RequestHeader}, Retry-After";
            return false;
        }

        headers.AccessControlAllowMethods = "GET, POST";
        headers.AccessControlAllowHeaders = "Authorization, Content-Type";
        headers.AccessControlMaxAge = MaxAgeSeconds;
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return true;
    }
}
