using System.Collections.Immutable;

namespace Parley.Client;

/// <content>As a state that is kept: without the entries.</content>
public sealed partial record Timeline
{
    /// <summary>With what an entry changes, but for the entry itself. Those between may be left out that change nothing of it, as messages.</summary>
    internal Timeline Told(LogEntry entry) => entry.Sequence <= Head ? this : (this with { Head = entry.Sequence }).Fold(entry);

    /// <summary>The state as the server would tell it; what it told and no entry tells is as before.</summary>
    internal ConversationState ToState(ConversationState before) => before with
    {
        Title = Title,
        Head = Head,
        DefaultPermissions = DefaultPermissions,
        ParticipantCount = ParticipantCount,
        Participants = Participants is null ? null : [.. Participants.Values.Select(one => ToState(one, before.Participants?.FirstOrDefault(other => other.User == one.User)))],
        Settings = Settings,
        Own = before.Own with
        {
            Permissions = Participants?.GetValueOrDefault(Me)?.Permissions ?? before.Own.Permissions,
            DeliveredUpTo = Own.DeliveredUpTo,
            ReadUpTo = Own.ReadUpTo,
            ReadAhead = AheadOf(Own),
            Left = HasLeft,
        },
    };

    private static ParticipantState ToState(TimelineParticipant one, ParticipantState? before) =>
        (before ?? new ParticipantState(one.User, one.Permissions, null, null)) with
        {
            Permissions = one.Permissions,
            // Where an app does not tell cursors, they stay unknown.
            DeliveredUpTo = one.DeliveredUpTo == Sequence.None ? before?.DeliveredUpTo : one.DeliveredUpTo,
            ReadUpTo = one.ReadUpTo == Sequence.None ? before?.ReadUpTo : one.ReadUpTo,
            ReadAhead = AheadOf(one),
            MutedUntil = one.MutedUntil,
            Allowed = one.IsAllowed,
        };

    private static ImmutableSortedSet<Sequence>? AheadOf(TimelineParticipant one) => one.ReadAhead.IsEmpty ? null : one.ReadAhead;
}
