namespace Parley;

/// <summary><c>conversation.update</c>: changes settings, all of them or none, with one entry. Answers the entry.</summary>
/// <remarks>
/// What is null stays as it is; an empty text or object takes it away. Needs <see cref="Permissions.ManageConversation"/>, and <see cref="Permissions.ManageParticipants"/>
/// for <paramref name="Muted"/>, <paramref name="Approval"/>, <paramref name="MembersInvite"/> and <paramref name="ConfirmInvitations"/>. What is so already is left out
/// of the entry; when all of it is, the request is refused with <c>unchanged</c>.
/// </remarks>
/// <param name="Conversation">Which one; not a direct one.</param>
/// <param name="CommandId">Made by the asker; asking again gets the first answer.</param>
/// <param name="Title">Up to 128 code points.</param>
/// <param name="Description">Up to 512 code points.</param>
/// <param name="Announcement">Up to 512 code points: what everybody who opens the conversation should see.</param>
/// <param name="CustomData">Takes the place of all custom data (V19).</param>
/// <param name="CustomDataPatch">A merge patch of the custom data (RFC 7396); not together with <paramref name="CustomData"/>.</param>
/// <param name="Public">Whether anybody of the app finds it and joins it.</param>
/// <param name="Approval">Whether joining waits for somebody who manages participants.</param>
/// <param name="MembersInvite">Whether every participant may invite and add.</param>
/// <param name="ConfirmInvitations">Whether who is invited is asked before he is in.</param>
/// <param name="Muted">Whether only the allowed, owners, and who manages participants or the conversation may send.</param>
/// <param name="DefaultPermissions">What newcomers may do from now on. Those who are in it keep what they have.</param>
public sealed record UpdateConversation(
    ConversationId Conversation, CommandId CommandId, string? Title = null, string? Description = null, string? Announcement = null,
    CustomData? CustomData = null, CustomData? CustomDataPatch = null, bool? Public = null, bool? Approval = null, bool? MembersInvite = null,
    bool? ConfirmInvitations = null, bool? Muted = null, Permissions? DefaultPermissions = null)
{
    /// <summary>The most code points of a title.</summary>
    public const int MaxTitle = 128;

    /// <summary>The most code points of a description, and of an announcement.</summary>
    public const int MaxText = 512;
}

/// <summary><c>conversation.delete</c>: ends a conversation for everybody. Answers the entry, which is the last that reaches anybody.</summary>
/// <remarks>Needs <see cref="Permissions.Owner"/>. From then on the conversation is refused with <c>conversation_deleted</c> to who was in it, and is in no list.</remarks>
/// <param name="Conversation">Which one; not a direct one.</param>
/// <param name="CommandId">Made by the asker; asking again gets the first answer.</param>
public sealed record DeleteConversation(ConversationId Conversation, CommandId CommandId);

/// <summary>Settings of a conversation beside its title and default permissions. False and null are what a conversation begins with.</summary>
/// <param name="Description">What it is about; null for none.</param>
/// <param name="Announcement">What everybody who opens it should see; null for none.</param>
/// <param name="CustomData">The app's own; null for none.</param>
/// <param name="History">What newcomers see of the time before them.</param>
/// <param name="Public">Whether anybody of the app finds it and joins it.</param>
/// <param name="Approval">Whether joining waits for somebody who manages participants.</param>
/// <param name="MembersInvite">Whether every participant may invite and add.</param>
/// <param name="ConfirmInvitations">Whether who is invited is asked before he is in.</param>
/// <param name="Muted">Whether only the allowed and who manages may send.</param>
/// <param name="Distinct">Whether it is the one group of exactly these people.</param>
public sealed record ConversationSettings(
    string? Description = null, string? Announcement = null, CustomData? CustomData = null, HistoryVisibility History = HistoryVisibility.All,
    bool Public = false, bool Approval = false, bool MembersInvite = false, bool ConfirmInvitations = false, bool Muted = false, bool Distinct = false);
