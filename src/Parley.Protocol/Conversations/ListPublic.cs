using System.Text.Json.Serialization;

namespace Parley;

/// <summary><c>conversation.public</c>: asks for a page of the app's public conversations, which anybody may join (B34), the newest first.</summary>
/// <param name="Kind">Of this kind only; null for all.</param>
/// <param name="Next">From the page before.</param>
/// <param name="Limit">1 to 100; 50 when absent.</param>
public sealed record ListPublic(ConversationKind? Kind = null, ConversationId? Next = null, int? Limit = null)
{
    /// <summary>The most conversations of one page.</summary>
    public const int MaxLimit = 100;
}

/// <summary><c>conversation.invitations</c>: asks for a page of the conversations the user is invited to, or has asked to be let into.</summary>
/// <param name="Next">From the page before.</param>
/// <param name="Limit">1 to 100; 50 when absent.</param>
public sealed record ListInvitations(ConversationId? Next = null, int? Limit = null);

/// <summary>Conversations as somebody sees them who is not in them.</summary>
/// <param name="Conversations">At most as many as asked.</param>
/// <param name="Next">Asks for the next page; null at the end.</param>
public sealed record PreviewPage(IReadOnlyList<ConversationPreview> Conversations, ConversationId? Next);

/// <summary>What somebody is told of a conversation that he may come into.</summary>
/// <param name="Conversation">Its id.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Title">Its title; null for none.</param>
/// <param name="Description">What it is about; null for none.</param>
/// <param name="CustomData">The app's own; null for none.</param>
/// <param name="ParticipantCount">How many are in it.</param>
/// <param name="Approval">Whether joining waits for approval.</param>
/// <param name="Pending">What waits for a decision about this user; null for nothing.</param>
public sealed record ConversationPreview(
    ConversationId Conversation, ConversationKind Kind, string? Title, string? Description, CustomData? CustomData, int ParticipantCount, bool Approval,
    PendingEntry? Pending = null);

/// <summary>An invitation, or a request to be let in.</summary>
/// <param name="State">Which of the two.</param>
/// <param name="Actor">Who invited, or asks.</param>
/// <param name="At">When.</param>
/// <param name="Message">What he said to it; null for nothing.</param>
public sealed record PendingEntry(PendingState State, UserId Actor, DateTimeOffset At, string? Message = null);

/// <summary>What waits for a decision.</summary>
[JsonConverter(typeof(PendingStateConverter))]
public enum PendingState
{
    /// <summary>He was invited and has not answered.</summary>
    Invited,

    /// <summary>He asked and nobody has answered.</summary>
    Requested,

    /// <summary>Something of a newer server.</summary>
    Unknown = -1,
}
