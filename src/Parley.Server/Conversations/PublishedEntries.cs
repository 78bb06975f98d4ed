using Parley.Delivery;

namespace Parley.Conversations;

/// <summary>What an event means for who receives the conversation.</summary>
internal static class PublishedEntries
{
    /// <param name="entry">The entry.</param>
    /// <param name="happened">Its event. It names the permissions of newcomers who may not read: who may not, receives nothing.</param>
    /// <param name="origin">Who asked for it.</param>
    public static PublishedEntry Of(EncodedEntry entry, ConversationEvent happened, Origin? origin = null) => happened switch
    {
        ConversationCreated created => new PublishedEntry(entry, origin, Joining: Readers(created.Participants, created.DefaultPermissions)),
        ParticipantsAdded added => new PublishedEntry(entry, origin, Joining: Readers(added.Participants, Permissions.Read)),
        ParticipantJoined joined => new PublishedEntry(entry, origin, Joining: Readers([new Participant(joined.Actor, joined.Permissions)], Permissions.Read)),
        ParticipantsRemoved removed => new PublishedEntry(entry, origin, Leaving: removed.Users),
        ParticipantsBanned banned => new PublishedEntry(entry, origin, Leaving: banned.Users),
        ParticipantLeft left => new PublishedEntry(entry, origin, Leaving: [left.Actor]),
        PermissionsChanged changed => new PublishedEntry(entry, origin, Joining: Readers(changed.Participants, Permissions.None), Leaving: Others(changed.Participants)),
        ConversationDeleted => new PublishedEntry(entry, origin) { IsLast = true },
        ParticipantsInvited invited => new PublishedEntry(entry, origin) { Told = invited.Users },
        JoinRequested requested => new PublishedEntry(entry, origin) { Told = [requested.Actor] },
        _ => new PublishedEntry(entry, origin),
    };

    private static UserId[] Readers(IEnumerable<Participant> joining, Permissions unsaid) =>
        [.. joining.Where(one => (one.Permissions ?? unsaid).HasFlag(Permissions.Read)).Select(one => one.User)];

    private static UserId[] Others(IEnumerable<Participant> changed) =>
        [.. changed.Where(one => !(one.Permissions ?? Permissions.None).HasFlag(Permissions.Read)).Select(one => one.User)];
}
