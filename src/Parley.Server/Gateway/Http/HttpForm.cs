using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Parley.Gateway;

/// <summary>The form of a request over HTTP, as far as its first line and its headers tell it. Looks, and does nothing.</summary>
internal static class HttpForm
{
    /// <summary>The last part of the path, when the path is written in the one way there is; null for any other.</summary>
    /// <remarks>
    /// Compared with what was sent, not with what the web server made of it: a name that comes escaped, with dots that climb or behind another slash is
    /// a name that somebody else may have read differently.
    /// </remarks>
    public static string? NameOf(HttpRequest request)
    {
        var path = $"{request.PathBase.Value}{request.Path.Value}";
        if (request.HttpContext.Features.Get<IHttpRequestFeature>()?.RawTarget is { Length: > 0 } sent && PathIn(sent) != path) return null;
        var name = path[(path.LastIndexOf('/') + 1)..];
        return path.EndsWith($"/v1/{name}", StringComparison.Ordinal) && IsPlain(name) ? name : null;
    }

    /// <summary>Whether the body is JSON as it stands there.</summary>
    public static Refusal? CheckBody(HttpRequest request)
    {
        if (request.Headers.ContentEncoding.Count > 0) return Refusals.NotJson.Because("Content-Encoding: a body is sent as it is");
        if (request.Headers.ContentType is not [{ } text] || !MediaTypeHeaderValue.TryParse(text, out var type)) return Refusals.NotJson.Because("Content-Type");
        if (!type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)) return Refusals.NotJson.Because("Content-Type");
        return type.Parameters.Count == 0
            || (type.Parameters.Count == 1 && HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            ? null
            : Refusals.NotJson.Because("Content-Type: no charset but utf-8, and nothing else");
    }

    private static bool IsPlain(string name) =>
        name.Length is > 0 and <= CommandRouter.MaxNameLength && name.All(character => char.IsAsciiLetterOrDigit(character) || character == '.');

    /// <summary>The path of a request's target, which a proxy may have written with the server's name before it.</summary>
    private static string PathIn(string target)
    {
        var end = target.IndexOf('?', StringComparison.Ordinal) is var query and >= 0 ? query : target.Length;
        var scheme = target.IndexOf("://", 0, end, StringComparison.Ordinal);
        if (target.StartsWith('/') || scheme < 0) return target[..end];
        var start = target.IndexOf('/', scheme + 3);
        return start >= 0 && start < end ? target[start..end] : "/";
    }
}
