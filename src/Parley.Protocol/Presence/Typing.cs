using System.Text.Json.Serialization;

namespace Parley;

/// <summary>What somebody does who writes a message; a newer server may tell others.</summary>
[JsonConverter(typeof(TypingStateConverter))]
public enum TypingState
{
    /// <summary>He types.</summary>
    Started,

    /// <summary>He began and rests.</summary>
    Paused,

    /// <summary>He does not type any more.</summary>
    Stopped,

    /// <summary>A state of a newer server. Never asked for; to be taken as <see cref="Stopped"/>.</summary>
    Unknown = -1,
}

/// <summary>
/// <c>typing.set</c>: says that the user types a message. It ends by itself; who goes on typing says it again every three seconds. What comes sooner keeps it alive and is not passed on.
/// </summary>
/// <param name="Conversation">Where. He must be allowed to send there.</param>
/// <param name="State">Started or paused; stopped where he gives up. A message that he sends ends it without a word.</param>
public sealed record SetTyping(ConversationId Conversation, TypingState State);

/// <summary>The answer to <c>typing.set</c>: empty, whether or not anybody was told.</summary>
public sealed record TypingTaken;

/// <summary><c>typing</c>: somebody types, or does not any more; the own user on another of his devices too.</summary>
/// <param name="Conversation">Where.</param>
/// <param name="User">Who.</param>
/// <param name="State">What he does.</param>
public sealed record TypingChanged(ConversationId Conversation, UserId User, TypingState State);
