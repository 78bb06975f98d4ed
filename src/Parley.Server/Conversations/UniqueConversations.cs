using System.Security.Cryptography;
using System.Text;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary>Conversations of which there is only one for the same people: direct ones for ever, distinct groups while nobody comes or goes.</summary>
internal static class UniqueConversations
{
    /// <summary>The conversation that these people have already; null when they have none, or may have many.</summary>
    public static async ValueTask<ConversationId?> FindAsync(Session session, AppId app, ConversationCreated wish, CancellationToken cancel)
    {
        var sql = Of(wish) switch
        {
            Uniqueness.Always => Pair(app, wish),
            Uniqueness.OnRequest => Sql.From($"select conversation from distincts where app = {app.Number} and people = {People(wish)}"),
            _ => Sql.Nothing,
        };
        if (Of(wish) == Uniqueness.None) return null;
        return await session.QueryAsync(sql, row => row.Conversation(0), cancel) is [var conversation] ? conversation : null;
    }

    /// <summary>Takes the place for a new conversation; false when others committed theirs meanwhile.</summary>
    public static async ValueTask<bool> TakeAsync(Session session, ConversationKey key, ConversationCreated created, CancellationToken cancel)
    {
        var (app, conversation) = (key.App.Number, key.Conversation.Value);
        switch (Of(created))
        {
            case Uniqueness.Always:
                var (first, second) = PairOf(created);
                return await session.ExecuteAsync($"""
                    insert into directs (app, first_user, second_user, conversation) values ({app}, {first.Value}, {second.Value}, {conversation}) on conflict do nothing
                    """, cancel) > 0;
            case Uniqueness.OnRequest:
                return await session.ExecuteAsync($"""
                    insert into distincts (app, people, conversation) values ({app}, {People(created)}, {conversation}) on conflict do nothing
                    """, cancel) > 0;
            default:
                return true;
        }
    }

    private static Uniqueness Of(ConversationCreated created) => ConversationKinds.Of(created.Kind).Distinct switch
    {
        Uniqueness.OnRequest when created.Settings is not { Distinct: true } => Uniqueness.None,
        var unique => unique,
    };

    private static Sql Pair(AppId app, ConversationCreated wish)
    {
        var (first, second) = PairOf(wish);
        return Sql.From($"select conversation from directs where app = {app.Number} and first_user = {first.Value} and second_user = {second.Value}");
    }

    /// <summary>The smaller id first; for notes to himself his own twice.</summary>
    private static (UserId First, UserId Second) PairOf(ConversationCreated created)
    {
        var users = created.Participants.Select(participant => participant.User).Order().ToArray();
        return (users[0], users[^1]);
    }

    /// <summary>Names a set of people: no id has a line feed in it.</summary>
    private static byte[] People(ConversationCreated created) =>
        SHA256.HashData(Encoding.ASCII.GetBytes(string.Join('\n', created.Participants.Select(participant => participant.User).Order())));
}
