using System.Collections.Concurrent;
using System.Globalization;
using Parley.Client;

namespace Parley.Chat;

/// <summary>The commands about people, wherever the user is: who somebody is, his contacts, and whom he blocks.</summary>
internal sealed class ChatContacts
{
    private readonly ParleyClient _client;
    private readonly Action<string> _notice;
    private readonly ConcurrentDictionary<UserId, (ContactState State, DateTimeOffset At)> _told = new();

    public ChatContacts(ParleyClient client, Action<string> notice)
    {
        (_client, _notice) = (client, notice);
        // After a lost connection the client tells again what it is not sure to have told.
        client.Contacts.Changed += (_, e) =>
        {
            if (!_told.TryGetValue(e.Contact.User, out var told) || told != (e.Contact.State, e.Contact.At)) Tell(e.Contact);
        };
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
            case ChatInput.Find(var text):
                _notice(await FindAsync(text, cancel));
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

    private async Task<string> FindAsync(string text, CancellationToken cancel)
    {
        try
        {
            var found = text switch
            {
                _ when text.StartsWith('#') => long.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? await _client.Users.FindByNumberAsync(number, cancel) : null,
                _ when text.Contains('@', StringComparison.Ordinal) => await _client.Users.FindByEmailAsync(text, cancel),
                _ => await _client.Users.FindByPhoneAsync(text, cancel),
            };
            if (found is null) return $"Nobody is found by {DisplayText.Line(text)}.";
            var name = found.DisplayName is { } shown ? $" ({DisplayText.Line(shown)})" : "";
            return $"{found.User}{name} is user number {found.Number}{(found.Status == UserStatus.Active ? $": /open {found.User}" : ", and takes no part any more")}";
        }
        catch (ParleyRefusedException refused) when (refused.Refusal == Refusals.InvalidParams)
        {
            return $"{DisplayText.Line(text)} is neither an e-mail address, nor a telephone number like +49 170 1234567, nor # and a number.";
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

    private void Tell(Contact contact)
    {
        _told[contact.User] = (contact.State, contact.At);
        _notice(SentenceOf(contact));
    }

    private static string SentenceOf(Contact contact) => contact.State switch
    {
        ContactState.Incoming => $"{contact.User} asks to be a contact of yours{(contact.Message is { } text ? $": {DisplayText.Line(text)}" : "")}  (/contact {contact.User}, or /uncontact {contact.User})",
        ContactState.Requested => $"{contact.User} is asked to be a contact of yours.",
        ContactState.Accepted => $"{contact.User} is a contact of yours.",
        _ => $"{contact.User} is no contact of yours.",
    };

    private static string LineOf(Contact contact) => contact.State switch
    {
        ContactState.Incoming => $"{contact.User}  asks",
        ContactState.Requested => $"{contact.User}  is asked",
        _ => $"{contact.User}",
    };
}
