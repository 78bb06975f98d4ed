using Parley.Bench;

namespace Parley.Chaos;

/// <summary>A process stands still for a while, as on a machine that was suspended or is overloaded, and goes on as if nothing had happened.</summary>
internal sealed class Pause(Paused who) : Fault
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(6);

    public override string Name => who == Paused.Server ? "stop" : "stop-database";

    public override bool Concerns(Engine engine) => who == Paused.Server || engine == Engine.Postgres;

    public override async Task<long> StrikeAsync(Site site, Town town, Random random, CancellationToken cancel)
    {
        var processes = who == Paused.Server ? [site.Server.ProcessId] : site.Postgres!.Processes;
        ChildProcess.Send(Signal.Stop, processes);
        try
        {
            await Task.Delay(Between(random, Shortest, Longest), TimeProvider.System, cancel);
        }
        finally
        {
            ChildProcess.Send(Signal.Continue, processes);
        }

        var continued = Now;
        site.ServerMustRun("when it, or its database, had stood still");
        await site.ReviveAsync(cancel);
        return continued;
    }
}

/// <summary>Who stands still.</summary>
internal enum Paused
{
    /// <summary>The server.</summary>
    Server,

    /// <summary>All of PostgreSQL.</summary>
    Database,
}
