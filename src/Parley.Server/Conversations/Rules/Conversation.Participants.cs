namespace Parley.Conversations;

/// <summary>Coming and going, and what who is in it may do.</summary>
internal sealed partial record Conversation
{
    /// <summary>Adds those who are not in it. Nobody is asked: a participant may hide or leave what he was added to.</summary>
    public Outcome<Decision> Add(UserId actor, IReadOnlyList<UserId> users)
    {
        var by = Known[actor];
        return (LacksToChange(by, Permissions.ManageParticipants) ?? NotForRooms) is { } refusal ? refusal : Adding(by, users, Refusals.AlreadyParticipant);
    }

    /// <summary>Removes others. An owner is removed by owners only, and never the last one while somebody stays.</summary>
    public Outcome<Decision> Remove(UserId actor, IReadOnlyList<UserId> users)
    {
        var by = Known[actor];
        if (LacksToChange(by, Permissions.ManageParticipants) is { } refusal) return refusal;
        var leaving = users.Distinct().Select(user => Known[user]).ToArray();
        if (Array.Find(leaving, one => one.Standing != Standing.Joined) is { } stranger)
            return Refusals.InvalidParams.Because($"{stranger.User} is not a participant");
        if (Array.Exists(leaving, one => one.User == actor)) return Refusals.InvalidParams.Because("use conversation.leave to remove yourself");
        var owners = leaving.Count(IsOwner);
        if (owners > 0 && !IsOwner(by)) return Refusals.PermissionDenied;
        // Somebody who removes an owner is one himself, so one stays.
        return new Decision(new ParticipantsRemoved(actor, [.. leaving.Select(one => one.User)]), [by, .. leaving])
        {
            Joining = -leaving.Length,
            Owning = -owners,
            ForgetsLeavers = Rules.Membership == Membership.Free,
            EndsDistinct = IsDistinct,
        };
    }

    /// <summary>Leaves. The last owner leaves last, and the conversation with him (V21).</summary>
    public Outcome<Decision> Leave(UserId actor)
    {
        var participation = Known[actor];
        if ((LacksToChange(participation, Permissions.None) ?? NotForRooms) is { } refusal) return refusal;
        var owner = IsOwner(participation);
        var last = owner && Owners == 1;
        return new Decision(last ? new ConversationDeleted(actor) : new ParticipantLeft(actor), [participation])
        {
            Joining = last ? 0 : -1,
            // Deleting counts nobody out: he is to be the only one.
            AtMost = last ? 1 : int.MaxValue,
            TooMany = Refusals.LastOwner,
            Owning = owner && !last ? -1 : 0,
            EndsDistinct = IsDistinct,
            ConcernsAll = last,
        };
    }

    /// <summary>Says what participants may do, all at once. Nobody gives what he does not have, and only owners touch owners (B35).</summary>
    /// <remarks>Of whom a room keeps what he may do while he is away, all of it may be taken: then nothing is kept of him.</remarks>
    public Outcome<Decision> SetPermissions(UserId actor, IReadOnlyList<ParticipantPermissions> wishes)
    {
        var by = Known[actor];
        if (LacksToChange(by, Permissions.None) is { } refusal) return refusal;
        if ((by.Permissions & (Permissions.ManageParticipants | Permissions.Owner)) == Permissions.None) return Refusals.PermissionDenied;
        if (wishes.DistinctBy(wish => wish.User).Count() < wishes.Count) return Refusals.InvalidParams.Because("$.participants: each user once");

        var owning = 0;
        List<Participation> involved = [by];
        List<Participant> changed = [];
        foreach (var (user, permissions) in wishes)
        {
            var participation = Known[user];
            if (participation.Standing != Standing.Joined && !(IsKept(participation) && permissions == Permissions.None))
                return Refusals.InvalidParams.Because(IsKept(participation) ? $"{user} is away: expected no permissions" : $"{user} is not a participant");
            var given = permissions & ~participation.Permissions;
            var owner = permissions.HasFlag(Permissions.Owner);
            if (!IsOwner(by) && (owner || IsOwner(participation) || !by.Permissions.HasFlag(given))) return Refusals.PermissionDenied;
            if (permissions == participation.Permissions) continue;
            owning += (owner ? 1 : 0) - (IsOwner(participation) ? 1 : 0);
            changed.Add(new Participant(user, permissions));
            if (user != actor) involved.Add(participation);
        }

        if (changed.Count == 0) return Refusals.Unchanged;
        if (Owners > 0 && Owners + owning < 1) return Refusals.LastOwner;
        return new Decision(new PermissionsChanged(actor, changed), involved) { Owning = owning, ForgetsLeavers = Rules.Membership == Membership.Free };
    }

    /// <summary>Makes a participant an owner, as the app itself wants it, and so nobody is asked: those who own it may be gone. What nobody owns stays so.</summary>
    public Outcome<Decision> AddOwner(UserId user)
    {
        var one = Known[user];
        if (LacksToChange(one, Permissions.None) is { } refusal) return refusal;
        if (IsOwner(one)) return Refusals.Unchanged;
        if (Owners == 0) return Refusals.PermissionDenied.Because("nobody owns it, for ever");
        return new Decision(new PermissionsChanged(user, [new Participant(user, PermissionPresets.Owner)]), [one]) { Owning = 1, ForgetsLeavers = Rules.Membership == Membership.Free };
    }

    /// <summary>Whether he looks after a room and is away: of everybody else who left it there is no row.</summary>
    private bool IsKept(Participation one) => Rules.Membership == Membership.Free && one.Standing == Standing.Left;

    private Refusal? NotForRooms => Rules.Membership == Membership.Free ? Refusals.NotForThisKind.Because("people come and go with room.join and room.leave") : null;

    /// <summary>Lets those in who are not in it.</summary>
    private Outcome<Decision> Adding(Participation by, IReadOnlyList<UserId> users, Refusal nobody)
    {
        var joining = users.Distinct().Select(user => Known[user]).Where(one => one.Standing != Standing.Joined).ToArray();
        if (joining.Length == 0) return nobody;
        if (Array.Find(joining, one => one.Moderation.Banned) is { } banned) return Refusals.Banned.Because($"{banned.User}");
        return new Decision(new ParticipantsAdded(by.User, [.. joining.Select(one => new Participant(one.User, Said, one.Moderation.MutedUntil, one.Moderation.Allowed))]), [by, .. joining.Where(one => one != by)])
        {
            Joining = joining.Length,
            Newcomers = DefaultPermissions,
            AtMost = Rules.Cap,
            Settled = [.. joining.Where(one => one.Pending != Pending.None).Select(one => one.User)],
            EndsDistinct = IsDistinct,
        };
    }

    /// <summary>
    /// What an event says of newcomers' permissions: nothing when they are the usual ones. Without <see cref="Permissions.Read"/> it says so, because who reads the log later, to learn who receives
    /// what, does not know what was usual then.
    /// </summary>
    private Permissions? Said => DefaultPermissions.HasFlag(Permissions.Read) ? null : DefaultPermissions;
}
