namespace Parley.Client;

/// <summary>What was told and is not in the store yet. Guarded by whoever has it.</summary>
internal sealed class Unwritten
{
    private readonly HashSet<ConversationId> _moved = [];

    /// <summary>Whether all that is kept of conversations is of another history.</summary>
    public bool IsAnew { get; set; }

    /// <summary>What is kept of these is of another history.</summary>
    public HashSet<ConversationId> Reset { get; } = [];

    /// <summary>Whether what is kept of receipts is of another history; it is known before the rest is.</summary>
    public bool HasReceiptsAnew { get; private set; }

    /// <summary>What is kept of receipts in these is of another history.</summary>
    public HashSet<ConversationId> ReceiptsReset { get; } = [];

    /// <summary>What happened in each conversation, in order.</summary>
    public Dictionary<ConversationId, List<Happening>> Happened { get; } = [];

    /// <summary>What happened in these is forgotten: their places are known, and the rest is asked for again.</summary>
    public HashSet<ConversationId> Lost { get; } = [];

    /// <summary>What was told of own messages.</summary>
    public Dictionary<ConversationId, ReceiptMarks> Marks { get; } = [];

    /// <summary>Own messages, and people.</summary>
    public Dictionary<LocalKey, LocalChange> Records { get; } = [];

    /// <summary>From where on the server tells what changed.</summary>
    public (Guid Epoch, string Since)? History { get; set; }

    /// <summary>Where conversations are, as of all this.</summary>
    public Dictionary<ConversationId, KeptPosition> Positions { get; } = [];

    /// <summary>How much it is.</summary>
    public int Count { get; private set; }

    public bool IsEmpty => !IsAnew && !HasReceiptsAnew && ReceiptsReset.Count == 0 && _moved.Count == 0 && Reset.Count == 0 && Marks.Count == 0 && Records.Count == 0 && History is null;

    /// <summary>The place of a conversation is another.</summary>
    public void Moved(ConversationId conversation) => _moved.Add(conversation);

    /// <summary>Something happened in it. Where that cannot be written for now it is not remembered, so that memory is bounded.</summary>
    public void Add(ConversationId conversation, Happening happening, bool isFailing)
    {
        _moved.Add(conversation);
        if (isFailing) Lose(conversation);
        if (Lost.Contains(conversation)) return;
        if (!Happened.TryGetValue(conversation, out var happenings)) Happened[conversation] = happenings = [];
        happenings.Add(happening);
        Count++;
    }

    /// <summary>Another history begins: what was to be written of receipts is of none.</summary>
    public void ForgetReceipts()
    {
        HasReceiptsAnew = true;
        ReceiptsReset.Clear();
        Marks.Clear();
        foreach (var key in Records.Keys.Where(key => key.Kind == KeptKind.Sent).ToArray()) Records.Remove(key);
    }

    /// <summary>The same, of one conversation.</summary>
    public void ForgetReceipts(ConversationId conversation)
    {
        if (!HasReceiptsAnew) ReceiptsReset.Add(conversation);
        Marks.Remove(conversation);
        foreach (var key in Records.Keys.Where(key => key.Kind == KeptKind.Sent && key.Scope == KeptKind.ScopeOf(conversation)).ToArray()) Records.Remove(key);
    }

    /// <summary>The program was told that its history is another one: what was to be written of it is of none, but for its receipts.</summary>
    public void Forget(ConversationId conversation)
    {
        _moved.Add(conversation);
        Reset.Add(conversation);
        Happened.Remove(conversation);
        Lost.Remove(conversation);
    }

    /// <summary>The program was told that another history begins: what is to be written of that one now.</summary>
    public Unwritten Anew()
    {
        var anew = new Unwritten { IsAnew = true, HasReceiptsAnew = HasReceiptsAnew };
        anew.ReceiptsReset.UnionWith(ReceiptsReset);
        foreach (var (conversation, marks) in Marks) anew.Marks[conversation] = marks;
        foreach (var (key, change) in Records) anew.Records[key] = change;
        return anew;
    }

    /// <summary>Notes where conversations are now, to be written with the rest.</summary>
    public void Take(Dictionary<ConversationId, KeptPosition> positions)
    {
        Positions.Clear();
        foreach (var conversation in _moved)
        {
            if (positions.TryGetValue(conversation, out var position)) Positions[conversation] = position;
        }
    }

    /// <summary>
    /// What could not be written waits again, before all this, but for what happened in conversations, which would grow without end: when the store works again their places are as far as was told, and the rest of them is
    /// asked for again.
    /// </summary>
    public void GiveUp(Unwritten earlier)
    {
        foreach (var (key, change) in earlier.Records.Where(one => !IsOfOtherHistory(one.Key))) Records.TryAdd(key, change);
        if (!HasReceiptsAnew)
        {
            foreach (var (conversation, marks) in earlier.Marks.Where(one => !ReceiptsReset.Contains(one.Key))) Marks.TryAdd(conversation, marks);
            HasReceiptsAnew = earlier.HasReceiptsAnew;
            if (HasReceiptsAnew) ReceiptsReset.Clear();
            else ReceiptsReset.UnionWith(earlier.ReceiptsReset);
        }

        if (IsAnew) return;
        foreach (var conversation in earlier.Happened.Keys.Concat(earlier.Lost).Concat(Happened.Keys).ToArray()) Lose(conversation);
        _moved.UnionWith(earlier._moved);
        Reset.UnionWith(earlier.Reset);
        (IsAnew, History) = (earlier.IsAnew, History ?? earlier.History);
    }

    private bool IsOfOtherHistory(LocalKey key) => key.Kind == KeptKind.Sent && (HasReceiptsAnew || ReceiptsReset.Any(conversation => key.Scope == KeptKind.ScopeOf(conversation)));

    private void Lose(ConversationId conversation)
    {
        Lost.Add(conversation);
        if (Happened.Remove(conversation, out var happenings)) Count -= happenings.Count;
    }
}
