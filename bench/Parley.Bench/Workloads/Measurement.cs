namespace Parley.Bench;

/// <summary>A workload at one pace: what <c>--workload</c> chooses from. Each runs on a server of its own, with an empty database.</summary>
internal sealed record Measurement(string Workload, string Name, Func<LoadedServer, string, CancellationToken, Task<IReadOnlyList<Result>>> RunAsync)
{
    /// <summary>Whether peers are measured so, too: they are compared at saturation, where the fewest things differ.</summary>
    public bool IsForPeers { get; init; }

    /// <summary>Whether files are uploaded, rather than messages sent.</summary>
    public bool IsOfFiles { get; init; }

    /// <summary>How many connections it opens, where they may be more than a process is allowed.</summary>
    public Func<Plan, int> Connections { get; init; } = _ => 0;

    private static readonly IReadOnlyList<Measurement> All =
    [
        .. new[] { Pace.Saturated, Pace.Fixed, Pace.Single }.Select(OfChat),
        new("W1r", "W1r", async (server, system, cancel) =>
        {
            var confirming = server with { Dialect = new ParleyDialect(server, receipts: true) };
            using var chat = Chat.Open(confirming, Pace.Saturated);
            return [Result.Of("W1r", Pace.Saturated.Name, connections: 200, system, await chat.MeasureAsync(confirming, cancel))];
        }),
        new("W2", "W2", async (server, system, cancel) =>
        {
            using var room = Room.Open(server, "w2", server.Plan.Members, outstanding: 8);
            var windows = await room.MeasureAsync(server, cancel);
            return [Result.Of("W2", "saturated", server.Plan.Members + 1, system, windows) with { Stored = room.CountStored(server) }];
        })
        { IsForPeers = true },
        new("W3", "W3", async (server, system, cancel) => [Result.Of(await Idle.MeasureAsync(server, cancel), system)]) { IsForPeers = true, Connections = plan => plan.IdleConnections },
        new("W4", "W4", async (server, system, cancel) => [Result.Of(await CatchUp.MeasureAsync(server, cancel), system)]),
        OfCircle(CircleMode.Statuses, "statuses"),
        OfCircle(CircleMode.ComingAndGoing, "coming and going"),
        new("W8", "W8", (server, system, cancel) =>
        {
            using var room = CrowdedRoom.Open(server, cancel);
            return Task.FromResult<IReadOnlyList<Result>>([room.MeasureJoining(system), room.MeasureTalking(system)]);
        })
        { Connections = plan => plan.Visitors },
        Uploads.Measurement("one at a time", 1),
        Uploads.Measurement("four at once", 4),
        new("W10", "W10", async (server, system, cancel) => [.. (await DayAway.MeasureAsync(server, cancel)).Select(away => Result.Of(away, system))]),
        new("W5", "W5", async (server, system, cancel) => [.. (await Growth.MeasureAsync(server, cancel)).Select(growth => Result.Of(growth, system))]),
    ];

    /// <summary>The measurements of one workload, one of them by its name, or <c>all</c>.</summary>
    public static IReadOnlyList<Measurement> Of(string workload)
    {
        var chosen = All.Where(measurement => workload == "all" || measurement.Workload == workload || measurement.Name == workload).ToList();
        return chosen.Count > 0 ? chosen : throw new BenchException($"{workload}? Known are {string.Join(", ", All.Select(one => one.Workload).Distinct())}, all.");
    }

    private static Measurement OfChat(Pace pace) => new("W1", $"W1 {pace.Name}", async (server, system, cancel) =>
    {
        using var chat = Chat.Open(server, pace);
        return [Result.Of(pace, system, await chat.MeasureAsync(server, cancel)) with { Stored = chat.CountStored(server) }];
    })
    { IsForPeers = pace == Pace.Saturated };

    private static Measurement OfCircle(CircleMode mode, string name) => new("W7", $"W7 {name}", async (server, system, cancel) =>
    {
        using var circle = Circle.Open(server, mode, cancel);
        var windows = await circle.MeasureAsync(server, cancel);
        return
        [
            Result.Of("W7", name, server.Plan.Circle, system, windows) with
            {
                ChangeCpuMicros = Result.Median(windows, window => window.ServerCpu.TotalMicroseconds / window.Traffic.Changes),
                RssKbPerConnection = circle.KbPerConnection,
                WrittenKb = Math.Ceiling(circle.Written / 1024.0),
            },
        ];
    })
    { Connections = plan => plan.Circle };
}
