namespace Parley.Client;

/// <content>What the program knows of its device, and the client cannot see by itself.</content>
public sealed partial class ParleyClient
{
    /// <summary>Says what the device knows of its network. Mobile and desktop systems tell a program when that changes.</summary>
    /// <remarks>
    /// <see cref="NetworkStatus.Offline"/>: nothing is tried any more, and <see cref="StateChanged"/> says <see cref="ConnectionReason.Offline"/>. <see cref="NetworkStatus.Online"/>, said also when one network
    /// took the place of another: the rest between two attempts ends at once, unless the server said how long it is. A session that is open goes on in both cases, but has to show that it is alive within
    /// <see cref="ParleyClientOptions.HelloTimeout"/>. Harmless when said often: at most one attempt and one check in two seconds come of it. Does nothing after the client was disposed.
    /// </remarks>
    /// <param name="status">Whether there is a network.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is neither.</exception>
    public void NetworkChanged(NetworkStatus status)
    {
        if (status is not (NetworkStatus.Offline or NetworkStatus.Online)) throw new ArgumentOutOfRangeException(nameof(status), status, "Offline or online.");
        _connection.NetworkChanged(status);
    }

    /// <summary>Says that nobody looks at the program any more, and that the system may stop it at any moment.</summary>
    /// <remarks>
    /// The device counts as <see cref="PresenceStatus.Away"/>. A session that is open is kept as it is; one that is lost is not opened again (<see cref="ConnectionReason.Background"/>) until <see cref="EnterForeground"/>.
    /// A program that has to do something in the background, because a push woke it, calls <see cref="ConnectAsync"/>, which connects as in the foreground, and this again when it is done. Harmless when said twice.
    /// </remarks>
    public void EnterBackground()
    {
        if (_connection.EnterBackground() is { } link) Presence.SayDevice(link, PresenceStatus.Away);
    }

    /// <summary>Says that somebody looks at the program.</summary>
    /// <remarks>
    /// The device counts as <see cref="PresenceStatus.Online"/>. A system that stopped the program stopped its sockets too, and says nothing about it: so a session that is open has to show that it is alive within
    /// <see cref="ParleyClientOptions.HelloTimeout"/>, or is opened anew, and the rest between two attempts ends at once, unless the server said how long it is. Harmless when said twice.
    /// </remarks>
    public void EnterForeground()
    {
        if (_connection.EnterForeground() is { } link) Presence.SayDevice(link, PresenceStatus.Online);
    }
}

/// <summary>What a device knows of its network.</summary>
public enum NetworkStatus
{
    /// <summary>There is none.</summary>
    Offline,

    /// <summary>There is one, or another one than before.</summary>
    Online,
}
