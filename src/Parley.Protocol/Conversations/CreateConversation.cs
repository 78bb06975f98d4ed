using System.Text.Json.Serialization;

namespace Parley;

/// <summary><c>conversation.create</c>: asks for a conversation. Asking again with the same id gets the same conversation, as it is then, and its first entry.</summary>
/// <param name="Conversation">The id the creator made. The answer may name another: a direct conversation is one per pair, for ever.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Participants">
/// Everybody but the creator, who is always in it: exactly one for a direct conversation, the creator himself for notes to himself; up to 4,999 for a group; nobody for a room.
/// </param>
/// <param name="Title">Up to 128 code points; not of a direct conversation.</param>
/// <param name="DefaultPermissions">
/// What everybody but the creator may do, now and when added later; not of a direct conversation. Null is what the kind gives: read, send, edit and remove own, and in a broadcast read.
/// </param>
/// <param name="OwnPermissions">What the creator may do; null is everything, as its owner. Without an owner it has none, for ever (Layer's conversations).</param>
/// <param name="Distinct">Whether it is the one group of exactly these people: if there is one, it is answered. It is no longer the one as soon as somebody comes or goes (L03, L08).</param>
/// <param name="Settings">What else it begins with; not of a direct conversation. Null for nothing.</param>
public sealed record CreateConversation(
    ConversationId Conversation, ConversationKind Kind, IReadOnlyList<UserId> Participants, string? Title = null, Permissions? DefaultPermissions = null,
    Permissions? OwnPermissions = null, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Distinct = false, NewSettings? Settings = null);

/// <summary>Settings to begin with; each is <see cref="ConversationSettings"/>' of the same name, null where it has nothing to say.</summary>
/// <param name="Description">Up to 512 code points.</param>
/// <param name="Announcement">Up to 512 code points.</param>
/// <param name="CustomData">The app's own.</param>
/// <param name="History">What newcomers see of the time before them: <see cref="HistoryVisibility.All"/> or <see cref="HistoryVisibility.WhileIn"/>, for ever. Not of a room.</param>
/// <param name="Public">Whether anybody of the app finds it and joins it. A room always is.</param>
/// <param name="Approval">Whether joining waits for approval.</param>
/// <param name="MembersInvite">Whether every participant may invite.</param>
/// <param name="ConfirmInvitations">Whether who is invited is asked.</param>
/// <param name="Muted">Whether only the allowed and who manages may send.</param>
public sealed record NewSettings(
    string? Description = null, string? Announcement = null, CustomData? CustomData = null, HistoryVisibility? History = null,
    bool? Public = null, bool? Approval = null, bool? MembersInvite = null, bool? ConfirmInvitations = null, bool? Muted = null);

/// <summary>The answer to <c>conversation.create</c>.</summary>
/// <param name="Conversation">The conversation as it is now.</param>
/// <param name="Entry">Its first entry; it stands for the notification on this connection. Null when these people had it already and who asks may not read it.</param>
/// <param name="Outcome">Whether it is a new one.</param>
public sealed record ConversationCreatedAnswer(ConversationState Conversation, LogEntry? Entry, CreationOutcome Outcome = CreationOutcome.Created);

/// <summary>What became of the wish for a conversation; a newer server may answer others.</summary>
[JsonConverter(typeof(CreationOutcomeConverter))]
public enum CreationOutcome
{
    /// <summary>It is new, made by this request or by an earlier copy of it.</summary>
    Created,

    /// <summary>These people had it already. Of the request's title and custom data there was none, or they are the same.</summary>
    Existing,

    /// <summary>These people had it already, with another title or other custom data, which it keeps (B23).</summary>
    Conflict,

    /// <summary>An outcome of a newer server.</summary>
    Unknown = -1,
}
