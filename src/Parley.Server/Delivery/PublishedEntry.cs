namespace Parley.Delivery;

/// <summary>A committed entry on its way out, with what it means for who is subscribed.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Origin">Who asked for it and waits for the answer; null when nobody does.</param>
/// <param name="Joining">Users who receive from this entry on.</param>
/// <param name="Leaving">Users for whom this entry is the last.</param>
internal readonly record struct PublishedEntry(
    EncodedEntry Entry, Origin? Origin = null, IReadOnlyList<UserId>? Joining = null, IReadOnlyList<UserId>? Leaving = null)
{
    /// <summary>The connection that is told otherwise: the origin's, unless set.</summary>
    public Subscriber? Except { get; init; } = Origin?.Subscriber;

    /// <summary>Users who are not in the conversation and whom it concerns: they are told that something waits for them to be read.</summary>
    public IReadOnlyList<UserId>? Told { get; init; }

    /// <summary>Whether nothing follows it, for anybody.</summary>
    public bool IsLast { get; init; }
}

/// <summary>Reads a page of committed entries strictly between two sequences, from the first of them on; empty when none is kept. Bound by the composition to the log.</summary>
internal delegate ValueTask<IReadOnlyList<PublishedEntry>> ReadEntries(
    Storage.ConversationKey key, Sequence after, Sequence before, CancellationToken cancel);
