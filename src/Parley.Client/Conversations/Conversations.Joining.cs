using System.Runtime.CompilerServices;

namespace Parley.Client;

/// <content>Coming in: public conversations, invitations, and requests to be let in.</content>
public sealed partial class Conversations
{
    /// <summary>Comes into a public conversation, or asks to be let in where somebody decides.</summary>
    /// <param name="conversation">Which.</param>
    /// <param name="message">For who decides; only where somebody does.</param>
    /// <param name="cancel">Stops asking.</param>
    /// <returns>The entry: <see cref="ParticipantJoined"/>, or <see cref="JoinRequested"/> when the user has to wait.</returns>
    public Task<LogEntry> JoinAsync(ConversationId conversation, string? message = null, CancellationToken cancel = default) =>
        MakeAsync(Change.Join(conversation, message), cancel);

    /// <summary>Accepts an invitation.</summary>
    /// <returns>The entry.</returns>
    public Task<LogEntry> AcceptAsync(ConversationId conversation, CancellationToken cancel = default) => JoinAsync(conversation, null, cancel);

    /// <summary>Declines an invitation.</summary>
    /// <returns>The entry; the conversation is still none of the user's.</returns>
    public Task<LogEntry> DeclineAsync(ConversationId conversation, CancellationToken cancel = default) =>
        MakeAsync(Change.DeclineInvitation(conversation), cancel);

    /// <summary>Invites users: they are asked where the conversation says so, and else in at once.</summary>
    /// <returns>The entry: <see cref="ParticipantsInvited"/> or <see cref="ParticipantsAdded"/>.</returns>
    public Task<LogEntry> InviteAsync(ConversationId conversation, IReadOnlyList<UserId> users, CancellationToken cancel = default) =>
        MakeAsync(Change.Invite(conversation, users), cancel);

    /// <summary>Takes invitations back.</summary>
    /// <returns>The entry.</returns>
    public Task<LogEntry> WithdrawInvitationsAsync(ConversationId conversation, IReadOnlyList<UserId> users, CancellationToken cancel = default) =>
        MakeAsync(Change.WithdrawInvitations(conversation, users), cancel);

    /// <summary>Lets users in who asked.</summary>
    /// <returns>The entry.</returns>
    public Task<LogEntry> ApproveJoinsAsync(ConversationId conversation, IReadOnlyList<UserId> users, CancellationToken cancel = default) =>
        MakeAsync(Change.ApproveJoins(conversation, users), cancel);

    /// <summary>Does not let users in who asked.</summary>
    /// <returns>The entry.</returns>
    public Task<LogEntry> DeclineJoinsAsync(ConversationId conversation, IReadOnlyList<UserId> users, CancellationToken cancel = default) =>
        MakeAsync(Change.DeclineJoins(conversation, users), cancel);

    /// <summary>What the user is invited to, and where he asks to be let in, page by page. <see cref="ParleyClient.InvitationsChanged"/> says when to look again.</summary>
    public IAsyncEnumerable<ConversationPreview> ListInvitationsAsync(CancellationToken cancel = default) =>
        AllAsync((next, stop) => _requests.AskAsync(Wire.ListInvitations, new ListInvitations(next), stop), cancel);

    /// <summary>The app's public conversations, the newest first, page by page.</summary>
    /// <param name="kind">Of this kind only; null for all.</param>
    /// <param name="cancel">Stops asking.</param>
    public IAsyncEnumerable<ConversationPreview> ListPublicAsync(ConversationKind? kind = null, CancellationToken cancel = default) =>
        AllAsync((next, stop) => _requests.AskAsync(Wire.ListPublic, new ListPublic(kind, next), stop), cancel);

    private static async IAsyncEnumerable<ConversationPreview> AllAsync(
        Func<ConversationId?, CancellationToken, Task<PreviewPage>> read, [EnumeratorCancellation] CancellationToken cancel)
    {
        ConversationId? next = null;
        do
        {
            var page = await read(next, cancel).ConfigureAwait(false);
            foreach (var one in page.Conversations) yield return one;
            next = page.Next;
        }
        while (next is not null);
    }
}
