using Parley.Delivery;

namespace Parley.Conversations;

/// <summary>What an event means for who receives the conversation.</summary>
internal static class PublishedEntries
{
    /// <param name="entry">The entry.</param>
    /// <param name="happened">Its event.</param>
    /// <param name="newcomers">What those may do of whom the event does not say it: who may not read receives nothing.</param>
    /// <param name="origin">Who asked for it.</param>
    public static PublishedEntry Of(EncodedEntry entry, ConversationEvent happened, Permissions newcomers, Origin? origin = null) => happened switch
    {
        ConversationCreated created => new PublishedEntry(entry, origin, Joining: Readers(created.Participants, newcomers)),
        ParticipantsAdded added => new PublishedEntry(entry, origin, Joining: Readers(added.Participants, newcomers)),
        ParticipantsRemoved removed => new PublishedEntry(entry, origin, Leaving: removed.Users),
        ParticipantLeft left => new PublishedEntry(entry, origin, Leaving: [left.Actor]),
        _ => new PublishedEntry(entry, origin),
    };

    private static UserId[] Readers(IEnumerable<Participant> joining, Permissions newcomers) =>
        [.. joining.Where(one => (one.Permissions ?? newcomers).HasFlag(Permissions.Read)).Select(one => one.User)];
}
