using System.Globalization;
using Parley.Bench;

try
{
    using var interrupts = new Interrupts();
    await RunAsync(new Options(args, "--workload", "--engine", "--seconds", "--quick!", "--out", "--page", "--server", "--limits", "--commit"), interrupts.Token);
    return 0;
}
catch (BenchException failure)
{
    await Console.Error.WriteLineAsync(failure.Message);
    return 1;
}
catch (OperationCanceledException)
{
    return 130;
}

static async Task RunAsync(Options options, CancellationToken cancel)
{
    var installation = Installation.Find(options);
    var plan = options.Has("--quick") ? Plan.Quick : Plan.Full;
    if (options.Number("--seconds") is { } seconds) plan = plan with { Windows = Math.Max(1, (int)Math.Round(seconds / plan.Window.TotalSeconds)) };
    var runs =
        from engine in options.Engines()
        from measurement in Measurement.Of(options.Find("--workload") ?? "all")
        select (engine, measurement);

    var results = new List<Result>();
    var failures = new List<string>();
    foreach (var (engine, measurement) in runs)
    {
        var system = engine == Engine.Sqlite ? "parley-sqlite" : "parley-postgres";
        Console.WriteLine($"{measurement.Name} on {system} …");
        try
        {
            var found = await installation.RunAsync(engine, LoadedServer.Core, async (server, tokens, postgres) =>
            {
                IReadOnlyList<int> processes = postgres is null ? [server.ProcessId] : [server.ProcessId, postgres.ProcessId];
                try
                {
                    return await measurement.RunAsync(new LoadedServer(server.Address, tokens, server.ProcessId, processes, plan), system, cancel);
                }
                catch (BenchException failure)
                {
                    throw new BenchException($"{failure.Message}\n{server.Tail()}");
                }
            }, cancel);
            results.AddRange(found.Select(result => result with
            {
                At = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture),
                Commit = options.Find("--commit") ?? "",
                Versions = Installation.Versions(),
                Limits = installation.LimitsText(),
            }));
        }
        catch (BenchException failure)
        {
            // The others are worth having all the same.
            failures.Add($"{measurement.Name} on {system} failed: {failure.Message}");
        }
    }

    Console.WriteLine($"\n{Report.Tables(results)}Limits: {installation.LimitsText()}");
    if (results.Count == 0) throw new BenchException(string.Join('\n', failures));
    if (options.Find("--out") is { } file) await File.WriteAllLinesAsync(file, results.Select(result => result.ToJson()), cancel);
    if (options.Find("--page") is { } page) await File.WriteAllTextAsync(page, Report.Page(results), cancel);
    if (failures.Count > 0) throw new BenchException(string.Join('\n', failures));
}
