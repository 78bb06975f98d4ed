using Parley.Bench;

namespace Parley.Chaos;

/// <summary>The power is cut while files are uploaded and sent: whatever was answered must be there, byte for byte (G20).</summary>
internal sealed record UploadTrial(Engine Engine, FileSystem FileSystem, TimeSpan Load, int Seed)
{
    /// <summary>Fewer prove nothing.</summary>
    private const int FewestUploads = 20;

    private static readonly TimeSpan LoadPatience = TimeSpan.FromSeconds(60);

    /// <summary>More of the server's environment.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>Why it cannot be done here; null when it can.</summary>
    public async Task<string?> ObstacleAsync(CancellationToken cancel) =>
        Engine == Engine.Postgres && PostgresInstance.FindBinaries() is null ? "Install postgresql to run this." : await Volume.ObstacleAsync(FileSystem, cancel);

    /// <summary>Cuts the power once, and fetches everything.</summary>
    public async Task<UploadResult> RunAsync(Installation installation, CancellationToken cancel)
    {
        var variables = new Dictionary<string, string>(Variables)
        {
            ["Parley__Content__MinFreeBytes"] = "0",
            ["Parley__Content__MinFreePercent"] = "0",
            ["Parley__Content__UploadsPerUserPerMinute"] = "1000000",
            ["Parley__Content__UploadsPerUserBurst"] = "1000000",
            ["Parley__Content__ParallelUploadsPerUser"] = "100",
        };
        await using var site = await Site.SetUpAsync(installation, new Ground(Engine, FileSystem) { Variables = variables }, cancel);
        using var porters = await Porters.StartAsync(site, Seed, cancel);
        await site.Problems.UntilAsync(() => porters.Uploaded >= FewestUploads, LoadPatience, "files are uploaded", cancel);
        await Task.Delay(Load, TimeProvider.System, cancel);
        await site.CutPowerAsync(cancel);
        await porters.EndAsync();
        await site.Volume!.RestorePowerAsync(cancel);
        await site.ReviveAsync(cancel);
        var lost = await porters.LostAsync(cancel);
        return new UploadResult(this, porters.Uploaded, porters.Sent, porters.Pieces, lost);
    }
}

/// <summary>What became of the files.</summary>
/// <param name="Trial">Which.</param>
/// <param name="Uploaded">Files whose upload was answered.</param>
/// <param name="Sent">Messages with one of them that were acknowledged.</param>
/// <param name="Pieces">Uploads that were told how much of them is safe, and not yet complete.</param>
/// <param name="Lost">What was answered and is not there, in words.</param>
internal sealed record UploadResult(UploadTrial Trial, int Uploaded, int Sent, int Pieces, IReadOnlyList<string> Lost)
{
    public bool Passed => Uploaded > 0 && Sent > 0 && Pieces > 0 && Lost.Count == 0;

    public override string ToString() =>
        $"power cut below uploads, {Trial.Engine} on {Trial.FileSystem}, seed {Trial.Seed}: {Uploaded:N0} uploaded, {Sent:N0} sent, {Pieces:N0} under way, {Lost.Count:N0} lost" +
        string.Concat(Lost.Take(10).Select(one => $"\n  {one}"));
}
