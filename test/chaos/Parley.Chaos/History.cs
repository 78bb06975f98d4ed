namespace Parley.Chaos;

/// <summary>Everything that was tried, answered and seen in a run: all that <see cref="Checker"/> judges by.</summary>
/// <param name="Attempts">Every message that anybody tried to send.</param>
/// <param name="Log">What a newcomer read of each conversation from its beginning, after the run.</param>
/// <param name="Streams">What each connection was told of each conversation.</param>
/// <param name="Timelines">What each client put together of each conversation from pushes, answers and pages.</param>
internal sealed record History(
    IReadOnlyList<Attempt> Attempts, IReadOnlyDictionary<ConversationId, IReadOnlyList<Entry>> Log, IReadOnlyList<PushStream> Streams,
    IReadOnlyList<Timeline> Timelines);

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
}

/// <summary>An entry as read. Entries that are no message have neither id, sender nor text.</summary>
internal sealed record Entry(long Sequence, MessageId Message, UserId Sender, string? Text);

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

/// <summary>A promise that was broken.</summary>
internal sealed record Violation(Promise Promise, string What)
{
    public override string ToString() => $"{Promise}: {What}";
}

/// <summary>What is promised; the ids are those of the guarantees.</summary>
internal enum Promise
{
    /// <summary>G1: what was acknowledged is there, with its content, where the answer said.</summary>
    AcknowledgedIsKept,

    /// <summary>G2: nothing is there that nobody sent.</summary>
    NothingInvented,

    /// <summary>G3: sequences are 1, 2, 3, …, and everybody sees the same message at the same one.</summary>
    OneOrder,

    /// <summary>G4: pushes of a connection follow one another without a hole.</summary>
    PushesInOrder,

    /// <summary>G5: what was acknowledged before another was sent precedes it.</summary>
    RealTimeOrder,

    /// <summary>G6: messages of one sender stay in the order he sent them.</summary>
    SenderOrder,

    /// <summary>G7: a message is there once, however often it was sent.</summary>
    OnceOnly,

    /// <summary>G9: every send ends acknowledged or settled, and what was fenced never appears.</summary>
    Settled,

    /// <summary>G11: a client that was away ends with the whole history.</summary>
    CatchUpComplete,
}
