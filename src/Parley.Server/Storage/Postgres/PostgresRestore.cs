using Npgsql;
using Parley.Storage.Backups;

namespace Parley.Storage.Postgres;

/// <summary>Puts a dump in the place of our tables.</summary>
internal static class PostgresRestore
{
    /// <summary>What the dump held, and the schema to which the tables were moved that were there before.</summary>
    public static async Task<(BackupContents Contents, string? Aside)> RunAsync(
        string connectionString, string file, RestoreMode mode, string stamp, CancellationToken cancel)
    {
        await PostgresDump.MustBeWholeAsync(file, connectionString, cancel);
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, ApplicationName = "parley restore" });
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancel);
            await using var session = new PostgresSession(connection);
            await MustBeAloneAsync(session, cancel);
            var tables = await TablesAsync(session, cancel);
            if (mode == RestoreMode.WhereNothingIs && await HasConversationsAsync(session, tables, cancel)) throw Restore.Occupied("The database");
            var here = (await session.QueryAsync($"select quote_ident(current_schema())", row => row.GetString(0), cancel))[0];
            var aside = tables.Count == 0 ? null : $"parley_before_{stamp.ToLowerInvariant()}";
            if (aside is not null) await session.ExecuteAsync(Sql.Script($"create schema {aside}; {Move(tables, here, aside)}"), cancel);
            try
            {
                await PostgresTool.RunAsync("pg_restore",
                    ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", $"--dbname={connection.Database}", file], connectionString, cancel);
                var contents = await BackupContents.ReadAsync(session, cancel);
                contents.MustBeKnown(file);
                await Installation.MarkCopyAsync(session, CancellationToken.None);
                return (contents, aside);
            }
            catch
            {
                await UndoAsync(session, here, aside, tables);
                throw;
            }
        }
        catch (NpgsqlException exception)
        {
            throw new StorageException(StorageFailure.Unavailable, $"PostgreSQL: {exception.Message}", exception);
        }
    }

    /// <summary>A server keeps at least one connection; it would go on with rules and an epoch that are gone.</summary>
    private static async Task MustBeAloneAsync(PostgresSession session, CancellationToken cancel)
    {
        var servers = await session.QueryAsync(
            $"select pid from pg_stat_activity where datname = current_database() and application_name = {PostgresDatabase.Name}", row => row.GetInt32(0), cancel);
        if (servers.Count > 0) throw BackupFiles.Refuse("A server uses this database. Stop every server first.");
    }

    private static async Task<List<string>> TablesAsync(PostgresSession session, CancellationToken cancel) => await session.QueryAsync(
        $"select tablename from pg_tables where schemaname = current_schema() and tablename = any({Migrator.Tables().ToArray()})", row => row.GetString(0), cancel);

    private static async Task<bool> HasConversationsAsync(PostgresSession session, List<string> tables, CancellationToken cancel) =>
        tables.Contains("conversations", StringComparer.Ordinal)
        && (await session.QueryAsync($"select exists (select 1 from conversations)", row => row.GetBoolean(0), cancel))[0];

    /// <summary>Nothing of a restore that failed stays, and what was there comes back.</summary>
    private static async Task UndoAsync(PostgresSession session, string here, string? aside, List<string> before)
    {
        var made = await TablesAsync(session, CancellationToken.None);
        var back = aside is null ? "" : $"{Move(before, aside, here)} drop schema {aside};";
        await session.ExecuteAsync(Sql.Script($"{string.Concat(made.Select(table => $"drop table {here}.{table}; "))}{back}"), CancellationToken.None);
    }

    private static string Move(IEnumerable<string> tables, string from, string to) =>
        string.Concat(tables.Select(table => $"alter table {from}.{table} set schema {to}; "));
}
