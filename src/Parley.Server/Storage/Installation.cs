using System.Security.Cryptography;
using System.Text;

namespace Parley.Storage;

/// <summary>What a database is born with and keeps: its epoch and its key, and the numbers of its apps.</summary>
/// <param name="Epoch">Names this history. Positions of another epoch are worth nothing here.</param>
/// <param name="Key">Of digests and page tokens. Never rotated: it tells a retry from another use of an id for as long as ids are kept.</param>
/// <param name="Apps">Numbers of the apps by name.</param>
internal sealed record Installation(Guid Epoch, byte[] Key, IReadOnlyDictionary<string, AppId> Apps)
{
    public const string EpochName = "epoch";

    private const string LineageName = "lineage";
    private const string CopyName = "copy";

    /// <summary>Marks a database as a copy: whoever loads it begins a new epoch, because the original may have gone on.</summary>
    public static async Task MarkCopyAsync(Session session, CancellationToken cancel) =>
        await session.ExecuteAsync($"insert into installation (name, value) values ({CopyName}, {Array.Empty<byte>()}) on conflict do nothing", cancel);

    /// <summary>
    /// Reads the installation; what is missing is made, once, however many processes start at the same time. A copy gets an epoch of its own.
    /// </summary>
    /// <exception cref="StorageException">The database cannot be reached or written.</exception>
    public static async Task<Installation> LoadAsync(Database database, IReadOnlyCollection<string> apps, CancellationToken cancel)
    {
        try
        {
            await using var transaction = await database.BeginAsync(cancel);
            var session = transaction.Session;
            await database.LockForMigrationAsync(session, cancel);
            if (await IsCopyAsync(database, session, cancel)) await BeginEpochAsync(session, cancel);
            var epoch = await ValueAsync(session, EpochName, Guid.NewGuid().ToByteArray(bigEndian: true), cancel);
            var key = await ValueAsync(session, "key", RandomNumberGenerator.GetBytes(32), cancel);
            var known = await session.QueryAsync($"select name, app from apps", row => (Name: row.GetString(0), Number: row.GetInt32(1)), cancel);
            var numbers = known.ToDictionary(app => app.Name, app => new AppId(app.Number), StringComparer.Ordinal);
            foreach (var name in apps.Where(name => !numbers.ContainsKey(name)).Order(StringComparer.Ordinal))
            {
                var app = new AppId(numbers.Count + 1);
                await session.ExecuteAsync($"insert into apps (app, name) values ({app.Number}, {name})", cancel);
                numbers.Add(name, app);
            }

            await transaction.CommitAsync(cancel);
            return new Installation(new Guid(epoch, bigEndian: true), key, numbers);
        }
        catch (Exception exception) when (exception is not (StorageException or OperationCanceledException))
        {
            throw database.Explain(exception);
        }
    }

    /// <summary>Whether this history may have gone on elsewhere: it is marked as a copy, or lives elsewhere than it did.</summary>
    private static async Task<bool> IsCopyAsync(Database database, Session session, CancellationToken cancel)
    {
        var isMarked = await session.ExecuteAsync($"delete from installation where name = {CopyName}", cancel) > 0;
        if (database.Lineage is not { } lineage) return isMarked;
        var here = Encoding.UTF8.GetBytes((await session.QueryAsync($"select {lineage}", row => row.GetString(0), cancel))[0]);
        var before = await ValueAsync(session, LineageName, here, cancel);
        if (before.AsSpan().SequenceEqual(here)) return isMarked;
        await session.ExecuteAsync($"update installation set value = {here} where name = {LineageName}", cancel);
        return true;
    }

    /// <summary>Forgets the epoch. Change numbers that this engine has not reached yet would be news at every look: they become this transaction's.</summary>
    private static async Task BeginEpochAsync(Session session, CancellationToken cancel)
    {
        await session.ExecuteAsync($"delete from installation where name = {EpochName}", cancel);
        await session.ExecuteAsync($"update conversations set changed = {session.Change} where changed > {session.Change}", cancel);
        await session.ExecuteAsync($"update participations set changed = {session.Change} where changed > {session.Change}", cancel);
        await session.ExecuteAsync($"update pending set changed = {session.Change} where changed > {session.Change}", cancel);
        await session.ExecuteAsync($"update contacts set changed = {session.Change} where changed > {session.Change}", cancel);
        await session.ExecuteAsync($"""
            update users set
                standing_changed = case when standing_changed > {session.Change} then {session.Change} else standing_changed end,
                contacts_floor = case when contacts_floor > {session.Change} then {session.Change} else contacts_floor end,
                profile_changed = case when profile_changed > {session.Change} then {session.Change} else profile_changed end,
                contacts_changed = case when contacts_changed > {session.Change} then {session.Change} else contacts_changed end,
                blocks_changed = case when blocks_changed > {session.Change} then {session.Change} else blocks_changed end
            """, cancel);
    }

    private static async Task<byte[]> ValueAsync(Session session, string name, byte[] ifNew, CancellationToken cancel)
    {
        await session.ExecuteAsync($"insert into installation (name, value) values ({name}, {ifNew}) on conflict do nothing", cancel);
        return (await session.QueryAsync($"select value from installation where name = {name}", row => row.Bytes(0), cancel))[0];
    }
}
