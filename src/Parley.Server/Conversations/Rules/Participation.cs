using Parley.People;

namespace Parley.Conversations;

/// <summary>A user's place in a conversation as the rules see it.</summary>
/// <param name="User">Who.</param>
/// <param name="Revision">Changes with his rules; 0 for somebody who was never in it.</param>
/// <param name="Permissions">What he may do while he is in it.</param>
/// <param name="Standing">Whether he is.</param>
internal sealed record Participation(UserId User, long Revision, Permissions Permissions, Standing Standing)
{
    /// <summary>What was decided about him, whether he is in it or not.</summary>
    public Moderation Moderation { get; init; } = Moderation.None;

    /// <summary>Whether he is asked, or asks, to come in.</summary>
    public Pending Pending { get; init; }

    /// <summary>Who invited him; null when nobody did.</summary>
    public UserId? InvitedBy { get; init; }

    /// <summary>What holds for him in the whole app, or between the two of a direct conversation.</summary>
    public Person Person { get; init; } = Person.Unknown;

    public static Participation Never(UserId user) => new(user, 0, Permissions.None, Standing.Never);
}

/// <summary>What was decided about a user. It outlives his coming and going.</summary>
/// <param name="MutedUntil">Before when he may not send; null for not muted.</param>
/// <param name="Allowed">Whether he may send while everybody is muted.</param>
/// <param name="Banned">Whether he is kept out.</param>
internal sealed record Moderation(DateTimeOffset? MutedUntil, bool Allowed, bool Banned)
{
    public static Moderation None { get; } = new(null, Allowed: false, Banned: false);
}

/// <summary>Whether a user belongs to a conversation.</summary>
internal enum Standing
{
    /// <summary>He does not, and never did: for him it does not exist.</summary>
    Never,

    /// <summary>He does.</summary>
    Joined,

    /// <summary>He did.</summary>
    Left,
}

/// <summary>What waits for a decision about a user's coming in. The numbers are stored.</summary>
internal enum Pending
{
    /// <summary>Nothing, or it was settled.</summary>
    None = 0,

    /// <summary>He was invited and has not answered.</summary>
    Invited = 1,

    /// <summary>He asks, and nobody has answered.</summary>
    Requested = 2,
}
