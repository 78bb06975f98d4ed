using Parley.Bench;

namespace Parley.Chaos;

/// <summary>kill -9 of the server.</summary>
internal sealed class KillServer : Fault
{
    public override string Name => "kill";

    public override async Task<long> StrikeAsync(Site site, Town town, Random random, CancellationToken cancel)
    {
        var killed = Now;
        await site.Server.KillAsync();
        await site.ReviveAsync(cancel);
        return killed;
    }
}

/// <summary>kill -9 of PostgreSQL's postmaster, whose children then end. The server must outlive it.</summary>
internal sealed class KillDatabase : Fault
{
    public override string Name => "kill-database";

    public override bool Concerns(Engine engine) => engine == Engine.Postgres;

    public override async Task<long> StrikeAsync(Site site, Town town, Random random, CancellationToken cancel)
    {
        var killed = Now;
        await site.Postgres!.KillAsync();
        await site.Postgres.StartAsync(cancel);
        site.ServerMustRun("when its database was killed");
        await site.ReviveAsync(cancel);
        return killed;
    }
}
