using System.Diagnostics.Metrics;

namespace Parley.Moderation;

/// <summary>What moderation counts.</summary>
internal static class ModerationMetrics
{
    private static readonly Meter Meter = new("Parley");

    private static readonly Counter<long> Filtered =
        Meter.CreateCounter<long>("parley.moderation.filtered", "{message}", "Messages with words of a list, by what became of them.");

    private static readonly Counter<long> Intercepted =
        Meter.CreateCounter<long>("parley.moderation.intercepted", "{message}", "Messages that the app's own checks were asked about, by outcome.");

    private static readonly Counter<long> Reports = Meter.CreateCounter<long>("parley.moderation.reports", "{report}", "Reports of messages, by reason.");

    public static void Found(Screened screened) => Filtered.Add(1, new KeyValuePair<string, object?>("action",
        screened.Refusal is not null ? "refused" : screened.Flags.Count > 0 ? "flagged" : "masked"));

    /// <param name="outcome">pass, edit, refuse or hold; or why there is none: timeout, failed, or skipped while the hook is left alone.</param>
    public static void Asked(string outcome) => Intercepted.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public static void Reported(string reason) => Reports.Add(1, new KeyValuePair<string, object?>("reason", reason));
}
