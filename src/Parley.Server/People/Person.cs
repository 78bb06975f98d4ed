using System.Globalization;

namespace Parley.People;

/// <summary>A user as the rules see him. Pure.</summary>
/// <param name="Revision">Changes with his standing; 0 for somebody of whom nothing is kept.</param>
/// <param name="IsGone">Whether he is deactivated or deleted.</param>
/// <param name="SuspendedUntil">Nothing of him is taken before then; null when he is not suspended. It may have passed.</param>
/// <param name="MutedUntil">He sends nothing in the whole app before then; null when he may. It may have passed.</param>
/// <param name="Peer">What the other one of a direct conversation is to him.</param>
/// <param name="HasMessaging">Whether the app gives him messaging.</param>
internal sealed record Person(
    long Revision, bool IsGone = false, DateTimeOffset? SuspendedUntil = null, DateTimeOffset? MutedUntil = null, Peer Peer = Peer.Open, bool HasMessaging = true)
{
    /// <summary>Somebody of whom nothing is kept. He exists all the same.</summary>
    public static readonly Person Unknown = new(0);

    /// <summary>Why he may do nothing at all; null when he may.</summary>
    public Refusal? CannotAct(DateTimeOffset now) => IsGone || SuspendedUntil > now ? Refusals.Suspended : null;

    /// <summary>Why he may send no message, whatever the conversation says; null when he may. The app's word comes before the other one's.</summary>
    public Refusal? CannotSend(DateTimeOffset now) =>
        CannotAct(now)
        ?? (HasMessaging ? null : Refusals.NotCapable.Because("the user has none"))
        ?? Silenced(now)
        ?? Peer switch
        {
            Peer.Blocks => Refusals.Blocked,
            Peer.Incapable => PeerNotCapable,
            Peer.Stranger => Refusals.NotContact,
            _ => null,
        };

    /// <summary>That the app muted him, while it has; null when it has not.</summary>
    public Refusal? Silenced(DateTimeOffset now) => MutedUntil is { } until && until > now ? Until(Refusals.MutedInApp, until, now) : null;

    /// <summary>That the one he writes to has no messaging.</summary>
    public static Refusal PeerNotCapable { get; } = Refusals.NotCapable.Because("the other user has none");

    /// <summary>That somebody is muted, and until when.</summary>
    /// <param name="refusal">Where: in a conversation, or in the whole app.</param>
    /// <param name="until">When it ends, which is later than now.</param>
    /// <param name="now">What time it is.</param>
    public static Refusal Until(Refusal refusal, DateTimeOffset until, DateTimeOffset now) => until == MuteParticipants.Forever
        ? refusal.Because("until somebody lifts it")
        : refusal.After(until - now).Because($"until {until.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)}");
}

/// <summary>What the other one of a direct conversation is to a user.</summary>
internal enum Peer
{
    /// <summary>Somebody he may write to.</summary>
    Open,

    /// <summary>Somebody who blocks him.</summary>
    Blocks,

    /// <summary>None of his contacts, where the app asks for that.</summary>
    Stranger,

    /// <summary>Somebody who has no messaging.</summary>
    Incapable,
}
