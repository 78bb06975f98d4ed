using Microsoft.AspNetCore.Http;

namespace Parley.Gateway;

/// <summary>What every answer over HTTP says to browsers and caches, whatever else is in it (HT-04).</summary>
internal static class SafeHeaders
{
    /// <summary>Nothing may keep it, guess at it, show it in a frame, or run anything in it.</summary>
    public static void Add(HttpResponse response)
    {
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
    }
}
