namespace Parley.Storage.Backups;

/// <summary>What a database held at one moment.</summary>
/// <param name="Schema">The number of its newest migration.</param>
/// <param name="Epoch">Of its history; null where no server has run on it yet.</param>
/// <param name="Conversations">Of all apps.</param>
/// <param name="Entries">Of all conversations.</param>
/// <param name="NewestAt">When the newest entry was recorded; null without any.</param>
internal sealed record BackupContents(int Schema, Guid? Epoch, long Conversations, long Entries, DateTimeOffset? NewestAt)
{
    /// <summary>Reads it. The session must show one moment throughout, as a transaction does.</summary>
    public static async Task<BackupContents> ReadAsync(Session session, CancellationToken cancel)
    {
        var schema = (await session.QueryAsync($"select max(version) from schema_version", row => row.GetInt32(0), cancel))[0];
        var epoch = await session.QueryAsync($"select value from installation where name = {Installation.EpochName}", row => row.Bytes(0), cancel);
        var (conversations, entries, newest) = (await session.QueryAsync(
            $"select count(*), cast(coalesce(sum(head - tail + 1), 0) as bigint), max(last_at) from conversations",
            row => (row.GetInt64(0), row.GetInt64(1), row.LongOrNull(2)), cancel))[0];
        return new BackupContents(
            schema, epoch is [var bytes] ? new Guid(bytes, bigEndian: true) : null, conversations, entries,
            newest is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null);
    }

    /// <exception cref="StorageException">It was made by a newer version of Parley than this.</exception>
    public void MustBeKnown(string file)
    {
        var known = Migrator.Migrations().Count;
        if (Schema > known) throw BackupFiles.Refuse($"{file} has schema {Schema}, newer than this version of Parley knows ({known}). Use a newer Parley.");
    }
}
