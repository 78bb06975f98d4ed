using System.Security.Cryptography;
using System.Text;
using Parley.Storage;
using Parley.Storage.Sqlite;

namespace Parley.Tests.Storage;

public sealed class MigrationTests
{
    /// <summary>A database remembers only how many it has: whoever has an older text under the same number would go without the newer for ever.</summary>
    [Fact]
    public void A_migration_that_was_published_is_never_edited()
    {
        Assert.Equal(
            ["eeabdb44b78951a0", "6683baac0117e9ec", "f1f4a8a39cc82893", "612d95edcd73b6f8", "53a70309de64b284", "64ab78f7f2696caa", "e44fb40ad97939d2", "7df8bf8a20ecc41f", "b2eabb6c3cb6bf5c", "4242aed436dd569d", "026cc9a598127c8b"],
            Migrator.Migrations().Select(text => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16]));
    }

    [Fact]
    public async Task A_database_of_an_older_version_gets_what_came_later()
    {
        using var folder = new TemporaryFolder();
        await using var database = new SqliteDatabase(Path.Combine(folder.Path, "parley.db"), readers: 1);
        var migrator = new Migrator(database);
        // As one that had stopped at the second.
        await using (var transaction = await database.BeginAsync(CancellationToken.None))
        {
            await transaction.Session.ExecuteAsync($"create table schema_version (version integer not null primary key)", CancellationToken.None);
            foreach (var text in Migrator.Migrations().Take(2)) await transaction.Session.ExecuteAsync(migrator.Script(text), CancellationToken.None);
            await transaction.Session.ExecuteAsync($"insert into schema_version (version) values (1), (2)", CancellationToken.None);
            await transaction.CommitAsync(CancellationToken.None);
        }

        Assert.Equal(Migrator.Migrations().Count - 2, await migrator.MigrateAsync(CancellationToken.None));

        await using var session = await database.OpenReaderAsync(CancellationToken.None);
        var columns = await session.QueryAsync($"select name from pragma_index_info('participations_of_user') order by seqno", row => row.GetString(0), CancellationToken.None);
        Assert.Equal(["app", "user_id", "conversation", "permissions", "left_at", "shelf", "hidden_at"], columns);
    }
}
