namespace Parley.Client;

/// <summary>What is to be kept of conversations, and nobody told.</summary>
internal sealed class KeptNeeds
{
    /// <summary>Those whose state is wanted.</summary>
    public HashSet<ConversationId> States { get; } = [];

    /// <summary>Those whose newest entries are.</summary>
    public HashSet<ConversationId> Entries { get; } = [];

    /// <summary>Those of which is wanted how a list shows them.</summary>
    public HashSet<ConversationId> Items { get; } = [];

    public bool IsEmpty => States.Count == 0 && Entries.Count == 0 && Items.Count == 0;

    /// <summary>All of one.</summary>
    /// <param name="conversation">Which.</param>
    /// <param name="entries">How many entries are kept of it.</param>
    public void Add(ConversationId conversation, int entries)
    {
        States.Add(conversation);
        Items.Add(conversation);
        if (entries > 0) Entries.Add(conversation);
    }

    public void Add(KeptNeeds others)
    {
        States.UnionWith(others.States);
        Entries.UnionWith(others.Entries);
        Items.UnionWith(others.Items);
    }

    /// <summary>Takes out what is asked for next: no more states than one request may name, then one conversation's entries, then all items. Null when nothing is left.</summary>
    public KeptNeeds? Take()
    {
        var next = new KeptNeeds();
        if (States.Count > 0) Move(States, next.States, GetConversations.MaxConversations);
        else if (Entries.Count > 0) Move(Entries, next.Entries, 1);
        else Move(Items, next.Items, Items.Count);
        return next.IsEmpty ? null : next;
    }

    private static void Move(HashSet<ConversationId> from, HashSet<ConversationId> to, int most)
    {
        to.UnionWith(from.Take(most));
        from.ExceptWith(to);
    }
}
