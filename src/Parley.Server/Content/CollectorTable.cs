using Parley.Conversations;
using Parley.Storage;

namespace Parley.Content;

/// <summary>The SQL of the collector. Small batches: nobody's write waits long behind one.</summary>
internal sealed class CollectorTable(Database database, Journal journal)
{
    /// <summary>Dooms what no message ever referred to.</summary>
    /// <param name="before">When it was uploaded at the latest.</param>
    /// <param name="until">When it is to be deleted.</param>
    /// <param name="most">How much at most.</param>
    /// <param name="cancel">Ends the looking.</param>
    public async Task<int> DoomUnsentAsync(DateTimeOffset before, DateTimeOffset until, int most, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        var unsent = await session.QueryAsync($"""
            select app, content from contents
            where sent = 0 and state = 1 and delete_at is null and created_at < {before.ToUnixTimeMilliseconds()}
            order by created_at limit {most}
            """, row => new ContentKey(new AppId(row.GetInt32(0)), new ContentId(row.GetString(1))), cancel);
        if (unsent.Count == 0) return 0;
        await new ContentItem<bool>(async (writing, stop) =>
        {
            foreach (var key in unsent)
            {
                await writing.ExecuteAsync($"""
                    update contents set delete_at = {until.ToUnixTimeMilliseconds()}
                    where app = {key.App.Number} and content = {key.Content.Value} and sent = 0 and delete_at is null
                    """, stop);
            }

            return true;
        }).PostedTo(journal);
        return unsent.Count;
    }

    /// <summary>Takes from one conversation that was deleted what its messages refer to; whether there is more to take, from it or from another.</summary>
    public async Task<bool> LetGoAsync(DateTimeOffset now, int most, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        var deleted = await session.QueryAsync($"select app, conversation from deleted_uses limit 2", row => (App: new AppId(row.GetInt32(0)), Conversation: row.GetInt64(1)), cancel);
        if (deleted is not [var (app, conversation), ..]) return false;
        var more = await new ContentItem<bool>(async (writing, stop) =>
        {
            var some = await writing.QueryAsync($"select sequence from content_uses where conversation = {conversation} order by sequence limit {most}", row => row.Sequence(0), stop);
            if (some.Count > 0) await ContentUses.ForgetAsync(writing, app, conversation, some[^1], now, stop);
            if (some.Count == most) return true;
            await writing.ExecuteAsync($"delete from deleted_uses where app = {app.Number} and conversation = {conversation}", stop);
            return false;
        }).PostedTo(journal);
        return more || deleted.Count > 1;
    }

    /// <summary>Deletes content whose time has come, unless a message refers to it after all; how much was looked at.</summary>
    public async Task<int> DeleteDueAsync(DateTimeOffset now, int most, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        var due = await session.QueryAsync($"""
            select app, content, hash from contents where delete_at <= {now.ToUnixTimeMilliseconds()} order by delete_at limit {most}
            """, row => (Key: new ContentKey(new AppId(row.GetInt32(0)), new ContentId(row.GetString(1))), Hash: row.Bytes(2)), cancel);
        if (due.Count == 0) return 0;
        await new ContentItem<bool>(async (writing, stop) =>
        {
            foreach (var (key, hash) in due) await DeleteAsync(writing, key, hash, now, stop);
            return true;
        }).PostedTo(journal);
        return due.Count;
    }

