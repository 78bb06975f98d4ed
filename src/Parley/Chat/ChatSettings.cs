using Parley.Client;

namespace Parley.Chat;

/// <summary>The commands about what a conversation is called, what it says of itself, and how people come into it. What changed is told by its entries.</summary>
internal sealed class ChatSettings(ParleyClient client, Action<string> notice)
{
    /// <summary>Does a command in a conversation; false when it is none of these.</summary>
    /// <exception cref="ParleyException">The server will not, or was not reached.</exception>
    public async Task<bool> DoAsync(ChatInput input, ConversationId conversation, CancellationToken cancel)
    {
        var nothing = new UpdateConversation(conversation, CommandId.New());
        switch (input)
        {
            case ChatInput.SetTitle(var text):
                await client.Conversations.SetTitleAsync(conversation, text, cancel);
                return true;
            case ChatInput.SetTopic(var text):
                await client.Conversations.UpdateAsync(nothing with { Description = text }, cancel);
                return true;
            case ChatInput.Announce(var text):
                await client.Conversations.UpdateAsync(nothing with { Announcement = text }, cancel);
                return true;
            case ChatInput.Set(var setting, var on):
                await client.Conversations.UpdateAsync(setting switch
                {
                    ChatSetting.Public => nothing with { Public = on },
                    ChatSetting.Approval => nothing with { Approval = on },
                    ChatSetting.Confirm => nothing with { ConfirmInvitations = on },
                    _ => nothing with { MembersInvite = on },
                }, cancel);
                return true;
            case ChatInput.ShowAttributes(var user):
                var attributes = await client.Conversations.GetAttributesAsync(conversation, user, cancel);
                notice(attributes.Count == 0 ? "There are none." : string.Join('\n', attributes.Select(one => $"{DisplayText.Line(one.Key)}: {DisplayText.Line(one.Value)}")));
                return true;
            case ChatInput.SetAttribute(var user, var name, { } text):
                await client.Conversations.SetAttributesAsync(conversation, new Dictionary<string, string> { [name] = text }, user: user, cancel: cancel);
                return true;
            case ChatInput.SetAttribute(var user, var name, null):
                await client.Conversations.SetAttributesAsync(conversation, null, [name], user, cancel);
                return true;
            default:
                return false;
        }
    }
}
