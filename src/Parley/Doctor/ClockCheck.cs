namespace Parley.Doctor;

/// <summary>Whether this machine's clock can be right. Tokens end, and entries are dated, by it.</summary>
internal static class ClockCheck
{
    public const string Name = "clock";

    /// <summary>What tokens allow for.</summary>
    private static readonly TimeSpan Allowed = TimeSpan.FromSeconds(30);

    public static IEnumerable<Finding> Run(Patient patient)
    {
        var built = new DateTimeOffset(File.GetLastWriteTimeUtc(Environment.ProcessPath ?? AppContext.BaseDirectory), TimeSpan.Zero);
        yield return JudgeAlone(patient.Clock.Now(), built);
    }

    internal static Finding JudgeAlone(DateTimeOffset now, DateTimeOffset built) => now < built
        ? Finding.Fail(Name, $"it says {now:yyyy-MM-dd HH:mm} UTC, which is before this program was installed", "Set the clock, and keep it right with an NTP client (timedatectl).")
        : Finding.Ok(Name, $"it says {now:yyyy-MM-dd HH:mm:ss} UTC");

    /// <summary>Null when another clock agrees.</summary>
    internal static Finding? JudgeBeside(DateTimeOffset now, DateTimeOffset other, string whose) => (now - other).Duration() <= Allowed
        ? null
        : Finding.Warn(Name, $"it and {whose} differ by {(now - other).Duration().TotalSeconds:0} s; tokens are taken {Allowed.TotalSeconds:0} s early or late at most", "Keep both right with an NTP client.");

    /// <summary>Null when the newest entry is not of the future.</summary>
    internal static Finding? JudgeEntries(DateTimeOffset now, DateTimeOffset newest) => newest - now <= Allowed
        ? null
        : Finding.Warn(Name, $"the newest entry is of {newest:yyyy-MM-dd HH:mm:ss} UTC, which is in the future; times of a conversation never go back, so its new entries bear that time until then",
            "Set the clock right; it was ahead once.");
}
