namespace Parley.Moderation;

/// <summary>Decides about each message before it is recorded. Registered as a service of the host; several are asked in the order in which they were registered, each about what the one before made of it.</summary>
/// <remarks>
/// While it is asked, what the same connection asks of the same conversation waits; nobody else does. It may be asked twice about one message, whose sender lost the answer and
/// asks again: what was recorded first stays. One that throws, or takes more than five seconds, has its message refused with <c>internal</c>.
/// </remarks>
public interface IMessageInterceptor
{
    /// <summary>Says what becomes of a message.</summary>
    /// <param name="message">The message, which is in order and has passed the lists of words. Whether its sender may send it is decided afterwards.</param>
    /// <param name="cancel">Ends when nobody waits for the verdict any more.</param>
    ValueTask<MessageVerdict> InterceptAsync(InterceptedMessage message, CancellationToken cancel);
}

/// <summary>A message that somebody wants to be recorded.</summary>
/// <param name="App">The app's name in the configuration.</param>
/// <param name="Step">Whether it is new.</param>
/// <param name="Conversation">Where to.</param>
/// <param name="Message">Its id; of an edit that of the message that is edited.</param>
/// <param name="Sender">Who wants it.</param>
/// <param name="Content">What it would say.</param>
public sealed record InterceptedMessage(string App, MessageStep Step, ConversationId Conversation, MessageId Message, UserId Sender, MessageContent Content)
{
    /// <summary>The message that it answers; null for none.</summary>
    public MessageId? ReplyTo { get; init; }

    /// <summary>Where what it says comes from, when it is forwarded; null for what its sender says himself.</summary>
    public ForwardedFrom? Forwarded { get; init; }

    /// <summary>Names the request: the same when its sender asks again.</summary>
    public Guid Request { get; init; }
}

/// <summary>What is done with a message.</summary>
public enum MessageStep
{
    /// <summary>It is sent.</summary>
    Send,

    /// <summary>What it says is replaced.</summary>
    Edit,
}

/// <summary>What becomes of a message.</summary>
public sealed record MessageVerdict
{
    private MessageVerdict(VerdictKind kind) => Kind = kind;

    /// <summary>It is recorded as it is.</summary>
    public static MessageVerdict Pass { get; } = new(VerdictKind.Pass);

    /// <summary>What is done with it.</summary>
    public VerdictKind Kind { get; }

    /// <summary>What it says instead; null unless it was changed.</summary>
    public MessageContent? Content { get; private init; }

    /// <summary>Why; null for nothing.</summary>
    public string? Reason { get; private init; }

    /// <summary>It is recorded with other content, which must be in order as any.</summary>
    public static MessageVerdict Edit(MessageContent content) => new(VerdictKind.Edit) { Content = content };

    /// <summary>It is refused with <c>intercepted</c>.</summary>
    /// <param name="reason">What its sender is told, up to 1,000 characters.</param>
    public static MessageVerdict Refuse(string? reason = null) => new(VerdictKind.Refuse) { Reason = reason };

    /// <summary>It is refused with <c>held</c>, and kept until the app's backend releases or rejects it.</summary>
    /// <param name="reason">What is noted for whoever decides, up to 1,000 characters.</param>
    public static MessageVerdict Hold(string? reason = null) => new(VerdictKind.Hold) { Reason = reason };
}

/// <summary>What is done with a message.</summary>
public enum VerdictKind
{
    /// <summary>It is recorded as it is.</summary>
    Pass,

    /// <summary>It is recorded with other content.</summary>
    Edit,

    /// <summary>It is refused.</summary>
    Refuse,

    /// <summary>It is kept until somebody decides.</summary>
    Hold,
}
