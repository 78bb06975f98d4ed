using System.Data.Common;
using Parley.Conversations;
using Parley.Identity;
using Parley.People;
using Parley.Storage;

namespace Parley.Content;

/// <summary>What is known of uploads: the SQL of reading and changing it.</summary>
internal sealed class ContentTable(Database database, Journal journal, TimeProvider clock)
{
    /// <summary>An upload of its owner; null when it is none of his, or gone.</summary>
    public async Task<Upload?> FindOwnAsync(UserKey owner, ContentId content, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        return await FindOwnAsync(session, owner, content, cancel);
    }

    private static async Task<Upload?> FindOwnAsync(Session session, UserKey owner, ContentId content, CancellationToken cancel)
    {
        var rows = await session.QueryAsync($"""
            select ct.state, ct.size, ct.type, ct.name, ct.hash, ct.width, ct.height, ct.sent, u.received, u.expires_at
            from contents ct
            left join uploads u on u.app = ct.app and u.content = ct.content
            where ct.app = {owner.App.Number} and ct.content = {content.Value} and ct.owner = {owner.User.Value} and ct.delete_at is null
            """, row => ReadUpload(row, new ContentKey(owner.App, content)), cancel);
        return rows is [var upload] ? upload : null;
    }

    /// <summary>Content that a user may fetch, because a message that he reads refers to it, or because it is his; null when he may not, and when there is none.</summary>
    /// <remarks>Membership, the visible range and the use are asked for in the one statement that finds it.</remarks>
    public async Task<StoredFile?> FindReadableAsync(UserKey user, ContentId content, (ConversationId Conversation, MessageId Message)? use, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        var mayRead = use is var (conversation, message)
            ? Sql.From($"exists ({ContentRows.SeenBy(user.User)} and c.conversation = {conversation.Value} and e.key = {message.Value})")
            : Sql.From($"ct.owner = {user.User.Value}");
        var rows = await session.QueryAsync($"""
            select b.file, b.size, b.hash, ct.type, ct.name
            from contents ct
            join blobs b on b.app = ct.app and b.hash = ct.hash
            where ct.app = {user.App.Number} and ct.content = {content.Value} and ct.state = 1 and ct.delete_at is null and {mayRead}
            """,
            row => new StoredFile(new BlobName(user.App, row.GetString(0)), row.GetInt64(1), row.Bytes(2), row.GetString(3), row.TextOrNull(4)), cancel);
        return rows is [var file] ? file : null;
    }

    /// <summary>Why an upload of so many bytes is more than its user or its app may keep; null when it is not.</summary>
    public async Task<Refusal?> OverQuotaAsync(UserKey owner, long size, UploadOptions rules, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        return await OverQuotaAsync(session, owner, content: null, size, rules, cancel);
    }

    /// <summary>Begins an upload that can be resumed.</summary>
    public Task<Refusal?> BeginAsync(UserKey owner, ContentId content, long size, string? declared, string? name, DateTimeOffset expiresAt, UploadOptions rules) =>
        new ContentItem<Refusal?>(async (session, cancel) =>
        {
            if (await CannotKeepAsync(session, owner, cancel) is { } gone) return gone;
            if (await OverQuotaAsync(session, owner, content, size, rules, cancel) is { } refusal) return refusal;
            await session.ExecuteAsync($"""
                insert into contents (app, content, owner, created_at, state, size, type, name, sent)
                values ({owner.App.Number}, {content.Value}, {owner.User.Value}, {clock.Now().ToUnixTimeMilliseconds()}, 0, {size}, {declared}, {name}, 0)
                on conflict do nothing
                """, cancel);
            await session.ExecuteAsync($"""
                insert into uploads (app, content, received, expires_at) values ({owner.App.Number}, {content.Value}, 0, {expiresAt.ToUnixTimeMilliseconds()})
                on conflict do nothing
                """, cancel);
            return null;
        }).PostedTo(journal);

    /// <summary>More bytes of an upload are synced; whether it was where it was thought to be.</summary>
    public Task<bool> AdvanceAsync(ContentKey key, long from, long to, DateTimeOffset expiresAt) =>
        new ContentItem<bool>(async (session, cancel) => await session.ExecuteAsync($"""
            update uploads set received = {to}, expires_at = {expiresAt.ToUnixTimeMilliseconds()}
            where app = {key.App.Number} and content = {key.Content.Value} and received in ({from}, {to})
            """, cancel) > 0).PostedTo(journal);

    /// <summary>A file is in the store: messages may refer to it. One whose bytes were there already is doomed instead, and nobody is told of it.</summary>
    public Task<Refusal?> FinishAsync(UserKey owner, CompleteFile file, UploadOptions rules) =>
        new ContentItem<Refusal?>(async (session, cancel) =>
        {
            if (await CannotKeepAsync(session, owner, cancel) is { } gone) return gone;
            if (await OverQuotaAsync(session, owner, file.Content, file.Size, rules, cancel) is { } refusal) return refusal;
            // The update locks the row: who deletes this blob at the same time is done before, or finds this content using it.
            var kept = await session.QueryAsync($"""
                insert into blobs (app, hash, size, file) values ({owner.App.Number}, {file.Hash}, {file.Size}, {file.Name.File})
                on conflict (app, hash) do update set size = excluded.size
                returning file
                """, row => row.GetString(0), cancel);
            if (kept[0] != file.Name.File)
                await session.ExecuteAsync($"insert into doomed_files (app, file) values ({owner.App.Number}, {file.Name.File}) on conflict do nothing", cancel);
            await session.ExecuteAsync($"""
                insert into contents (app, content, owner, created_at, state, size, hash, type, name, width, height, sent)
                values ({owner.App.Number}, {file.Content.Value}, {owner.User.Value}, {clock.Now().ToUnixTimeMilliseconds()}, 1,
                    {file.Size}, {file.Hash}, {file.Type}, {file.UserName}, {file.Width}, {file.Height}, 0)
                on conflict (app, content) do update set
                    state = 1, size = excluded.size, hash = excluded.hash, type = excluded.type, width = excluded.width, height = excluded.height
                """, cancel);
            await session.ExecuteAsync($"delete from uploads where app = {owner.App.Number} and content = {file.Content.Value}", cancel);
            return null;
        }).PostedTo(journal);

