using Parley.Inbox;
using Parley.Storage;
using Parley.Storage.Backups;
using Parley.Storage.Postgres;

namespace Parley.Tests.Storage;

public sealed class BackupTests : IDisposable
{
    private static readonly DateTimeOffset At = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string FileName => _folder.File("backup");

    [Theory, EveryEngine, Trait("Row", "BK-01")]
    public async Task A_backup_under_load_holds_all_that_was_acknowledged_before_it_began_and_no_half_of_anything(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        ConversationId[] conversations = [await server.ConversationOfAsync("alice", "bob"), await server.ConversationOfAsync("alice", "bob", "carol")];
        using var enough = new CancellationTokenSource();
        var acknowledged = new long[conversations.Length];
        var writing = Enumerable.Range(0, conversations.Length).Select(index => Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
                Volatile.Write(ref acknowledged[index], (await server.SendAsync("alice", conversations[index], new string('x', 1_000))).Value!.Sequence.Value);
        })).ToList();
        await UntilAsync(() => acknowledged.All(sequence => sequence > 200));

        var before = (long[])acknowledged.Clone();
        var contents = await Backup.MakeAsync(server.Storage, FileName, CancellationToken.None);
        var after = (long[])acknowledged.Clone();
        await UntilAsync(() => acknowledged.Zip(after).All(pair => pair.First > pair.Second));
        await enough.CancelAsync();
        await Task.WhenAll(writing);
        var originals = await Task.WhenAll(conversations.Select(conversation => server.HistoryAsync("alice", conversation)));

        await server.CloseAsync();
        var restored = await Restore.RunAsync(server.Storage, FileName, RestoreMode.Replace, At, CancellationToken.None);
        await server.OpenAsync();

        Assert.Equal(contents, restored.Contents);
        var sum = 0L;
        foreach (var (index, conversation) in conversations.Index())
        {
            var history = await server.HistoryAsync("alice", conversation);
            Assert.InRange(history.Count, before[index], originals[index].Count);
            Assert.Equal(originals[index].Take(history.Count).Select(Seen), history.Select(Seen));
            sum += history.Count;
        }

        Assert.Equal((conversations.Length, sum), (contents.Conversations, contents.Entries));
    }

    [Theory, EveryEngine, Trait("Row", "BK-02")]
    public async Task After_a_restore_the_epoch_is_new_and_what_the_old_one_gave_out_gets_reset(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        await server.SendAsync("alice", conversation, "kept");
        var contents = await Backup.MakeAsync(server.Storage, FileName, CancellationToken.None);
        await server.SendAsync("alice", conversation, "lost");
        var (epoch, since) = (server.Node.Installation.Epoch, (await ChangesAsync(server, "bob", null)).Since);

        await server.CloseAsync();
        var restored = await Restore.RunAsync(server.Storage, FileName, RestoreMode.Replace, At, CancellationToken.None);
        await server.OpenAsync();

        Assert.Equal(epoch, contents.Epoch);
        Assert.NotEqual(epoch, restored.Epoch);
        Assert.Equal(restored.Epoch, server.Node.Installation.Epoch);
        Assert.Equal(Refusals.Reset, (await server.EntriesAsync("bob", new ReadEntries(conversation, After: new Sequence(3), Epoch: epoch))).Refusal);
        Assert.Equal(Refusals.InvalidParams.Code, (await server.AskAsync<InboxChanges>(server.As("bob"), new ReadChanges(since))).Refusal!.Code);
        // What is sent again takes the place of what was lost.
        Assert.Equal(3, (await server.SendAsync("alice", conversation, "lost")).Value!.Sequence.Value);
        await server.RestartAsync();
        Assert.Equal(restored.Epoch, server.Node.Installation.Epoch);
    }

    /// <summary>They would be news at every look, until this engine has counted as far.</summary>
    [Theory, EveryEngine]
    public async Task Change_numbers_that_another_engine_had_reached_are_lowered(Engine engine)
    {
        const long Far = 1_000_000_000_000;
        await using var server = await TestServer.StartAsync(engine);
        await server.ConversationOfAsync("alice", "bob");
        await server.ChangeAsync($"update conversations set changed = {Far}");
        await server.ChangeAsync($"update participations set changed = {Far}");
        await Backup.MakeAsync(server.Storage, FileName, CancellationToken.None);
        await server.CloseAsync();
        await Restore.RunAsync(server.Storage, FileName, RestoreMode.Replace, At, CancellationToken.None);
        await server.OpenAsync();

        await using var session = await server.Database.OpenReaderAsync(CancellationToken.None);
        var changed = await session.QueryAsync($"select changed from conversations union all select changed from participations", row => row.GetInt64(0), CancellationToken.None);

        Assert.Equal(3, changed.Count);
        Assert.All(changed, number => Assert.InRange(number, 1, Far - 1));
        Assert.Single((await ChangesAsync(server, "alice", null)).Conversations);
    }

    [Theory, EveryEngine, Trait("Row", "BK-03")]
    public async Task A_restore_refuses_while_a_server_runs_and_where_something_is_and_changes_nothing(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        await Backup.MakeAsync(server.Storage, FileName, CancellationToken.None);
        await server.SendAsync("alice", conversation, "later");
        var epoch = server.Node.Installation.Epoch;

        var running = await RefusalAsync(() => RestoreAsync(server, RestoreMode.Replace));
        await server.CloseAsync();
        if (engine == Engine.Postgres) Npgsql.NpgsqlConnection.ClearAllPools();
        var occupied = await RefusalAsync(() => RestoreAsync(server, RestoreMode.WhereNothingIs));
        var missing = await RefusalAsync(() => Restore.RunAsync(server.Storage, _folder.File("none"), RestoreMode.Replace, At, CancellationToken.None));
        await File.WriteAllTextAsync(_folder.File("text"), "no database at all, and long enough to have a header of one hundred bytes, which this sentence sees to");
        var foreign = await RefusalAsync(() => Restore.RunAsync(server.Storage, _folder.File("text"), RestoreMode.Replace, At, CancellationToken.None));
        await server.OpenAsync();

        Assert.Contains("Stop", running, StringComparison.Ordinal);
        Assert.Contains("holds conversations already. With --replace they are put aside", occupied, StringComparison.Ordinal);
        Assert.Contains($"There is no file {_folder.File("none")}", missing, StringComparison.Ordinal);
        Assert.Contains($"{_folder.File("text")} is not a backup of Parley", foreign, StringComparison.Ordinal);
        Assert.Equal(epoch, server.Node.Installation.Epoch);
        Assert.Equal(2, (await server.HistoryAsync("bob", conversation)).Count);
    }

    [Theory, EveryEngine, Trait("Row", "BK-03")]
    public async Task What_a_restore_replaces_is_put_aside_and_can_be_restored_itself(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        await Backup.MakeAsync(server.Storage, FileName, CancellationToken.None);
        await server.SendAsync("alice", conversation, "later");
        await server.CloseAsync();
        var restored = await RestoreAsync(server, RestoreMode.Replace);

        if (engine == Engine.Sqlite)
        {
            Assert.Equal($"{Databases.FileOf(server.Storage)}.before-20261121T120000Z", restored.Aside);
            await Restore.RunAsync(server.Storage, restored.Aside!, RestoreMode.Replace, At.AddSeconds(1), CancellationToken.None);
            await server.OpenAsync();
            Assert.Equal(2, (await server.HistoryAsync("bob", conversation)).Count);
        }
        else
        {
            await server.OpenAsync();
            Assert.Equal("parley_before_20261121t120000z", restored.Aside);
            await using var session = await server.Database.OpenReaderAsync(CancellationToken.None);
            Assert.Equal([2L], await session.QueryAsync(Sql.Script($"select count(*) from {restored.Aside}.entries"), row => row.GetInt64(0), CancellationToken.None));
            Assert.Single(await server.HistoryAsync("bob", conversation));
        }

        // What numbers new rows was restored too.
        await server.ConversationOfAsync("alice", "carol");
    }

    [Theory, EveryEngine, Trait("Row", "BK-03")]
    public async Task A_backup_of_a_newer_version_is_refused_and_what_was_there_stays(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        await server.ChangeAsync($"insert into schema_version (version) values (999)");
        await Backup.MakeAsync(server.Storage, FileName, CancellationToken.None);
        await server.ChangeAsync($"delete from schema_version where version = 999");
        await server.CloseAsync();

        var refused = await RefusalAsync(() => RestoreAsync(server, RestoreMode.Replace));
        await server.OpenAsync();

        Assert.Contains("has schema 999, newer than this version of Parley knows", refused, StringComparison.Ordinal);
        Assert.Single(await server.HistoryAsync("bob", conversation));
    }

    [Theory, EveryEngine, Trait("Row", "BK-04")]
    public async Task A_backup_overwrites_nothing_and_leaves_nothing_when_it_is_given_up(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await File.WriteAllTextAsync(FileName, "dear to somebody");

        var refused = await RefusalAsync(() => Backup.MakeAsync(server.Storage, FileName, CancellationToken.None));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Backup.MakeAsync(server.Storage, _folder.File("other"), new CancellationToken(canceled: true)));
        var nowhere = await RefusalAsync(() => Backup.MakeAsync(server.Storage, _folder.File("missing/backup"), CancellationToken.None));

        Assert.Equal($"{FileName} is there already, and is not overwritten: name another file.", refused);
        Assert.Contains("name a file in a folder that is there", nowhere, StringComparison.Ordinal);
        Assert.Equal("dear to somebody", await File.ReadAllTextAsync(FileName));
        Assert.Equal([FileName], Directory.GetFiles(_folder.Path));
    }

    [Theory, EveryEngine]
    public async Task A_backup_is_for_its_owners_eyes_only(Engine engine)
    {
        if (OperatingSystem.IsWindows()) return;
        await using var server = await TestServer.StartAsync(engine);
        await Backup.MakeAsync(server.Storage, FileName, CancellationToken.None);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FileName));
        Assert.Equal([FileName], Directory.GetFiles(_folder.Path));
    }

    /// <summary>SQLite would play it into whatever database stands beside it.</summary>
    [Fact, Trait("Row", "BK-03")]
    public async Task A_log_that_was_left_behind_without_its_database_is_put_aside()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var (file, log) = (Databases.FileOf(server.Storage), Databases.FileOf(server.Storage) + "-wal");
        var conversation = await server.ConversationOfAsync("alice", "bob");
        await Backup.MakeAsync(server.Storage, FileName, CancellationToken.None);
        await server.SendAsync("alice", conversation, "later");
        var left = await File.ReadAllBytesAsync(log);
        await server.CloseAsync();
        File.Delete(file);
        await File.WriteAllBytesAsync(log, left);

        var restored = await RestoreAsync(server, RestoreMode.WhereNothingIs);
        await server.OpenAsync();

        Assert.Equal(left, await File.ReadAllBytesAsync(restored.Aside! + "-wal"));
        Assert.Single(await server.HistoryAsync("bob", conversation));
    }

    [Fact, Trait("Row", "BK-02")]
    public async Task A_backup_that_is_copied_into_place_by_hand_begins_a_new_epoch_too()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var epoch = server.Node.Installation.Epoch;
        await Backup.MakeAsync(server.Storage, FileName, CancellationToken.None);
        await server.CloseAsync();
        File.Move(FileName, Databases.FileOf(server.Storage), overwrite: true);
        await server.OpenAsync();

        Assert.NotEqual(epoch, server.Node.Installation.Epoch);
    }

    [Fact, Trait("Row", "BK-02")]
    public async Task A_database_that_a_failover_brought_elsewhere_begins_a_new_epoch()
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres);
        var epoch = server.Node.Installation.Epoch;
        await server.RestartAsync();
        Assert.Equal(epoch, server.Node.Installation.Epoch);

        await server.ChangeAsync($"update installation set value = {"1/00000001/1"u8.ToArray()} where name = 'lineage'");
        await server.RestartAsync();

        Assert.NotEqual(epoch, server.Node.Installation.Epoch);
    }

    [Fact, Trait("Row", "BK-02")]
    public async Task A_dump_that_is_restored_with_postgresqls_own_program_begins_a_new_epoch()
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres);
        var epoch = server.Node.Installation.Epoch;
        await Backup.MakeAsync(server.Storage, FileName, CancellationToken.None);
        await server.ChangeAsync(Sql.Script(string.Concat(Migrator.Tables().Select(table => $"drop table {table}; "))));
        await server.CloseAsync();
        var database = new Npgsql.NpgsqlConnectionStringBuilder(server.ConnectionString).Database!;
        await PostgresTool.RunAsync("pg_restore", ["--no-owner", $"--dbname={database}", FileName], server.ConnectionString, CancellationToken.None);
        await server.OpenAsync();

        Assert.NotEqual(epoch, server.Node.Installation.Epoch);
    }

    [Fact, Trait("Row", "BK-04")]
    public async Task A_damaged_database_makes_no_backup()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        for (var count = 0; count < 200; count++) await server.SendAsync("alice", conversation, new string('x', 4_000));
        await server.CloseAsync();
        await using (var file = new FileStream(Databases.FileOf(server.Storage), FileMode.Open))
        {
            file.Position = file.Length / 2;
            file.Write(new byte[64 * 1024]);
        }

        var refused = await RefusalAsync(() => Backup.MakeAsync(server.Storage, FileName, CancellationToken.None));
        await server.OpenAsync();

        Assert.Contains("is damaged", refused, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Theory, EveryEngine]
    public async Task The_tables_that_are_backed_up_are_all_there_are(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await using var session = await server.Database.OpenReaderAsync(CancellationToken.None);
        var tables = await session.QueryAsync(server.Database.TableNames, row => row.GetString(0), CancellationToken.None);

        Assert.Equal(tables.Order(StringComparer.Ordinal), Migrator.Tables().Order(StringComparer.Ordinal));
    }

    private Task<Restored> RestoreAsync(TestServer server, RestoreMode mode) => Restore.RunAsync(server.Storage, FileName, mode, At, CancellationToken.None);

    private static async Task<InboxChanges> ChangesAsync(TestServer server, string user, string? since) =>
        (await new ReadChangesHandler(new InboxStore(server.Database), server.Node.People, new PageTokens(server.Node.Installation)).ReadAsync(server.As(user).Key, since, CancellationToken.None)).Value!;

    private static async Task<string> RefusalAsync<T>(Func<Task<T>> attempt) => (await Assert.ThrowsAsync<StorageException>(attempt)).Message;

    private static (Sequence, DateTimeOffset, string) Seen(LogEntry entry) => (entry.Sequence, entry.At, entry.Event.ToString()!);

    private static async Task UntilAsync(Func<bool> so)
    {
        for (var attempt = 0; !so(); attempt++)
        {
            Assert.True(attempt < 6_000, "it never came to this");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }
}
