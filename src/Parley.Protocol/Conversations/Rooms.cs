using System.Text.Json.Serialization;

namespace Parley;

/// <summary><c>room.join</c>: comes into a room. Nothing is recorded of it; others are told by the <c>room</c> notification. Again, it changes nothing.</summary>
/// <remarks>
/// Who joins sees the last ten entries. He is in it until <see cref="LeaveRoom"/>, until he is removed, or until two minutes after his last connection ended, whatever of it comes first; who is on the
/// room's allow list stays (B14).
/// </remarks>
/// <param name="Conversation">Which room.</param>
public sealed record JoinRoom(ConversationId Conversation);

/// <summary>The answer to <c>room.join</c>.</summary>
/// <param name="Conversation">The room as it is now.</param>
public sealed record RoomJoined(ConversationState Conversation);

/// <summary><c>room.leave</c>: leaves a room. Who looks after it keeps his permissions for when he comes back.</summary>
/// <param name="Conversation">Which room.</param>
public sealed record LeaveRoom(ConversationId Conversation);

/// <summary>The answer to <c>room.leave</c>.</summary>
public sealed record RoomLeft;

/// <summary>People came into a room or left it: at most one notification a second, for all of them.</summary>
/// <param name="Conversation">Which room.</param>
/// <param name="ParticipantCount">How many are in it now.</param>
/// <param name="Joined">Who came and stayed, up to 20 of them; null for nobody.</param>
/// <param name="Left">Who left, up to 20 of them; null for nobody.</param>
public sealed record RoomChanged(ConversationId Conversation, int ParticipantCount, IReadOnlyList<UserId>? Joined = null, IReadOnlyList<UserId>? Left = null)
{
    /// <summary>The most names of each list.</summary>
    public const int MaxNames = 20;
}

/// <summary>How much a message matters when a room is told more than it takes: the least is refused first.</summary>
[JsonConverter(typeof(MessagePriorityConverter))]
public enum MessagePriority
{
    /// <summary>Refused as soon as the room is half as busy as it may be.</summary>
    Low,

    /// <summary>As nothing is said.</summary>
    Normal,

    /// <summary>Refused last.</summary>
    High,

    /// <summary>Another one of a newer version. Never asked for.</summary>
    Unknown = -1,
}
