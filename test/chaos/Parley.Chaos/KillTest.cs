using System.Diagnostics;
using Parley.Bench;

namespace Parley.Chaos;

/// <summary>What is killed.</summary>
internal enum Victim
{
    /// <summary>The server, by kill -9.</summary>
    Server,

    /// <summary>PostgreSQL, by kill -9 of its postmaster.</summary>
    Database,

    /// <summary>The disk below the log that SQLite writes ahead: a commit cannot be made durable.</summary>
    Log,

    /// <summary>The disk below the database file of SQLite: a checkpoint cannot be made durable.</summary>
    File,
}

/// <summary>Load on a real server, kill -9 of it in the middle of that, and the verdict of the checker.</summary>
/// <param name="Load">How long everything runs before each kill, and after the last.</param>
/// <param name="Victims">What is killed, in order.</param>
internal sealed record KillTest(TimeSpan Load, IReadOnlyList<Victim> Victims)
{
    /// <summary>At the moment of a kill at least so many requests must be without an answer: else it proves little.</summary>
    public const int WantedUnanswered = 50;

    /// <summary>Before a kill at least so many sends must be acknowledged each second.</summary>
    public const int WantedPerSecond = 1_000;

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LoadPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SettlePatience = TimeSpan.FromSeconds(40);

    private static readonly TimeSpan FsyncPatience = TimeSpan.FromSeconds(30);

    /// <summary>The short test of an engine: the server three times; on PostgreSQL the postmaster, too, after the first of them.</summary>
    public static KillTest Short(Engine engine) => Of(engine, TimeSpan.FromSeconds(1.5), kills: 3);

    /// <summary>The server so many times; on PostgreSQL the postmaster, too, after the first of them.</summary>
    public static KillTest Of(Engine engine, TimeSpan load, int kills)
    {
        List<Victim> victims = [.. Enumerable.Repeat(Victim.Server, kills)];
        if (engine == Engine.Postgres) victims.Insert(Math.Min(1, kills), Victim.Database);
        return new KillTest(load, victims);
    }

    /// <summary>Runs it against an installation, on an empty database.</summary>
    public Task<Verdict> RunAsync(Installation installation, Engine engine, CancellationToken cancel) =>
        installation.RunAsync(engine, core: null, (server, tokens, postgres) => RunAsync(engine, server, tokens, postgres, cancel), cancel);

    private async Task<Verdict> RunAsync(Engine engine, ServerProcess server, Tokens tokens, PostgresInstance? postgres, CancellationToken cancel)
    {
        using var town = new Town(server.Address, tokens);
        town.Build();
        using var life = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var problems = new List<string>();
        var threads = town.Clients.Select(client => Start(client, problems, life.Token)).ToList();

        var kills = new List<Kill>();
        foreach (var victim in Victims) kills.Add(await KillAsync(victim, town, server, postgres, problems, cancel));

        await UntilAsync(() => town.Clients.All(client => client.Connected), ConnectPatience, "all are connected", problems, cancel);
        await Task.Delay(Load, TimeProvider.System, cancel);
        foreach (var client in town.Clients) client.StopSending();
        await UntilAsync(() => town.Clients.All(client => client.Settled), SettlePatience, "every send is settled", problems, cancel);
        foreach (var client in town.Clients) client.Finish();
        await UntilAsync(() => town.Clients.All(client => client.Settled), SettlePatience, "everybody has read everything", problems, cancel);
        await life.CancelAsync();
        foreach (var thread in threads) thread.Join();

        var records = town.Clients.Select(client => client.Record()).ToList();
        var history = new History(
            [.. records.SelectMany(record => record.Attempts)], town.ReadAll(),
            [.. records.SelectMany(record => record.Streams)], [.. records.SelectMany(record => record.Timelines)]);
        return new Verdict(engine, kills, history, Checker.Check(history), problems) { Log = server.Tail() };
    }

    private static Thread Start(ChaosClient client, List<string> problems, CancellationToken cancel)
    {
        var thread = new Thread(() =>
        {
            try
            {
                client.Run(cancel);
            }
            catch (Exception failure)
            {
                lock (problems) problems.Add($"A client failed: {failure}");
            }
        });
        thread.Start();
        return thread;
    }

    private async Task<Kill> KillAsync(
        Victim victim, Town town, ServerProcess server, PostgresInstance? postgres, List<string> problems, CancellationToken cancel)
    {
        await UntilAsync(() => town.Clients.All(client => client.Connected), ConnectPatience, "all are connected", problems, cancel);
        var (acknowledged, since) = (Acknowledged(town), Stopwatch.GetTimestamp());
        await UntilAsync(() => Acknowledged(town) > acknowledged, ConnectPatience, "sends are acknowledged", problems, cancel);
        (acknowledged, since) = (Acknowledged(town), Stopwatch.GetTimestamp());
        await Task.Delay(Load, TimeProvider.System, cancel);

        // Where others keep the machine busy it may take longer until the load is worth a kill.
        var (perSecond, unanswered) = (PerSecond(), Unanswered(town));
        while ((unanswered < WantedUnanswered || perSecond < WantedPerSecond) && Stopwatch.GetElapsedTime(since) < LoadPatience)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, cancel);
            (perSecond, unanswered) = (PerSecond(), Unanswered(town));
        }

        if (server.HasExited) problems.Add($"The server ended by itself before it was killed:\n{server.Tail()}");
        var killed = Stopwatch.GetTimestamp();
        if (victim == Victim.Server)
        {
            await server.KillAsync();
            await server.StartAsync(cancel);
        }
        else if (victim is Victim.Log or Victim.File)
        {
            await using var disk = FailingDisk.Below(victim == Victim.Log ? server.Database + "-wal" : server.Database, server);
            await UntilAsync(() => server.HasExited, FsyncPatience, "the server has ended after an fsync failed", problems, cancel);
            problems.AddRange(await disk.ProblemsAsync());
            await server.StartAsync(cancel);
        }
        else
        {
            await postgres!.KillAsync();
            await postgres.StartAsync(cancel);
            if (server.HasExited)
            {
                problems.Add($"The server ended when its database was killed:\n{server.Tail()}");
                await server.StartAsync(cancel);
            }
        }

        return new Kill(victim, unanswered, perSecond, Stopwatch.GetElapsedTime(killed));

        double PerSecond() => (Acknowledged(town) - acknowledged) / Stopwatch.GetElapsedTime(since).TotalSeconds;
    }

    private static int Acknowledged(Town town) => town.Clients.Sum(client => client.Acknowledged);

    private static int Unanswered(Town town) => town.Clients.Sum(client => client.Unanswered);

    private static async Task UntilAsync(Func<bool> reached, TimeSpan patience, string what, List<string> problems, CancellationToken cancel)
    {
        for (var started = Stopwatch.GetTimestamp(); !reached();)
        {
            if (Stopwatch.GetElapsedTime(started) > patience)
            {
                lock (problems) problems.Add($"{patience.TotalSeconds} s passed, and not yet: {what}.");
                return;
            }

            await Task.Delay(Step, TimeProvider.System, cancel);
        }
    }
}
