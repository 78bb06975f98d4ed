namespace Parley;

/// <summary><c>presence.set</c>: chooses how the user is shown, on all his devices, until he chooses again. Replaces the choice before as a whole.</summary>
/// <param name="Status">Online, away, busy or invisible; null lets his devices decide, the most available of which wins.</param>
/// <param name="Text">What others read beside it, up to <see cref="MaxTextBytes"/>; null or empty for nothing.</param>
public sealed record SetPresence(PresenceStatus? Status = null, string? Text = null)
{
    /// <summary>The most bytes of the text, in UTF-8.</summary>
    public const int MaxTextBytes = 1_024;
}

/// <summary><c>presence.device</c>: says whether somebody is at this device. A device is taken for attended from its connecting on.</summary>
/// <param name="Status"><see cref="PresenceStatus.Online"/> or <see cref="PresenceStatus.Away"/>.</param>
public sealed record SetDevicePresence(PresenceStatus Status);
