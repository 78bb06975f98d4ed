using Parley.Delivery;
using Parley.Storage;

namespace Parley.People;

/// <summary>The SQL of block lists.</summary>
internal static class BlockStore
{
    /// <summary>Whom a user blocks.</summary>
    public static async ValueTask<BlockList> ListAsync(Session session, UserKey user, CancellationToken cancel) =>
        new(await session.QueryAsync(
            $"select blocked from blocks where app = {user.App.Number} and user_id = {user.User.Value} order by blocked", row => row.User(0), cancel));

    /// <summary>Adds those who are not on the list.</summary>
    public static async ValueTask AddAsync(Session session, UserKey user, IReadOnlyCollection<UserId> users, DateTimeOffset now, CancellationToken cancel)
    {
        var rows = Sql.List(users.Select(one => Sql.From($"({user.App.Number}, {user.User.Value}, {one.Value}, {now.ToUnixTimeMilliseconds()})")));
        await session.ExecuteAsync($"insert into blocks (app, user_id, blocked, at) values {rows} on conflict do nothing", cancel);
        await ChangedAsync(session, user, cancel);
    }

    public static async ValueTask RemoveAsync(
        Database database, Session session, UserKey user, IReadOnlyCollection<UserId> users, CancellationToken cancel)
    {
        await session.ExecuteAsync($"""
            delete from blocks
            where app = {user.App.Number} and user_id = {user.User.Value} and blocked {database.AnyOf([.. users.Select(one => one.Value)])}
            """, cancel);
        await ChangedAsync(session, user, cancel);
    }

    /// <summary>Whether one user blocks another.</summary>
    public static async ValueTask<bool> BlocksAsync(Session session, UserKey user, UserId other, CancellationToken cancel) =>
        (await session.QueryAsync(
            $"select 1 from blocks where app = {user.App.Number} and user_id = {user.User.Value} and blocked = {other.Value}", _ => true, cancel)).Count > 0;

    /// <summary>Tells a user's devices what became of his list.</summary>
    public static PersonalSignal SignalOf(UserKey to, BlocksChanged changed) =>
        new(to, OriginAnswers.Notification(Methods.Block, changed, ProtocolJson.Lenient.BlocksChanged));

    private static async ValueTask ChangedAsync(Session session, UserKey user, CancellationToken cancel) =>
        await session.ExecuteAsync(
            $"update users set blocks_changed = {session.Change} where app = {user.App.Number} and user_id = {user.User.Value}", cancel);
}
