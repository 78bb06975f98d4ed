namespace Parley.Conversations;

/// <summary>An event that may be recorded, and what must still hold when it is.</summary>
/// <param name="Event">What would have happened.</param>
/// <param name="Involved">The participations it was decided on.</param>
internal sealed record Decision(ConversationEvent Event, IReadOnlyList<Participation> Involved)
{
    /// <summary>How many participants it adds.</summary>
    public int Joining { get; init; }

    /// <summary>How many owners it adds.</summary>
    public int Owning { get; init; }

    /// <summary>What those may do of whom the event does not say it.</summary>
    public Permissions Newcomers { get; init; }

    /// <summary>How many participants there may be after it; counted under the lock, where the number is true.</summary>
    public int AtMost { get; init; } = int.MaxValue;

    /// <summary>What to say when there would be more.</summary>
    public Refusal TooMany { get; init; } = Refusals.Full;

    /// <summary>What is decided about users by it.</summary>
    public IReadOnlyList<(UserId User, Moderation Moderation)> Moderated { get; init; } = [];

    /// <summary>Whose invitation or request it settles.</summary>
    public IReadOnlyList<UserId> Settled { get; init; } = [];

    /// <summary>Whether nothing is kept of who leaves by it: in rooms.</summary>
    public bool ForgetsLeavers { get; init; }

    /// <summary>Whether the conversation is the only one of exactly these people no longer.</summary>
    public bool EndsDistinct { get; init; }

    /// <summary>
    /// Whether what was decided about others in this conversation must be decided again. Coming and going by itself concerns nobody else, so that ten thousand joins make no
    /// message wait.
    /// </summary>
    public bool ConcernsAll { get; init; }

    /// <summary>The message that it changes, as it was decided on; null for none.</summary>
    public KnownMessage? Target { get; init; }

    /// <summary>What a push says of it; null for what the app says by itself.</summary>
    public MessageNotification? Notification { get; init; }

    /// <summary>The lists of words because of which a report is made of it.</summary>
    public IReadOnlyList<string> Flags { get; init; } = [];

    /// <summary>Whether what follows it must be decided on other rules.</summary>
    public bool ChangesRules => Event is not MessageSent;

    /// <summary>Whether something beside the log changes with it.</summary>
    public bool HasEffects => ChangesRules || Notification is not null || Flags.Count > 0 || (Event is MessageSent sent && (sent.Content.Mentions is not null || StoredContent.IsIn(sent.Content)));

    /// <summary>What a message consists of; none for anything else.</summary>
    public ContentKinds Kinds { get; } = Event is MessageSent sent ? ContentKindRules.Of(sent.Content) : ContentKinds.None;

    /// <summary>Whether it counts towards what a room takes from everybody together: what whoever is there may do, and all are told.</summary>
    public bool IsPaced => Event is MessageSent or AttributesChanged;

    /// <summary>1 when it makes others' unread count grow.</summary>
    public int Counted => ContentKindRules.Counted(Kinds);
}
