using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Parley.Bench;

/// <summary>One workload on one system: a line of docs/performance.jsonl.</summary>
/// <param name="Workload">W1, W3, ….</param>
/// <param name="Mode">How the workload was paced.</param>
/// <param name="System">What was measured.</param>
internal sealed record Result(string Workload, string Mode, string System)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Delivered messages.</summary>
    public double? PerSecond { get; init; }

    /// <summary>User and system time of the server and its database per delivered message.</summary>
    public double? CpuMicros { get; init; }

    public double? AckP50Ms { get; init; }

    public double? AckP99Ms { get; init; }

    public double? E2eP50Ms { get; init; }

    public double? E2eP99Ms { get; init; }

    public double? RssKbPerConnection { get; init; }

    /// <summary>The same per connection taken, its session included.</summary>
    public double? ConnectCpuMicros { get; init; }

    public double? IdleCpuPercent { get; init; }

    public int Connections { get; init; }

    /// <summary>W4: from the first connection that was taken to the last entry. W8: until the last who came in was answered.</summary>
    public double? Seconds { get; init; }

    /// <summary>W8: until everybody knew that everybody is there.</summary>
    public double? SignalSeconds { get; init; }

    /// <summary>W8: the server's memory in RAM afterwards.</summary>
    public double? ResidentMb { get; init; }

    /// <summary>W8: the most it had been by then.</summary>
    public double? PeakResidentMb { get; init; }

    /// <summary>W7: user and system time of the server and its database per change, whatever was told of it.</summary>
    public double? ChangeCpuMicros { get; init; }

    /// <summary>W10: user and system time of the device's program per entry, from its start on.</summary>
    public double? DeviceCpuMicros { get; init; }

    /// <summary>W7: what the server and its database wrote to the disk meanwhile.</summary>
    public double? WrittenKb { get; init; }

    /// <summary>W5: user and system time of one request, where that is what was done.</summary>
    public double? CpuMillis { get; init; }

    /// <summary>Share of a core that others took: what to doubt the line by.</summary>
    public double ForeignCpuPercent { get; init; }

    /// <summary>Share of a core that the generator took.</summary>
    public double? GeneratorCpuPercent { get; init; }

    public long? Refused { get; init; }

    /// <summary>How many windows were measured; the three quietest count.</summary>
    public int? Windows { get; init; }

    /// <summary>Messages that were found in the server's store afterwards, for peers that store.</summary>
    public long? Stored { get; init; }

    public string At { get; init; } = "";

    public string Commit { get; init; } = "";

    public string Versions { get; init; } = "";

    /// <summary>The limits Parley ran with.</summary>
    public string? Limits { get; init; }

    /// <summary>The file of bench/peers that a peer ran with, and the values in it.</summary>
    public string? Configuration { get; init; }

    /// <summary>What has become of a message when a peer acknowledges it; Parley's is durable then.</summary>
    public string? Acknowledgement { get; init; }

    /// <summary>Whether it is of something other than Parley.</summary>
    [JsonIgnore]
    public bool IsPeer => Configuration is not null;

    public static Result Parse(string line) => JsonSerializer.Deserialize<Result>(line, Json)!;

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>The median of the three quietest windows, figure by figure.</summary>
    public static Result Of(Pace pace, string system, IReadOnlyList<Window> windows) => Of("W1", pace.Name, connections: 200, system, windows);

    public static Result Of(string workload, string mode, int connections, string system, IReadOnlyList<Window> windows)
    {
        return new Result(workload, mode, system)
        {
            PerSecond = Math.Round(Median(windows, window => window.PerSecond)),
            CpuMicros = Median(windows, window => window.MicrosPerMessage),
            AckP50Ms = Percentile(traffic => traffic.Acknowledged, 0.50),
            AckP99Ms = Percentile(traffic => traffic.Acknowledged, 0.99),
            E2eP50Ms = Percentile(traffic => traffic.EndToEnd, 0.50),
            E2eP99Ms = Percentile(traffic => traffic.EndToEnd, 0.99),
            ForeignCpuPercent = Median(windows, window => window.ForeignPercent),
            GeneratorCpuPercent = Median(windows, window => window.GeneratorPercent),
            Refused = windows.Sum(window => window.Traffic.Refused),
            Windows = windows.Count,
            Connections = connections,
        };

        double? Percentile(Func<Traffic, Histogram> what, double share) =>
            windows.All(window => what(window.Traffic).IsEmpty) ? null : Median(windows, window => what(window.Traffic).Percentile(share));
    }

    /// <summary>Of the three quietest windows.</summary>
    public static double Median(IReadOnlyList<Window> windows, Func<Window, double> figure)
    {
        var quiet = windows.OrderBy(window => window.ForeignCpu).Take(Plan.Counted).ToList();
        return Round(quiet.Select(figure).Order().ElementAt(quiet.Count / 2));
    }

    public static Result Of(Idle idle, string system) => new("W3", "idle", system)
    {
        RssKbPerConnection = Round(idle.RssKbPerConnection),
        ConnectCpuMicros = Round(idle.ConnectCpuMicros),
        IdleCpuPercent = Round(idle.IdleCpuPercent),
        ForeignCpuPercent = Round(idle.ForeignPercent),
        Connections = idle.Connections,
    };

    public static Result Of(CatchUp caughtUp, string system) => new("W4", "catch-up", system)
    {
        PerSecond = Math.Round(caughtUp.Entries / caughtUp.Took.TotalSeconds),
        CpuMicros = Round(caughtUp.MicrosPerEntry),
        Seconds = Round(caughtUp.Took.TotalSeconds),
        ForeignCpuPercent = Round(caughtUp.ForeignPercent),
        Connections = caughtUp.Devices,
    };

    public static Result Of(DayAway away, string system) => new("W10", away.Mode, system)
    {
        PerSecond = Math.Round(away.Entries / away.Took.TotalSeconds),
        CpuMicros = Round(away.ServerCpu.TotalMicroseconds / away.Entries),
        DeviceCpuMicros = Round(away.DeviceCpu.TotalMicroseconds / away.Entries),
        Seconds = Round(away.Took.TotalSeconds),
        ResidentMb = Round(away.QuietMb),
        PeakResidentMb = Round(away.PeakMb),
        ForeignCpuPercent = Round(away.ForeignPercent),
        Connections = away.Conversations,
    };

    public static Result Of(Growth growth, string system) => new("W5", growth.Mode, system)
    {
        CpuMicros = growth.IsRequest ? null : Round(growth.Micros),
        CpuMillis = growth.IsRequest ? Math.Round(growth.Micros / 1_000, 3) : null,
        ForeignCpuPercent = Round(growth.ForeignPercent),
    };

    private static double Round(double value) => double.IsFinite(value) ? Math.Round(value, 2) : 0;
}
