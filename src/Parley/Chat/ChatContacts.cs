using Parley.Client;

namespace Parley.Chat;

/// <summary>The commands about the user's contacts and whom he blocks, wherever he is.</summary>
internal sealed class ChatContacts
{
    private readonly ParleyClient _client;
    private readonly Action<string> _notice;

    public ChatContacts(ParleyClient client, Action<string> notice)
    {
        (_client, _notice) = (client, notice);
        client.Contacts.Changed += (_, e) => Tell(e.Contact);
    }

    /// <summary>Does a command; false when it is none of these.</summary>
    /// <exception cref="ParleyException">The server will not, or was not reached.</exception>
    public async Task<bool> DoAsync(ChatInput input, CancellationToken cancel)
    {
        switch (input)
        {
            case ChatInput.ShowContacts:
                var lines = new List<string>();
                await foreach (var contact in _client.Contacts.AllAsync(cancel)) lines.Add(LineOf(contact));
                _notice(lines.Count == 0 ? "You have no contacts." : string.Join('\n', lines));
                return true;
            case ChatInput.Befriend(var user):
                Tell(await _client.Contacts.RequestAsync(user, cancel: cancel));
                return true;
            case ChatInput.Unfriend(var user):
                Tell(await EndAsync(user, cancel));
                return true;
            case ChatInput.Block(var users):
                await _client.Blocks.AddAsync(users, cancel);
                _notice($"{string.Join(", ", users)} cannot reach you directly any more.");
                return true;
            case ChatInput.Unblock(var users):
                await _client.Blocks.RemoveAsync(users, cancel);
                _notice($"{string.Join(", ", users)} can reach you directly.");
                return true;
            default:
                return false;
        }
    }

    /// <summary>Declines who asks, and takes out who is a contact, or was asked to be one.</summary>
    private async Task<Contact> EndAsync(UserId user, CancellationToken cancel)
    {
        await foreach (var contact in _client.Contacts.AllAsync(cancel))
        {
            if (contact.User == user && contact.State == ContactState.Incoming) return await _client.Contacts.DeclineAsync(user, cancel);
        }

        return await _client.Contacts.RemoveAsync(user, cancel);
    }

    private void Tell(Contact contact) => _notice(contact.State switch
    {
        ContactState.Incoming => $"{contact.User} asks to be a contact of yours{(contact.Message is { } text ? $": {DisplayText.Line(text)}" : "")}  (/contact {contact.User}, or /uncontact {contact.User})",
        ContactState.Requested => $"{contact.User} is asked to be a contact of yours.",
        ContactState.Accepted => $"{contact.User} is a contact of yours.",
        _ => $"{contact.User} is no contact of yours.",
    });

    private static string LineOf(Contact contact) => contact.State switch
    {
        ContactState.Incoming => $"{contact.User}  asks",
        ContactState.Requested => $"{contact.User}  is asked",
        _ => $"{contact.User}",
    };
}
