namespace Parley.Client;

/// <summary>Somebody can be reached otherwise than before.</summary>
public sealed class PresenceChangedEventArgs : EventArgs
{
    internal PresenceChangedEventArgs(PresenceState state, bool isOwn) => (State, IsOwn) = (state, isOwn);

    /// <summary>Who, and how.</summary>
    public PresenceState State { get; }

    /// <summary>Whether it is the own user, told as his own devices are: invisible rather than offline.</summary>
    public bool IsOwn { get; }
}

/// <summary>Somebody began to type, rests, or stopped.</summary>
public sealed class TypingEventArgs : EventArgs
{
    internal TypingEventArgs(TypingChanged typing, bool isOwn) => (Typing, IsOwn) = (typing, isOwn);

    /// <summary>Who, where, and what he does.</summary>
    public TypingChanged Typing { get; }

    /// <summary>Whether it is the own user, on another of his devices.</summary>
    public bool IsOwn { get; }
}
