using Parley.Delivery;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary>Something asked of one conversation's log. Requests to one conversation are decided in the order they were handed in.</summary>
internal abstract class LogRequest(ConversationKey key, Guid command, UserId actor, Origin origin)
{
    public ConversationKey Key => key;

    /// <summary>The message or command this is, within its conversation.</summary>
    public Guid Command => command;

    public UserId Actor => actor;

    public Origin Origin => origin;

    /// <summary>What the rules ask about.</summary>
    public virtual Needed Needed => new([]);

    /// <summary>Bytes of the texts and names it would record; what bounds a batch.</summary>
    public virtual int Bytes => 0;

    /// <summary>How much it matters where there are too many.</summary>
    public virtual MessagePriority Priority => MessagePriority.Normal;

    /// <summary>Whether it was counted towards what its room takes; it may be decided several times.</summary>
    public bool IsCounted { get; set; }

    /// <summary>It was recorded, now and for the first time; nobody knows yet.</summary>
    public virtual void Recorded()
    {
    }

    /// <summary>Whether all that it needs of the rules was read after it came: then they may refuse it without being read once more.</summary>
    public bool SawRules { get; set; }

    /// <summary>What was found on asking the database again, after it was refused on cached rules.</summary>
    public Recheck Recheck { get; set; }
}

/// <summary>How final a refusal of a request would be.</summary>
internal enum Recheck
{
    /// <summary>It may be an old cache speaking.</summary>
    NotYet,

    /// <summary>Asked for: the database must be read before it is decided again.</summary>
    Needed,

    /// <summary>The rules were read after the request arrived, and its id stands for nothing yet.</summary>
    Done,
}

/// <summary>Asks for an entry. Subclasses say which rule applies; deciding may happen several times and must be pure.</summary>
internal abstract class Append(ConversationKey key, Guid command, UserId actor, byte[] digest, Origin origin) : LogRequest(key, command, actor, origin)
{
    public byte[] Digest => digest;

    /// <param name="conversation">The rules; they cover what is <see cref="LogRequest.Needed"/>.</param>
    /// <param name="now">When.</param>
    public abstract Outcome<Decision> Decide(Conversation conversation, DateTimeOffset now);
}

/// <summary>Settles a send: finds its entry, or fences its id.</summary>
internal sealed class Cancellation(ConversationKey key, MessageId message, UserId actor, Origin origin) : LogRequest(key, message.Value, actor, origin)
{
    public override Needed Needed { get; } = new([actor]);
}

/// <summary>Asks for a conversation.</summary>
/// <param name="key">The id the creator made.</param>
/// <param name="created">Its first event.</param>
/// <param name="digest">Of the request.</param>
/// <param name="origin">Who is answered.</param>
internal sealed class Creation(ConversationKey key, ConversationCreated created, byte[] digest, Origin origin)
    : LogRequest(key, key.Conversation.Value, created.Actor, origin)
{
    public ConversationCreated Created => created;

    public byte[] Digest => digest;

    /// <summary>Why it is not granted, unless it was before: who asks again gets his first answer.</summary>
    public Refusal? RefusedIfNew { get; init; }
}
