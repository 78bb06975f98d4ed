using System.Collections.Concurrent;
using Parley.Client.Tests.Support;
using Parley.Storage;
using Parley.Storage.Backups;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.EndToEnd;

public sealed class RestoreTests
{
    /// <summary>Messages of each part: before the backup, between it and the end of the old server, after the restore.</summary>
    private const int Some = 60;

    /// <summary>The backup is older than what everybody saw. The new history has other entries at the same places; nobody may mix the two.</summary>
    [Theory, EveryEngine]
    [Trait("Row", "BK-02")]
    [Trait("Row", "G11")]
    public async Task After_a_restore_every_client_forgets_what_is_gone_and_shows_what_the_log_holds(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        var backup = Path.Combine(Directory.CreateTempSubdirectory("parley-test-").FullName, "backup");
        var (alice, bob) = (await server.ConnectAsync("alice"), await server.ConnectAsync("bob"));
        var (aliceTold, bobTold) = (new Told(alice), new Told(bob));
        var lunch = (await alice.Conversations.DirectAsync(Bob)).Conversation;
        using var aliceSees = await alice.Conversations.OpenAsync(lunch);
        using var bobSees = await bob.Conversations.OpenAsync(lunch);

        var said = new ConcurrentQueue<LogEntry>();
        using var enough = new CancellationTokenSource();
        var writing = WriteAsync(alice, lunch, said, enough.Token);
        await UntilAsync(() => said.Count >= Some, "messages were sent");
        var before = said.Count;
        await Backup.MakeAsync(server.Storage, backup, CancellationToken.None);
        var during = said.Count;
        await UntilAsync(() => bobTold.Received.Count >= during + Some, "more came after the backup, and bob saw them");
        // In the middle of sending: what has no answer yet is sent again to the restored server.
        await server.StopAsync();
        if (engine == Engine.Postgres) Npgsql.NpgsqlConnection.ClearAllPools();
        var restored = await Restore.RunAsync(server.Storage, backup, RestoreMode.Replace, DateTimeOffset.UnixEpoch, CancellationToken.None);
        var lost = said.Count - (int)restored.Contents.Entries;
        await server.StartAgainAsync();
        // One may have been answered while the server stopped.
        var anew = said.Count + 1;
        await UntilAsync(() => said.Count >= anew + Some, "alice goes on");
        await enough.CancelAsync();
        await writing;

        var log = await ReadAsync(await server.ConnectAsync("bob", "another"), lunch);
        var messages = log.Where(entry => entry.Event is MessageSent).Select(Id).ToList();
        Assert.InRange(lost, Some / 2, int.MaxValue);
        Assert.Equal(Enumerable.Range(1, log.Count).Select(value => (long)value), log.Select(entry => entry.Sequence.Value));
        Assert.Distinct(messages);
        Assert.Equal(said.Take(before).Select(Place), log.Skip(1).Take(before).Select(Place));
        Assert.Subset(log.Select(Place).ToHashSet(), said.Skip(anew).Select(Place).ToHashSet());

        foreach (var (name, told, sees) in new[] { ("alice", aliceTold, aliceSees), ("bob", bobTold, bobSees) })
        {
            // Of the history that is gone there may have been as many.
            await UntilAsync(
                () => sees.Timeline is { Outgoing.Count: 0, Items: [.., TimelineMessage last] } timeline && timeline.Head.Value == log.Count && last.Message == messages[^1],
                $"{name} sees all that there is");
            while (!sees.Timeline.IsComplete) await sees.LoadEarlierAsync(100);
            Assert.Equal(messages, sees.Timeline.Items.OfType<TimelineMessage>().Select(item => item.Message));
            Assert.Null(Assert.Single(told.Resets).Conversation);
            Assert.Empty(told.Failures);
        }

        Directory.Delete(Path.GetDirectoryName(backup)!, recursive: true);
    }

    /// <summary>The test's process reads the files of the server's. Of a killed server the newest entries are in the log beside the database only.</summary>
    [Fact]
    [Trait("Row", "BK-01")]
    public async Task A_backup_is_made_beside_the_process_that_serves_and_of_one_that_was_killed_and_touches_neither()
    {
        await using var server = await RealServer.StartNewAsync();
        var storage = new StorageOptions { DataDirectory = server.Folder };
        await using var alice = server.ClientOf("alice");
        await alice.ConnectAsync();
        var lunch = (await alice.Conversations.DirectAsync(Bob)).Conversation;
        var said = new ConcurrentQueue<LogEntry>();
        using var enough = new CancellationTokenSource();
        var writing = WriteAsync(alice, lunch, said, enough.Token);
        await UntilAsync(() => said.Count >= Some, "messages were sent");

        var (contents, before, after) = (new List<BackupContents>(), new List<int>(), new List<int>());
        for (var count = 0; count < 5; count++)
        {
            before.Add(said.Count);
            contents.Add(await Backup.MakeAsync(storage, Path.Combine(server.Folder, $"live{count}"), CancellationToken.None));
            after.Add(said.Count);
        }

        await enough.CancelAsync();
        await writing;
        await server.KillAsync();
        var files = Sizes(server.Folder);
        var last = await Backup.MakeAsync(storage, Path.Combine(server.Folder, "dead"), CancellationToken.None);

        Assert.Equal(files, Sizes(server.Folder));
        // The creation is an entry, and one message may be recorded that was not answered yet.
        Assert.All(contents.Zip(before, after), backup => Assert.InRange(backup.First.Entries, backup.Second + 1, backup.Third + 2));
        Assert.Equal(said.Count + 1, last.Entries);
        await server.StartAsync();
        Assert.Equal(said.Count + 2, (await alice.Messages.SendAsync(lunch, "still here")).Sequence.Value);
    }

    private static List<(string, long)> Sizes(string folder) =>
        [.. new[] { "parley.db", "parley.db-wal" }.Select(name => (name, new FileInfo(Path.Combine(folder, name)).Length))];

    private static async Task WriteAsync(ParleyClient person, ConversationId where, ConcurrentQueue<LogEntry> said, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested) said.Enqueue(await person.Messages.SendAsync(where, $"{said.Count}", CancellationToken.None));
    }

    private static MessageId Id(LogEntry entry) => ((MessageSent)entry.Event).Message;

    private static (Sequence, MessageId) Place(LogEntry entry) => (entry.Sequence, entry.Event is MessageSent sent ? sent.Message : default);

    private static async Task<List<LogEntry>> ReadAsync(ParleyClient person, ConversationId where)
    {
        var log = new List<LogEntry>();
        while (true)
        {
            var page = await person.Conversations.ReadEntriesAsync(new ReadEntries(where, After: new Sequence(log.Count)));
            log.AddRange(page.Entries);
            if (!page.More) return log;
        }
    }
}
