using System.Diagnostics;
using System.Globalization;
using Parley.Bench;
using Parley.Simulation;

// --seeds N: so many lives, one after the other on each core. --from S: the first. --seed S: that one, and what it breaks. --planted: each planted mistake must be found, too.
var options = new Options(args, "--seeds", "--from", "--seed", "--planted!");
if (options.Number("--seed") is { } one)
{
    var outcome = Life.Run((int)one);
    Console.WriteLine($"seed {outcome.Seed}: {outcome.Steps} steps, {outcome.Messages} messages, {outcome.Broken.Count} broken");
    foreach (var broken in outcome.Broken) Console.WriteLine(broken);
    return outcome.Broken.Count == 0 ? 0 : 1;
}

var started = Stopwatch.GetTimestamp();
var summary = Summary.Of((int)(options.Number("--from") ?? 1), (int)(options.Number("--seeds") ?? 10_000));
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{summary} in {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s"));
if (!options.Has("--planted")) return summary.IsGood ? 0 : 1;

var caught = 0;
var mistakes = Enum.GetValues<PlantedMistake>().Where(mistake => mistake != PlantedMistake.None).ToList();
foreach (var mistake in mistakes)
{
    var found = Summary.FirstBroken(mistake, 1_000);
    Console.WriteLine($"{mistake}: {(found is null ? "NOT FOUND" : $"found by seed {found.Seed}: {found.Broken[0]}")}");
    if (found is not null) caught++;
}

Console.WriteLine($"{caught} of {mistakes.Count} planted mistakes were found");
return summary.IsGood && caught == mistakes.Count ? 0 : 1;
