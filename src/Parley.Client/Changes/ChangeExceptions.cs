namespace Parley.Client;

/// <summary>The change was not made and never will be: its time was over before it left the device, or before the server would do it, or it was given up.</summary>
public sealed class ChangeNotSentException : ParleyException
{
    internal ChangeNotSentException(Change change, FailureReason reason, string why)
        : base($"{change.Method} was not sent: {why}", null) => (Change, Reason) = (change, reason);

    /// <summary>Which.</summary>
    public Change Change { get; }

    /// <summary>True: the same may go well when it is asked for anew.</summary>
    public override bool IsTransient => true;

    /// <summary><see cref="FailureReason.Network"/> or <see cref="FailureReason.Cancelled"/>.</summary>
    public override FailureReason Reason { get; }
}

/// <summary>The change left the device and no answer came in time: it may or may not have been made. Other than a message it cannot be cancelled; look at what it was to change.</summary>
/// <remarks>Where the client was closed meanwhile and there is a store, the next client with it goes on; else this is the last that is said of it.</remarks>
public sealed class ChangeUnknownException : ParleyException
{
    internal ChangeUnknownException(Change change, string why)
        : base($"Whether {change.Method} was done is unknown: {why}", null) => Change = change;

    /// <summary>Which.</summary>
    public Change Change { get; }

    /// <inheritdoc/>
    public override bool IsTransient => true;

    /// <inheritdoc/>
    public override FailureReason Reason => FailureReason.Network;
}
