namespace Parley.Client;

/// <summary>How many the client follows because the user shares conversations with them: <see cref="ParleyClientOptions.FollowPresence"/>.</summary>
/// <param name="Users">How many of them the server was asked to tell of. Those the program subscribed to itself are not among them.</param>
/// <param name="Coverage">Whether that is everybody.</param>
public sealed record PresenceFollowing(int Users, PresenceCoverage Coverage);

/// <summary>Whether everybody is followed.</summary>
public enum PresenceCoverage
{
    /// <summary>The client is finding out who they are, or asking for them, or will do so when it is connected.</summary>
    Asking,

    /// <summary>Everybody with whom the user shares a direct conversation or a group of up to 200.</summary>
    Everybody,

    /// <summary>As many as a user may be subscribed to, those of the conversations that changed last; nothing is known of the others.</summary>
    NearestOnly,
}
