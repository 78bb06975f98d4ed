using Parley.Storage.Backups;

namespace Parley.Commands;

/// <summary>What <c>backup</c> and <c>restore</c> say of a backup.</summary>
internal static class BackupText
{
    private const double Kibi = 1_024;

    /// <summary><c>1,234 entries of 12 conversations, the newest of 2026-11-21 01:41:49 UTC</c>.</summary>
    public static string Of(BackupContents contents) =>
        $"{contents.Entries:N0} {(contents.Entries == 1 ? "entry" : "entries")} of {contents.Conversations:N0} {(contents.Conversations == 1 ? "conversation" : "conversations")}"
        + (contents.NewestAt is { } at ? $", the newest of {at.UtcDateTime:yyyy-MM-dd HH:mm:ss.fff} UTC" : "");

    public static string Size(long bytes) => bytes switch
    {
        < 1_024 => $"{bytes} B",
        < 1_024 * 1_024 => $"{bytes / Kibi:0.0} KiB",
        < 1_024 * 1_024 * 1_024 => $"{bytes / Kibi / Kibi:0.0} MiB",
        _ => $"{bytes / Kibi / Kibi / Kibi:0.0} GiB",
    };
}
