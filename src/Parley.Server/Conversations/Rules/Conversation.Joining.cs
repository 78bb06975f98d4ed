namespace Parley.Conversations;

/// <summary>Coming in by oneself: joining what is public, invitations, and requests to be let in.</summary>
internal sealed partial record Conversation
{
    /// <summary>Comes in, or asks to be let in. What is not public does not exist for who is not invited.</summary>
    public Outcome<Decision> Join(UserId actor, string? message)
    {
        var own = Known[actor];
        var invited = own.Pending == Pending.Invited;
        if (own.Standing != Standing.Joined && !Traits.HasFlag(Traits.Public) && !invited)
            return own.Standing == Standing.Never ? Refusals.NotFound : Lacks(own, Permissions.None) ?? Refusals.NotParticipant;
        if (Traits.HasFlag(Traits.Deleted)) return own.Standing == Standing.Never ? Refusals.NotFound : Refusals.ConversationDeleted;
        if (Rules.Membership == Membership.Fixed) return NotForDirect;
        if (NotForRooms is { } room) return room;
        if (own.Standing == Standing.Joined) return Refusals.AlreadyParticipant;
        if (own.Moderation.Banned) return Refusals.Banned;
        if (Traits.HasFlag(Traits.Approval) && !invited)
        {
            return own.Pending == Pending.Requested
                ? Refusals.Unchanged
                : new Decision(new JoinRequested(actor, message is "" ? null : message), [own]) { ConcernsAll = true };
        }

        if (message is not null) return Refusals.InvalidParams.Because("$.message: nobody has to decide, so nobody would read it");
        return new Decision(new ParticipantJoined(actor, Said, own.InvitedBy, own.Moderation.MutedUntil, own.Moderation.Allowed), [own])
        {
            Joining = 1,
            Newcomers = DefaultPermissions,
            AtMost = Rules.Cap,
            Settled = own.Pending == Pending.None ? [] : [actor],
            EndsDistinct = IsDistinct,
        };
    }

    /// <summary>Asks users to come, or lets them in where nobody is asked.</summary>
    public Outcome<Decision> Invite(UserId actor, IReadOnlyList<UserId> users)
    {
        var by = Known[actor];
        var needed = Traits.HasFlag(Traits.MembersInvite) ? Permissions.None : Permissions.ManageParticipants;
        if ((LacksToChange(by, needed) ?? NotForRooms) is { } refusal) return refusal;
        if (!Traits.HasFlag(Traits.ConfirmInvitations)) return Adding(by, users, Refusals.Unchanged);

        var asked = users.Distinct().Select(user => Known[user]).Where(one => one.Standing != Standing.Joined && one.Pending != Pending.Invited).ToArray();
        if (asked.Length == 0) return Refusals.Unchanged;
        if (Array.Find(asked, one => one.Moderation.Banned) is { } banned) return Refusals.Banned.Because($"{banned.User}");
        if (Array.Find(asked, one => one.Pending == Pending.Requested) is { } asking)
            return Refusals.InvalidParams.Because($"{asking.User} asks to be let in: use conversation.approve");
        return new Decision(new ParticipantsInvited(actor, [.. asked.Select(one => one.User)]), [by, .. asked]) { ConcernsAll = true };
    }

    /// <summary>Does not come.</summary>
    public Outcome<Decision> DeclineInvitation(UserId actor)
    {
        var own = Known[actor];
        if (own.Pending != Pending.Invited || Traits.HasFlag(Traits.Deleted)) return Refusals.NotFound;
        return new Decision(new InvitationDeclined(actor), [own]) { Settled = [actor], ConcernsAll = true };
    }

    /// <summary>Takes invitations back: whoever manages participants, and who made them.</summary>
    public Outcome<Decision> WithdrawInvitations(UserId actor, IReadOnlyList<UserId> users)
    {
        var by = Known[actor];
        if (LacksToChange(by, Permissions.None) is { } refusal) return refusal;
        var invited = users.Distinct().Select(user => Known[user]).ToArray();
        var manages = by.Permissions.HasFlag(Permissions.ManageParticipants);
        if (!manages && Array.Exists(invited, one => one.InvitedBy != actor)) return Refusals.PermissionDenied;
        return NotWaiting(invited, Pending.Invited, "is not invited") is { } not
            ? not
            : Settle(new InvitationsWithdrawn(actor, [.. invited.Select(one => one.User)]), by, invited);
    }

    /// <summary>Lets those in who asked.</summary>
    public Outcome<Decision> Approve(UserId actor, IReadOnlyList<UserId> users)
    {
        var by = Known[actor];
        if (LacksToChange(by, Permissions.ManageParticipants) is { } refusal) return refusal;
        var asking = users.Distinct().Select(user => Known[user]).ToArray();
        return NotWaiting(asking, Pending.Requested, NotAsking) is { } not ? not : Adding(by, users, Refusals.AlreadyParticipant);
    }

    /// <summary>Does not let those in who asked.</summary>
    public Outcome<Decision> Decline(UserId actor, IReadOnlyList<UserId> users)
    {
        var by = Known[actor];
        if (LacksToChange(by, Permissions.ManageParticipants) is { } refusal) return refusal;
        var asking = users.Distinct().Select(user => Known[user]).ToArray();
        return NotWaiting(asking, Pending.Requested, NotAsking) is { } not ? not : Settle(new JoinsDeclined(actor, [.. asking.Select(one => one.User)]), by, asking);
    }

    private const string NotAsking = "does not ask to be let in";

    private static Refusal? NotWaiting(Participation[] those, Pending expected, string otherwise) =>
        Array.Find(those, one => one.Pending != expected) is { } other ? Refusals.InvalidParams.Because($"{other.User} {otherwise}") : null;

    private static Outcome<Decision> Settle(ConversationEvent happened, Participation by, Participation[] those) =>
        new Decision(happened, [by, .. those.Where(one => one != by)]) { Settled = [.. those.Select(one => one.User)], ConcernsAll = true };
}
