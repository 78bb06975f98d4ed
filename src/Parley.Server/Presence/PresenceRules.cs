namespace Parley.Presence;

/// <summary>What may be chosen, and what follows from the choice and the devices.</summary>
internal static class PresenceRules
{
    /// <summary>Why this cannot be chosen; null when it can.</summary>
    public static Refusal? Check(SetPresence wish)
    {
        if (wish.Status == PresenceStatus.Offline)
            return Refusals.InvalidParams.Because("$.status: expected online, away, busy or invisible; who wants to seem offline is invisible");
        return wish.Text is { } text && TextSize.Bytes(text) > SetPresence.MaxTextBytes
            ? Refusals.TooLarge.Because($"$.text: at most {SetPresence.MaxTextBytes} bytes")
            : null;
    }

    /// <summary>How a user can be reached, as his own devices are told.</summary>
    /// <param name="devices">What each connected device says of itself: online or away.</param>
    /// <param name="choice">What he chose; null for nothing.</param>
    public static PresenceStatus Of(IEnumerable<PresenceStatus> devices, SetPresence? choice)
    {
        var most = PresenceStatus.Offline;
        foreach (var device in devices)
        {
            if (device == PresenceStatus.Online || most == PresenceStatus.Offline) most = device;
        }

        // A choice makes nobody reachable who has no device there.
        return most == PresenceStatus.Offline ? most : choice?.Status ?? most;
    }

    /// <summary>How he seems to others.</summary>
    public static PresenceStatus Seen(PresenceStatus status) => status == PresenceStatus.Invisible ? PresenceStatus.Offline : status;
}
