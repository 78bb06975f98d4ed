using System.Runtime.CompilerServices;

namespace Parley.Client;

/// <content>Who takes part, and what he may do.</content>
public sealed partial class Conversations
{
    /// <summary>Adds people to a group or broadcast. Nobody is asked: see <see cref="InviteAsync"/> for that.</summary>
    /// <param name="conversation">Which.</param>
    /// <param name="users">1 to <see cref="AddParticipants.MaxUsers"/>; those who are in it are passed over.</param>
    /// <param name="cancel">Stops asking.</param>
    /// <returns>The entry.</returns>
    public Task<LogEntry> AddAsync(ConversationId conversation, IReadOnlyList<UserId> users, CancellationToken cancel = default) =>
        MakeAsync(Change.AddParticipants(conversation, users), cancel);

    /// <summary>Removes people; all of them must be in it.</summary>
    /// <param name="conversation">Which.</param>
    /// <param name="users">1 to <see cref="AddParticipants.MaxUsers"/>, not the user himself.</param>
    /// <param name="cancel">Stops asking.</param>
    /// <returns>The entry.</returns>
    public Task<LogEntry> RemoveAsync(ConversationId conversation, IReadOnlyList<UserId> users, CancellationToken cancel = default) =>
        MakeAsync(Change.RemoveParticipants(conversation, users), cancel);

    /// <summary>Leaves. The last owner leaves last, and the conversation ends with him.</summary>
    /// <returns>The entry; it is the last of this conversation that comes.</returns>
    public Task<LogEntry> LeaveAsync(ConversationId conversation, CancellationToken cancel = default) =>
        MakeAsync(Change.Leave(conversation), cancel);

    /// <summary>Says what one participant may do, as <see cref="PermissionPresets.Admin"/>.</summary>
    /// <returns>The entry.</returns>
    public Task<LogEntry> SetPermissionsAsync(ConversationId conversation, UserId user, Permissions permissions, CancellationToken cancel = default) =>
        SetPermissionsAsync(conversation, [new ParticipantPermissions(user, permissions)], cancel);

    /// <summary>Says what several participants may do, all of it or nothing, with one entry.</summary>
    /// <returns>The entry.</returns>
    public Task<LogEntry> SetPermissionsAsync(ConversationId conversation, IReadOnlyList<ParticipantPermissions> participants, CancellationToken cancel = default) =>
        MakeAsync(Change.SetPermissions(conversation, participants), cancel);

    /// <summary>Lets participants look after the conversation: gives them <see cref="PermissionPresets.Admin"/>, with one entry.</summary>
    /// <returns>The entry.</returns>
    public Task<LogEntry> MakeAdminsAsync(ConversationId conversation, IReadOnlyList<UserId> users, CancellationToken cancel = default) =>
        PermitAsync(conversation, users, PermissionPresets.Admin, cancel);

    /// <summary>Gives participants what newcomers get, whatever they may do now, with one entry: they look after the conversation no more.</summary>
    /// <remarks>What newcomers get is asked for first; if it is changed at that moment, they get what it was.</remarks>
    /// <returns>The entry.</returns>
    public async Task<LogEntry> RemoveAdminsAsync(ConversationId conversation, IReadOnlyList<UserId> users, CancellationToken cancel = default)
    {
        var newcomers = (await GetAsync(conversation, cancel).ConfigureAwait(false)).DefaultPermissions ?? PermissionPresets.Member;
        return await PermitAsync(conversation, users, newcomers, cancel).ConfigureAwait(false);
    }

    /// <summary>Makes another participant owner in the user's place, in one step: at no time are there two owners, or none.</summary>
    /// <param name="conversation">Which.</param>
    /// <param name="to">Who owns it then.</param>
    /// <param name="keep">What the user may do then.</param>
    /// <param name="cancel">Stops asking.</param>
    /// <returns>The entry.</returns>
    /// <exception cref="InvalidOperationException">The client was never connected, so it does not know who the user is.</exception>
    public Task<LogEntry> TransferOwnershipAsync(
        ConversationId conversation, UserId to, Permissions keep = PermissionPresets.Admin, CancellationToken cancel = default) =>
        SetPermissionsAsync(conversation, [new ParticipantPermissions(to, PermissionPresets.Owner), new ParticipantPermissions(Me, keep)], cancel);

    private Task<LogEntry> PermitAsync(ConversationId conversation, IReadOnlyList<UserId> users, Permissions permissions, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(users);
        return SetPermissionsAsync(conversation, [.. users.Select(user => new ParticipantPermissions(user, permissions))], cancel);
    }

    /// <summary>Everybody on a list of a conversation, page by page: who is in it, who is muted, who asks to be let in. Who comes meanwhile may be missed.</summary>
    public async IAsyncEnumerable<ListedUser> ListParticipantsAsync(
        ConversationId conversation, ParticipantList list = ParticipantList.Participants, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        UserId? after = null;
        do
        {
            var page = await _requests.AskAsync(Wire.ListParticipants, new ListParticipants(conversation, list, after), cancel).ConfigureAwait(false);
            foreach (var user in page.Users) yield return user;
            after = page.Next;
        }
        while (after is not null);
    }
}
