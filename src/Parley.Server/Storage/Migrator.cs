using System.Reflection;

namespace Parley.Storage;

/// <summary>Brings a database to the schema of this version. Migrations are numbered files; each runs once, in one transaction with its number.</summary>
internal sealed class Migrator(Database database)
{
    private const string Prefix = "Parley.Storage.Migrations.";
    private const string VersionTable = "schema_version";
    private const string CreateTable = "create table ";

    /// <summary>Applies what is missing; how many were applied. Run by several processes at once, one does it and the others wait.</summary>
    /// <exception cref="StorageException">The database is of a newer version, or cannot be changed.</exception>
    public async Task<int> MigrateAsync(CancellationToken cancel)
    {
        var applied = 0;
        while (await ApplyNextAsync(cancel)) applied++;
        return applied;
    }

    private async Task<bool> ApplyNextAsync(CancellationToken cancel)
    {
        try
        {
            await using var transaction = await database.BeginAsync(cancel);
            var session = transaction.Session;
            await database.LockForMigrationAsync(session, cancel);
            var tables = await session.QueryAsync(database.TableNames, row => row.GetString(0), cancel);
            var version = tables.Contains(VersionTable, StringComparer.Ordinal)
                ? (await session.QueryAsync($"select max(version) from schema_version", row => row.GetInt32(0), cancel))[0]
                : 0;
            var migrations = Migrations();
            if (version > migrations.Count)
            {
                throw new StorageException(StorageFailure.Rejected,
                    $"The database has schema {version}, newer than this version of Parley knows ({migrations.Count}). Use a newer Parley.",
                    new InvalidOperationException("newer schema"));
            }

            if (version == migrations.Count) return false;
            if (version == 0) await session.ExecuteAsync($"create table schema_version (version integer not null primary key)", cancel);
            await session.ExecuteAsync(Script(migrations[version]), cancel);
            await session.ExecuteAsync($"insert into schema_version (version) values ({version + 1})", cancel);
            await transaction.CommitAsync(cancel);
            return true;
        }
        catch (Exception exception) when (exception is not (StorageException or OperationCanceledException))
        {
            throw database.Explain(exception);
        }
    }

    /// <summary>A migration's text in this engine's words.</summary>
    internal Sql Script(string text) => Sql.Script(text
        .Replace("{clustered}", database.Clustered, StringComparison.Ordinal)
        .Replace("{number}", database.Number, StringComparison.Ordinal)
        .Replace("{statistics}", database.Statistics, StringComparison.Ordinal));

    /// <summary>Names of all tables of Parley, of this version's schema.</summary>
    public static IReadOnlyList<string> Tables() =>
    [
        VersionTable,
        .. from text in Migrations()
           from line in text.Split('\n')
           where line.StartsWith(CreateTable, StringComparison.Ordinal)
           select line[CreateTable.Length..].Split(' ')[0],
    ];

    /// <summary>The texts of all migrations, in the order of their numbers.</summary>
    internal static IReadOnlyList<string> Migrations()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return
        [
            .. from name in assembly.GetManifestResourceNames()
               where name.StartsWith(Prefix, StringComparison.Ordinal)
               orderby name
               select Text(assembly, name),
        ];

        static string Text(Assembly assembly, string name)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            return reader.ReadToEnd();
        }
    }
}
