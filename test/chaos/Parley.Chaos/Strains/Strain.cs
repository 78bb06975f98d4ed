using Parley.Bench;

namespace Parley.Chaos;

/// <summary>More than a server can take, or clients that make themselves heavy: what it does then.</summary>
/// <remarks>
/// Promises must hold however slow the machine is; bounds of speed are judged in full runs only, on a machine that does nothing else.
/// </remarks>
internal abstract class Strain
{
    /// <summary>How it is asked for and reported.</summary>
    public abstract string Name { get; }

    public virtual bool Concerns(Engine engine) => true;

    /// <summary>Why it cannot be done here; null when it can.</summary>
    public virtual Task<string?> ObstacleAsync(Engine engine, CancellationToken cancel) =>
        Task.FromResult(engine == Engine.Postgres && PostgresInstance.FindBinaries() is null ? "Install postgresql to run this." : null);

    /// <summary>Runs it on a server with an empty database.</summary>
    public abstract Task<StrainResult> RunAsync(Installation installation, Engine engine, Extent extent, CancellationToken cancel);

    public sealed override string ToString() => Name;

    /// <summary>In a full run the server and its database have a core for themselves, and run.sh starts us on the other.</summary>
    protected static int? CoreOf(Extent extent) => extent == Extent.Full ? 0 : null;
}

/// <summary>How much of a strain.</summary>
internal enum Extent
{
    /// <summary>Some seconds, for what is promised.</summary>
    Short,

    /// <summary>As the guarantees ask for, with bounds of speed.</summary>
    Full,
}

/// <summary>What came of a strain; for its own thread to write.</summary>
internal sealed class StrainResult(string name)
{
    private readonly List<string> _lines = [];

    /// <summary>Promises that were broken.</summary>
    public List<string> Broken { get; } = [];

    /// <summary>Bounds of speed that were not kept.</summary>
    public List<string> Slow { get; } = [];

    /// <summary>Notes a figure.</summary>
    public void Tell(string figure) => _lines.Add(figure);

    /// <summary>Notes a promise as broken unless it was kept.</summary>
    public void Promise(bool kept, string what)
    {
        if (!kept) Broken.Add(what);
    }

    /// <summary>Notes a bound and the figure that it is for.</summary>
    public void Bound(bool kept, string what)
    {
        Tell($"{what}{(kept ? "" : "   NOT KEPT")}");
        if (!kept) Slow.Add(what);
    }

    /// <summary>Notes everything that the checker and the run found.</summary>
    public void Judge(Judgement judgement, Problems problems, params IReadOnlyList<Promise> wanted)
    {
        Broken.AddRange(judgement.Violations.Take(20).Select(violation => violation.ToString()));
        if (judgement.Violations.Count > 20) Broken.Add($"… and {judgement.Violations.Count - 20} more violations");
        Broken.AddRange(judgement.Unexamined.Intersect(wanted).Select(promise => $"{promise} was not put to the test"));
        Broken.AddRange(problems.All);
        Tell($"{judgement.Examined.Values.Sum():N0} checks of {judgement.Examined.Count} promises, {judgement.Violations.Count} violations, {problems.All.Count} problems");
    }

    public override string ToString() =>
        string.Join('\n', [$"{name}:", .. _lines.Select(line => $"  {line}"), .. Broken.Select(broken => $"  BROKEN: {broken}")]);
}
