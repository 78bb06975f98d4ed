using Parley.Storage;

namespace Parley.People;

/// <summary>Reading people.</summary>
internal sealed class PeopleReader(Database database, TimeProvider clock)
{
    /// <summary>The rows there are of these users, in no order.</summary>
    public async Task<List<UserRow>> FindAsync(AppId app, IReadOnlyCollection<UserId> users, CancellationToken cancel) =>
        await QueryAsync($"""
            select {UserRow.Columns} from users u where u.app = {app.Number} and u.user_id {database.AnyOf([.. users.Select(user => user.Value)])}
            """, cancel);

    /// <summary>The user with this e-mail address, folded.</summary>
    public async Task<UserRow?> FindByEmailAsync(AppId app, string key, CancellationToken cancel) =>
        One(await QueryAsync($"select {UserRow.Columns} from users u where u.app = {app.Number} and u.email_key = {key}", cancel));

    /// <summary>The user with this number in the form of E.164.</summary>
    public async Task<UserRow?> FindByPhoneAsync(AppId app, string phone, CancellationToken cancel) =>
        One(await QueryAsync($"select {UserRow.Columns} from users u where u.app = {app.Number} and u.phone = {phone}", cancel));

    /// <summary>The users with any of these e-mail addresses, folded, or numbers in the form of E.164; in no order.</summary>
    public async Task<List<UserRow>> FindByAliasesAsync(AppId app, IReadOnlyCollection<string> emails, IReadOnlyCollection<string> phones, CancellationToken cancel) =>
        emails.Count + phones.Count == 0 ? [] : await QueryAsync($"""
            select {UserRow.Columns} from users u where u.app = {app.Number} and u.email_key {database.AnyOf(emails)}
            union all select {UserRow.Columns} from users u where u.app = {app.Number} and u.phone {database.AnyOf(phones)}
            """, cancel);

    /// <summary>The direct conversations of a user with some others, by the other one.</summary>
    public async Task<Dictionary<UserId, ConversationId>> DirectsAsync(UserKey user, IReadOnlyCollection<UserId> peers, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        return await Directs.FindAsync(database, session, user, peers, cancel);
    }

    /// <summary>The user with this numeric alias.</summary>
    public async Task<UserRow?> FindByNumberAsync(AppId app, long number, CancellationToken cancel) =>
        One(await QueryAsync($"select {UserRow.Columns} from users u where u.app = {app.Number} and u.number = {number}", cancel));

    /// <summary>Users of an app in the order of their ids.</summary>
    public async Task<List<UserRow>> ListAsync(AppId app, string after, int limit, CancellationToken cancel) =>
        await QueryAsync($"""
            select {UserRow.Columns} from users u where u.app = {app.Number} and u.user_id > {after} order by u.user_id limit {limit}
            """, cancel);

    /// <summary>A page of a user's contacts; see <see cref="ContactStore.ListAsync"/>. Null when more has ended since than is known.</summary>
    public async Task<List<ListedContact>?> ContactsAsync(UserKey user, long? since, string after, int limit, ContactParts parts, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        if (since is { } from && !await ContactStore.IsWholeAsync(session, user, from, cancel)) return null;
        if (parts == ContactParts.WithProfiles) return await ContactStore.ListWithProfilesAsync(session, user, since, after, limit, cancel);
        return [.. (await ContactStore.ListAsync(session, user, since, after, limit, cancel)).Select(contact => new ListedContact(contact, IsListed: true, null))];
    }

    /// <summary>Whom a user blocks.</summary>
    public async Task<BlockList> BlocksAsync(UserKey user, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        return await BlockStore.ListAsync(session, user, cancel);
    }

    /// <summary>Who blocks a user.</summary>
    public async ValueTask<IReadOnlyList<UserId>> BlockersAsync(UserKey user, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        return await session.QueryAsync($"select user_id from blocks where app = {user.App.Number} and blocked = {user.User.Value}", row => row.User(0), cancel);
    }

    /// <summary>A user as the rules see him now; null when nothing is kept of him yet.</summary>
    public async Task<Person?> PersonAsync(UserKey user, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        var person = await PersonSql.FindAsync(session, user, cancel);
        return person == Person.Unknown ? null : person;
    }

    /// <summary>What of a user's own changed from a change number on; null for nothing. To be read after the horizon it continues.</summary>
    public async Task<IReadOnlyList<UserList>?> ChangedListsAsync(UserKey user, long from, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        var rows = await session.QueryAsync($"""
            select coalesce(u.profile_changed, 0), coalesce(u.contacts_changed, (select max(changed) from contacts where app = {user.App.Number} and user_id = {user.User.Value}), 0),
                 coalesce(u.blocks_changed, 0),
                coalesce((select max(changed) from pending where app = {user.App.Number} and user_id = {user.User.Value}), 0)
            from (select 1 as one) here
            left join users u on u.app = {user.App.Number} and u.user_id = {user.User.Value}
            """, row => Lists.Where((_, column) => row.GetInt64(column) is var changed && changed > 0 && changed >= from).ToArray(), cancel);
        return rows[0] is { Length: > 0 } lists ? lists : null;
    }

    /// <summary>Users whose standing changed from a change number on and who may have no session, and the number to go on from.</summary>
    public async Task<(List<UserKey> Users, long Horizon)> SuspendedAsync(long from, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        var horizon = (await session.QueryAsync($"select {database.ChangeHorizon}", row => row.GetInt64(0), cancel))[0];
        var users = await session.QueryAsync($"""
            select app, user_id from users where standing_changed > 0 and standing_changed >= {from}
                and (suspended_until > {clock.Now().ToUnixTimeMilliseconds()} or deactivated_at is not null or deleted_at is not null)
            """, row => new UserKey(new AppId(row.GetInt32(0)), row.User(1)), cancel);
        return (users, horizon);
    }

    /// <summary>In the order of the columns that are read for them.</summary>
    private static readonly UserList[] Lists = [UserList.Profile, UserList.Contacts, UserList.Blocks, UserList.Invitations];

    private static UserRow? One(List<UserRow> rows) => rows is [var row] ? row : null;

    private async Task<List<UserRow>> QueryAsync(Sql sql, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        return await session.QueryAsync(sql, UserRow.Read, cancel);
    }
}

/// <summary>What is read of contacts.</summary>
internal enum ContactParts
{
    /// <summary>How they stand.</summary>
    Alone,

    /// <summary>Also how they look.</summary>
    WithProfiles,
}
