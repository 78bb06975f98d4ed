using Parley.Client.Tests.EndToEnd;
using Parley.Client.Tests.Support;
using Parley.Storage.Sqlite;
using Parley.Tests;
using Parley.Tests.Storage;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Storage;

/// <summary>A <see cref="SqliteStore"/> on a disk on which no byte is free: the system says so, and not a limit of SQLite's.</summary>
public sealed class FullDiskTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("parley-full-").FullName;
    private SmallDisk? _disk;

    private string File => Path.Combine(_folder, "alice", "parley.store");

    public async ValueTask InitializeAsync()
    {
        SystemSqlite.Use();
        _disk = await SmallDisk.MountAsync(_folder, megabytes: 4);
    }

    public async ValueTask DisposeAsync()
    {
        if (_disk is not null) await _disk.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task What_finds_no_room_is_told_so_what_was_taken_stays_and_with_room_it_goes_on()
    {
        var kept = new List<string>();
        await using (var store = new SqliteStore(File))
        {
            await store.OpenAsync();
            await TakeAsync(store, "before");
            _disk!.Fill();

            LocalStoreException? full = null;
            for (var number = 0; full is null; number++)
            {
                Assert.True(number < 1_000, "The disk is never full.");
                full = await Record.ExceptionAsync(() => TakeAsync(store, $"{number} {new string('a', 3_000)}")) as LocalStoreException;
            }

            Assert.Equal((LocalStoreFailure.Full, true), (full.Failure, full.IsTransient));
            Assert.Contains(File, full.Message, StringComparison.Ordinal);
            Assert.Equal(kept, await ReadAsync(store));
        }

        // The next run begins while there is no room yet, and has all of it.
        await using var next = new SqliteStore(File);
        await next.OpenAsync();
        Assert.Equal(kept, await ReadAsync(next));
        Assert.Equal(LocalStoreFailure.Full, (await Assert.ThrowsAsync<LocalStoreException>(() => TakeAsync(next, new string('b', 100_000)))).Failure);

        _disk.Empty();
        await TakeAsync(next, new string('c', 100_000));
        Assert.Equal(kept, await ReadAsync(next));

        async Task TakeAsync(LocalStore store, string text)
        {
            await store.WriteAsync([new LocalChange(new LocalKey("kind", "", kept.Count + 1), System.Text.Encoding.UTF8.GetBytes(text))]);
            kept.Add(text);
        }
    }

    [Fact]
    public async Task A_store_that_finds_no_room_for_its_file_is_told_so_and_opens_when_there_is_some()
    {
        _disk!.Fill();
        await using var store = new SqliteStore(File);

        var full = await Assert.ThrowsAsync<LocalStoreException>(async () => await store.OpenAsync());
        Assert.Equal((LocalStoreFailure.Full, true), (full.Failure, full.IsTransient));
        Assert.Contains(File, full.Message, StringComparison.Ordinal);

        _disk.Empty();
        await store.OpenAsync();
        Assert.Empty(await ReadAsync(store));
    }

    [Fact]
    public async Task What_the_outbox_took_is_sent_once_and_what_it_did_not_take_never()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        var bob = await server.ConnectAsync("bob");
        var chat = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        var (taken, refused) = (new List<string>(), new List<string>());
        await using (var run = RunOf(server))
        {
            await run.Client.ConnectAsync();
            await QueueAsync(run, "before");
            await UntilAsync(() => run.Told.Sent.Count == 1, "it is sent");
            await server.StopAsync();
            await QueueAsync(run, "in a tunnel");
            await QueueUntilRefusedAsync(run);
            await server.StartAgainAsync();

            // What others say is told; of what cannot be kept the program hears.
            await SayUntilAsync(() => !run.Failures.IsEmpty, run);
            Assert.All(run.Failures, failure => Assert.Equal(LocalStoreFailure.Full, failure.Failure));
            await QueueUntilRefusedAsync(run);
            _disk!.Empty();
            await UntilAsync(() => run.Told.Sent.Count == taken.Count, "what was taken is sent");
            await QueueAsync(run, "with room");
            await UntilAsync(() => run.Told.Sent.Count == taken.Count, "and what comes");
            await server.StopAsync();
            await QueueAsync(run, "for the next");
        }

        // The next run begins without room, and is connected before there is some.
        _disk.Fill();
        await server.StartAgainAsync();
        await using (var run = RunOf(server))
        {
            await run.Client.ConnectAsync();
            await QueueUntilRefusedAsync(run);
            _disk.Empty();
            await QueueAsync(run, "after");
            await UntilAsync(() => run.Told.Sent.Any(entry => entry.Text() == "after"), "it is sent");
            await SayUntilAsync(() => true, run);
            await UntilAsync(async () => (await (await run.Client.KeptAsync(default))!.EntriesAsync(chat, null, 1))?.Entries is [{ } last] && last.Text() == run.Heard.Last(), "it is kept again");
        }

        Assert.Equal(taken, await SaidByAliceAsync());
        Assert.True(refused.Count >= 3);

        async Task QueueAsync(Run run, string text)
        {
            try
            {
                await run.Client.Messages.QueueAsync(chat, MessageContent.OfText(text));
                taken.Add(text);
            }
            catch (LocalStoreException failure)
            {
                Assert.Equal(LocalStoreFailure.Full, failure.Failure);
                refused.Add(text);
            }
        }

        // What the log of the file gave back has room for some more.
        async Task QueueUntilRefusedAsync(Run run)
        {
            _disk!.Fill();
            for (var (number, before) = (0, refused.Count); refused.Count == before; number++)
            {
                Assert.True(number < 1_000, "The disk is never full.");
                await QueueAsync(run, $"{taken.Count} {new string('a', 3_000)}");
            }
        }

        async Task SayUntilAsync(Func<bool> so, Run run)
        {
            for (var number = 0; ; number++)
            {
                Assert.True(number < 1_000, "It is never so.");
                var heard = run.Heard.Count();
                await bob.Messages.SendAsync(chat, $"{number} {new string('b', 7_000)}");
                await UntilAsync(() => run.Heard.Count() == heard + 1, "it is told");
                if (so()) return;
            }
        }

        async Task<List<string>> SaidByAliceAsync()
        {
            var said = new List<string>();
            var page = await bob.Conversations.ReadEntriesAsync(new ReadEntries(chat, After: Sequence.None, Limit: 100));
            while (true)
            {
                said.AddRange(page.Entries.Where(entry => entry.Event is MessageSent sent && sent.Sender == Alice).Select(entry => entry.Text()));
                if (page.Entries is not [.., var last] || last.Sequence == page.Head) return said;
                page = await bob.Conversations.ReadEntriesAsync(new ReadEntries(chat, After: last.Sequence, Limit: 100));
            }
        }
    }

    private Run RunOf(RunningServer server)
    {
        var store = new SqliteStore(File);
        return new Run(server.ClientWith(store, "alice"), store);
    }

    private static async Task<IEnumerable<string>> ReadAsync(LocalStore store) =>
        (await store.ReadAsync(new LocalRange("kind"))).Select(record => System.Text.Encoding.UTF8.GetString(record.Value.Span));
}
