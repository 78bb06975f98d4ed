using Parley.Delivery;

namespace Parley.Gateway;

/// <summary>Writes a refusal as a problem (RFC 9457): the same row of the catalogue that a frame would carry.</summary>
internal static class Problem
{
    /// <summary>What every <c>type</c> begins with. The rest is the refusal's code, so it changes as rarely: never.</summary>
    public const string TypePrefix = "urn:parley:refusal:";

    public const string ContentType = "application/problem+json; charset=utf-8";

    public static ReadOnlyMemory<byte> Write(Refusal refusal) => JsonBytes.Write(refusal, static (writer, refusal) =>
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, TypePrefix + refusal.Code);
        writer.WriteString("title"u8, refusal.Meaning);
        writer.WriteNumber("status"u8, refusal.Status);
        if (refusal.Detail is { } detail) writer.WriteString("detail"u8, detail);
        writer.WriteString("code"u8, refusal.Code);
        if (refusal.RetryAfter is { } wait) writer.WriteNumber("retryAfterMs"u8, Answers.Milliseconds(wait));
        writer.WriteEndObject();
    });

    /// <summary>A wait as <c>Retry-After</c> says it: whole seconds, never fewer than needed.</summary>
    public static long Seconds(TimeSpan wait) => Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds));
}
