using Parley.Bench;

namespace Parley.Chaos;

/// <summary>A bug that a server built for it has on purpose (<c>Storage/PlantedBugs</c>), and who must notice it.</summary>
/// <param name="Name">How the server is told.</param>
/// <param name="Noticers">Each must notice it.</param>
internal sealed record PlantedBug(string Name, params IReadOnlyList<INoticer> Noticers)
{
    /// <summary>The environment variable that plants it.</summary>
    public const string Variable = "PARLEY_PLANTED_BUG";

    private const string Kill = "kill";

    // What was acknowledged too early is lost only if the kill comes before its commit.
    private const string Kills = "kill*3";

    /// <summary>Every bug there is.</summary>
    public static IReadOnlyList<PlantedBug> All { get; } =
    [
        new("acknowledge-before-commit",
            new Checked(Promise.AcknowledgedIsKept, Engine.Sqlite, Kills), new Checked(Promise.AcknowledgedIsKept, Engine.Postgres, Kills)),
        new("no-deduplication",
            new Checked(Promise.OnceOnly, Engine.Sqlite, Kill), new Checked(Promise.OnceOnly, Engine.Postgres, Kill), new Tested("G7")),
        new("count-without-lock", new Checked(Promise.OneOrder, Engine.Postgres, Kill) { Nodes = 2 }),
        new("catch-up-off-by-one",
            new Checked(Promise.OneOrder, Engine.Sqlite, Kill), new Checked(Promise.OneOrder, Engine.Postgres, Kill)),
        new("last-cursor-wins",
            new Checked(Promise.ReceiptsMoveForward, Engine.Sqlite, Kill), new Checked(Promise.ReceiptsMoveForward, Engine.Postgres, Kill), new Tested("G13")),
        new("cached-membership", new Tested("G18")),
        new("content-not-synced", new CutBelow(Engine.Sqlite, FileSystem.Ext4), new CutBelow(Engine.Postgres, FileSystem.Xfs)),
    ];

    /// <summary>Those who must notice nothing where no bug is planted: all of them, each once.</summary>
    public static IReadOnlyList<INoticer> Noticing { get; } = [.. All.SelectMany(bug => bug.Noticers).DistinctBy(noticer => noticer.Means)];

    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string> { [Variable] = Name };
}

/// <summary>What may notice a bug: the rig's checker, or tests.</summary>
internal interface INoticer
{
    /// <summary>What it does, in words; the same for those that do the same.</summary>
    string Means { get; }

    /// <summary>Runs on servers with this environment.</summary>
    Task<Notice> RunAsync(PlantedBuild build, IReadOnlyDictionary<string, string> environment, CancellationToken cancel);
}

/// <summary>The programs with the bugs in them.</summary>
/// <param name="Installation">The server.</param>
/// <param name="Tests">The executable of its tests.</param>
internal sealed record PlantedBuild(Installation Installation, string Tests);

/// <summary>What was noticed.</summary>
/// <param name="Noticed">Whether it is what was to be noticed.</param>
/// <param name="Clean">Whether there was nothing at all to notice.</param>
/// <param name="What">In words.</param>
internal sealed record Notice(bool Noticed, bool Clean, string What);
