using Parley.Bench;

namespace Parley.Chaos;

/// <summary>The rig notices a bug: a power cut below uploads loses files that were answered.</summary>
/// <param name="Engine">On which database.</param>
/// <param name="FileSystem">On which file system.</param>
internal sealed record CutBelow(Engine Engine, FileSystem FileSystem) : INoticer
{
    private const int Seed = 1;
    private static readonly TimeSpan Load = TimeSpan.FromSeconds(1);

    public string Means => $"a power cut below uploads, {Engine} on {FileSystem}";

    public async Task<Notice> RunAsync(PlantedBuild build, IReadOnlyDictionary<string, string> environment, CancellationToken cancel)
    {
        var trial = new UploadTrial(Engine, FileSystem, Load, Seed) { Variables = environment };
        if (await trial.ObstacleAsync(cancel) is { } obstacle) throw new BenchException(obstacle);
        var result = await trial.RunAsync(build.Installation, cancel);
        return new Notice(result.Lost.Count > 0, result.Passed, result.ToString().Split('\n')[0]);
    }
}
