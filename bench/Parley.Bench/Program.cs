using System.Globalization;
using Parley.Bench;

try
{
    using var interrupts = new Interrupts();
    await RunAsync(new Options(args, "--workload", "--engine", "--peers", "--seconds", "--quick!", "--out", "--page", "--record!", "--server", "--limits", "--commit"), interrupts.Token);
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
    IReadOnlyList<MeasuredSystem> systems =
    [
        .. options.Engines().Select(engine => new ParleySystem(installation, engine)),
        .. options.Find("--peers") is { } peers ? Peer.Of(peers).Select(peer => new PeerSystem(installation, peer)) : [],
    ];
    var kept = options.Has("--record") ? Record.Read(options.Find("--out")!, options.Find("--workload"), options.Find("--peers") is not null) : [];
    var runs =
        from system in systems
        from measurement in Measurement.Of(options.Find("--workload") ?? "all")
        where system.Takes(measurement)
        select (system, measurement);

    var results = new List<Result>();
    var failures = new List<string>();
    foreach (var (system, measurement) in runs)
    {
        Console.WriteLine($"{measurement.Name} on {system.Name} …");
        try
        {
            OpenFiles.Allow(measurement.Connections(plan));
            var found = await system.MeasureAsync(measurement, plan, cancel);
            results.AddRange(found.Select(result => result with
            {
                At = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture),
                Commit = options.Find("--commit") ?? "",
            }));
        }
        catch (BenchException failure)
        {
            // The others are worth having all the same.
            failures.Add($"{measurement.Name} on {system.Name} failed: {failure.Message}");
        }
    }

    Console.WriteLine($"\n{Report.Tables(results)}Limits: {installation.LimitsText()}");
    if (results.Count == 0) throw new BenchException(string.Join('\n', failures));
    var all = Record.With(kept, results);
    if (options.Find("--out") is { } file) await File.WriteAllLinesAsync(file, all.Select(result => result.ToJson()), cancel);
    if (options.Find("--page") is { } page) await File.WriteAllTextAsync(page, Report.Page(all), cancel);
    if (failures.Count > 0) throw new BenchException(string.Join('\n', failures));
}
