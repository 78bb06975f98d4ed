using System.Globalization;

namespace Parley.People;

/// <summary>A user as the rules see him, as of when he was read. Pure.</summary>
/// <param name="Revision">Changes with his standing; 0 for somebody of whom nothing is kept.</param>
/// <param name="IsSuspended">Whether nothing of him is taken: suspended, deactivated, or deleted.</param>
/// <param name="MutedUntil">He sends nothing in the whole app before then; null when he may.</param>
/// <param name="Peer">What the other one of a direct conversation is to him.</param>
/// <remarks>
/// What ends by itself is judged when it is read, for rules know no time: a refusal is final only after another read, and nothing begins by itself.
/// </remarks>
internal sealed record Person(long Revision, bool IsSuspended = false, DateTimeOffset? MutedUntil = null, Peer Peer = Peer.Open)
{
    /// <summary>Somebody of whom nothing is kept. He exists all the same.</summary>
    public static readonly Person Unknown = new(0);

    /// <summary>Why he may do nothing at all; null when he may.</summary>
    public Refusal? CannotAct => IsSuspended ? Refusals.Suspended : null;

    /// <summary>Why he may send no message, whatever the conversation says; null when he may. The app's word comes before the other one's.</summary>
    public Refusal? CannotSend =>
        CannotAct
        ?? (MutedUntil is { } until ? Refusals.Muted.Because($"in the whole app, until {until.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)}") : null)
        ?? Peer switch
        {
            Peer.Blocks => Refusals.Blocked,
            Peer.Stranger => Refusals.NotContact,
            _ => null,
        };
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
}
