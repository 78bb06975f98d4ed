namespace Parley.Chaos;

/// <summary>What is promised; the numbers are those of the guarantees, G1 to G13, in docs/requirements.md.</summary>
internal enum Promise
{
    /// <summary>G1: what was acknowledged is there, with its content, where the answer said.</summary>
    AcknowledgedIsKept = 1,

    /// <summary>G2: nothing is there that nobody sent.</summary>
    NothingInvented = 2,

    /// <summary>G3: sequences are 1, 2, 3, … and times never go back, and everybody sees the same entry at the same sequence.</summary>
    OneOrder = 3,

    /// <summary>G4: pushes of a connection follow one another without a hole.</summary>
    PushesInOrder = 4,

    /// <summary>G5: what was acknowledged before another was sent precedes it.</summary>
    RealTimeOrder = 5,

    /// <summary>G6: messages of one sender stay in the order he sent them.</summary>
    SenderOrder = 6,

    /// <summary>G7: a message is there once, however often it was sent.</summary>
    OnceOnly = 7,

    /// <summary>G9: every send ends acknowledged or settled, and what was fenced never appears.</summary>
    Settled = 9,

    /// <summary>G10: who was acknowledged a message finds it in whatever he reads next.</summary>
    OwnWritesAreRead = 10,

    /// <summary>G11: a client that was away ends with the whole history.</summary>
    CatchUpComplete = 11,

    /// <summary>G13: cursors never go back, read ≤ delivered ≤ head, and only their user moves them.</summary>
    ReceiptsMoveForward = 13,
}

/// <summary>A promise that was broken.</summary>
internal sealed record Violation(Promise Promise, string What)
{
    public override string ToString() => $"G{(int)Promise} {Promise}: {What}";
}

/// <summary>What the checker says of a history.</summary>
/// <param name="Examined">How many things each promise was checked on. A check that looked at nothing has shown nothing.</param>
/// <param name="Violations">Every promise that was broken; empty when all were kept.</param>
internal sealed record Judgement(IReadOnlyDictionary<Promise, int> Examined, IReadOnlyList<Violation> Violations)
{
    /// <summary>Promises that nothing in the history could have broken.</summary>
    public IEnumerable<Promise> Unexamined => Enum.GetValues<Promise>().Where(promise => Examined.GetValueOrDefault(promise) == 0);
}
