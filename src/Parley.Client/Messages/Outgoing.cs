namespace Parley.Client;

/// <summary>What waits in the outbox: a message or another change. Only its <see cref="OutboxLane"/> changes it.</summary>
internal abstract class Outgoing
{
    /// <summary>Whose lane it is in: that of a conversation; null for what belongs to none.</summary>
    public abstract ConversationId? Lane { get; }

    /// <summary>The id that <c>message.cancel</c> settles it by; null for what cannot be cancelled once it has left.</summary>
    public abstract MessageId? Fence { get; }

    /// <summary>Where the message stands that it passes on; null for what passes none on.</summary>
    public virtual ConversationId? Source => null;

    /// <summary>How much it matters; null when nothing was said.</summary>
    public virtual MessagePriority? Priority => null;

    /// <summary>Whether files of it are to be uploaded first.</summary>
    public virtual bool NeedsUpload => false;

    /// <summary>Whether it is in line: what fails before that is told to who handed it in, and to nobody else.</summary>
    public bool HasEntered { get; set; }

    /// <summary>Its place among all of the store.</summary>
    public long Order { get; set; }

    /// <summary>When it was handed in, by the device's clock.</summary>
    public DateTimeOffset At { get; set; }

    /// <summary>Whether it is in the store, or there is none: before that it is not sent.</summary>
    public bool IsKept { get; set; } = true;

    /// <summary>Whether the store says that a copy may have left the device, or there is none: before that none does.</summary>
    public bool IsMarked { get; set; } = true;

    /// <summary>Whether the store is being told something without which it is not to be sent.</summary>
    public bool IsBeingMarked { get; set; }

    /// <summary>Whether files of it are on their way.</summary>
    public bool IsUploading { get; set; }

    /// <summary>When sending it again ends.</summary>
    public TimeSpan Deadline { get; set; }

    /// <summary>Until when its sender waits for the outcome.</summary>
    public TimeSpan ReportBy { get; set; } = TimeSpan.MaxValue;

    /// <summary>How many copies may have reached the server.</summary>
    public int Copies { get; set; }

    /// <summary>Whether a copy may have reached the server.</summary>
    public bool LeftDevice => Copies > 0;

    /// <summary>Whether a copy was not answered, so that it may have done what it asks: not one whose every copy was refused.</summary>
    public bool MayHaveLanded { get; set; }

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

    /// <summary>Whether another one stands for it, and it ends as that does.</summary>
    public bool IsReplaced { get; set; }

    /// <summary>What it stands for too: said before, of less, and never sent. All of it ends as this does.</summary>
    public List<Outgoing> Replaced { get; } = [];

    /// <summary>Its sender hears the outcome here.</summary>
    public TaskCompletionSource<SendResult> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How often what it asks became another, because a conversation turned out to have another id.</summary>
    public int Moves { get; protected set; }

    /// <summary>The conversation turned out to have another id: what it asks is asked of that.</summary>
    public abstract void Move(ConversationId to);

    /// <summary>That of its <see cref="Source"/> did.</summary>
    public virtual void MoveSource(ConversationId to)
    {
    }

    /// <summary>What the sender is told by an exception; null when it came about.</summary>
    public ParleyException? Failure(SendResult result) => result switch
    {
        SendResult.Recorded or SendResult.Answered => null,
        SendResult.Refused refused => new ParleyRefusedException(refused.Refusal),
        SendResult.NotSent notSent => NotSent(notSent),
        SendResult.Unknown unknown => Unknown(unknown),
        SendResult.NotKept notKept => notKept.Why,
        _ => throw new InvalidOperationException($"No outcome is called {result}."),
    };

    protected abstract ParleyException NotSent(SendResult.NotSent result);

    protected abstract ParleyException Unknown(SendResult.Unknown result);
}