    /// <summary>An upload is given up: nothing of it is known any more. Its file is the caller's.</summary>
    public Task<int> AbandonAsync(ContentKey key) =>
        new ContentItem<int>(async (session, cancel) =>
        {
            await session.ExecuteAsync($"delete from uploads where app = {key.App.Number} and content = {key.Content.Value}", cancel);
            return await session.ExecuteAsync($"delete from contents where app = {key.App.Number} and content = {key.Content.Value} and state = 0", cancel);
        }).PostedTo(journal);

    /// <summary>Content that no message refers to is doomed at its owner's wish; whether it was his and unsent.</summary>
    public Task<bool> DiscardAsync(UserKey owner, ContentId content) =>
        new ContentItem<bool>(async (session, cancel) => await session.ExecuteAsync($"""
            update contents set delete_at = {clock.Now().ToUnixTimeMilliseconds()}
            where app = {owner.App.Number} and content = {content.Value} and owner = {owner.User.Value} and state = 1 and sent = 0
            """, cancel) > 0).PostedTo(journal);

    /// <summary>He is held: of a user who is deleted meanwhile nothing is kept that was erased. What of him is not taken, when he is suspended, is not taken here either.</summary>
    private async ValueTask<Refusal?> CannotKeepAsync(Session session, UserKey owner, CancellationToken cancel)
    {
        await database.HoldAsync(session, [owner], UserLock.Involve, cancel);
        return (await PersonSql.FindAsync(session, owner, cancel)).CannotAct(clock.Now());
    }

    /// <summary>What is doomed counts no more; what is not complete counts as it was announced.</summary>
    private static async Task<Refusal?> OverQuotaAsync(Session session, UserKey owner, ContentId? content, long size, UploadOptions rules, CancellationToken cancel)
    {
        if (rules.UserBytes is { } ofUser)
        {
            var kept = await session.QueryAsync($"""
                select coalesce(sum(size), 0) from contents
                where app = {owner.App.Number} and owner = {owner.User.Value} and delete_at is null and content <> {content?.Value ?? ""}
                """, row => row.GetFieldValue<decimal>(0), cancel);
            if (kept[0] + size > ofUser) return Refusals.QuotaExceeded.Because($"a user of this app keeps {ofUser} bytes at most");
        }

        if (rules.AppBytes is not { } ofApp) return null;
        var all = await session.QueryAsync($"""
            select coalesce(sum(size), 0) from contents where app = {owner.App.Number} and delete_at is null and content <> {content?.Value ?? ""}
            """, row => row.GetFieldValue<decimal>(0), cancel);
        return all[0] + size > ofApp ? Refusals.QuotaExceeded.Because("what all users of this app keep together") : null;
    }

    private static Upload ReadUpload(DbDataReader row, ContentKey key) =>
        new(key, row.GetInt32(0) == 1 ? UploadState.Ready : UploadState.Uploading, row.GetInt64(1), row.TextOrNull(2), row.TextOrNull(3), row.IsDBNull(4) ? null : row.Bytes(4),
            row.IsDBNull(5) ? null : row.GetInt32(5), row.IsDBNull(6) ? null : row.GetInt32(6), row.GetInt32(7) == 1, row.LongOrNull(8) ?? 0, row.TimeOrNull(9));
}

/// <summary>An upload as it stands.</summary>
/// <param name="Key">Which.</param>
/// <param name="State">How far it is.</param>
/// <param name="Size">Its bytes, or those that were announced.</param>
/// <param name="Type">What its bytes show, or what was declared.</param>
/// <param name="Name">What its user calls it.</param>
/// <param name="Hash">SHA-256, when it is ready.</param>
/// <param name="Width">Pixels across.</param>
/// <param name="Height">Pixels down.</param>
/// <param name="IsSent">Whether a message refers to it, or did.</param>
/// <param name="Received">Bytes that are synced, while some are missing.</param>
/// <param name="ExpiresAt">When it ends, while some are missing.</param>
internal sealed record Upload(
    ContentKey Key, UploadState State, long Size, string? Type, string? Name, byte[]? Hash, int? Width, int? Height, bool IsSent, long Received, DateTimeOffset? ExpiresAt);

/// <summary>A file that may be fetched.</summary>
/// <param name="Blob">Its name in the store.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Hash">SHA-256.</param>
/// <param name="Type">What its bytes show.</param>
/// <param name="Name">What its user calls it.</param>
internal sealed record StoredFile(BlobName Blob, long Size, byte[] Hash, string Type, string? Name);

/// <summary>A file that is complete, looked at, and in the store.</summary>
internal sealed record CompleteFile(ContentId Content, BlobName Name, byte[] Hash, long Size, string Type, string? UserName, int? Width, int? Height);
