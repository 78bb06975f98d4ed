using Parley.Bench;
using Parley.Chaos;

try
{
    var options = new Options(args, "--engine", "--seconds", "--kills", "--server", "--limits");
    var installation = Installation.Find(options);
    using var interrupts = new Interrupts();
    var passed = true;
    foreach (var engine in options.Engines())
    {
        var usual = KillTest.Short(engine);
        var load = options.Number("--seconds") is { } seconds ? TimeSpan.FromSeconds(seconds) : usual.Load;
        var test = options.Number("--kills") is { } kills ? KillTest.Of(engine, load, (int)kills) : usual with { Load = load };
        var verdict = await test.RunAsync(installation, engine, interrupts.Token);
        Console.Write(verdict);
        passed &= verdict.Passed;
    }

    Console.WriteLine(passed ? "Nothing was lost, doubled or reordered." : "FAILED");
    return passed ? 0 : 1;
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
