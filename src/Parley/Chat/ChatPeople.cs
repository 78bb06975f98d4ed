using Parley.Client;

namespace Parley.Chat;

/// <summary>The commands about a conversation and who is in it. What happens is told by its entries.</summary>
internal sealed class ChatPeople(ParleyClient client, Action<string> notice)
{
    private const int MostListed = 100;

    /// <summary>Does a command in a conversation; nothing when it is none of these.</summary>
    /// <exception cref="ParleyException">The server will not, or was not reached.</exception>
    public async Task DoAsync(ChatInput input, ConversationId conversation, CancellationToken cancel)
    {
        var conversations = client.Conversations;
        switch (input)
        {
            case ChatInput.Add(var users):
                await conversations.AddAsync(conversation, users, cancel);
                break;
            case ChatInput.Invite(var users):
                await conversations.InviteAsync(conversation, users, cancel);
                break;
            case ChatInput.Uninvite(var users):
                await conversations.WithdrawInvitationsAsync(conversation, users, cancel);
                break;
            case ChatInput.Kick(var users):
                await conversations.RemoveAsync(conversation, users, cancel);
                break;
            case ChatInput.Ban(var users):
                await conversations.BanAsync(conversation, users, cancel);
                break;
            case ChatInput.Unban(var users):
                await conversations.UnbanAsync(conversation, users, cancel);
                break;
            case ChatInput.Mute(var users, { } time):
                await conversations.MuteForAsync(conversation, users, time, cancel);
                break;
            case ChatInput.Mute(var users, null):
                await conversations.MuteAsync(conversation, users, cancel: cancel);
                break;
            case ChatInput.Unmute(var users):
                await conversations.UnmuteAsync(conversation, users, cancel);
                break;
            case ChatInput.Admin(var users):
                await conversations.MakeAdminsAsync(conversation, users, cancel);
                break;
            case ChatInput.Member(var users):
                await conversations.RemoveAdminsAsync(conversation, users, cancel);
                break;
            case ChatInput.HandOver(var user):
                await conversations.TransferOwnershipAsync(conversation, user, cancel: cancel);
                break;
            case ChatInput.MuteAll:
                await conversations.MuteAllAsync(conversation, cancel);
                break;
            case ChatInput.UnmuteAll:
                await conversations.UnmuteAllAsync(conversation, cancel);
                break;
            case ChatInput.Allow(var users):
                await conversations.AllowAsync(conversation, users, cancel);
                break;
            case ChatInput.Disallow(var users):
                await conversations.DisallowAsync(conversation, users, cancel);
                break;
            case ChatInput.ShowRequests:
                await ListRequestsAsync(conversation, cancel);
                break;
            case ChatInput.Approve(var users):
                await conversations.ApproveJoinsAsync(conversation, users, cancel);
                break;
            case ChatInput.Reject(var users):
                await conversations.DeclineJoinsAsync(conversation, users, cancel);
                break;
            case ChatInput.Delete:
                await conversations.DeleteAsync(conversation, cancel);
                break;
            case ChatInput.Leave:
                await conversations.LeaveAsync(conversation, cancel);
                break;
            case ChatInput.ShowPeople:
                await ListAsync(conversation, cancel);
                break;
        }
    }

    private async Task ListAsync(ConversationId conversation, CancellationToken cancel)
    {
        var (listed, more) = (new List<ListedUser>(), false);
        await foreach (var one in client.Conversations.ListParticipantsAsync(conversation, cancel: cancel))
        {
            more = listed.Count == MostListed;
            if (more) break;
            listed.Add(one);
        }

        var reached = (await client.Presence.GetAsync([.. listed.Select(one => one.User)], cancel)).ToDictionary(state => state.User, state => state.Status);
        var lines = listed.Select(one => LineOf(one, reached.GetValueOrDefault(one.User, PresenceStatus.Offline)));
        notice(string.Join('\n', more ? lines.Append("and others") : lines));
    }

    private string LineOf(ListedUser one, PresenceStatus status)
    {
        var muted = one.MutedUntil > TimeProvider.System.GetUtcNow() + client.ServerTimeOffset ? ", muted" : "";
        return $"{ChatSentences.Dot(status)} {one.User}  {ChatSentences.RoleOf(one.Permissions ?? Permissions.None)}{muted}{(one.Allowed ? ", allowed" : "")}";
    }

    private async Task ListRequestsAsync(ConversationId conversation, CancellationToken cancel)
    {
        var lines = new List<string>();
        await foreach (var one in client.Conversations.ListParticipantsAsync(conversation, ParticipantList.Requests, cancel))
        {
            if (lines.Count == MostListed) break;
            lines.Add($"{one.User}{(one.Message is { } message ? $": {DisplayText.Line(message)}" : "")}");
        }

        notice(lines.Count == 0 ? "Nobody asks to be let in." : string.Join('\n', lines));
    }
}
