using Parley.Storage;

namespace Parley.Presence;

/// <summary>The SQL of who was seen last when.</summary>
internal sealed class LastSeenStore(Database database)
{
    /// <summary>When users of an app were seen last; those of whom nothing is known are missing.</summary>
    public async Task<List<(UserId User, DateTimeOffset At)>> ReadAsync(AppId app, IReadOnlyCollection<UserId> users, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        return await session.QueryAsync(
            $"select user_id, at from last_seen where app = {app.Number} and user_id {database.AnyOf([.. users.Select(user => user.Value)])}",
            row => (row.User(0), row.Time(1)), cancel);
    }

    /// <summary>Notes it; what is known newer stands. Of who was deleted meanwhile nothing is noted.</summary>
    public static async ValueTask WriteAsync(Session session, IEnumerable<KeyValuePair<UserKey, DateTimeOffset>> seen, CancellationToken cancel) =>
        await session.ExecuteAsync($"""
            insert into last_seen (app, user_id, at)
            select column1, column2, column3 from (values {Sql.List(seen.Select(one => Sql.From($"({one.Key.App.Number}, {one.Key.User.Value}, {one.Value.ToUnixTimeMilliseconds()})")))}) as news
            where not exists (select 1 from users u where u.app = column1 and u.user_id = column2 and u.deleted_at is not null)
            on conflict (app, user_id) do update set at = excluded.at where excluded.at > last_seen.at
            """, cancel);
}
