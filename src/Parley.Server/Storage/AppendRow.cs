namespace Parley.Storage;

/// <summary>An entry that is to be appended if the rules it was decided on still stand.</summary>
/// <param name="Key">Whose log.</param>
/// <param name="Command">Key of the message or command.</param>
/// <param name="Actor">Who does it.</param>
/// <param name="Digest">Of the request.</param>
/// <param name="Revision">The conversation's revision it was decided on.</param>
/// <param name="Involved">The participations it was decided on, the actor's among them, each with its revision; 0 for a user who was never in it.</param>
/// <param name="Joining">How many participants it adds.</param>
/// <param name="AtMost">How many participants there may be after it.</param>
/// <param name="Counted">1 when it makes others' unread count grow.</param>
/// <param name="Event">The event's JSON.</param>
internal sealed record AppendRow(
    ConversationKey Key, Guid Command, UserId Actor, byte[] Digest, long Revision, IReadOnlyList<InvolvedRevision> Involved,
    int Joining, int AtMost, int Counted, byte[] Event)
{
    /// <summary>The actor's revision it was decided on; 0 for a user of whom nothing is kept.</summary>
    public long ActorRevision { get; init; }

    /// <summary>What the message consists of, as bits; 0 for what is no message.</summary>
    public int Kinds { get; init; }

    /// <summary>The message that it changes, as it was decided on; null for none.</summary>
    public AppendTarget? Target { get; init; }

    public UserKey ActorKey => new(Key.App, Actor);
}

/// <summary>A participation as it stood when a rule was decided on it.</summary>
internal readonly record struct InvolvedRevision(UserId User, long Revision);

/// <summary>A message as it stood when its change was decided on. Below the tail there is none any more: a row about one is stale.</summary>
/// <param name="Sequence">Its place.</param>
/// <param name="Version">How often it was edited.</param>
/// <param name="IsRecalled">Whether it was taken back.</param>
internal sealed record AppendTarget(long Sequence, int Version, bool IsRecalled);

/// <summary>What became of a row.</summary>
/// <param name="Result">What.</param>
/// <param name="Sequence">Its place, when recorded or a duplicate.</param>
/// <param name="At">Its time, likewise.</param>
/// <param name="Earlier">What stands under its key, when a duplicate.</param>
internal readonly record struct AppendVerdict(AppendResult Result, Sequence Sequence = default, DateTimeOffset At = default, RecordedEntry? Earlier = null);

internal enum AppendResult
{
    /// <summary>It has its place in the log.</summary>
    Recorded = 0,

    /// <summary>Its key was used already; see <see cref="AppendVerdict.Earlier"/>.</summary>
    Duplicate = 1,

    /// <summary>Its key was cancelled by its actor.</summary>
    Fenced = 2,

    /// <summary>The rules it was decided on have changed: decide again.</summary>
    Stale = 3,

    /// <summary>More participants than allowed.</summary>
    Full = 4,

    /// <summary>There is no such conversation.</summary>
    Gone = 5,

    /// <summary>The log's last sequence is taken.</summary>
    Exhausted = 6,
}

/// <summary>An entry as stored, with what tells a retry from another use of its key.</summary>
internal sealed record RecordedEntry(Sequence Sequence, DateTimeOffset At, UserId Actor, byte[]? Digest, byte[] Event);
