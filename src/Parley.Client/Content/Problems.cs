using System.Net;
using System.Text.Json;

namespace Parley.Client;

/// <summary>Why an answer over HTTP is none: the catalogue's row that its problem (RFC 9457) names, or what its status says where it names none, as of a proxy.</summary>
internal static class Problems
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromHours(1);

    /// <summary>The refusal of an answer.</summary>
    /// <param name="status">Its status.</param>
    /// <param name="body">Its body; empty of an answer to HEAD.</param>
    /// <param name="retryAfter">What its header says.</param>
    public static Refusal Read(HttpStatusCode status, ReadOnlySpan<byte> body, TimeSpan? retryAfter)
    {
        var (refusal, wait) = Named(status, body) ?? (OfStatus(status), null);
        return (wait ?? retryAfter) is { } later && refusal.Retry == RetryPolicy.Later ? refusal.After(later < MaxWait ? later : MaxWait) : refusal;
    }

    private static (Refusal Refusal, TimeSpan? Wait)? Named(HttpStatusCode status, ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            using var document = JsonDocument.ParseValue(ref reader);
            if (document.RootElement.ValueKind != JsonValueKind.Object || Text(document.RootElement, "code") is not { Length: > 0 } code) return null;
            var row = Refusals.Find(code) ?? new Refusal(code, (int)status, (int)status, IsForLater(status) ? RetryPolicy.Later : RetryPolicy.Never, Text(document.RootElement, "title") ?? "");
            var wait = document.RootElement.TryGetProperty("retryAfterMs", out var value) && value.TryGetInt64(out var milliseconds) && milliseconds >= 0
                ? TimeSpan.FromMilliseconds(Math.Min(milliseconds, (long)MaxWait.TotalMilliseconds))
                : default(TimeSpan?);
            return (row with { Detail = Text(document.RootElement, "detail") }, wait);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement problem, string member) =>
        problem.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static Refusal OfStatus(HttpStatusCode status)
    {
        var row = status switch
        {
            HttpStatusCode.Unauthorized => Refusals.Unauthorized,
            HttpStatusCode.Forbidden => Refusals.PermissionDenied,
            HttpStatusCode.NotFound => Refusals.NotFound,
            HttpStatusCode.RequestTimeout => Refusals.TooSlow,
            HttpStatusCode.Gone => Refusals.UploadExpired,
            HttpStatusCode.RequestEntityTooLarge => Refusals.TooLarge,
            HttpStatusCode.TooManyRequests => Refusals.RateLimited,
            _ when IsForLater(status) => Refusals.Unavailable,
            _ => Refusals.BadRequest,
        };
        return row.Because($"HTTP {(int)status}");
    }

    private static bool IsForLater(HttpStatusCode status) => (int)status >= 500 || status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout;
}
