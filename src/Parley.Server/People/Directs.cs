using Parley.Storage;

namespace Parley.People;

/// <summary>The direct conversations of a user with others: what stands between two users is a rule of theirs.</summary>
internal static class Directs
{
    /// <summary>Those there are.</summary>
    public static async ValueTask<List<ConversationKey>> OfAsync(
        Database database, Session session, UserKey user, IReadOnlyCollection<UserId> peers, CancellationToken cancel) =>
        await session.QueryAsync(Ids(database, user, peers), row => new ConversationKey(user.App, row.Conversation(0)), cancel);

    /// <summary>Makes what was decided on their rules stale, and answers which they are. The caller holds them, but for one that was made in this very moment.</summary>
    public static async ValueTask<List<ConversationKey>> ChangeRulesAsync(
        Database database, Session session, UserKey user, IReadOnlyCollection<UserId> peers, CancellationToken cancel)
    {
        await session.ExecuteAsync($"""
            update conversations set revision = revision + 1
            where app = {user.App.Number} and conversation in ({Ids(database, user, peers)})
            """, cancel);
        return await OfAsync(database, session, user, peers, cancel);
    }

    private static Sql Ids(Database database, UserKey user, IReadOnlyCollection<UserId> peers)
    {
        var others = database.AnyOf([.. peers.Select(peer => peer.Value)]);
        return Sql.From($"""
            select conversation from directs where app = {user.App.Number} and first_user = {user.User.Value} and second_user {others}
            union all select conversation from directs where app = {user.App.Number} and second_user = {user.User.Value} and first_user {others}
            """);
    }
}
