using System.Text.Json;
using Parley.Conversations;
using Parley.Storage;

namespace Parley.Retention;

/// <summary>The SQL of expiry. What writes runs under the conversation's lock.</summary>
internal static class ExpiryStore
{
    /// <summary>A conversation as it is while it is locked.</summary>
    public sealed record Row(long Number, ConversationKind Kind, int Participants, Sequence Tail, Sequence? EmptiedFrom, DateTimeOffset? EmptiedAt);

    /// <summary>An entry that may have to go.</summary>
    public sealed record Aged(Sequence Sequence, DateTimeOffset At, Guid Key, UserId Actor, ContentKinds Kinds);

    /// <summary>Conversations of which the oldest entry is this old, oldest first.</summary>
    public static Sql Due(AppId app, ConversationKind kind, DateTimeOffset upTo, int limit) => Sql.From($"""
        select app, conversation from conversations
        where app = {app.Number} and kind = {(int)kind} and tail_at <= {upTo.ToUnixTimeMilliseconds()} order by tail_at limit {limit}
        """);

    /// <summary>Conversations with emptied entries whose ids need be known no longer.</summary>
    public static Sql DueToForget(DateTimeOffset upTo, int limit) => Sql.From($"""
        select app, conversation from conversations
        where emptied_at is not null and emptied_at <= {upTo.ToUnixTimeMilliseconds()} order by emptied_at limit {limit}
        """);

    public static async ValueTask<Row?> FindAsync(Session session, ConversationKey key, CancellationToken cancel)
    {
        var rows = await session.QueryAsync($"""
            select number, kind, participants, tail, emptied_from, emptied_at from conversations where app = {key.App.Number} and conversation = {key.Conversation.Value}
            """,
            row => new Row(
                row.GetInt64(0), (ConversationKind)row.GetInt32(1), row.GetInt32(2), row.Sequence(3), row.LongOrNull(4) is { } from ? new Sequence(from) : null, row.TimeOrNull(5)), cancel);
        return rows is [var found] ? found : null;
    }

    /// <summary>Entries from a place on, in sequence and so by age.</summary>
    public static ValueTask<List<Aged>> FromAsync(Session session, long conversation, Sequence from, int limit, CancellationToken cancel) =>
        session.QueryAsync(From(conversation, from, limit), row => new Aged(row.Sequence(0), row.Time(1), row.Uuid(2), row.User(3), (ContentKinds)row.GetInt32(4)), cancel);

    /// <inheritdoc cref="FromAsync"/>
    internal static Sql From(long conversation, Sequence from, int limit) => Sql.From($"""
        select sequence, at, key, actor, kinds from entries where conversation = {conversation} and sequence >= {from.Value} order by sequence limit {limit}
        """);

    public static ValueTask<List<Receiver>> ReceiversAsync(Session session, ConversationKey key, CancellationToken cancel) =>
        session.QueryAsync($"""
            select user_id, joined_at, delivered_up_to, read_up_to, read_ahead from participations
            where app = {key.App.Number} and conversation = {key.Conversation.Value} and left_at is null
            """, row => new Receiver(row.User(0), row.Sequence(1), row.Sequence(2), ReadAhead.Parse(row.TextOrNull(4), row.Sequence(3))), cancel);

    /// <summary>Takes entries out of the log; of the first one, which holds the conversation's id, all but that.</summary>
    public static async ValueTask DeleteAsync(Session session, long conversation, Sequence from, Sequence to, CancellationToken cancel)
    {
        if (from.Value <= 1) await RewriteAsync(session, conversation, new Sequence(1), new Sequence(1), ExpiryRules.Bare, cancel);
        await session.ExecuteAsync($"""
            delete from entries where conversation = {conversation} and sequence >= {Math.Max(2, from.Value)} and sequence <= {to.Value}
            """, cancel);
    }

