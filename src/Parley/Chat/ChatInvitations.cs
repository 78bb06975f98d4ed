using Parley.Client;

namespace Parley.Chat;

/// <summary>What the user is invited to, by the numbers under which it was told.</summary>
internal sealed class ChatInvitations(ParleyClient client, Action<string> notice)
{
    private readonly Lock _gate = new();
    private readonly List<ConversationPreview> _told = [];

    /// <summary>Lists them all.</summary>
    public async Task ListAsync(CancellationToken cancel)
    {
        var invited = new List<ConversationPreview>();
        await foreach (var one in client.Conversations.ListInvitationsAsync(cancel))
        {
            if (one.Pending is { State: PendingState.Invited }) invited.Add(one);
        }

        lock (_gate)
        {
            _told.Clear();
            _told.AddRange(invited);
        }

        notice(invited.Count == 0 ? "You are invited to nothing." : string.Join('\n', invited.Select((one, index) => $"{index + 1,3}  {Name(one)}, by {one.Pending!.Actor}")));
    }

    /// <summary>Tells of an invitation that came.</summary>
    public async Task TellAsync(ConversationId conversation)
    {
        try
        {
            await foreach (var one in client.Conversations.ListInvitationsAsync())
            {
                if (one.Conversation == conversation && one.Pending is { State: PendingState.Invited } pending)
                    notice($"{pending.Actor} invites you to {Name(one)}: /accept {NumberOf(one)} or /decline {NumberOf(one)}");
            }
        }
        catch (ParleyException)
        {
            // It stays in /invitations.
        }
    }

    /// <summary>Comes in; null when there is no such number.</summary>
    public async Task<ConversationId?> AcceptAsync(int number, CancellationToken cancel)
    {
        if (Find(number) is not { } conversation) return null;
        await client.Conversations.AcceptAsync(conversation, cancel);
        return conversation;
    }

    /// <summary>Does not come.</summary>
    public async Task DeclineAsync(int number, CancellationToken cancel)
    {
        if (Find(number) is not { } conversation) return;
        await client.Conversations.DeclineAsync(conversation, cancel);
        notice("Declined.");
    }

    private static string Name(ConversationPreview one) => one.Title is { } title ? $"\"{DisplayText.Line(title)}\"" : $"a group of {one.ParticipantCount}";

    private int NumberOf(ConversationPreview one)
    {
        lock (_gate)
        {
            var index = _told.FindIndex(told => told.Conversation == one.Conversation);
            if (index >= 0) return index + 1;
            _told.Add(one);
            return _told.Count;
        }
    }

    private ConversationId? Find(int number)
    {
        lock (_gate)
        {
            if (number >= 1 && number <= _told.Count) return _told[number - 1].Conversation;
        }

        notice($"{number} is no number of /invitations.");
        return null;
    }
}
