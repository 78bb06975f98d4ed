using Parley.Storage;

namespace Parley.Conversations;

/// <summary>Which messages refer to which content. In the message's transaction, so that both are true or neither.</summary>
/// <remarks>
/// The content's row is locked before its uses change. So of two recalls that take its last two uses one sees the other's, and a use that is added while the
/// content is being deleted keeps it, or is not recorded.
/// </remarks>
internal static class ContentUses
{
    /// <summary>How long content is kept without a use after its last message was recalled or edited: what was decided before that may still be recorded.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(15);

    /// <summary>A message refers to the content of its parts.</summary>
    /// <exception cref="StorageException">Some of it was deleted since this was decided: the message must not be recorded.</exception>
    public static async ValueTask AddAsync(Session session, ConversationKey key, Sequence message, MessageContent content, CancellationToken cancel)
    {
        foreach (var one in Of(content)) await AddAsync(session, key, message, one, cancel);
    }

    /// <summary>A message refers to other content than it did; what nothing refers to any more is doomed.</summary>
    public static async ValueTask ReplaceAsync(
        Session session, ConversationKey key, Sequence message, MessageContent before, MessageContent after, DateTimeOffset at, CancellationToken cancel)
    {
        var kept = Of(after);
        foreach (var one in kept.Except(Of(before))) await AddAsync(session, key, message, one, cancel);
        foreach (var one in Of(before).Except(kept)) await DropAsync(session, key.App, one, key.Number, message, message, at, cancel);
    }

    /// <summary>The messages up to a place are gone; what nothing refers to any more is doomed.</summary>
    public static async ValueTask ForgetAsync(Session session, AppId app, long conversation, Sequence upTo, DateTimeOffset at, CancellationToken cancel)
    {
        var gone = await session.QueryAsync($"""
            select distinct content from content_uses where conversation = {conversation} and sequence <= {upTo.Value} order by content
            """, row => new ContentId(row.GetString(0)), cancel);
        foreach (var content in gone) await DropAsync(session, app, content, Sql.From($"{conversation}"), Sequence.None, upTo, at, cancel);
    }

    private static async ValueTask AddAsync(Session session, ConversationKey key, Sequence message, ContentId content, CancellationToken cancel)
    {
        var alive = await session.ExecuteAsync($"""
            update contents set sent = 1, delete_at = null where app = {key.App.Number} and content = {content.Value} and state = 1
            """, cancel);
        if (alive == 0)
        {
            const string sentence = "Content that a message refers to was deleted before the message was recorded.";
            throw new StorageException(StorageFailure.Rejected, sentence, new InvalidOperationException(sentence));
        }

        await session.ExecuteAsync($"""
            insert into content_uses (app, content, conversation, sequence) values ({key.App.Number}, {content.Value}, {key.Number}, {message.Value})
            on conflict do nothing
            """, cancel);
    }

    private static async ValueTask DropAsync(
        Session session, AppId app, ContentId content, Sql conversation, Sequence from, Sequence to, DateTimeOffset at, CancellationToken cancel)
    {
        await session.ExecuteAsync($"update contents set sent = 1 where app = {app.Number} and content = {content.Value}", cancel);
        await session.ExecuteAsync($"""
            delete from content_uses
            where app = {app.Number} and content = {content.Value} and conversation = {conversation} and sequence >= {from.Value} and sequence <= {to.Value}
            """, cancel);
        await session.ExecuteAsync($"""
            update contents set delete_at = {(at + Grace).ToUnixTimeMilliseconds()}
            where app = {app.Number} and content = {content.Value} and delete_at is null and not exists (
                select 1 from content_uses cu where cu.app = {app.Number} and cu.content = {content.Value})
            """, cancel);
    }

    /// <summary>In one order, in which all transactions lock them.</summary>
    private static ContentId[] Of(MessageContent content) =>
        [.. content.Parts.Select(part => part.Content).OfType<ContentId>().Distinct().OrderBy(one => one.Value, StringComparer.Ordinal)];
}
