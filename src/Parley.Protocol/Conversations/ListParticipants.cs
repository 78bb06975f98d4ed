using System.Text.Json.Serialization;

namespace Parley;

/// <summary><c>conversation.participants</c>: asks for a page of those who are in a conversation, or of another list of it. Whoever is in it and may read may ask.</summary>
/// <param name="Conversation">Which one.</param>
/// <param name="List">Which list; null for <see cref="ParticipantList.Participants"/>.</param>
/// <param name="After">The <c>next</c> of the page before.</param>
/// <param name="Limit">1 to 100; 100 when absent.</param>
public sealed record ListParticipants(ConversationId Conversation, ParticipantList? List = null, UserId? After = null, int? Limit = null)
{
    /// <summary>The most users of one page.</summary>
    public const int MaxLimit = 100;
}

/// <summary>The lists of a conversation.</summary>
[JsonConverter(typeof(ParticipantListConverter))]
public enum ParticipantList
{
    /// <summary>Who is in it.</summary>
    Participants,

    /// <summary>Who is muted now.</summary>
    Muted,

    /// <summary>Who may send while everybody is muted.</summary>
    Allowed,

    /// <summary>Who is kept out.</summary>
    Banned,

    /// <summary>Who is invited and has not answered.</summary>
    Invited,

    /// <summary>Who asks to be let in.</summary>
    Requests,

    /// <summary>Another one of a newer server. Never asked for.</summary>
    Unknown = -1,
}

/// <summary>A page of users, each once, in an order of the server's own.</summary>
/// <param name="Users">At most as many as asked.</param>
/// <param name="Next">Asks for the next page; null at the end.</param>
public sealed record ParticipantsPage(IReadOnlyList<ListedUser> Users, UserId? Next);

/// <summary>A user on a list of a conversation.</summary>
/// <param name="User">Who.</param>
/// <param name="Permissions">What he may do; null for somebody who is not in it.</param>
/// <param name="MutedUntil">Before when he may not send; null for not muted.</param>
/// <param name="Allowed">Whether he may send while everybody is muted.</param>
/// <param name="Actor">Who invited him; null on other lists.</param>
/// <param name="At">When he was invited, or asked; null on other lists.</param>
/// <param name="Message">What he said when he asked; null for nothing.</param>
public sealed record ListedUser(
    UserId User, Permissions? Permissions = null, DateTimeOffset? MutedUntil = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Allowed = false,
    UserId? Actor = null, DateTimeOffset? At = null, string? Message = null);
