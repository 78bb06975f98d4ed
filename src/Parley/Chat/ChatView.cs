using System.Collections.Immutable;
using Parley.Client;

namespace Parley.Chat;

/// <summary>Everything that the screen shows.</summary>
internal sealed record ChatView
{
    /// <summary>Who writes.</summary>
    public required string Me { get; init; }

    /// <summary>Whom to, or a group's title.</summary>
    public required string With { get; init; }

    /// <summary>The server.</summary>
    public string Server { get; init; } = "";

    /// <summary>The conversation; null before it is loaded.</summary>
    public Timeline? Timeline { get; init; }

    /// <summary>The first message that was unread when the conversation was opened; null for none.</summary>
    public Sequence? UnreadFrom { get; init; }

    /// <summary>Where the connection stands.</summary>
    public ConnectionState State { get; init; } = ConnectionState.Connecting;

    /// <summary>How the other one of a direct conversation can be reached; null where nobody knows.</summary>
    public PresenceState? Peer { get; init; }

    /// <summary>The others who type.</summary>
    public IReadOnlyList<UserId> Typing { get; init; } = [];

    /// <summary>What is being written.</summary>
    public LineEditor Draft { get; init; } = LineEditor.Empty;

    /// <summary>What the chat has to say itself: an answer to a command, a mistake. Gone with the next message.</summary>
    public IReadOnlyList<string> Notice { get; init; } = [];

    /// <summary>How many lines the screen is scrolled up.</summary>
    public int ScrolledUp { get; init; }

    /// <summary>Where what was uploaded is fetched, as it is shown.</summary>
    public ImmutableDictionary<(MessageId Message, ContentId Content), string> Links { get; init; } = ImmutableDictionary<(MessageId, ContentId), string>.Empty;

    /// <summary>Messages that came in other conversations.</summary>
    public int Elsewhere { get; init; }

    /// <summary>The zone of the times shown.</summary>
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Utc;
}
