using System.Text.Json.Serialization;

namespace Parley;

/// <summary><c>conversation.get</c>: asks for a conversation as it is now.</summary>
public sealed record GetConversation(ConversationId Conversation);

/// <summary><c>conversation.getMany</c>: asks for several conversations as they are now.</summary>
/// <param name="Conversations">1 to 30.</param>
public sealed record GetConversations(IReadOnlyList<ConversationId> Conversations)
{
    /// <summary>The most conversations of one request.</summary>
    public const int MaxConversations = 30;
}

/// <summary>Those that the user is or was in, in the order asked; others are left out, and so is what was deleted.</summary>
public sealed record ConversationStates(IReadOnlyList<ConversationState> Conversations);

/// <summary>A conversation as it is now, seen by one user.</summary>
/// <param name="Conversation">Its id.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Title">Its title; null for none.</param>
/// <param name="CreatedAt">When its first entry was recorded.</param>
/// <param name="Revision">Changes whenever its rules change; comparable for equality only. Null for somebody who left.</param>
/// <param name="Head">The newest sequence this user may read; 0 without <see cref="Permissions.Read"/>.</param>
/// <param name="Tail">The oldest sequence that is kept.</param>
/// <param name="DefaultPermissions">What newcomers may do; null for somebody who left.</param>
/// <param name="ParticipantCount">How many are in it; null for somebody who left.</param>
/// <param name="Participants">Everybody with his cursors in direct conversations and in groups of up to 200; null above, and for somebody who left.</param>
/// <param name="Own">The asking user in it.</param>
/// <param name="Settings">Its other settings; null for somebody who left, who is told the title alone, as it was when he left.</param>
public sealed record ConversationState(
    ConversationId Conversation, ConversationKind Kind, string? Title, DateTimeOffset CreatedAt, long? Revision, Sequence Head, Sequence Tail,
    Permissions? DefaultPermissions, int? ParticipantCount, IReadOnlyList<ParticipantState>? Participants, OwnParticipation Own,
    ConversationSettings? Settings = null);

/// <summary>A participant: what he may do and how far messages reached him.</summary>
/// <param name="User">Who.</param>
/// <param name="Permissions">What he may do.</param>
/// <param name="DeliveredUpTo">The newest sequence that reached one of his devices; null where the app tells nobody how far others got.</param>
/// <param name="ReadUpTo">The newest sequence he has read, all before it included; null like the other.</param>
/// <param name="ReadAhead">Sequences after <paramref name="ReadUpTo"/> that he has read out of order; null for none, and where they are too many to be told.</param>
/// <param name="MutedUntil">Before when he may not send, <see cref="MuteParticipants.Forever"/> for never; null for not muted. It may have passed.</param>
/// <param name="Allowed">Whether he may send while everybody is muted.</param>
/// <param name="JoinedAt">The entry with which he came last: what was before was not sent to him, wherever his cursors are. Null for who was there from the first entry on, and in rooms.</param>
/// <param name="DeliveredAt">The server's time when <paramref name="DeliveredUpTo"/> came where it is; null when it never moved, and where it is not told or not known.</param>
/// <param name="ReadAt">The same of <paramref name="ReadUpTo"/>.</param>
public sealed record ParticipantState(
    UserId User, Permissions Permissions, Sequence? DeliveredUpTo, Sequence? ReadUpTo, IReadOnlyList<Sequence>? ReadAhead = null,
    DateTimeOffset? MutedUntil = null, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Allowed = false, Sequence? JoinedAt = null,
    DateTimeOffset? DeliveredAt = null, DateTimeOffset? ReadAt = null)
{
    /// <summary>The most sequences of all <see cref="ReadAhead"/> in one answer; who comes later in it is told without his.</summary>
    public const int MaxAheadInAnswer = 2_048;
}

/// <summary>The asking user's own place in a conversation.</summary>
/// <param name="Permissions">What he may do; none when he left.</param>
/// <param name="DeliveredUpTo">The newest sequence that reached one of his devices.</param>
/// <param name="ReadUpTo">The newest sequence he has read, all before it included.</param>
/// <param name="ReadAhead">Sequences after <paramref name="ReadUpTo"/> that he has read out of order; null for none.</param>
/// <param name="Left">True when he is no participant any more: he reads up to <c>head</c> and nothing new.</param>
/// <param name="MutedUntil">Before when he may not send; null for not muted, and for somebody who left.</param>
/// <param name="Allowed">Whether he may send while everybody is muted.</param>
/// <param name="Flags">How it stands in his own inbox; null when nothing is said of it.</param>
/// <param name="Removals">Changes whenever he removes messages for himself; comparable for equality only. Null while he has removed none.</param>
public sealed record OwnParticipation(
    Permissions Permissions, Sequence DeliveredUpTo, Sequence ReadUpTo, IReadOnlyList<Sequence>? ReadAhead = null, bool Left = false,
    DateTimeOffset? MutedUntil = null, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Allowed = false,
    InboxFlags? Flags = null, string? Removals = null);
