namespace Parley.Conversations;

/// <summary>Coming into rooms, and leaving them, of which nothing is recorded.</summary>
internal sealed partial record Conversation
{
    /// <summary>Whether somebody's messages, and attributes that he sets, count towards what the room takes together.</summary>
    public bool IsPaced(UserId actor) => Rules.Pace == Pace.OfRoom && (Known[actor].Permissions & Managers) == Permissions.None;

    /// <summary>Why somebody may not come in; null when he may, and when he is in.</summary>
    public Refusal? Enter(UserId user)
    {
        var own = Known[user];
        if (own.Standing == Standing.Never && (!Traits.HasFlag(Traits.Public) || Traits.HasFlag(Traits.Deleted))) return Refusals.NotFound;
        if (Traits.HasFlag(Traits.Deleted)) return Refusals.ConversationDeleted;
        if (Rules.Membership != Membership.Free) return Refusals.NotForThisKind.Because("conversation.join comes into a group or a broadcast");
        return own.Moderation.Banned ? Refusals.Banned : null;
    }

    /// <summary>Why somebody may not leave; null when he may.</summary>
    public Refusal? Exit(UserId user)
    {
        var own = Known[user];
        if (Lacks(own, Permissions.None) is { } refusal) return refusal;
        return Rules.Membership == Membership.Free ? null : Refusals.NotForThisKind.Because("conversation.leave leaves a group or a broadcast");
    }

    /// <summary>Why somebody who was away for too long is not to be taken out; null when he is.</summary>
    public Refusal? Expire(UserId user) => Known[user].Moderation.Allowed ? Refusals.Unchanged : Exit(user);
}
