namespace Parley.Bench;

/// <summary>What a run measures: Parley on one engine, or a peer.</summary>
internal abstract class MeasuredSystem
{
    /// <summary>As in results.</summary>
    public abstract string Name { get; }

    /// <summary>Whether the measurement is one for it.</summary>
    public abstract bool Takes(Measurement measurement);

    /// <summary>Starts it with nothing stored, measures, and leaves nothing behind.</summary>
    public abstract Task<IReadOnlyList<Result>> MeasureAsync(Measurement measurement, Plan plan, CancellationToken cancel);
}

internal sealed class ParleySystem(Installation installation, Engine engine) : MeasuredSystem
{
    public override string Name => engine == Engine.Sqlite ? "parley-sqlite" : "parley-postgres";

    public override bool Takes(Measurement measurement) => true;

    public override async Task<IReadOnlyList<Result>> MeasureAsync(Measurement measurement, Plan plan, CancellationToken cancel)
    {
        var results = await installation.RunAsync(engine, LoadedServer.Core, async (server, tokens, postgres) =>
        {
            IReadOnlyList<int> processes = postgres is null ? [server.ProcessId] : [server.ProcessId, postgres.ProcessId];
            try
            {
                return await measurement.RunAsync(new LoadedServer(server.Address, tokens, server.ProcessId, processes, plan), Name, cancel);
            }
            catch (Exception failure) when (failure is BenchException or System.Net.Sockets.SocketException)
            {
                throw new BenchException($"{failure.Message}\n{server.Tail()}");
            }
        }, cancel);
        return [.. results.Select(result => result with { Versions = Installation.Versions(), Limits = installation.LimitsText() })];
    }
}

internal sealed class PeerSystem(Installation installation, Peer peer) : MeasuredSystem
{
    public override string Name => peer.Name;

    /// <summary>At saturation only: most could not keep up with the fixed rate.</summary>
    public override bool Takes(Measurement measurement) => measurement.IsForPeers && measurement.IsOfFiles == peer.TakesFiles;

    public override async Task<IReadOnlyList<Result>> MeasureAsync(Measurement measurement, Plan plan, CancellationToken cancel)
    {
        var results = await installation.RunAsync(async site =>
        {
            try
            {
                var started = await peer.StartAsync(site, cancel);
                var server = new LoadedServer(site.Address, new Tokens("none", ""), site.ProcessId, site.Processes, plan) { Dialect = started.Dialect!, Files = started.Files! };
                var results = await measurement.RunAsync(server, Name, cancel);
                return results.Select(result => result with { Versions = $"{started.Version}, {Installation.Versions()}" }).ToList();
            }
            catch (Exception failure) when (failure is BenchException or System.Net.Sockets.SocketException)
            {
                throw new BenchException($"{failure.Message}\n{site.Tail()}");
            }
        });
        return [.. results.Select(result => result with { Configuration = peer.Configuration, Acknowledgement = peer.Acknowledgement })];
    }
}
