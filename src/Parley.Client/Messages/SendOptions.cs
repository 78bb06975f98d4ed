namespace Parley.Client;

/// <summary>How a message is sent, beside what it says.</summary>
public sealed record SendOptions
{
    /// <summary>Its id; null makes a new one. Sending the same again under the same id records nothing new.</summary>
    public MessageId? Id { get; init; }

    /// <summary>
    /// How much it matters where a room is told more than it takes; elsewhere it means nothing. What matters less is refused first, and one of <see cref="MessagePriority.Low"/> is not sent again
    /// where there are too many: that is its outcome, <see cref="Refusals.RateLimited"/>. Null is as <see cref="MessagePriority.Normal"/>.
    /// </summary>
    public MessagePriority? Priority { get; init; }

    /// <summary>The message of the same conversation that it answers; null for none.</summary>
    public MessageId? ReplyTo { get; init; }

    /// <summary>What a push says of it; null for what the app says by itself.</summary>
    public MessageNotification? Notification { get; init; }

    /// <summary>
    /// Files of this device that go with it, shown in this order above what the content says, which may then be nothing. They are uploaded when its turn comes, what comes later for the same conversation waits, and with a store the next run of the
    /// program goes on where the server is.
    /// </summary>
    public IReadOnlyList<LocalFile> Files { get; init; } = [];

    /// <summary>Those of a request that was made with them.</summary>
    internal static SendOptions Of(SendMessage request) => new() { Id = request.Message, Priority = request.Priority, ReplyTo = request.ReplyTo, Notification = request.Notification };
}
