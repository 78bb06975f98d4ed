using System.Text.Json.Serialization;

namespace Parley;

/// <summary><c>conversation.setAttributes</c>: sets and removes attributes of a conversation or of a participant, all or none. Answers the entry.</summary>
/// <remarks>
/// A conversation's, at most 100: whoever may send, but what others set only with <see cref="Permissions.ManageConversation"/> (B14). A participant's own, at most 100 and 4,096 bytes together: himself, and who has
/// <see cref="Permissions.ManageParticipants"/> (B12); they end when he leaves. Everybody is told what is set, so who is muted sets nothing; he removes.
/// </remarks>
/// <param name="Conversation">Which one; not a direct one.</param>
/// <param name="CommandId">Made by the asker; asking again gets the first answer.</param>
/// <param name="User">Whose; null for the conversation's.</param>
/// <param name="Set">Names of up to 128 characters (16 bytes for a participant's), values of up to 4,096 bytes (512 for a participant's).</param>
/// <param name="Remove">Names that are to be no more. Those that are not there are passed over.</param>
public sealed record SetAttributes(
    ConversationId Conversation, CommandId CommandId, UserId? User = null, IReadOnlyDictionary<string, string>? Set = null, IReadOnlyList<string>? Remove = null)
{
    /// <summary>The most attributes of one owner, and of one request.</summary>
    public const int MaxAttributes = 100;

    /// <summary>The most bytes of a name of a conversation's.</summary>
    public const int MaxName = 128;

    /// <summary>The most bytes of a value of a conversation's.</summary>
    public const int MaxValue = 4_096;

    /// <summary>The most bytes of a name of a participant's.</summary>
    public const int MaxNameOfParticipant = 16;

    /// <summary>The most bytes of a value of a participant's.</summary>
    public const int MaxValueOfParticipant = 512;

    /// <summary>The most bytes of a participant's attributes, names and values together.</summary>
    public const int MaxBytesOfParticipant = 4_096;
}

/// <summary><c>conversation.attributes</c>: asks for the attributes of a conversation, of a participant, or of all participants. Whoever may read may ask.</summary>
/// <param name="Conversation">Which one.</param>
/// <param name="User">Whose; null for the conversation's.</param>
/// <param name="Next">From the page before.</param>
/// <param name="Participants">True for those of everybody who is in it; not together with <paramref name="User"/>.</param>
public sealed record GetAttributes(
    ConversationId Conversation, UserId? User = null, string? Next = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Participants = false);

/// <summary>A page of attributes, at most 128 KiB of them: those of one owner in the order of their names, or those of participants.</summary>
/// <param name="Attributes">The one owner's; none where those of all participants were asked for.</param>
/// <param name="Next">Asks for the next page; null at the end.</param>
/// <param name="Participants">Where they were asked for: participants that have any, each once with all of them. Null else.</param>
public sealed record AttributesPage(IReadOnlyDictionary<string, string> Attributes, string? Next, IReadOnlyList<ParticipantAttributes>? Participants = null);

/// <summary>The attributes of a participant.</summary>
/// <param name="User">Whose.</param>
/// <param name="Attributes">All of them.</param>
public sealed record ParticipantAttributes(UserId User, IReadOnlyDictionary<string, string> Attributes);
