namespace Parley.Chaos;

/// <summary>Shows that every planted bug is noticed, and that nothing is where none is planted.</summary>
internal sealed class PlantedRun(PlantedBuild build, TextWriter output)
{
    /// <summary>Whether all were caught, and nothing else.</summary>
    public async Task<bool> RunAsync(CancellationToken cancel)
    {
        var clean = true;
        output.WriteLine("No bug planted:");
        foreach (var noticer in PlantedBug.Noticing)
        {
            var notice = await noticer.RunAsync(build, new Dictionary<string, string>(), cancel);
            output.WriteLine($"  {(notice.Clean ? "clean" : "NOT CLEAN")}, {noticer.Means}: {notice.What}");
            clean &= notice.Clean;
        }

        var caught = 0;
        foreach (var bug in PlantedBug.All)
        {
            output.WriteLine($"{bug.Name}:");
            var missed = 0;
            foreach (var noticer in bug.Noticers)
            {
                var notice = await noticer.RunAsync(build, bug.Environment, cancel);
                output.WriteLine($"  {(notice.Noticed ? "caught" : "MISSED")}, {noticer.Means}: {notice.What}");
                missed += notice.Noticed ? 0 : 1;
            }

            caught += missed == 0 ? 1 : 0;
        }

        // What complains anyway has caught nothing.
        output.WriteLine(clean
            ? $"{caught} of {PlantedBug.All.Count} planted bugs were caught"
            : $"0 of {PlantedBug.All.Count} planted bugs were caught: something was noticed where none is");
        return clean && caught == PlantedBug.All.Count;
    }
}
