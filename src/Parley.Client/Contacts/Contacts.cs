using System.Runtime.CompilerServices;

namespace Parley.Client;

/// <summary>The user's contacts, and requests to be one.</summary>
/// <remarks>What the server will not do throws <see cref="ParleyRefusedException"/>; what got no answer in time throws <see cref="ParleyConnectionException"/>, and may have been done.</remarks>
public sealed class Contacts
{
    private readonly ParleyClient _client;
    private readonly Requests _requests;
    private readonly Changes _changes;

    internal Contacts(ParleyClient client, Requests requests, Changes changes) => (_client, _requests, _changes) = (client, requests, changes);

    /// <summary>
    /// Something changed between the user and somebody, by the other one or by the user on another device: <see cref="Contact.Change"/> says what. What changed while the client
    /// was not connected is told after it is again, and so is what changed while it was slow; what is known already may then be told again. After so long an absence that the server
    /// does not know any more what ended meanwhile, all there are are told. What this client asks for itself it learns from the answer.
    /// </summary>
    public event EventHandler<ContactEventArgs>? Changed;

    /// <summary>Asks somebody to be a contact. When he has asked already, both are contacts at once. Asking again changes nothing.</summary>
    /// <param name="user">Whom.</param>
    /// <param name="message">Up to <see cref="RequestContact.MaxMessage"/> code points, for him to read.</param>
    /// <param name="cancel">Stops asking; it may have been done.</param>
    /// <exception cref="ParleyRefusedException">He blocks the user, or a list is full.</exception>
    public Task<Contact> RequestAsync(UserId user, string? message = null, CancellationToken cancel = default) =>
        _changes.MakeAsync<Contact>(Change.RequestContact(user, message), cancel);

    /// <summary>Accepts somebody's request.</summary>
    /// <exception cref="ParleyRefusedException">There is none (any more), he blocks the user, or the list is full.</exception>
    public Task<Contact> AcceptAsync(UserId user, CancellationToken cancel = default) => _changes.MakeAsync<Contact>(Change.AcceptContact(user), cancel);

    /// <summary>Declines somebody's request; he is told. Without one nothing changes.</summary>
    public Task<Contact> DeclineAsync(UserId user, CancellationToken cancel = default) => _changes.MakeAsync<Contact>(Change.DeclineContact(user), cancel);

    /// <summary>Takes somebody out of the contacts, or the own request back; he is told. Without one nothing changes.</summary>
    public Task<Contact> RemoveAsync(UserId user, CancellationToken cancel = default) => _changes.MakeAsync<Contact>(Change.RemoveContact(user), cancel);

    /// <summary>All contacts and requests, in the order of their ids, page by page.</summary>
    public async IAsyncEnumerable<Contact> AllAsync([EnumeratorCancellation] CancellationToken cancel = default)
    {
        await foreach (var page in PagesAsync(new ListContacts(), cancel).ConfigureAwait(false))
        {
            foreach (var contact in page.Contacts) yield return contact;
        }
    }

    /// <summary>Contacts and requests as this device knew them last, in the order of their ids, without asking anybody. Needs no connection; what was never listed is not among them.</summary>
    /// <returns>None without a <see cref="ParleyClientOptions.Store"/>.</returns>
    /// <exception cref="LocalStoreException">The store cannot be read.</exception>
    public async Task<IReadOnlyList<Contact>> ListKeptAsync(CancellationToken cancel = default) =>
        await _client.KeptAsync(cancel).ConfigureAwait(false) is { } kept ? await kept.ContactsAsync().WaitAsync(cancel).ConfigureAwait(false) : [];

    /// <summary>All pages of what is asked for.</summary>
    internal async IAsyncEnumerable<ContactsPage> PagesAsync(ListContacts query, [EnumeratorCancellation] CancellationToken cancel)
    {
        string? next = null;
        do
        {
            var page = await _requests.AskAsync(Wire.ListContacts, query with { Next = next, Limit = ListContacts.MaxLimit }, cancel, Keep).ConfigureAwait(false);
            yield return page;
            next = page.Next;
        }
        while (next is not null);
    }

    private void Keep(Contact contact) => _client.Happened(new Happening.AnsweredOf(Contacts: [contact]));

    private void Keep(ContactsPage page) => _client.Happened(new Happening.AnsweredOf(page.Profiles, page.Contacts));

    internal void Tell(Listeners listeners, Contact contact) => listeners.Call(Changed, this, nameof(Changed), new ContactEventArgs(contact));
}

/// <summary>Something changed between the user and somebody.</summary>
public sealed class ContactEventArgs : EventArgs
{
    internal ContactEventArgs(Contact contact) => Contact = contact;

    /// <summary>How things stand now, from the user's side.</summary>
    public Contact Contact { get; }
}
