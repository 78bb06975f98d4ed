namespace Parley.Client;

/// <content>How conversations end for the user where no entry tells it.</content>
internal sealed partial class Follower
{
    /// <summary>He came into a room by asking: there is no entry that says so.</summary>
    public void CameIn(ConversationState room)
    {
        lock (_gate)
        {
            if (_link is null) return;
            var one = Follow(room.Conversation);
            one.IsRoom = true;
            Start(one, room.Own.DeliveredUpTo);
            Back(one);
        }
    }

    /// <summary>He left a room by asking.</summary>
    public void WentOut(ConversationId room)
    {
        lock (_gate)
        {
            if (_link is not null) End(Follow(room), ConversationEnd.Left);
        }
    }

    private void RoomMoved(RoomChanged changed)
    {
        lock (_gate)
        {
            if (_followed.TryGetValue(changed.Conversation, out var one)) (one.HearsVisits, one.Visitors) = (true, null);
            happened(new Happening.Room(changed));
            if (_user is not { } me) return;
            // On another device of his.
            if (changed.Left?.Contains(me) == true) End(Follow(changed.Conversation), ConversationEnd.Left);
            else if (changed.Joined?.Contains(me) == true) Back(Follow(changed.Conversation));
        }
    }

    /// <summary>Nobody told who came and went while the connection was gone; how many there are is told once everything up to there was.</summary>
    private void TellVisitors(FollowedConversation one, Sequence reached)
    {
        if (one.Visitors is not { } visitors || reached < visitors.At) return;
        one.Visitors = null;
        happened(new Happening.Room(new RoomChanged(one.Id, visitors.Count)));
    }

    /// <summary>What the server says of a conversation that changed. What this process never heard of it need not hear the end of.</summary>
    private void Register(FollowedConversation one, ConversationChange change)
    {
        one.IsRoom = change.Kind == ConversationKind.Room;
        var isKnown = one.Track.Applied is not null || one.Opened > 0;
        ConversationEnd? end = change.Deleted ? ConversationEnd.Deleted : change.Left ? ConversationEnd.Left : null;
        if (!isKnown) one.Ended = end;
        else if (end is null && one.Ended == ConversationEnd.Left && one.IsRoom) Back(one);
        else one.Ending = end;
        // He may have been put out and be in it again, where no entry tells that: nobody told him of either, he hid it from himself, or came into a room.
        one.InAt = end is null ? change.Head : null;
    }

    /// <summary>Tells how it ended, or that it goes on, when no entry that is still to be read can tell it better.</summary>
    private void TellEnding(FollowedConversation one)
    {
        if (one.Track.IsBehind) return;
        if (one.Ending is { } end) End(one, end);
        else if (one.InAt is not null && one.Ended == ConversationEnd.Left) Back(one);
        one.InAt = null;
    }

    /// <summary>It is over for the user. Told once, and not at all when an entry told it.</summary>
    private void End(FollowedConversation one, ConversationEnd end)
    {
        (one.Ending, one.InAt) = (null, null);
        if (one.Ended == end || one.Ended == ConversationEnd.Deleted) return;
        one.Ended = end;
        happened(new Happening.Ended(one.Id, end));
    }

    private void Back(FollowedConversation one)
    {
        one.Ending = null;
        if (one.Ended is null) return;
        one.Ended = null;
        happened(new Happening.Returned(one.Id));
    }

    /// <summary>What is missing is refused for good: nothing is missing any more, and the conversation may be over.</summary>
    private void Refused(FollowedConversation one, Refusal refusal)
    {
        one.Track.CorrectHead(one.Track.Applied ?? Sequence.None);
        // Without the permission to read he is still in it.
        if (EndOf(refusal) is { } end) End(one, end);
        else TellEnding(one);
    }

    /// <summary>How a conversation ended of which this is said; null when it is not over.</summary>
    internal static ConversationEnd? EndOf(Refusal refusal) =>
        refusal == Refusals.ConversationDeleted ? ConversationEnd.Deleted
        : refusal == Refusals.NotFound || refusal == Refusals.NotParticipant ? ConversationEnd.Left
        : null;

    /// <summary>An entry that says who is in it says so of the user too.</summary>
    private void Released(FollowedConversation one, Sequence at, ConversationEvent change)
    {
        if (_user is not { } me || !Ends(change, me, out var end)) return;
        (one.Ended, one.Ending) = (end, null);
        if (end == ConversationEnd.Left && at > one.InAt) one.InAt = null;
    }

    /// <summary>Whether an entry says how it stands for the user: how it ended, or, with null, that he is in it.</summary>
    internal static bool Ends(ConversationEvent change, UserId me, out ConversationEnd? end)
    {
        end = change switch
        {
            ConversationDeleted => ConversationEnd.Deleted,
            ParticipantsRemoved removed when removed.Users.Contains(me) => ConversationEnd.Left,
            ParticipantsBanned banned when banned.Users.Contains(me) => ConversationEnd.Left,
            ParticipantLeft left when left.Actor == me => ConversationEnd.Left,
            _ => null,
        };
        return end is not null
            || (change is ParticipantsAdded added && added.Participants.Any(participant => participant.User == me))
            || (change is ParticipantJoined joined && joined.Actor == me);
    }
}
