namespace Parley.Client;

/// <summary>Where the connection stands.</summary>
public enum ConnectionState
{
    /// <summary>Nobody asked to connect, or it ended for good; see the reason of the change.</summary>
    Closed,

    /// <summary>An attempt is under way.</summary>
    Connecting,

    /// <summary>The session is open.</summary>
    Open,

    /// <summary>Waiting before the next attempt.</summary>
    Waiting,
}

/// <summary>Why the state changed.</summary>
public enum ConnectionReason
{
    /// <summary>The program asked for it.</summary>
    Asked,

    /// <summary>A wait ended and it is tried again.</summary>
    Retry,

    /// <summary>The server opened the session.</summary>
    Opened,

    /// <summary>The server cannot be reached.</summary>
    Unreachable,

    /// <summary>The server did not answer within <see cref="ParleyClientOptions.HelloTimeout"/>.</summary>
    HelloTimeout,

    /// <summary>The connection broke, or the server fell silent.</summary>
    Lost,

    /// <summary>The server closed; <see cref="ConnectionStateChangedEventArgs.CloseCode"/> says why.</summary>
    ClosedByServer,

    /// <summary>The server refused to open a session; <see cref="ConnectionStateChangedEventArgs.Refusal"/> says why.</summary>
    Refused,

    /// <summary>The token provider failed.</summary>
    NoToken,

    /// <summary>What waits in the store on the device is another user's.</summary>
    StoreRefused,

    /// <summary>The program said that there is no network: nothing is tried until it says that there is one.</summary>
    Offline,

    /// <summary>The program said that there is a network, and it is tried at once.</summary>
    Online,

    /// <summary>The program is in the background: a connection that is gone is not made again until it comes back, or asks to connect.</summary>
    Background,

    /// <summary>The program came to the foreground, and it is tried at once.</summary>
    Foreground,
}

/// <summary>The connection changed its state.</summary>
public sealed class ConnectionStateChangedEventArgs : EventArgs
{
    internal ConnectionStateChangedEventArgs(ConnectionState state, ConnectionReason reason) => (State, Reason) = (state, reason);

    /// <summary>The state now.</summary>
    public ConnectionState State { get; }

    /// <summary>Why.</summary>
    public ConnectionReason Reason { get; }

    /// <summary>In <see cref="ConnectionState.Waiting"/>: how long until the next attempt; null when it waits for the program to say something.</summary>
    public TimeSpan? RetryIn { get; internal init; }

    /// <summary>What the server said when it closed; null when it said nothing that is known.</summary>
    public CloseCode? CloseCode { get; internal init; }

    /// <summary>Why the server would not open a session.</summary>
    public Refusal? Refusal { get; internal init; }

    /// <summary>What went wrong, for the log.</summary>
    public Exception? Error { get; internal init; }
}
