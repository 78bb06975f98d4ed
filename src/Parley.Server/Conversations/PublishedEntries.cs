using Parley.Delivery;

namespace Parley.Conversations;

/// <summary>What an event means for who receives the conversation.</summary>
internal static class PublishedEntries
{
    public static PublishedEntry Of(EncodedEntry entry, ConversationEvent happened, Origin? origin = null) => happened switch
    {
        ConversationCreated created => new PublishedEntry(entry, origin, Joining: [.. created.Participants.Select(participant => participant.User)]),
        ParticipantsAdded added => new PublishedEntry(entry, origin, Joining: [.. added.Participants.Select(participant => participant.User)]),
        ParticipantsRemoved removed => new PublishedEntry(entry, origin, Leaving: removed.Users),
        ParticipantLeft left => new PublishedEntry(entry, origin, Leaving: [left.Actor]),
        _ => new PublishedEntry(entry, origin),
    };
}
