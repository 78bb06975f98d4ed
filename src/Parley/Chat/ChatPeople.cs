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
                await conversations.SetPermissionsAsync(conversation, [.. users.Select(user => new ParticipantPermissions(user, PermissionPresets.Admin))], cancel);
                break;
            case ChatInput.SetTitle(var text):
                await conversations.SetTitleAsync(conversation, text, cancel);
                break;
            case ChatInput.SetTopic(var text):
                await conversations.UpdateAsync(new UpdateConversation(conversation, CommandId.New(), Description: text), cancel);
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
        var lines = new List<string>();
        await foreach (var one in client.Conversations.ListParticipantsAsync(conversation, cancel: cancel))
        {
            if (lines.Count == MostListed)
            {
                lines.Add("and others");
                break;
            }

            var muted = one.MutedUntil > TimeProvider.System.GetUtcNow() + client.ServerTimeOffset ? ", muted" : "";
            lines.Add($"{one.User}  {ChatSentences.RoleOf(one.Permissions ?? Permissions.None)}{muted}");
        }

        notice(string.Join('\n', lines));
    }
}
