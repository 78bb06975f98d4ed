using System.Security.Cryptography;
using System.Text;

namespace Parley.Storage;

/// <summary>What a database is born with and keeps: its epoch and its key, and the numbers of its apps.</summary>
/// <param name="Epoch">Names this history. Positions of another epoch are worth nothing here.</param>
/// <param name="Key">Of digests and page tokens. Never rotated: it tells a retry from another use of an id for as long as ids are kept.</param>
/// <param name="Apps">Numbers of the apps by name.</param>
internal sealed record Installation(Guid Epoch, byte[] Key, IReadOnlyDictionary<string, AppId> Apps)
{
    /// <summary>Reads the installation; what is missing is made, once, however many processes start at the same time.</summary>
    /// <exception cref="StorageException">The database cannot be reached or written.</exception>
    public static async Task<Installation> LoadAsync(Database database, IReadOnlyCollection<string> apps, CancellationToken cancel)
    {
        try
        {
            await using var transaction = await database.BeginAsync(cancel);
            var session = transaction.Session;
            await database.LockForMigrationAsync(session, cancel);
            var epoch = await ValueAsync(session, "epoch", Guid.NewGuid().ToByteArray(bigEndian: true), cancel);
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

    private static async Task<byte[]> ValueAsync(Session session, string name, byte[] ifNew, CancellationToken cancel)
    {
        await session.ExecuteAsync($"insert into installation (name, value) values ({name}, {ifNew}) on conflict do nothing", cancel);
        return (await session.QueryAsync($"select value from installation where name = {name}", row => row.Bytes(0), cancel))[0];
    }
}
