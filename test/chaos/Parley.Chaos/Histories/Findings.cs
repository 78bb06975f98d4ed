namespace Parley.Chaos;

/// <summary>What a check has looked at and found so far.</summary>
internal sealed class Findings
{
    private readonly Dictionary<Promise, int> _examined = [];
    private readonly List<Violation> _violations = [];

    /// <summary>Notes that a promise was checked once, and <paramref name="what"/> where it was broken.</summary>
    public void Examine(Promise promise, bool kept, Func<string> what)
    {
        _examined[promise] = _examined.GetValueOrDefault(promise) + 1;
        if (!kept) _violations.Add(new Violation(promise, what()));
    }

    public Judgement Judge() => new(_examined, _violations);
}
