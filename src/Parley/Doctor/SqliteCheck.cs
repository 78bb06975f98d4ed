using Parley.Storage;
using Parley.Storage.Sqlite;
using SQLitePCL;

namespace Parley.Doctor;

/// <summary>SQLite's library, and the file.</summary>
internal static class SqliteCheck
{
    private const string Name = "SQLite";

    /// <summary>The first version with <c>returning</c>.</summary>
    private static readonly Version Oldest = new(3, 35);

    public static async Task<IReadOnlyList<Finding>> RunAsync(Session session, Damage damage, CancellationToken cancel)
    {
        var findings = new List<Finding> { Library() };
        if (damage == Damage.NotLookedFor) return findings;
        var found = await session.QueryAsync($"pragma quick_check", row => row.GetString(0), cancel);
        findings.Add(found is ["ok"]
            ? Finding.Ok(Name, "the file is not damaged (quick_check)")
            : Finding.Fail(Name, $"the file is damaged: {found[0].ReplaceLineEndings(" ")}", "Stop the server and restore a backup: parley restore FILE --replace. Look at the disk."));
        return findings;
    }

    /// <exception cref="StorageException">It is not installed.</exception>
    public static Finding Library()
    {
        SystemSqlite.Use();
        return Judge(Version.Parse(raw.sqlite3_libversion().utf8_to_string()));
    }

    internal static Finding Judge(Version version) => version >= Oldest
        ? Finding.Ok(Name, $"the system's library is {version}")
        : Finding.Fail(Name, $"the system's library is {version}, older than {Oldest}", "Update the system's SQLite (Debian 12 or Ubuntu 22.04 and newer have one that works).");
}
