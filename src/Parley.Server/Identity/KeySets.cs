using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Parley.Egress;

namespace Parley.Identity;

/// <summary>The key sets of the apps that name one.</summary>
internal sealed class KeySets : IAsyncDisposable
{
    private readonly Dictionary<string, KeySet> _sets;

    /// <param name="apps">Options that <see cref="AppsOptionsValidator"/> let pass.</param>
    /// <param name="options">How the sets are kept fresh.</param>
    /// <param name="egress">Fetches them. The caller's to dispose, after these.</param>
    /// <param name="clock">Says when.</param>
    /// <param name="log">Hears of failures.</param>
    /// <param name="meters">Where fetches are counted.</param>
    public KeySets(AppsOptions apps, KeySetsOptions options, EgressClient egress, TimeProvider clock, ILogger<KeySet> log, IMeterFactory meters)
    {
        var meter = meters.Create("Parley");
        var fetches = meter.CreateCounter<long>("parley.keysets.fetches", "{fetch}", "Fetches of key sets, by app and outcome.");
        _sets = apps.Where(app => app.Value.KeySet is not null).ToDictionary(
            app => app.Key,
            app =>
            {
                var source = new KeySetSource(app.Value.KeySet!);
                void Count(KeySetFetch fetch) =>
                    fetches.Add(1, new KeyValuePair<string, object?>("app", fetch.App), new KeyValuePair<string, object?>("outcome", fetch.Outcome));
                return new KeySet(app.Key, cancel => source.ReadAsync(egress, cancel), options, clock, log, Count);
            },
            StringComparer.Ordinal);
        meter.CreateObservableGauge("parley.keysets.age", Ages, "s", "How long ago the key set in use was fetched, by app.");
    }

    /// <summary>The key set of an app; null when it has none.</summary>
    public KeySet? Find(string app) => _sets.GetValueOrDefault(app);

    /// <summary>Begins to fetch them, and returns at once.</summary>
    public void Start()
    {
        foreach (var set in _sets.Values) set.Start();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var set in _sets.Values) await set.DisposeAsync();
    }

    private IEnumerable<Measurement<double>> Ages() =>
        from set in _sets
        where set.Value.Age is not null
        select new Measurement<double>(set.Value.Age!.Value.TotalSeconds, new KeyValuePair<string, object?>("app", set.Key));
}
