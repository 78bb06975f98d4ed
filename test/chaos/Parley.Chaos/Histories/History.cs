namespace Parley.Chaos;

/// <summary>Everything that was tried, answered and seen in a run: all that <see cref="Checker"/> judges by.</summary>
/// <param name="Attempts">Every message that anybody tried to send.</param>
/// <param name="Log">What a newcomer read of each conversation from its beginning, after the run.</param>
/// <param name="Streams">What each connection was told of each conversation.</param>
/// <param name="Timelines">What each client put together of each conversation from pushes, answers and pages.</param>
/// <param name="Pages">How far each read of a conversation said that it goes.</param>
/// <param name="Cursors">Receipts: what was asked for, told, and read in the end; of one observer in the order in which he learnt it.</param>
internal sealed record History(
    IReadOnlyList<Attempt> Attempts, IReadOnlyDictionary<ConversationId, IReadOnlyList<Entry>> Log, IReadOnlyList<PushStream> Streams,
    IReadOnlyList<Timeline> Timelines, IReadOnlyList<PageSeen> Pages, IReadOnlyList<CursorSeen> Cursors)
{
    /// <summary>What came of every request of the clients.</summary>
    public Outcomes Outcomes { get; init; }
}

/// <summary>Requests by what came of them.</summary>
/// <param name="Ok">Answered with a result.</param>
/// <param name="Fail">Refused: a definite no.</param>
/// <param name="Unknown">The connection broke before the answer.</param>
internal readonly record struct Outcomes(long Ok, long Fail, long Unknown)
{
    public static Outcomes operator +(Outcomes one, Outcomes other) => new(one.Ok + other.Ok, one.Fail + other.Fail, one.Unknown + other.Unknown);
}

/// <summary>A message that a client tried to send, under one id, as often as it took.</summary>
/// <param name="Sender">Who.</param>
/// <param name="Order">Its place among the sender's messages.</param>
/// <param name="Conversation">Where to.</param>
/// <param name="Message">Its id.</param>
/// <param name="Text">What it says.</param>
/// <param name="InvokedAt">When it was first sent, in ticks of the run's clock.</param>
/// <param name="Ending">What came of it.</param>
/// <param name="Answers">Every answer that named a place in the log.</param>
/// <param name="Deferred">Whether it was refused for the moment and sent again, so that later ones may precede it.</param>
/// <param name="LateCopyTaken">Whether a copy that was sent after the fence was recorded all the same.</param>
internal sealed record Attempt(
    UserId Sender, int Order, ConversationId Conversation, MessageId Message, string Text, long InvokedAt, Ending Ending, IReadOnlyList<Answer> Answers,
    bool Deferred = false, bool LateCopyTaken = false);

/// <summary>A place in the log, as the sender was told, and when.</summary>
internal readonly record struct Answer(long Sequence, long At);

/// <summary>What came of an attempt.</summary>
internal enum Ending
{
    /// <summary>Nobody knows.</summary>
    Open,

    /// <summary>A send was answered with its entry.</summary>
    Acknowledged,

    /// <summary><c>message.cancel</c> answered with its entry.</summary>
    Landed,

    /// <summary><c>message.cancel</c> answered that it is not recorded and never will be.</summary>
    Fenced,

    /// <summary>Refused for good.</summary>
    Refused,

    /// <summary>Refused for the moment, and not sent again.</summary>
    TurnedAway,
}

/// <summary>An entry as read. Entries that are no message have neither id, sender nor text.</summary>
/// <param name="Sequence">Its place.</param>
/// <param name="At">Its time, in milliseconds since 1970.</param>
/// <param name="Message">Which message.</param>
/// <param name="Sender">Whose.</param>
/// <param name="Text">What it says.</param>
internal sealed record Entry(long Sequence, long At, MessageId Message, UserId? Sender, string? Text);

/// <summary>What one connection was told of one conversation, in order.</summary>
/// <param name="Reader">Whose connection.</param>
/// <param name="Connection">Which of his.</param>
/// <param name="Conversation">Of which conversation.</param>
/// <param name="HeadAtOpen">The head that the session began with; pushes join it.</param>
/// <param name="Items">What came.</param>
internal sealed record PushStream(UserId Reader, int Connection, ConversationId Conversation, long HeadAtOpen, IReadOnlyList<Seen> Items);

/// <summary>Something that came on a connection.</summary>
internal readonly record struct Seen(Told How, long Sequence, MessageId Message);

/// <summary>How a connection was told of an entry.</summary>
internal enum Told
{
    /// <summary><c>entry</c>.</summary>
    Pushed,

    /// <summary>By the answer to its own send, which stands for the push.</summary>
    Answered,

    /// <summary><c>head</c>: entries up to here were left out on purpose, to be read.</summary>
    Head,
}

/// <summary>What a client shows of a conversation.</summary>
internal sealed record Timeline(UserId Reader, ConversationId Conversation, IReadOnlyList<Entry> Entries);

/// <summary>A read of a conversation: asked for at a moment, and the head that its answer named.</summary>
internal readonly record struct PageSeen(UserId Reader, ConversationId Conversation, long InvokedAt, long Head);

/// <summary>Where somebody's cursors were, wanted or said to be.</summary>
/// <param name="How">How the observer knows.</param>
/// <param name="Observer">Who knows; null for what was read in the end.</param>
/// <param name="Conversation">In which conversation.</param>
/// <param name="User">Whose cursors.</param>
/// <param name="Delivered">Up to where delivered.</param>
/// <param name="Read">Up to where read.</param>
internal readonly record struct CursorSeen(CursorSource How, UserId? Observer, ConversationId Conversation, UserId User, long Delivered, long Read);

/// <summary>How cursors were seen.</summary>
internal enum CursorSource
{
    /// <summary>Their user asked for it.</summary>
    Asked,

    /// <summary>The server told, by a <c>receipt</c> or in answer to one.</summary>
    Told,

    /// <summary>Read after the run.</summary>
    Kept,
}
