using System.Text.Json;
using Parley.Delivery;
using Parley.Identity;
using Parley.Storage;

namespace Parley.People;

/// <summary><c>contact.request</c>, <c>.accept</c>, <c>.decline</c> and <c>.remove</c>.</summary>
/// <remarks>Both sides are changed together, under the locks of both users, so of two who ask each other at once both become contacts.</remarks>
internal sealed class ChangeContactHandler(PeopleWriter writer, Database database)
{
    private delegate (ContactRules.Step? Step, Refusal? Refusal) Rule(ContactState mine, ContactRules.Situation situation);

    public void Handle(Caller caller, RequestContact command, Origin origin)
    {
        if (command.Message is { } message && TextSize.CodePoints(message) > RequestContact.MaxMessage)
            origin.Refuse(Refusals.InvalidParams.Because($"$.message: at most {RequestContact.MaxMessage} code points"));
        else
            Change(caller, command.User, command.Message is { Length: > 0 } text ? text : null, origin, ContactRules.Request);
    }

    public void Handle(Caller caller, AcceptContact command, Origin origin) => Change(caller, command.User, null, origin, ContactRules.Accept);

    public void Handle(Caller caller, DeclineContact command, Origin origin) => Change(caller, command.User, null, origin, ContactRules.Decline);

    public void Handle(Caller caller, RemoveContact command, Origin origin) => Change(caller, command.User, null, origin, ContactRules.Remove);

    private void Change(Caller caller, UserId other, string? message, Origin origin, Rule rule)
    {
        if (other == caller.User)
        {
            origin.Refuse(Refusals.InvalidParams.Because("$.user: expected somebody else"));
            return;
        }

        writer.Post(caller, origin, new Scope([other], UserLock.Judge), async (session, _, now, cancel) =>
        {
            var before = await ContactStore.FindAsync(session, caller.Key, other, cancel);
            var mine = before?.State ?? ContactState.None;
            var (step, refusal) = rule(mine, await ContactStore.SituationAsync(session, caller.Key, other, cancel));
            if (refusal is not null) return refusal;
            if (step is null) return Unchanged(before ?? new Contact(other, ContactState.None, ContactChange.Removed, now));

            var them = caller.Key with { User = other };
            if (step.Theirs == ContactState.Incoming && await UserRow.FindAsync(session, them, cancel) is { Status: UserStatus.Deleted }) return Refusals.NotFound;
            var own = await ContactStore.StoreAsync(session, caller.Key, new Contact(other, step.Mine, step.Change, now, message), cancel);
            var theirs = await ContactStore.StoreAsync(session, them, new Contact(caller.User, step.Theirs, step.Change, now, message), cancel);
            // In some apps only contacts may write to each other.
            List<ConversationKey> directs = mine == ContactState.Accepted ? await Directs.ChangeRulesAsync(database, session, caller.Key, [other], cancel) : [];
            return new PeopleChanged(Json(own)) { Stale = directs, Signals = [SignalOf(caller.Key, own), SignalOf(them, theirs)] };
        });
    }

    private static PeopleChanged Unchanged(Contact contact) => new(Json(contact));

    private static byte[] Json(Contact contact) => JsonSerializer.SerializeToUtf8Bytes(contact, ProtocolJson.Lenient.Contact);

    /// <summary>Tells somebody how a contact of his stands.</summary>
    internal static PersonalSignal SignalOf(UserKey to, Contact contact) =>
        new(to, OriginAnswers.Notification(Methods.Contact, contact, ProtocolJson.Lenient.Contact));
}

/// <summary><c>contact.list</c>.</summary>
internal sealed class ListContactsHandler(PeopleReader people, PageTokens tokens)
{
    private const string List = "contact.list";
    private const int DefaultLimit = 100;

    /// <summary>About what a contact takes without its message, its id at its longest.</summary>
    private const int ContactBytes = 256;

    /// <summary>How many are read at once with their profiles, of which some twenty of the longest fill a page.</summary>
    private const int MaxWithProfiles = 100;

    public async Task HandleAsync(Caller caller, ListContacts query, Origin origin, CancellationToken cancel)
    {
        var limit = query.Limit ?? DefaultLimit;
        var since = query.Since is null ? null : tokens.ReadChanges(caller.Key, query.Since)?[0];
        var after = query.Next is null ? "" : tokens.ReadAfter(List, caller.Key, query.Next);
        if (limit is < 1 or > ListContacts.MaxLimit) origin.Refuse(Refusals.InvalidParams.Because($"$.limit: expected 1 to {ListContacts.MaxLimit}"));
        else if (query.Since is not null && since is null) origin.Refuse(PageTokens.NoChanges);
        else if (after is null) origin.Refuse(Refusals.InvalidParams.Because("$.next: not a token of this list and user"));
        else if (await ReadAsync(caller, query, since, after, limit, cancel) is { } page) origin.Answer(page, ProtocolJson.Lenient.ContactsPage);
        else origin.Refuse(Refusals.Reset);
    }

    private async Task<ContactsPage?> ReadAsync(Caller caller, ListContacts query, long? since, string after, int limit, CancellationToken cancel)
    {
        var (most, parts) = query.Profiles ? (Math.Min(limit, MaxWithProfiles), ContactParts.WithProfiles) : (limit, ContactParts.Alone);
        var rows = await people.ContactsAsync(caller.Key, since, after, most + 1, parts, cancel);
        if (rows is null) return null;
        var (fitting, bytes) = (0, 0);
        while (fitting < Math.Min(most, rows.Count))
        {
            bytes += SizeOf(rows[fitting]);
            if (bytes > OutboundBounds.MaxEntriesBytes && fitting > 0) break;
            fitting++;
        }

        var next = rows.Count > fitting ? tokens.MakeAfter(List, caller.Key, rows[fitting - 1].Contact.User.Value) : null;
        var page = rows.Take(fitting).ToArray();
        UserProfile[] profiles = [.. page.Select(row => row.Profile).OfType<UserProfile>()];
        return new ContactsPage([.. page.Where(row => row.IsListed).Select(row => row.Contact)], next, profiles.Length == 0 ? null : profiles);
    }

    private static int SizeOf(ListedContact row)
    {
        // A control character takes six bytes in JSON.
        var bytes = row.IsListed ? ContactBytes + (row.Contact.Message is { } message ? 6 * message.Length : 0) : 0;
        return row.Profile is null ? bytes : bytes + JsonSerializer.SerializeToUtf8Bytes(row.Profile, ProtocolJson.Lenient.UserProfile).Length + 1;
    }
}
