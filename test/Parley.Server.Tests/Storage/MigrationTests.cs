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
            ["eeabdb44b78951a0", "6683baac0117e9ec", "f1f4a8a39cc82893", "a0742acefe9fadaf"],
            Migrator.Migrations().Select(text => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16]));
    }

    [Fact]
    public async Task A_database_of_an_older_version_gets_what_came_later()
    {
        using var folder = new TemporaryFolder();
        await using var database = new SqliteDatabase(Path.Combine(folder.Path, "parley.db"), readers: 1);
        var migrator = new Migrator(database);
        await migrator.MigrateAsync(CancellationToken.None);
        // As one that had stopped at the second.
        await using (var transaction = await database.BeginAsync(CancellationToken.None))
        {
            await transaction.Session.ExecuteAsync($"drop index participations_of_user", CancellationToken.None);
            await transaction.Session.ExecuteAsync($"create index participations_of_user on participations (app, user_id, conversation)", CancellationToken.None);
            foreach (var table in new[] { Sql.From($"users"), Sql.From($"contacts"), Sql.From($"blocks") })
                await transaction.Session.ExecuteAsync($"drop table {table}", CancellationToken.None);
            await transaction.Session.ExecuteAsync($"delete from schema_version where version > 2", CancellationToken.None);
            await transaction.CommitAsync(CancellationToken.None);
        }

        Assert.Equal(2, await migrator.MigrateAsync(CancellationToken.None));

        await using var session = await database.OpenReaderAsync(CancellationToken.None);
        var columns = await session.QueryAsync($"select name from pragma_index_info('participations_of_user') order by seqno", row => row.GetString(0), CancellationToken.None);
        Assert.Equal(["app", "user_id", "conversation", "permissions", "left_at"], columns);
    }
}
