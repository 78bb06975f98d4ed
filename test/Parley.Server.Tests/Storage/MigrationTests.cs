using System.Security.Cryptography;
using System.Text;
using Parley.Storage;
using Parley.Storage.Sqlite;
using Parley.Tests.People;
using static Parley.Tests.Asking;

namespace Parley.Tests.Storage;

public sealed class MigrationTests
{
    /// <summary>A database remembers only how many it has: whoever has an older text under the same number would go without the newer for ever.</summary>
    [Fact]
    public void A_migration_that_was_published_is_never_edited()
    {
        Assert.Equal(
            ["eeabdb44b78951a0", "6683baac0117e9ec", "f1f4a8a39cc82893", "612d95edcd73b6f8", "53a70309de64b284", "64ab78f7f2696caa", "e44fb40ad97939d2", "7df8bf8a20ecc41f", "b2eabb6c3cb6bf5c", "4242aed436dd569d", "026cc9a598127c8b", "78553d1fad111632", "28d1efbc2e4f7d3c", "67e35f44bf9ce22d", "5ad5fdfcef4ce033"],
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

    [Theory, EveryEngine]
    public async Task What_older_versions_left_of_what_was_deleted_goes(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (here, gone) = (await server.MakeAsync(GroupOf("bob")), await server.MakeAsync(GroupOf("bob")));
        await server.DoAsync("alice", new DeleteConversation(gone, CommandId.New()));
        await server.PlatformAsync(new DeleteUser(new UserId("mallory")));
        var number = server.App.Number;
        foreach (var (conversation, word) in new[] { (here, "stays"), (gone, "goes") })
        {
            foreach (var user in new[] { "bob", "mallory" })
            {
                var text = user == "mallory" ? "goes" : word;
                await server.ChangeAsync($"insert into held (app, conversation, request, message, sender, digest, edits, body, at) values ({number}, {conversation.Value}, {Guid.NewGuid()}, {Guid.NewGuid()}, {user}, {new byte[1]}, 0, {Encoding.UTF8.GetBytes(text)}, 1)");
                await server.ChangeAsync($"insert into reports (app, report, conversation, message, reporter, reason, body, at) values ({number}, {Guid.NewGuid()}, {conversation.Value}, {here.Value}, {user}, 1, {text}, 1)");
                if (user == "bob") await server.ChangeAsync($"insert into drafts (app, user_id, conversation, body) values ({number}, {user}, {conversation.Value}, {word})");
                await server.ChangeAsync($"insert into removals (app, conversation, user_id, sequence) values ({number}, {conversation.Value}, {user}, 1)");
            }
        }

        foreach (var (content, user, state, sent) in new[] { ("a", "bob", 1, 0), ("b", "mallory", 1, 0), ("c", "mallory", 1, 1), ("d", "mallory", 0, 0) })
        {
            await server.ChangeAsync($"insert into contents (app, content, owner, created_at, state, size, type, name, sent) values ({number}, {content}, {user}, 1, {state}, 3, {"x/y"}, {(user == "bob" ? "stays" : "goes")}, {sent})");
            if (state == 0) await server.ChangeAsync($"insert into uploads (app, content, received, expires_at) values ({number}, {content}, 0, 9)");
        }

        await server.ChangeAsync($"insert into content_uses (app, content, conversation, sequence) select {number}, 'c', c.number, 2 from conversations c where c.conversation = {gone.Value}");
        // As the migration before it had left it.
        await server.ChangeAsync($"drop index held_by_original");
        foreach (var column in new[] { "held drop column original_in", "held drop column original", "participations drop column delivered_at", "participations drop column read_at" }) await server.ChangeAsync(Sql.Script($"alter table {column}"));
        foreach (var made in new[] { "index reports_of_reporter", "index held_of_sender", "index drafts_of_conversation", "table deleted_uses", "table message_versions" }) await server.ChangeAsync(Sql.Script($"drop {made}"));
        await server.ChangeAsync($"delete from schema_version where version >= 12");

        await new Migrator(server.Database).MigrateAsync(CancellationToken.None);

        Assert.Empty(await server.Database.MentionsAsync("goes"));
        Assert.Equal(["contents.name", "drafts.body", "held.body", "reports.body"], await server.Database.MentionsAsync("stays"));
        Assert.Equal(["users.user_id"], await server.Database.MentionsAsync("mallory"));
        Assert.Equal((1, 2, 1, 1), (
            await server.NumberAsync($"select count(*) from held"), await server.NumberAsync($"select count(*) from reports"),
            await server.NumberAsync($"select count(*) from deleted_uses"), await server.NumberAsync($"select count(*) from contents where delete_at = 0 and content = 'b'")));
        // Mallory's report of a message that is there stays without a name.
        Assert.Equal(1, await server.NumberAsync($"select count(*) from reports where reporter like '/%' and body is null"));
        Assert.Equal(1, await server.NumberAsync($"select count(*) from uploads where received = -1 and expires_at = 0"));
        Assert.Equal(2, await server.NumberAsync($"select count(*) from removals where user_id = 'bob'"));
    }
}
