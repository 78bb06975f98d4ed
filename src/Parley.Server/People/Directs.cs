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

    /// <summary>All there are.</summary>
    public static async ValueTask<List<ConversationKey>> OfAsync(Session session, UserKey user, CancellationToken cancel) =>
        await session.QueryAsync(All(user), row => new ConversationKey(user.App, row.Conversation(0)), cancel);

    /// <summary>As the other, of all there are.</summary>
    public static async ValueTask<List<ConversationKey>> ChangeRulesAsync(Session session, UserKey user, CancellationToken cancel)
    {
        await session.ExecuteAsync($"update conversations set revision = revision + 1 where app = {user.App.Number} and conversation in ({All(user)})", cancel);
        return await OfAsync(session, user, cancel);
    }

    /// <summary>Those there are with some others, by the other one.</summary>
    public static async ValueTask<Dictionary<UserId, ConversationId>> FindAsync(
        Database database, Session session, UserKey user, IReadOnlyCollection<UserId> peers, CancellationToken cancel)
    {
        var others = database.AnyOf([.. peers.Select(peer => peer.Value)]);
        return (await session.QueryAsync($"""
            select second_user, conversation from directs where app = {user.App.Number} and first_user = {user.User.Value} and second_user {others}
            union all select first_user, conversation from directs where app = {user.App.Number} and second_user = {user.User.Value} and first_user {others}
            """, row => KeyValuePair.Create(row.User(0), row.Conversation(1)), cancel)).DistinctBy(pair => pair.Key).ToDictionary();
    }

    private static Sql All(UserKey user) => Sql.From($"""
        select conversation from directs where app = {user.App.Number} and first_user = {user.User.Value}
        union all select conversation from directs where app = {user.App.Number} and second_user = {user.User.Value}
        """);

    private static Sql Ids(Database database, UserKey user, IReadOnlyCollection<UserId> peers)
    {
        var others = database.AnyOf([.. peers.Select(peer => peer.Value)]);
        return Sql.From($"""
            select conversation from directs where app = {user.App.Number} and first_user = {user.User.Value} and second_user {others}
            union all select conversation from directs where app = {user.App.Number} and second_user = {user.User.Value} and first_user {others}
            """);
    }
}
