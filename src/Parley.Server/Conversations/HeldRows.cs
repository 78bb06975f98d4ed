using Parley.Storage;

namespace Parley.Conversations;

/// <summary>What is held of a message: edits and forwards of it. With what it says they go, under the lock of its conversation.</summary>
internal static class HeldRows
{
    /// <summary>The message was recalled.</summary>
    public static async ValueTask ForgetAsync(Session session, ConversationKey key, MessageId message, CancellationToken cancel) =>
        await session.ExecuteAsync($"""
            delete from held where app = {key.App.Number} and original_in = {key.Conversation.Value} and original = {message.Value}
            """, cancel);

    /// <summary>The messages of a part of the log are going, and their entries are still there.</summary>
    public static async ValueTask ForgetAsync(Session session, ConversationKey key, long conversation, Sequence from, Sequence to, CancellationToken cancel) =>
        await session.ExecuteAsync($"""
            delete from held
            where app = {key.App.Number} and original_in = {key.Conversation.Value} and exists (
                select 1 from entries e
                where e.key = held.original and e.conversation {session.Same} {conversation} and e.sequence >= {from.Value} and e.sequence <= {to.Value})
            """, cancel);

    /// <summary>Why nothing more is held of a message; null while it is there. Asked under the lock of its conversation.</summary>
    public static async ValueTask<Refusal?> GoneAsync(Session session, ConversationKey key, MessageId message, CancellationToken cancel)
    {
        var kinds = await session.QueryAsync($"""
            select e.kinds
            from conversations c
            join entries e on e.key = {message.Value} and e.conversation {session.Same} c.number
            where c.app = {key.App.Number} and c.conversation = {key.Conversation.Value} and e.sequence >= c.tail and e.kinds <> 0
            """, row => (ContentKinds)row.GetInt32(0), cancel);
        return kinds is not [var kind] ? Refusals.NotFound : kind.HasFlag(ContentKinds.Recalled) ? Refusals.MessageRecalled : null;
    }
}
