namespace Parley.Client;

/// <summary>How a send ended.</summary>
internal abstract record SendResult
{
    /// <summary>What the sender of a message is told by an exception; null when it is on the log.</summary>
    public ParleyException? Failure(ConversationId conversation, MessageId message) => this switch
    {
        Recorded => null,
        Refused refused => new ParleyRefusedException(refused.Refusal),
        NotSent notSent => new MessageNotSentException(conversation, message, notSent.Reason, notSent.Why),
        Unknown unknown => new MessageUnknownException(conversation, message, unknown.Why),
        NotKept notKept => notKept.Why,
        _ => throw new InvalidOperationException($"No outcome is called {this}."),
    };

    /// <summary>It is on the log.</summary>
    public sealed record Recorded(LogEntry Entry) : SendResult;

    /// <summary>The server will not record it.</summary>
    public sealed record Refused(Refusal Refusal) : SendResult;

    /// <summary>It is not on the log and never will be.</summary>
    public sealed record NotSent(FailureReason Reason, string Why) : SendResult;

    /// <summary>Nobody knows.</summary>
    public sealed record Unknown(string Why) : SendResult;

    /// <summary>The store on the device did not take it, so it was not sent.</summary>
    public sealed record NotKept(LocalStoreException Why) : SendResult;
}

/// <summary>A message on its way. Only its <see cref="OutboxLane"/> changes it.</summary>
internal sealed class OutgoingMessage(ConversationId conversation, MessageId message, MessageContent content, TimeSpan deadline, SendOptions? options = null)
{
    public ConversationId Conversation => conversation;

    public MessageId Message => message;

    public MessageContent Content => content;

    /// <summary>How much it matters; null when nothing was said.</summary>
    public MessagePriority? Priority => options?.Priority;

    /// <summary>The request that asks for it, the same each time.</summary>
    public SendMessage Request => new(conversation, message, content, options?.Priority, options?.ReplyTo, options?.Notification);

    /// <summary>Its place among all messages of the store.</summary>
    public long Order { get; init; }

    /// <summary>When it was handed in, by the device's clock.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>Whether it is in the store, or there is none: before that it is not sent.</summary>
    public bool IsKept { get; set; } = true;

    /// <summary>Whether the store says that a copy may have left the device, or there is none: before that none does.</summary>
    public bool IsMarked { get; set; } = true;

    /// <summary>Whether the store is being told so.</summary>
    public bool IsBeingMarked { get; set; }

    /// <summary>When sending it again ends and it is cancelled instead.</summary>
    public TimeSpan Deadline { get; set; } = deadline;

    /// <summary>Until when its sender waits for the outcome.</summary>
    public TimeSpan ReportBy { get; set; } = TimeSpan.MaxValue;

    /// <summary>How many copies may have reached the server.</summary>
    public int Copies { get; set; }

    /// <summary>Whether a copy may have reached the server.</summary>
    public bool LeftDevice => Copies > 0;

    /// <summary>Whether it is being cancelled rather than sent.</summary>
    public bool Settling { get; set; }

    /// <summary>Whether its sender has heard an outcome, or does not wait for one any more.</summary>
    public bool Reported { get; set; }

    /// <summary>Whether a request for it is unanswered on the present connection.</summary>
    public bool UnderWay { get; set; }

    /// <summary>No request for it before this time.</summary>
    public TimeSpan RestUntil { get; set; }

    /// <summary>How many refusals asked to come again later.</summary>
    public int Refusals { get; set; }

    /// <summary>Whether nothing more happens to it.</summary>
    public bool IsDone { get; set; }

    /// <summary>What is remembered of it for those who trace and measure; null when nobody does.</summary>
    public SendTrace? Trace { get; set; }

    /// <summary>Its sender hears the outcome here.</summary>
    public TaskCompletionSource<SendResult> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
