namespace Parley.Conversations;

/// <summary>A user's place in a conversation as the rules see it.</summary>
/// <param name="User">Who.</param>
/// <param name="Revision">Changes with his rules; 0 for somebody who was never in it.</param>
/// <param name="Permissions">What he may do while he is in it.</param>
/// <param name="Standing">Whether he is.</param>
internal sealed record Participation(UserId User, long Revision, Permissions Permissions, Standing Standing)
{
    public static Participation Never(UserId user) => new(user, 0, Permissions.None, Standing.Never);
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