    /// <summary>Takes out what entries say, and keeps them for their ids.</summary>
    public static ValueTask EmptyAsync(Session session, long conversation, Sequence from, Sequence to, CancellationToken cancel) =>
        RewriteAsync(session, conversation, from, to, ExpiryRules.Emptied, cancel);

    /// <summary>What is kept beside the entries up to a place goes with them, and what newer entries repeat of what they said.</summary>
    public static async ValueTask ForgetBesideAsync(Session session, ConversationKey key, long conversation, Sequence to, DateTimeOffset now, CancellationToken cancel)
    {
        var edits = await session.QueryAsync($"""
            select sequence from message_edits where conversation = {conversation} and original <= {to.Value} and sequence > {to.Value}
            """, row => row.Sequence(0), cancel);
        foreach (var edit in edits) await EmptyAsync(session, conversation, edit, edit, cancel);
        await session.ExecuteAsync($"delete from message_edits where conversation = {conversation} and original <= {to.Value}", cancel);
        await MessageVersions.ForgetUpToAsync(session, conversation, to, cancel);
        await session.ExecuteAsync($"delete from message_changes where conversation = {conversation} and sequence <= {to.Value}", cancel);
        await session.ExecuteAsync($"delete from notifications where conversation = {conversation} and sequence <= {to.Value}", cancel);
        await session.ExecuteAsync($"delete from mentions where conversation = {conversation} and sequence <= {to.Value}", cancel);
        // participations.removals stays as it is: it only says whether to look, and is counted anew by the next removal.
        await session.ExecuteAsync($"""
            delete from removals where app = {key.App.Number} and conversation = {key.Conversation.Value} and sequence <= {to.Value}
            """, cancel);
        await ContentUses.ForgetAsync(session, key.App, conversation, to, now, cancel);
    }

    /// <summary>Reports of messages that go. Asked while their entries are there.</summary>
    public static async ValueTask ForgetReportsAsync(Session session, ConversationKey key, long conversation, Sequence from, Sequence to, CancellationToken cancel) =>
        await session.ExecuteAsync($"""
            delete from reports
            where app = {key.App.Number} and conversation = {key.Conversation.Value} and exists (
                select 1 from entries e
                where e.key = reports.message and e.conversation {session.Same} {conversation} and e.sequence >= {from.Value} and e.sequence <= {to.Value})
            """, cancel);

    public static async ValueTask MoveTailAsync(Session session, Row row, DateTimeOffset tailAt, CancellationToken cancel) =>
        await session.ExecuteAsync($"""
            update conversations set tail = {row.Tail.Value}, tail_at = {tailAt.ToUnixTimeMilliseconds()},
                emptied_from = {row.EmptiedFrom?.Value}, emptied_at = {row.EmptiedAt?.ToUnixTimeMilliseconds()}
            where number = {row.Number}
            """, cancel);

    public static async ValueTask MarkEmptiedAsync(Session session, Row row, CancellationToken cancel) =>
        await session.ExecuteAsync($"""
            update conversations set emptied_from = {row.EmptiedFrom?.Value}, emptied_at = {row.EmptiedAt?.ToUnixTimeMilliseconds()} where number = {row.Number}
            """, cancel);

    private static async ValueTask RewriteAsync(
        Session session, long conversation, Sequence from, Sequence to, Func<ConversationEvent, ConversationEvent> rewrite, CancellationToken cancel)
    {
        var rows = await session.QueryAsync($"""
            select sequence, event from entries where conversation = {conversation} and sequence >= {from.Value} and sequence <= {to.Value}
            """, row => (Sequence: row.Sequence(0), Event: row.Bytes(1)), cancel);
        foreach (var row in rows)
        {
            var before = JsonSerializer.Deserialize(row.Event, ProtocolJson.Lenient.ConversationEvent)!;
            var after = rewrite(before);
            if (ReferenceEquals(before, after)) continue;
            await session.ExecuteAsync($"""
                update entries set event = {EventJson.Of(after)}, counted = 0, kinds = 0 where conversation = {conversation} and sequence = {row.Sequence.Value}
                """, cancel);
        }
    }
}
