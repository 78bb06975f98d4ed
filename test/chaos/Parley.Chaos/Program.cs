using System.Text.Json;
using Parley.Bench;
using Parley.Chaos;

try
{
    if (args is ["check", .. var files]) return Check(files);
    if (args is ["planted", .. var build]) return await PlantedAsync(new Options(build, "--server", "--limits", "--tests"));
    if (args is ["overload", .. var strains]) return await StrainAsync(new Options(strains, "--short!", "--engine", "--only", "--commit", "--server", "--limits"));
    var options = new Options(args, "--short!", "--engine", "--faults", "--fs", "--runs", "--seed", "--seconds", "--history", "--commit", "--server", "--limits");
    if (options.Find("--faults") is null && (options.Find("--fs") ?? options.Find("--runs")) is not null) throw new BenchException("--fs and --runs go with --faults.");
    var load = options.Number("--seconds") is { } seconds ? TimeSpan.FromSeconds(seconds) : Trial.UsualLoad;
    var (seed, runs) = ((int)(options.Number("--seed") ?? 1), (int)(options.Number("--runs") ?? 1));
    var schedules = options.Engines().Select(engine => options.Find("--faults") is { } faults
        ? Schedule.Of(engine, FileSystems(options), load, seed, runs, faults)
        : options.Has("--short") ? Schedule.Short(engine, load, seed) : Schedule.Full(engine, load, seed)).ToList();

    using var interrupts = new Interrupts();
    var command = $"test/chaos/run.sh {string.Join(' ', args.TakeWhile(argument => argument != "--commit"))}".TrimEnd();
    var headline = await new Rig(Installation.Find(options), Console.Out)
        .RunAsync(schedules, options.Find("--history"), command, options.Find("--commit") ?? "unknown", interrupts.Token);
    Console.WriteLine();
    Console.Write(headline);
    Console.WriteLine(headline.Passed ? "Nothing was lost, doubled or reordered." : "FAILED");
    return headline.Passed ? 0 : 1;
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

static IReadOnlyList<FileSystem> FileSystems(Options options) => options.Find("--fs") switch
{
    "ext4" => [FileSystem.Ext4],
    "xfs" => [FileSystem.Xfs],
    null or "both" => [FileSystem.Ext4, FileSystem.Xfs],
    var other => throw new BenchException($"--fs {other}? Known are ext4, xfs, both."),
};

// Shows that bugs on purpose are noticed; the server is built with them.
static async Task<int> PlantedAsync(Options options)
{
    using var interrupts = new Interrupts();
    var tests = options.Find("--tests") ?? throw new BenchException("--tests names the executable of the tests that were built with the bugs.");
    return await new PlantedRun(new PlantedBuild(Installation.Find(options), tests), Console.Out).RunAsync(interrupts.Token) ? 0 : 1;
}

// More than the server can take.
static async Task<int> StrainAsync(Options options)
{
    using var interrupts = new Interrupts();
    var strains = StrainRun.Parse(options.Find("--only"));
    Console.WriteLine($"Commit: {options.Find("--commit") ?? "unknown"}");
    return await new StrainRun(Installation.Find(options), Console.Out)
        .RunAsync(strains, options.Engines(), options.Has("--short") ? Extent.Short : Extent.Full, interrupts.Token) ? 0 : 1;
}

// Judges histories that were kept.
static int Check(string[] files)
{
    var broken = 0;
    foreach (var file in files)
    {
        try
        {
            var judgement = Checker.Check(HistoryFile.Read(file));
            foreach (var violation in judgement.Violations) Console.WriteLine($"{file}: {violation}");
            foreach (var promise in judgement.Unexamined) Console.WriteLine($"{file}: {promise} was not put to the test.");
            Console.WriteLine($"{file}: {judgement.Violations.Count} violations in {judgement.Examined.Values.Sum():N0} checks");
            broken += judgement.Violations.Count + judgement.Unexamined.Count();
        }
        catch (Exception unreadable) when (unreadable is JsonException or IOException or InvalidOperationException)
        {
            throw new BenchException($"{file} is not a history: {unreadable.Message}");
        }
    }

    return broken == 0 ? 0 : 1;
}
