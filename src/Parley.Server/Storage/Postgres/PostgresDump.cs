using System.Data;
using Npgsql;
using Parley.Storage.Backups;

namespace Parley.Storage.Postgres;

/// <summary>Our tables as <c>pg_dump</c> writes them, of one moment.</summary>
internal static class PostgresDump
{
    private const string Program = "pg_dump";

    /// <summary>Writes <paramref name="file"/> and answers what it holds.</summary>
    /// <exception cref="StorageException">The database cannot be reached, is not ours, or <c>pg_dump</c> failed or is not installed.</exception>
    public static async Task<BackupContents> MakeAsync(string connectionString, string file, CancellationToken cancel)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancel);
            // Its snapshot is what pg_dump reads too: what is told of the backup is true of the backup.
            await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancel);
            await using var session = new PostgresSession(connection);
            var contents = await BackupContents.ReadAsync(session, cancel);
            var snapshot = (await session.QueryAsync($"select pg_export_snapshot()", row => row.GetString(0), cancel))[0];
            var schema = (await session.QueryAsync($"select quote_ident(current_schema())", row => row.GetString(0), cancel))[0];
            await PostgresTool.RunAsync(Program,
                ["--format=custom", "--no-owner", "--no-privileges", $"--snapshot={snapshot}", $"--file={file}", .. Migrator.Tables().Select(table => $"--table={schema}.{table}")],
                connectionString, cancel);
            await MustBeWholeAsync(file, connectionString, cancel);
            return contents;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            throw BackupFiles.Refuse("There are no tables of Parley in this database: check --config.", exception);
        }
        catch (NpgsqlException exception)
        {
            throw new StorageException(StorageFailure.Unavailable, $"PostgreSQL: {exception.Message}", exception);
        }
    }

    /// <exception cref="StorageException">The file is no dump of Parley.</exception>
    public static async Task MustBeWholeAsync(string file, string connectionString, CancellationToken cancel)
    {
        string list;
        try
        {
            list = await PostgresTool.RunAsync("pg_restore", ["--list", file], connectionString, cancel);
        }
        catch (StorageException exception) when (exception.InnerException is InvalidOperationException)
        {
            throw Restore.NotOurs(file, exception);
        }

        var listed = list.Split('\n').Where(line => line.Contains(" TABLE DATA ", StringComparison.Ordinal)).Select(line => line.Split(' ')).ToList();
        if (!listed.Any(words => words.Contains("entries")) || !listed.Any(words => words.Contains("installation"))) throw Restore.NotOurs(file);
    }
}
