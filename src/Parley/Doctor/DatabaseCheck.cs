using Parley.Storage;
using Parley.Storage.Backups;

namespace Parley.Doctor;

/// <summary>How much of an SQLite database is read to look for damage.</summary>
internal enum Damage
{
    /// <summary>Nothing but what is asked anyway.</summary>
    NotLookedFor,

    /// <summary>Every page.</summary>
    LookedFor,
}

/// <summary>Whether the database is there, keeps what it acknowledges, and is of a version that this program knows.</summary>
internal static class DatabaseCheck
{
    private const string Name = "database";

    public static async IAsyncEnumerable<Finding> RunAsync(Patient patient, Damage damage, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        var findings = new List<Finding>();
        try
        {
            if (patient.Storage.Engine == StorageEngine.Sqlite && !File.Exists(Databases.FileOf(patient.Storage)))
            {
                findings.Add(SqliteCheck.Library());
                findings.Add(Finding.Ok(Name, "not there yet; the first start makes it"));
            }
            else
            {
                await using var onlooker = await Onlooker.OpenAsync(patient.Storage, cancel);
                var session = onlooker.Session;
                findings.AddRange(patient.Storage.Engine == StorageEngine.Sqlite
                    ? await SqliteCheck.RunAsync(session, damage, cancel)
                    : await PostgresCheck.RunAsync(session, patient, cancel));
                findings.AddRange(await ContentsAsync(session, patient, cancel));
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            findings.Add(Finding.Fail(Name, Onlooker.Explain(patient.Storage, exception).Message.ReplaceLineEndings(" ").TrimEnd('.'),
                patient.Storage.Engine == StorageEngine.Sqlite ? "Restore a backup if the file is damaged: parley restore." : "Check that PostgreSQL runs, and the connection string."));
        }

        foreach (var finding in findings) yield return finding;
    }

    private static async Task<List<Finding>> ContentsAsync(Session session, Patient patient, CancellationToken cancel)
    {
        var tables = await session.QueryAsync(
            patient.Storage.Engine == StorageEngine.Sqlite ? Sql.From($"select name from sqlite_master where type = 'table'") : Sql.From($"select tablename from pg_tables where schemaname = current_schema()"),
            row => row.GetString(0), cancel);
        if (!tables.Contains("schema_version", StringComparer.Ordinal)) return [Finding.Ok(Name, "empty; the first start makes the tables")];
        var (contents, known) = (await BackupContents.ReadAsync(session, cancel), Migrator.Migrations().Count);
        var findings = new List<Finding>
        {
            contents.Schema > known
                ? Finding.Fail(Name, $"it has schema {contents.Schema}, newer than this version of Parley knows ({known})", "Use the newer Parley that made it.")
                : Finding.Ok(Name, $"{contents.Entries:N0} entries of {contents.Conversations:N0} conversations, schema {contents.Schema}{(contents.Schema < known ? $", which the next start brings to {known}" : "")}"),
        };
        if (contents.NewestAt is { } newest && ClockCheck.JudgeEntries(patient.Clock.Now(), newest) is { } ahead) findings.Add(ahead);
        return findings;
    }
}
