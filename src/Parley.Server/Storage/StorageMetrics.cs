using System.Diagnostics.Metrics;

namespace Parley.Storage;

/// <summary>What the journal does, as metrics of the meter <c>Parley</c>.</summary>
internal static class StorageMetrics
{
    private static readonly Meter Meter = new("Parley");
    private static readonly Counter<long> Commits = Meter.CreateCounter<long>("parley.journal.commits", "{commit}", "Transactions committed.");
    private static readonly Histogram<int> Items = Meter.CreateHistogram<int>("parley.journal.batch.items", "{item}", "Items of one transaction.");

    private static readonly Histogram<double> Latency =
        Meter.CreateHistogram<double>("parley.journal.commit.duration", "s", "From forming a batch to its commit, retries included.");

    private static readonly Histogram<int> AppendRows =
        Meter.CreateHistogram<int>("parley.append.batch.rows", "{entry}", "Appends of one transaction.");

    public static void Committed(IReadOnlyList<JournalItem> batch, TimeSpan elapsed)
    {
        Commits.Add(1);
        Items.Record(batch.Count);
        Latency.Record(elapsed.TotalSeconds);
    }

    public static void Appended(int rows) => AppendRows.Record(rows);
}
