namespace Parley.Conversations;

/// <summary>Muting, banning, and the list of those who may speak when nobody else may.</summary>
internal sealed partial record Conversation
{
    /// <summary>Mutes participants. It is stronger than the allow list, and stays when they leave and come back.</summary>
    public Outcome<Decision> Mute(UserId actor, IReadOnlyList<UserId> users, DateTimeOffset until, DateTimeOffset now) =>
        until <= now ? Refusals.InvalidParams.Because("$.until: expected a time to come") : Moderate(actor, users, MustBeIn, one => one with { MutedUntil = until }, muted => new ParticipantsMuted(actor, muted, until));

    public Outcome<Decision> Unmute(UserId actor, IReadOnlyList<UserId> users) =>
        Moderate(actor, users, Anybody, one => one with { MutedUntil = null }, unmuted => new ParticipantsUnmuted(actor, unmuted));

    /// <summary>Puts users out for good, those too who never were in it.</summary>
    public Outcome<Decision> Ban(UserId actor, IReadOnlyList<UserId> users)
    {
        var outcome = Moderate(actor, users, Anybody, one => one with { Banned = true, Allowed = false }, banned => new ParticipantsBanned(actor, banned));
        if (outcome.Value is not { } decision) return outcome;
        var leaving = decision.Moderated.Select(one => Known[one.User]).Where(one => one.Standing == Standing.Joined).ToArray();
        UserId[] absent = [.. decision.Moderated.Select(one => one.User).Where(user => Known[user].Standing != Standing.Joined)];
        return decision with
        {
            // Who knows only how many are in it could not count on otherwise.
            Event = absent.Length == 0 ? decision.Event : (ParticipantsBanned)decision.Event with { Absent = absent },
            Joining = -leaving.Length,
            ForgetsLeavers = Rules.Membership == Membership.Free,
            // In a room who owns it does so while he is away, too.
            Owning = -decision.Moderated.Count(one => IsOwner(Known[one.User])),
            Settled = [.. decision.Moderated.Where(one => Known[one.User].Pending != Pending.None).Select(one => one.User)],
            EndsDistinct = IsDistinct && leaving.Length > 0,
        };
    }

    public Outcome<Decision> Unban(UserId actor, IReadOnlyList<UserId> users) =>
        Moderate(actor, users, Anybody, one => one with { Banned = false }, unbanned => new ParticipantsUnbanned(actor, unbanned));

    public Outcome<Decision> Allow(UserId actor, IReadOnlyList<UserId> users) =>
        Moderate(actor, users, MustBeIn, one => one with { Allowed = true }, allowed => new ParticipantsAllowed(actor, allowed));

    public Outcome<Decision> Disallow(UserId actor, IReadOnlyList<UserId> users) =>
        Moderate(actor, users, Anybody, one => one with { Allowed = false }, disallowed => new ParticipantsDisallowed(actor, disallowed));

    /// <summary>Of a room whoever may come is meant; elsewhere somebody who is in it.</summary>
    private Refusal? MustBeIn(Participation one) =>
        one.Standing == Standing.Joined || Rules.Membership == Membership.Free ? null : Refusals.InvalidParams.Because($"{one.User} is not a participant");

    private static Refusal? Anybody(Participation one) => null;

    private Outcome<Decision> Moderate(
        UserId actor, IReadOnlyList<UserId> users, Func<Participation, Refusal?> refuse, Func<Moderation, Moderation> change,
        Func<IReadOnlyList<UserId>, ConversationEvent> happened)
    {
        var by = Known[actor];
        if (LacksToChange(by, Permissions.ManageParticipants) is { } refusal) return refusal;
        var changed = new List<(UserId User, Moderation Moderation)>();
        var involved = new List<Participation> { by };
        foreach (var user in users.Distinct())
        {
            var one = Known[user];
            if (user == actor) return Refusals.InvalidParams.Because("nobody does this to himself");
            if (refuse(one) is { } not) return not;
            if (IsOwner(one) && !IsOwner(by)) return Refusals.PermissionDenied;
            var after = change(one.Moderation);
            if (after == one.Moderation) continue;
            changed.Add((user, after));
            involved.Add(one);
        }

        if (changed.Count == 0) return Refusals.Unchanged;
        return new Decision(happened([.. changed.Select(one => one.User)]), involved) { Moderated = changed, ConcernsAll = true };
    }
}
