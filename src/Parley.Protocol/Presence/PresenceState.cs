namespace Parley;

/// <summary>
/// <c>presence</c>: how somebody can be reached now, sent when that changed to who subscribed to him and to his own devices; and what is answered of each user asked for.
/// </summary>
/// <param name="User">Who.</param>
/// <param name="Status">His status; to others never <see cref="PresenceStatus.Invisible"/>.</param>
/// <param name="Text">What he says of himself; null for nothing, and while he is offline to who asks.</param>
/// <param name="Since">When this began; null when nobody remembers.</param>
/// <param name="LastSeen">Of who is offline: when he was seen last; null when nobody remembers, or who asks may not know.</param>
/// <param name="Chosen">To his own devices: true when he chose the status, null when his devices make it.</param>
public sealed record PresenceState(
    UserId User, PresenceStatus Status, string? Text = null, DateTimeOffset? Since = null, DateTimeOffset? LastSeen = null, bool? Chosen = null);
