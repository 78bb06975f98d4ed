using Parley.Delivery;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary>Somebody comes into a room, or leaves it. It waits in the room's queue like an entry and is decided like one, so that it comes before or after a ban and not beside it.</summary>
/// <param name="key">Which room.</param>
/// <param name="user">Who.</param>
/// <param name="step">What he does.</param>
/// <param name="origin">Who is told if it is refused.</param>
/// <param name="done">Called in the walk through what was committed, with how many are in the room then.</param>
internal sealed class Visit(ConversationKey key, UserId user, VisitStep step, Origin origin, Action<Visit, int> done)
    : LogRequest(key, Guid.NewGuid(), user, origin)
{
    public VisitStep Step => step;

    public override Needed Needed { get; } = new([user]);

    /// <summary>Whether this changed anything: he was not in the room before, or was.</summary>
    public bool Changed { get; set; }

    /// <summary>Whether who came in may read, and so receives the room.</summary>
    public bool MayRead { get; set; }

    /// <summary>How many were in the room after it.</summary>
    public int Count { get; set; }

    /// <summary>What the rules say to it; null for nothing against it.</summary>
    public Refusal? Decide(Conversation conversation) => step switch
    {
        VisitStep.Enter => conversation.Enter(Actor),
        VisitStep.Exit => conversation.Exit(Actor),
        _ => conversation.Expire(Actor),
    };

    /// <summary>It is durable.</summary>
    public void Done() => done(this, Count);
}

/// <summary>What somebody does about a room.</summary>
internal enum VisitStep
{
    /// <summary>He comes in.</summary>
    Enter,

    /// <summary>He leaves.</summary>
    Exit,

    /// <summary>He was away for too long.</summary>
    Expire,
}
