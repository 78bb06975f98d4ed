using System.Data.Common;
using Parley.Storage;

namespace Parley.People;

/// <summary>The SQL of contacts: a row for each side of two users, changed together under the locks of both.</summary>
internal static class ContactStore
{
    /// <summary>How the other one stands in a user's contacts; null for never.</summary>
    public static async ValueTask<Contact?> FindAsync(Session session, UserKey user, UserId other, CancellationToken cancel)
    {
        var rows = await session.QueryAsync($"""
            select contact, state, change, at, message from contacts
            where app = {user.App.Number} and user_id = {user.User.Value} and contact = {other.Value}
            """, Read, cancel);
        return rows is [var contact] ? contact : null;
    }

    /// <summary>What decides whether a contact may be made.</summary>
    public static async ValueTask<ContactRules.Situation> SituationAsync(Session session, UserKey user, UserId other, CancellationToken cancel)
    {
        var rows = await session.QueryAsync($"""
            select
                (select count(*) from blocks where app = {user.App.Number} and user_id = {other.Value} and blocked = {user.User.Value}),
                (select count(*) from contacts where app = {user.App.Number} and user_id = {user.User.Value}
                    and state in ({(int)ContactState.Requested}, {(int)ContactState.Accepted})),
                (select count(*) from contacts where app = {user.App.Number} and user_id = {other.Value} and state = {(int)ContactState.Incoming})
            """, row => new ContactRules.Situation(row.GetInt64(0) > 0, (int)row.GetInt64(1), (int)row.GetInt64(2)), cancel);
        return rows[0];
    }

    /// <summary>Stores one side, and that this user's contacts changed.</summary>
    public static async ValueTask<Contact> StoreAsync(Session session, UserKey user, Contact contact, CancellationToken cancel)
    {
        await session.ExecuteAsync($"""
            insert into contacts (app, user_id, contact, state, change, message, at, changed)
            values ({user.App.Number}, {user.User.Value}, {contact.User.Value}, {(int)contact.State}, {(int)contact.Change}, {contact.Message},
                {contact.At.ToUnixTimeMilliseconds()}, {session.Change})
            on conflict (app, user_id, contact) do update set
                state = excluded.state, change = excluded.change, message = excluded.message, at = excluded.at, changed = excluded.changed
            """, cancel);
        await session.ExecuteAsync(
            $"update users set contacts_changed = {session.Change} where app = {user.App.Number} and user_id = {user.User.Value}", cancel);
        if (contact.State == ContactState.None) await ForgetAsync(session, user, cancel);
        return contact;
    }

    /// <summary>Forgets of what is over the oldest, when it is too much. A device that was away for longer than the rest goes back reads the list whole.</summary>
    private static async ValueTask ForgetAsync(Session session, UserKey user, CancellationToken cancel)
    {
        var ended = await session.QueryAsync($"""
            select changed from contacts where app = {user.App.Number} and user_id = {user.User.Value} and state = {(int)ContactState.None} order by changed desc
            """, row => row.GetInt64(0), cancel);
        if (ended.Count <= MaxEnded) return;
        // A tenth at once: not every time that one more ends.
        var newest = ended[MaxEnded - (MaxEnded / 10)];
        await session.ExecuteAsync($"""
            delete from contacts
            where app = {user.App.Number} and user_id = {user.User.Value} and state = {(int)ContactState.None} and changed <= {newest}
            """, cancel);
        await session.ExecuteAsync(
            $"update users set contacts_floor = {newest + 1} where app = {user.App.Number} and user_id = {user.User.Value}", cancel);
    }

    /// <summary>Whether since a change number nothing was forgotten that ended.</summary>
    public static async ValueTask<bool> IsWholeAsync(Session session, UserKey user, long since, CancellationToken cancel) =>
        (await session.QueryAsync(
            $"select 1 from users where app = {user.App.Number} and user_id = {user.User.Value} and contacts_floor > {since}", _ => true, cancel)).Count == 0;

    /// <summary>How many contacts that are over are known of each user.</summary>
    public const int MaxEnded = 1_000;

    /// <summary>A user's contacts in the order of their ids.</summary>
    /// <param name="session">A reader.</param>
    /// <param name="user">Whose.</param>
    /// <param name="since">The change number from which on they changed, those that ended too; null for all there are.</param>
    /// <param name="after">The last one of the page before; empty for the first page.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancel">Stops reading.</param>
    public static async ValueTask<List<Contact>> ListAsync(
        Session session, UserKey user, long? since, string after, int limit, CancellationToken cancel)
    {
        var which = since is { } from ? Sql.From($"changed >= {from}") : Sql.From($"state <> {(int)ContactState.None}");
        return await session.QueryAsync($"""
            select contact, state, change, at, message from contacts
            where app = {user.App.Number} and user_id = {user.User.Value} and contact > {after} and {which}
            order by contact limit {limit}
            """, Read, cancel);
    }

    /// <summary>As <see cref="ListAsync"/>, with their profiles, also of contacts that are listed for nothing else: since a change number those that changed, else all.</summary>
    public static async ValueTask<List<ListedContact>> ListWithProfilesAsync(
        Session session, UserKey user, long? since, string after, int limit, CancellationToken cancel)
    {
        var which = since is { } from ? Sql.From($"c.changed >= {from}") : Sql.From($"c.state <> {(int)ContactState.None}");
        var whose = since is { } then ? Sql.From($"and u.profile_changed > 0 and u.profile_changed >= {then}") : Sql.Nothing;
        return await session.QueryAsync($"""
            select c.contact, c.state, c.change, c.at, c.message, case when {which} then 1 else 0 end, {UserRow.Columns}
            from contacts c
            left join users u on u.app = c.app and u.user_id = c.contact and c.state = {(int)ContactState.Accepted} {whose}
            where c.app = {user.App.Number} and c.user_id = {user.User.Value} and c.contact > {after} and ({which} or u.user_id is not null)
            order by c.contact limit {limit}
            """, row => new ListedContact(Read(row), row.GetInt32(5) == 1, row.IsDBNull(6) ? null : UserRow.Read(row, 6).Profile), cancel);
    }

    private static Contact Read(DbDataReader row) =>
        new(row.User(0), (ContactState)row.GetInt32(1), (ContactChange)row.GetInt32(2), row.Time(3), row.TextOrNull(4));
}

/// <summary>A row of a list of contacts.</summary>
/// <param name="Contact">How he stands.</param>
/// <param name="IsListed">Whether the list is to say so; else only how he looks.</param>
/// <param name="Profile">How he looks, where the list is to say so.</param>
internal sealed record ListedContact(Contact Contact, bool IsListed, UserProfile? Profile);
