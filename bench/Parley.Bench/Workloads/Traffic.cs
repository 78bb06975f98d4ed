namespace Parley.Bench;

/// <summary>What the generator saw in one window of time. Written by its thread alone.</summary>
internal sealed class Traffic
{
    public long Delivered { get; set; }

    /// <summary>Messages that the server refused for the moment, or that were not sent at their time because too many waited.</summary>
    public long Refused { get; set; }

    /// <summary>W7: what was delivered are the signals of so many changes.</summary>
    public long Changes { get; set; }

    /// <summary>W8: until the last of all who asked at once was answered.</summary>
    public TimeSpan Answered { get; set; }

    public Histogram Acknowledged { get; init; } = new();

    public Histogram EndToEnd { get; } = new();
}

/// <summary>What came of one window.</summary>
/// <param name="Traffic">What the generator saw.</param>
/// <param name="Length">How long it was.</param>
/// <param name="ServerCpu">Used by the server and its database.</param>
/// <param name="GeneratorCpu">Used by this program.</param>
/// <param name="ForeignCpu">Used by anybody else on the two cores.</param>
internal sealed record Window(Traffic Traffic, TimeSpan Length, TimeSpan ServerCpu, TimeSpan GeneratorCpu, TimeSpan ForeignCpu)
{
    /// <summary>Share of one core.</summary>
    public double ForeignPercent => 100 * ForeignCpu / Length;

    public double GeneratorPercent => 100 * GeneratorCpu / Length;

    public double PerSecond => Traffic.Delivered / Length.TotalSeconds;

    /// <summary>Per delivered copy, where a message has several.</summary>
    public double MicrosPerMessage => Traffic.Delivered == 0 ? double.NaN : ServerCpu.TotalMicroseconds / Traffic.Delivered;
}

/// <summary>How long is measured.</summary>
/// <param name="WarmUp">Before the first window; JIT tiering is off by up to 2.3 times before 10 s.</param>
/// <param name="Window">Length of a window.</param>
/// <param name="Windows">How many at most; measuring ends early when three were quiet.</param>
/// <param name="IdleConnections">How many connections idle in W3.</param>
/// <param name="Idle">How long they idle.</param>
/// <param name="Members">How many receive in W2.</param>
/// <param name="ReturningDevices">How many come back at once in W4.</param>
/// <param name="LongLogs">Entries of the conversations of W5, ascending.</param>
/// <param name="LongInboxes">Conversations of the inboxes of W5, ascending.</param>
/// <param name="Circle">How many are online in W7.</param>
/// <param name="Followers">How many follow each of them.</param>
/// <param name="Visitors">How many come into the room of W8.</param>
/// <param name="Talk">How long one talks there at a time.</param>
/// <param name="Groups">In how many conversations the device of W10 missed something.</param>
/// <param name="MissedEach">How many entries in each.</param>
internal sealed record Plan(
    TimeSpan WarmUp, TimeSpan Window, int Windows, int IdleConnections, TimeSpan Idle, int Members, int ReturningDevices, IReadOnlyList<int> LongLogs,
    IReadOnlyList<int> LongInboxes, int Circle, int Followers, int Visitors, TimeSpan Talk, int Groups, int MissedEach)
{
    /// <summary>A window with fewer messages goes on, as long as it is not <see cref="LongestWindow"/>: what is slow may take them in rounds of seconds.</summary>
    public const int FewestMessages = 2_000;

    public static readonly TimeSpan LongestWindow = TimeSpan.FromSeconds(20);

    /// <summary>How many windows count.</summary>
    public const int Counted = 3;

    /// <summary>A window in which others used less of a core than this is quiet.</summary>
    public const double QuietPercent = 3;

    public static readonly Plan Full = new(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2.5), 7, 5_000, TimeSpan.FromSeconds(10),
        Members: 500, ReturningDevices: 1_000, LongLogs: [1_000, 100_000, 1_000_000], LongInboxes: [10, 1_000, 10_000], Circle: 10_000, Followers: 100,
        Visitors: 10_000, Talk: TimeSpan.FromSeconds(10), Groups: 300, MissedEach: 34);

    /// <summary>Enough to see that everything works; the figures mean little.</summary>
    public static readonly Plan Quick = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), 3, 500, TimeSpan.FromSeconds(2),
        Members: 50, ReturningDevices: 100, LongLogs: [1_000, 10_000], LongInboxes: [10, 100], Circle: 500, Followers: 20,
        Visitors: 500, Talk: TimeSpan.FromSeconds(2), Groups: 10, MissedEach: 30);
}