    /// <summary>Each step locks what the next one asks about, so that it is asked about as it is, and stays so.</summary>
    private static async ValueTask DeleteAsync(Session session, ContentKey key, byte[] hash, DateTimeOffset now, CancellationToken cancel)
    {
        var (app, content) = (key.App.Number, key.Content.Value);
        var isDue = await session.ExecuteAsync($"""
            update contents set sent = sent where app = {app} and content = {content} and delete_at <= {now.ToUnixTimeMilliseconds()}
            """, cancel) > 0;
        if (!isDue) return;
        var isUsed = await session.ExecuteAsync($"""
            update contents set delete_at = null, sent = 1
            where app = {app} and content = {content} and exists (select 1 from content_uses cu where cu.app = {app} and cu.content = {content})
            """, cancel) > 0;
        if (isUsed) return;
        await session.ExecuteAsync($"delete from contents where app = {app} and content = {content}", cancel);
        await session.ExecuteAsync($"update blobs set size = size where app = {app} and hash = {hash}", cancel);
        await session.ExecuteAsync($"""
            insert into doomed_files (app, file)
            select b.app, b.file from blobs b
            where b.app = {app} and b.hash = {hash} and not exists (select 1 from contents ct where ct.app = {app} and ct.hash = {hash})
            on conflict do nothing
            """, cancel);
        await session.ExecuteAsync($"""
            delete from blobs where app = {app} and hash = {hash} and not exists (select 1 from contents ct where ct.app = {app} and ct.hash = {hash})
            """, cancel);
    }

    /// <summary>Deletes uploads for which nothing came for too long; those that are gone now.</summary>
    public async Task<IReadOnlyList<ContentKey>> DeleteExpiredAsync(DateTimeOffset now, int most, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        var expired = await session.QueryAsync($"""
            select app, content from uploads where expires_at <= {now.ToUnixTimeMilliseconds()} order by expires_at limit {most}
            """, row => new ContentKey(new AppId(row.GetInt32(0)), new ContentId(row.GetString(1))), cancel);
        if (expired.Count == 0) return [];
        return await new ContentItem<IReadOnlyList<ContentKey>>(async (writing, stop) =>
        {
            var gone = new List<ContentKey>();
            foreach (var key in expired)
            {
                var isExpired = await writing.ExecuteAsync($"""
                    delete from uploads where app = {key.App.Number} and content = {key.Content.Value} and expires_at <= {now.ToUnixTimeMilliseconds()}
                    """, stop) > 0;
                if (!isExpired) continue;
                await writing.ExecuteAsync($"delete from contents where app = {key.App.Number} and content = {key.Content.Value} and state = 0", stop);
                gone.Add(key);
            }

            return gone;
        }).PostedTo(journal);
    }

    /// <summary>Files that are to be deleted.</summary>
    public async Task<IReadOnlyList<BlobName>> DoomedFilesAsync(int most, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        return await session.QueryAsync($"select app, file from doomed_files order by app, file limit {most}", row => new BlobName(new AppId(row.GetInt32(0)), row.GetString(1)), cancel);
    }

    /// <summary>Files were deleted.</summary>
    public Task<bool> ForgetFilesAsync(IReadOnlyList<BlobName> files) =>
        new ContentItem<bool>(async (session, cancel) =>
        {
            foreach (var name in files) await session.ExecuteAsync($"delete from doomed_files where app = {name.App.Number} and file = {name.File}", cancel);
            return true;
        }).PostedTo(journal);

    /// <summary>Which of these uploads are known.</summary>
    public async Task<IReadOnlySet<ContentId>> KnownUploadsAsync(AppId app, IReadOnlyCollection<ContentId> uploads, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        var known = await session.QueryAsync($"""
            select content from uploads where app = {app.Number} and content {database.AnyOf([.. uploads.Select(one => one.Value)])}
            """, row => new ContentId(row.GetString(0)), cancel);
        return known.ToHashSet();
    }

    /// <summary>Which of these files hold the bytes of content.</summary>
    public async Task<IReadOnlySet<string>> KnownFilesAsync(AppId app, IReadOnlyCollection<string> files, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        var known = new HashSet<string>(StringComparer.Ordinal);
        // By the hash that its name begins with, which is what the table is kept by.
        foreach (var file in files)
        {
            var rows = await session.QueryAsync($"select file from blobs where app = {app.Number} and hash = {Convert.FromHexString(file[..64])}", row => row.GetString(0), cancel);
            known.UnionWith(rows);
        }

        return known;
    }
}
