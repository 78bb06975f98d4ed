namespace Parley.Chaos;

/// <summary>A way to spoil a history in one place. The checker must notice each, or it proves nothing.</summary>
/// <param name="Name">What is wrong then.</param>
/// <param name="Breaks">The promise that the checker must find broken.</param>
/// <param name="Spoil">Makes the spoilt history; null when there is nothing in it that could be spoilt like that.</param>
internal sealed record Mutant(string Name, Promise Breaks, Func<History, Random, History?> Spoil)
{
    /// <summary>Whether the checker notices; null when the history cannot be spoilt like that.</summary>
    public bool? IsCaught(History history, Random random) =>
        Spoil(history, random) is { } spoilt ? Checker.Check(spoilt).Violations.Any(violation => violation.Promise == Breaks) : null;

    public override string ToString() => Name;
}
