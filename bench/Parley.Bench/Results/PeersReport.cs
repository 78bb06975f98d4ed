using System.Globalization;
using System.Text;

namespace Parley.Bench;

/// <summary>What the report says of peers.</summary>
internal static class PeersReport
{
    private const string Peers = """
        ## Peers

        | system | version | configuration in bench/peers | an acknowledgement means that | found stored |
        |---|---|---|---|---:|
        """;

    /// <summary>How many times Parley's figure a peer's is, of Parley on the same kind of database; null for Parley itself, and when it was not measured.</summary>
    public static double? Ratio(IReadOnlyCollection<Result> results, Result peer, Func<Result, double?> figure)
    {
        if (!peer.IsPeer) return null;
        var counterpart = peer.System.EndsWith("postgres", StringComparison.Ordinal) ? "parley-postgres" : "parley-sqlite";
        var parley = results.FirstOrDefault(result => result.System == counterpart && result.Workload == peer.Workload && result.Mode == peer.Mode);
        return parley is null || figure(parley) is not > 0 ? null : figure(peer) / figure(parley);
    }

    /// <summary>What each of them is; empty when there are none.</summary>
    public static string Table(IReadOnlyCollection<Result> results)
    {
        var text = new StringBuilder();
        foreach (var peer in results.Where(result => result.IsPeer).GroupBy(result => result.System))
        {
            if (text.Length == 0) text.AppendLine(Peers);
            var stored = peer.Sum(result => result.Stored);
            text.Append("| ").AppendJoin(" | ", peer.Key, peer.First().Versions.Split(", .NET ")[0], peer.First().Configuration, peer.First().Acknowledgement,
                stored > 0 ? string.Create(CultureInfo.InvariantCulture, $"{stored:N0}") : "").AppendLine(" |");
        }

        return text.Length == 0 ? "" : text.AppendLine().ToString();
    }

    /// <summary>Whether peers were measured.</summary>
    public static string Note(IReadOnlyCollection<Result> results) => results.Any(result => result.IsPeer)
        ? """
          Peers ran after it in the same run, at saturation
          only; **× Parley** is how many times as much a peer takes as Parley on the same kind of database (PostgreSQL, or else SQLite).
          What their configurations are and why: [internals/bench.md](internals/bench.md).
          """
        : """
          Peers were not measured in this run:
          `./bench.sh --peers` measures them beside Parley.
          """;
}
