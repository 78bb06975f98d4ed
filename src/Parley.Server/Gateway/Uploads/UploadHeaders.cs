using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Net.Http.Headers;
using Parley.Content;

namespace Parley.Gateway;

/// <summary>What the headers of an upload say, and what they make the web server do.</summary>
internal static class UploadHeaders
{
    private const string Sha256 = "sha-256";
    private const int Sha256Length = 32;

    /// <summary>How long, and how far beyond what is taken, the rest of a refused body is read.</summary>
    public static readonly TimeSpan Lingers = TimeSpan.FromSeconds(2);

    private const int MaxLingering = 1024 * 1024;

    /// <summary>Lets a body be as large as content may be, and a little more to be refused politely, and no slower than uploads may be; the web server refuses what is.</summary>
    /// <param name="context">The request.</param>
    /// <param name="options">What is taken.</param>
    /// <param name="around">Bytes that stand around the file.</param>
    public static void LetIn(HttpContext context, ContentOptions options, long around)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = options.MaxBytes + around + MaxLingering;
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = options.MinBytesPerSecond == 0 ? null : new MinDataRate(options.MinBytesPerSecond, options.MinRateAfter);
    }

    /// <summary>The name of a file that is sent alone: in the query as <c>name</c>, or in <c>Content-Disposition</c>.</summary>
    public static Refusal? ReadName(HttpRequest request, out string? name)
    {
        if (request.Query["name"] is [{ } given]) return FileNames.Clean(given, out name);
        if (request.Headers.ContentDisposition is [{ } text]) return ReadName(text, out name);
        name = null;
        return null;
    }

    /// <summary>The name in a <c>Content-Disposition</c>.</summary>
    public static Refusal? ReadName(string disposition, out string? name)
    {
        name = null;
        if (!ContentDispositionHeaderValue.TryParse(disposition, out var parsed)) return Refusals.BadRequest.Because("Content-Disposition");
        return FileNames.Clean(parsed.FileNameStar.HasValue ? parsed.FileNameStar.Value : HeaderUtilities.RemoveQuotes(parsed.FileName).Value, out name);
    }

    /// <summary>The SHA-256 that a file is said to have, in <c>Content-Digest</c>, <c>Repr-Digest</c> (RFC 9530) or <c>Digest</c> (RFC 3230); null where nothing is said.</summary>
    public static Refusal? ReadDigest(HttpRequest request, out byte[]? hash)
    {
        hash = null;
        foreach (var header in new[] { "Content-Digest", "Repr-Digest", "Digest" })
        {
            if (request.Headers[header] is not [{ } text]) continue;
            foreach (var one in text.Split(','))
            {
                var at = one.IndexOf('=', StringComparison.Ordinal);
                if (at < 0 || !one.AsSpan(0, at).Trim().Equals(Sha256, StringComparison.OrdinalIgnoreCase)) continue;
                hash = Decode(one[(at + 1)..].Trim().Trim(':'));
                return hash is { Length: Sha256Length } ? null : Refusals.BadRequest.Because($"{header}: expected sha-256 in base64");
            }
        }

        return null;
    }

    /// <summary>What <c>Upload-Checksum</c> says; null where it is not there.</summary>
    public static Refusal? ReadChecksum(HttpRequest request, out Checksum? checksum)
    {
        checksum = null;
        if (request.Headers["Upload-Checksum"] is not [{ } text]) return null;
        var (name, value) = text.Split(' ') is [var algorithm, var digest] ? (algorithm, Decode(digest)) : ("", null);
        checksum = (name, value) switch
        {
            ("sha1", { Length: 20 }) => new Checksum(HashAlgorithmName.SHA1, value),
            ("sha256", { Length: Sha256Length }) => new Checksum(HashAlgorithmName.SHA256, value),
            _ => null,
        };
        return checksum is null ? Refusals.BadRequest.Because("Upload-Checksum: expected sha1 or sha256, and the checksum in base64") : null;
    }

    /// <summary>The pairs of <c>Upload-Metadata</c>; null when it is none.</summary>
    public static IReadOnlyDictionary<string, string>? MetadataOf(HttpRequest request)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        if (request.Headers["Upload-Metadata"] is not [{ Length: > 0 } text]) return pairs;
        foreach (var pair in text.Split(','))
        {
            var parts = pair.Trim().Split(' ');
            if (parts.Length is < 1 or > 2 || parts[0].Length == 0) return null;
            if (Decode(parts.Length == 2 ? parts[1] : "") is not { } bytes || !pairs.TryAdd(parts[0], Encoding.UTF8.GetString(bytes))) return null;
        }

        return pairs;
    }

    private static byte[]? Decode(string base64)
    {
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out var length) ? bytes[..length] : null;
    }
}
