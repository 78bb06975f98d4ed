using Parley.Client;

namespace Parley.Chat;

/// <summary>The commands that make conversations and find public ones. What is public is told by numbers.</summary>
internal sealed class ChatPlaces(ParleyClient client, Action<string> notice)
{
    private const int MostListed = 50;

    private readonly List<ConversationPreview> _listed = [];

    /// <summary>Does a command; the conversation to go to, if there is one then.</summary>
    /// <exception cref="ParleyException">The server will not, or was not reached.</exception>
    public async Task<ConversationId?> DoAsync(ChatInput input, CancellationToken cancel)
    {
        var conversations = client.Conversations;
        switch (input)
        {
            case ChatInput.Group(var users, var title):
                return (await conversations.CreateGroupAsync(users, title, cancel)).Conversation;
            case ChatInput.Broadcast(var users, var title):
                return (await conversations.CreateBroadcastAsync(users, title, cancel)).Conversation;
            case ChatInput.Room(var title):
                return (await conversations.CreateRoomAsync(title, cancel)).Conversation;
            case ChatInput.Club(var users, var title):
                return await MakeClubAsync(users, title, cancel);
            case ChatInput.ShowPublic:
                await ListAsync(cancel);
                return null;
            case ChatInput.Join(var number, var text) when number >= 1 && number <= _listed.Count:
                return await JoinAsync(_listed[number - 1], text, cancel);
            case ChatInput.Join(var number, _):
                notice($"{number} is no number of /public.");
                return null;
            default:
                return null;
        }
    }

    /// <summary>Whoever is in it from the beginning would be asked nothing, so all are invited after it was made.</summary>
    private async Task<ConversationId> MakeClubAsync(IReadOnlyList<UserId> users, string? title, CancellationToken cancel)
    {
        var club = new CreateConversation(ConversationId.New(), ConversationKind.Group, [], title, Settings: new NewSettings(ConfirmInvitations: true));
        var made = (await client.Conversations.CreateAsync(club, cancel)).Conversation;
        await client.Conversations.InviteAsync(made, users, cancel);
        return made;
    }

    private async Task ListAsync(CancellationToken cancel)
    {
        _listed.Clear();
        await foreach (var one in client.Conversations.ListPublicAsync(cancel: cancel))
        {
            if (_listed.Count == MostListed) break;
            _listed.Add(one);
        }

        notice(_listed.Count == 0 ? "Nothing is public." : string.Join('\n', _listed.Select((one, index) => Line(index + 1, one))));
    }

    private async Task<ConversationId?> JoinAsync(ConversationPreview place, string? text, CancellationToken cancel)
    {
        if (place.Kind == ConversationKind.Room) return (await client.Conversations.JoinRoomAsync(place.Conversation, cancel)).Conversation;
        // Where nobody decides, nobody reads it.
        var entry = await client.Conversations.JoinAsync(place.Conversation, place.Approval ? text : null, cancel);
        if (entry.Event is ParticipantJoined) return place.Conversation;
        notice("You asked to be let in.");
        return null;
    }

    private static string Line(int number, ConversationPreview one)
    {
        var name = one.Title is { } title ? DisplayText.Line(title) : "without a title";
        return $"{number,3}  {name}  {ChatSentences.Kind(one.Kind)} of {one.ParticipantCount}{(one.Approval ? ", who comes is let in" : "")}";
    }
}
