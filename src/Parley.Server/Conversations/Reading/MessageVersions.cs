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
