namespace Parley.Retention;

/// <summary>What is left of an entry that is older than its app keeps entries. Pure.</summary>
internal static class ExpiryRules
{
    /// <summary>How long ids of messages and commands are known, however short entries are kept: six times as long as an outbox tries (G8).</summary>
    public static readonly TimeSpan KeyWindow = TimeSpan.FromHours(72);

    /// <summary>Whether an entry of this time may be removed now; never earlier than its age.</summary>
    public static bool IsExpired(DateTimeOffset at, TimeSpan age, DateTimeOffset now) => now - at >= age;

    /// <summary>What stays of an event for who sends its request again. What a message said goes; what else happened stays whole, as the answer to a retry.</summary>
    public static ConversationEvent Emptied(ConversationEvent happened) => happened switch
    {
        MessageSent sent => sent with { Content = MessageContent.None, ReplyTo = null, Forwarded = null, Version = 0, EditedAt = null, Recipients = null, Expired = true },
        MessageEdited edited => edited with { Content = null },
        _ => happened,
    };

    /// <summary>What stays of the first entry for ever: the conversation's id is known as long as the conversation is.</summary>
    public static ConversationEvent Bare(ConversationEvent first) =>
        first is ConversationCreated created ? created with { Title = null, Participants = [], Settings = null } : first;

    /// <summary>Which of the messages that go were not delivered to everybody they were for.</summary>
    /// <param name="messages">They.</param>
    /// <param name="participants">Who takes part now.</param>
    public static IEnumerable<ExpiredMessage> Undelivered(IEnumerable<ExpiredMessage> messages, IReadOnlyList<Receiver> participants) =>
        messages.Where(message => participants.Any(one =>
            one.User != message.Sender && one.JoinedAt < message.Sequence && !one.HasReceived(message.Sequence)));
}

/// <summary>A message that goes.</summary>
internal sealed record ExpiredMessage(Sequence Sequence, MessageId Message, UserId Sender);

/// <summary>A participant, from where on he is one, up to where he received, and what he read beyond that.</summary>
internal sealed record Receiver(UserId User, Sequence JoinedAt, Sequence DeliveredUpTo, IReadOnlyList<Sequence> ReadAhead)
{
    /// <summary>Whether it reached him: what he read did, also where no device of his says anything of delivery.</summary>
    public bool HasReceived(Sequence sequence) => sequence <= DeliveredUpTo || ReadAhead.Contains(sequence);
}
