using System.Text.Json;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary>What messages said before they were edited, where their app keeps that. Under the lock of their conversation, and gone with what they say.</summary>
internal static class MessageVersions
{
    /// <summary>Keeps what a message says until now. Before the edit that replaces it is noted.</summary>
    public static async ValueTask KeepAsync(Session session, ConversationKey key, Sequence original, MessageSent before, CancellationToken cancel)
    {
        // Who had it say this: the newest edit's actor, or its sender.
        var said = await session.QueryAsync($"""
            select e.actor, e.at from entries e
            where e.conversation = {key.Number} and e.sequence = coalesce(
                (select max(me.sequence) from message_edits me where me.conversation = {key.Number} and me.original = {original.Value}), {original.Value})
            """, row => (Actor: row.User(0), At: row.Time(1)), cancel);
        await session.ExecuteAsync($"""
            insert into message_versions (conversation, original, version, at, actor, content)
            values ({key.Number}, {original.Value}, {before.Version}, {said[0].At.ToUnixTimeMilliseconds()}, {said[0].Actor.Value},
                {JsonSerializer.SerializeToUtf8Bytes(before.Content, ProtocolJson.Lenient.MessageContent)})
            on conflict do nothing
            """, cancel);
    }

    /// <summary>A page of them, if he may see it: membership and permission are part of the statement that reads.</summary>
    public static async ValueTask<Outcome<VersionsPage>> ReadAsync(Session session, UserKey user, ListVersions query, int limit, VersionReader reader, CancellationToken cancel)
    {
        var places = await session.QueryAsync($"""
            select p.left_at, c.deleted_at, p.permissions {ConversationReader.Own(user, query.Conversation)}
            """, row => (Left: !row.IsDBNull(0), Deleted: !row.IsDBNull(1), Permissions: (Permissions)row.GetInt32(2)), cancel);
        if (places is not [var place]) return Refusals.NotFound;
        if (place.Deleted) return Refusals.ConversationDeleted;
        if (place.Left) return Refusals.NotParticipant;
        if (!place.Permissions.HasFlag(Permissions.Read) || (reader == VersionReader.Participant && (place.Permissions & Looking) == Permissions.None)) return Refusals.PermissionDenied;

        var looks = reader == VersionReader.Backend ? Sql.Nothing : Sql.From($"and (p.permissions & {(int)Looking}) <> 0");
        var seen = Sql.From($"{MessageRows.Seen(session, user, query.Conversation, query.Message)} and p.left_at is null {looks}");
        var found = await session.QueryAsync($"select e.sequence, e.conversation {seen}", row => (Sequence: row.Sequence(0), Conversation: row.GetInt64(1)), cancel);
        if (found is not [var message]) return Refusals.MessageNotFound.Because("$.message: no such message in this conversation");
        // One table, and whether he may as a condition: joined to the message they came in ascending order from SQLite 3.40, whatever was asked for.
        var rows = await session.QueryAsync($"""
            select mv.version, mv.at, mv.actor, mv.content
            from message_versions mv
            where mv.conversation = {message.Conversation} and mv.original = {message.Sequence.Value} and mv.version < {query.Before ?? int.MaxValue} and exists (select 1 {seen})
            order by mv.version desc limit {limit + 1}
            """, row => (Version: row.GetInt32(0), At: row.Time(1), Actor: row.User(2), Content: row.Bytes(3)), cancel);
        var taken = rows.Take(Math.Min(limit, ByteBudget.Fitting(rows.Select(row => row.Content.Length + AroundContent)))).ToList();
        return new VersionsPage(
            query.Conversation, query.Message,
            [.. taken.Select(row => new MessageVersion(row.Version, row.At, row.Actor, JsonSerializer.Deserialize(row.Content, ProtocolJson.Lenient.MessageContent)!))],
            taken.Count < rows.Count ? taken[^1].Version : null);
    }

    /// <summary>Who looks after what others said may see what it was.</summary>
    private const Permissions Looking = Permissions.EditAny | Permissions.RemoveAny;

    /// <summary>Bytes of a version beside its content, with the longest name.</summary>
    private const int AroundContent = 256;

    /// <summary>The message was recalled.</summary>
    public static async ValueTask ForgetAsync(Session session, ConversationKey key, Sequence original, CancellationToken cancel) =>
        await session.ExecuteAsync($"delete from message_versions where conversation = {key.Number} and original = {original.Value}", cancel);

    /// <summary>The messages up to a place are gone.</summary>
    public static async ValueTask ForgetUpToAsync(Session session, long conversation, Sequence upTo, CancellationToken cancel) =>
        await session.ExecuteAsync($"delete from message_versions where conversation = {conversation} and original <= {upTo.Value}", cancel);

    /// <summary>The conversation was deleted.</summary>
    public static async ValueTask ForgetAllAsync(Session session, ConversationKey key, CancellationToken cancel) =>
        await session.ExecuteAsync($"delete from message_versions where conversation = {key.Number}", cancel);
}

/// <summary>Who reads versions.</summary>
internal enum VersionReader
{
    /// <summary>A participant, as his permissions are.</summary>
    Participant,

    /// <summary>The app's backend, in a participant's name.</summary>
    Backend,
}
