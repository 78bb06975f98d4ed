using Parley.Storage;

namespace Parley.People;

/// <summary>The SQL of what goes with a deleted user from tables that other folders keep: what he reported, what of him is held, and what he uploaded.</summary>
/// <remarks>
/// Safe to run again. Whoever adds to these tables holds the user first and looks whether he is gone, so nothing comes after this.
/// In the order of locks these rows come last.
/// </remarks>
internal static class Erasure
{
    /// <summary>With what the name of a reporter begins of whom it is not known any more who he was: no user's id has it. What follows only keeps two of them apart.</summary>
    public const char GoneReporter = '/';

    public static async ValueTask EraseAsync(Session session, UserKey user, DateTimeOffset now, CancellationToken cancel)
    {
        await session.ExecuteAsync($"delete from held where app = {user.App.Number} and sender = {user.User.Value}", cancel);
        await EraseReportsAsync(session, user, cancel);
        await EraseUploadsAsync(session, user, now, cancel);
    }

    /// <summary>That a message was reported stays, and for which reason: somebody has to look at it. Who did, and in which words, goes.</summary>
    private static async ValueTask EraseReportsAsync(Session session, UserKey user, CancellationToken cancel)
    {
        var reports = await session.QueryAsync($"""
            select report from reports where app = {user.App.Number} and reporter = {user.User.Value} and reporter <> '' order by report
            """, row => row.Uuid(0), cancel);
        foreach (var report in reports)
        {
            var somebody = $"{GoneReporter}{report:N}";
            await session.ExecuteAsync($"update reports set reporter = {somebody}, body = null where app = {user.App.Number} and report = {report}", cancel);
        }
    }

    /// <summary>What he called his files goes, and that they were his; with the bytes of those that no message refers to, when the collector looks.</summary>
    /// <remarks>One by one and in this order, in which messages lock what they refer to.</remarks>
    private static async ValueTask EraseUploadsAsync(Session session, UserKey user, DateTimeOffset now, CancellationToken cancel)
    {
        var uploads = await session.QueryAsync($"""
            select content from contents where app = {user.App.Number} and owner = {user.User.Value} order by content
            """, row => row.GetString(0), cancel);
        foreach (var content in uploads)
        {
            await session.ExecuteAsync($"""
                update contents set owner = '', name = null, type = case when state = 0 then null else type end,
                    delete_at = case when state = 1 and sent = 0 then {now.ToUnixTimeMilliseconds()} else delete_at end
                where app = {user.App.Number} and content = {content}
                """, cancel);
            // Of one that is still being sent: a piece that comes now finds that this is not where it belongs.
            await session.ExecuteAsync($"update uploads set received = -1, expires_at = 0 where app = {user.App.Number} and content = {content}", cancel);
        }
    }
}
