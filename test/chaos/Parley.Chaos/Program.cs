using Parley.Bench;
using Parley.Chaos;

try
{
    var options = new Options(args, "--engine", "--seconds", "--kills", "--server", "--limits");
    var installation = Installation.Find(options);
    var test = new KillTest(TimeSpan.FromSeconds(options.Number("--seconds") ?? KillTest.Short.Load.TotalSeconds), (int)(options.Number("--kills") ?? KillTest.Short.Kills));
    using var interrupts = new Interrupts();
    var passed = true;
    foreach (var engine in options.Engines())
    {
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
