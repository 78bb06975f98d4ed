using System.Text.Json;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary>Messages as rules ask about them: each as one user sees it.</summary>
internal static class MessageRows
{
    /// <summary>The messages that are asked about; null for one that its asker does not see, or that is none.</summary>
    public static async ValueTask<IReadOnlyDictionary<(MessageId Message, UserId User), KnownMessage?>> FindAsync(
        Session session, ConversationKey key, IReadOnlyCollection<Needed> needed, CancellationToken cancel)
    {
        var found = new Dictionary<(MessageId, UserId), KnownMessage?>();
        foreach (var one in needed)
        {
            if (one.Message is not { } message || found.ContainsKey((message, one.Users[0]))) continue;
            var rows = await session.QueryAsync($"""
                select e.sequence, e.at, e.actor, e.kinds, coalesce(mc.version, 0), coalesce(mc.recalled, 0)
                {Seen(session, new UserKey(key.App, one.Users[0]), key.Conversation, message)}
                """,
                row => new KnownMessage(row.Sequence(0), row.Time(1), row.User(2), (ContentKinds)row.GetInt32(3), row.GetInt32(4), row.GetInt32(5) != 0), cancel);
            found[(message, one.Users[0])] = rows is [var known] ? known : null;
        }

        return found;
    }

    /// <summary>What the messages say that are to be forwarded; null for one that its asker does not see.</summary>
    public static async ValueTask<IReadOnlyDictionary<MessageToForward, ForwardedContent?>> ReadForwardsAsync(
        Session session, AppId app, IReadOnlyCollection<Needed> needed, CancellationToken cancel)
    {
        var found = new Dictionary<MessageToForward, ForwardedContent?>();
        foreach (var one in needed)
        {
            if (one.Forward is { } forward) found[forward] = await ReadForwardAsync(session, new UserKey(app, one.Users[0]), forward, cancel);
        }

        return found;
    }

    /// <inheritdoc cref="ReadForwardsAsync"/>
    public static async ValueTask<ForwardedContent?> ReadForwardAsync(Session session, UserKey user, MessageToForward forward, CancellationToken cancel)
    {
        var rows = await session.QueryAsync(
            $"select e.event, e.at {Seen(session, user, forward.From, forward.Original)}", row => (Event: row.Bytes(0), At: row.Time(1)), cancel);
        return rows is [var row] && JsonSerializer.Deserialize(row.Event, ProtocolJson.Lenient.ConversationEvent) is MessageSent sent ? new ForwardedContent(sent, row.At) : null;
    }

    /// <summary>A message, if the user sees it now: membership and the visible range are part of the statement.</summary>
    public static Sql Seen(Session session, UserKey user, ConversationId conversation, MessageId message) => Sql.From($"""
        from participations p
        join conversations c on c.app = p.app and c.conversation = p.conversation
        join entries e on e.key = {message.Value} and e.conversation {session.Same} c.number
        left join message_changes mc on mc.conversation = e.conversation and mc.sequence = e.sequence
        where p.app = {user.App.Number} and p.conversation = {conversation.Value} and p.user_id = {user.User.Value}
            and e.kinds <> 0 and e.sequence >= c.tail and e.sequence <= {Visible.Head} and {Visible.Entry}
        """);
}
