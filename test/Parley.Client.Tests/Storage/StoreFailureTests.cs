using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Parley.Client.Tests.EndToEnd;
using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Storage;

/// <summary>What becomes of a program whose store fails as it runs: it goes on, says so, and what it could not keep it is told again.</summary>
public sealed class StoreFailureTests
{
    [Fact]
    [Trait("Row", "G14"), Trait("Row", "S31")]
    public async Task It_goes_on_without_keeping_says_so_once_and_is_told_again_what_it_could_not_keep()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice");
        var bob = await server.ConnectAsync("bob");
        var chat = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        await using (var run = await runs.ConnectAsync(between: store => new SpyStore(store) { Before = FailOnceTold }))
        {
            using var live = await run.Client.Conversations.OpenAsync(chat);
            await bob.Messages.SendAsync(chat, "kept");
            await UntilAsync(async () => (await (await run.Client.KeptAsync(default))!.EntriesAsync(chat, null, 100))?.Head.Value == 2, "the first is kept");
            _fails = true;
            await bob.Messages.SendAsync(chat, "not kept");
            await UntilAsync(() => run.Failures.Count == 1, "it is told that the store fails");
            await bob.Messages.SendAsync(chat, "nor this");
            await UntilAsync(() => run.Heard.Count() == 3 && live.Timeline.Head.Value == 4, "all is told and shown");
            runs.Clock.Move(KeptState.Pause);
            await UntilAsync(() => _refused > 2, "it tries again");
            Assert.Equal((LocalStoreFailure.Full, true), (Assert.Single(run.Failures).Failure, run.Failures.Single().IsTransient));
        }

        await using var next = await runs.ConnectAsync();
        await UntilAsync(() => next.Heard.Count() == 2, "what was not kept is told again");
        Assert.Equal(["not kept", "nor this"], next.Heard);
    }

    [Fact]
    public async Task What_was_told_while_it_failed_is_asked_for_and_kept_once_it_works()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice");
        var bob = await server.ConnectAsync("bob");
        var chat = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        await using (var run = await runs.ConnectAsync(between: store => new SpyStore(store) { Before = FailOnceTold }))
        {
            await bob.Messages.SendAsync(chat, "kept");
            await UntilAsync(() => run.Heard.Count() == 1, "the first is told");
            _fails = true;
            await bob.Messages.SendAsync(chat, "not kept");
            await UntilAsync(() => run.Failures.Count == 1, "it is told that the store fails");

            _fails = false;
            runs.Clock.Move(KeptState.Pause);
            await UntilAsync(async () => (await (await run.Client.KeptAsync(default))!.EntriesAsync(chat, null, 100))?.Entries.Count == 3, "all of it is kept, though nothing was said");
            await UntilAsync(async () => await run.Client.Inbox.ListKeptAsync() is [{ Unread: 2, LastMessage: { } last }] && last.Text() == "not kept", "and the list");
        }

        await using var offline = runs.Next();
        using var live = await offline.Client.Conversations.OpenAsync(chat);
        Assert.Equal(["kept", "not kept"], live.Timeline.Items.OfType<TimelineMessage>().Select(message => message.Content!.PlainText()));
    }

    [Fact]
    [Trait("Row", "G14"), Trait("Row", "C12"), Trait("Row", "S14")]
    public async Task Receipts_wait_until_it_is_durable_that_they_were_told_and_then_are_told_once()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice");
        var bob = await server.ConnectAsync("bob");
        MessageId first, second;
        ConversationId chat;
        await using (var run = await runs.ConnectAsync(between: store => new SpyStore(store) { Before = FailOnceTold }))
        {
            chat = (await run.Client.Conversations.DirectAsync(Bob)).Conversation;
            first = Id(await run.Client.Messages.SendAsync(chat, "one"));
            await UntilAsync(() => run.Told.Delivered.Count == 1, "bob has it");
            _fails = true;
            await bob.Receipts.MarkAllReadAsync(chat);
            await UntilAsync(() => run.Failures.Count == 1, "the store fails");
            await bob.Messages.SendAsync(chat, "after");
            await UntilAsync(() => run.Heard.Any(), "what is no receipt is told");
            Assert.Empty(run.Told.Read);

            _fails = false;
            await UntilAsync(() => { runs.Clock.Move(KeptState.Pause); return !run.Told.Read.IsEmpty; }, "the store works again");
            Assert.Equal([(first, Bob)], run.Told.Read);

            _fails = true;
            second = Id(await run.Client.Messages.SendAsync(chat, "two"));
            await UntilAsync(() => run.Failures.Count == 2, "it fails again, and says so again");
            Assert.Single(run.Told.Delivered);
            _fails = false;
        }

        await using var next = await runs.ConnectAsync();
        await UntilAsync(() => !next.Told.Delivered.IsEmpty, "what was not told is told by the next");
        Assert.Equal([(second, Bob)], next.Told.Delivered);
        Assert.Empty(next.Told.Read);
    }

    [Fact]
    [Trait("Row", "G14")]
    public async Task That_a_receipt_was_told_is_in_the_store_when_its_listener_is_called()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice", StoreKind.Memory);
        var bob = await server.ConnectAsync("bob");
        await using var run = runs.Next();
        var store = runs.Stores.Next();
        var durable = new ConcurrentQueue<string>();
        run.Client.MessageDelivered += (_, e) => durable.Enqueue($"delivered {CursorOf(e.Recipient)?.HasReceived(e.Sequence)}");
        run.Client.MessageRead += (_, e) => durable.Enqueue($"read {CursorOf(e.Recipient)?.HasRead(e.Sequence)}");
        await run.Client.ConnectAsync();
        var chat = (await run.Client.Conversations.DirectAsync(Bob)).Conversation;

        await run.Client.Messages.SendAsync(chat, "hi");
        await UntilAsync(() => durable.Count == 1, "bob has it");
        await bob.Receipts.MarkAllReadAsync(chat);
        await UntilAsync(() => durable.Count == 2, "bob has read it");

        Assert.Equal(["delivered True", "read True"], durable);

        ReceiptCursor? CursorOf(UserId user)
        {
            // It is in memory, and answers at once.
            var reading = store.ReadAsync(new LocalRange(KeptKind.Receipts));
            Assert.True(reading.IsCompletedSuccessfully);
            return reading.GetAwaiter().GetResult() is [var record] ? ReceiptMarks.Read(record.Value)!.Cursors.GetValueOrDefault(user) : null;
        }
    }

    [Fact]
    public async Task A_disk_without_room_stops_the_keeping_and_nothing_else_and_a_larger_one_goes_on()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice");
        var bob = await server.ConnectAsync("bob");
        var chat = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        var said = Enumerable.Range(1, 40).Select(number => $"{number} {new string('a', 7_000)}").ToArray();
        await using (var run = await runs.ConnectAsync(options: new SqliteStoreOptions { MaxBytes = 30 * 4_096 }))
        {
            foreach (var text in said) await bob.Messages.SendAsync(chat, text);
            await UntilAsync(() => run.Heard.Count() == said.Length, "all are told");
            await UntilAsync(() => !run.Failures.IsEmpty, "it is told that there is no room");
            Assert.Equal(LocalStoreFailure.Full, run.Failures.First().Failure);
            Assert.Contains(runs.Stores.File, run.Failures.First().Message, StringComparison.Ordinal);
        }

        await using var next = await runs.ConnectAsync();
        await bob.Messages.SendAsync(chat, "the last");
        await UntilAsync(() => next.Heard.LastOrDefault() == "the last", "it goes on");
        Assert.Equal([.. said, "the last"], said.Except(next.Heard).Concat(next.Heard));
        await UntilAsync(async () => (await (await next.Client.KeptAsync(default))!.EntriesAsync(chat, null, 100))?.Head.Value == said.Length + 2, "what comes is kept again");
        Assert.Empty(next.Failures);
    }

    [Fact]
    public async Task A_file_that_is_damaged_as_the_program_runs_is_told_and_the_program_goes_on()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice");
        var bob = await server.ConnectAsync("bob");
        var chat = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        var secret = new string('a', 7_000);
        MessageId edited;
        await using (var run = await runs.ConnectAsync())
        {
            edited = Id(await bob.Messages.SendAsync(chat, secret));
            for (var number = 0; number < 30; number++) await bob.Messages.SendAsync(chat, secret);
            await UntilAsync(() => run.Heard.Count() == 31, "all are told");
        }

        await using var damaged = await runs.ConnectAsync();
        Overwrite(runs.Stores.File, secret[..500]);
        await bob.Messages.EditAsync(chat, edited, MessageContent.OfText("edited"));
        await bob.Messages.SendAsync(chat, "after");

        await UntilAsync(() => damaged.Heard.Any() && !damaged.Failures.IsEmpty, "it is told, and the program goes on");
        var failure = Assert.Single(damaged.Failures);
        Assert.Equal((LocalStoreFailure.Damaged, false), (failure.Failure, failure.IsTransient));
        Assert.Contains("Delete it", failure.Message, StringComparison.Ordinal);
        Assert.Equal("edited", (await damaged.Client.Conversations.ReadEntriesAsync(new ReadEntries(chat, From: new Sequence(2), To: new Sequence(2)))).Entries.Single().Text());
    }

    [Fact]
    public async Task What_a_later_version_wrote_of_it_is_dropped_and_asked_for_again()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice");
        var bob = await server.ConnectAsync("bob");
        var chat = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        await using (var run = await runs.ConnectAsync())
        {
            await bob.Messages.SendAsync(chat, "one");
            await UntilAsync(() => run.Heard.Any(), "it is told");
            await run.Client.Conversations.OpenAsync(chat);
            await run.Client.Receipts.MarkAllReadAsync(chat);
        }

        await using (var connection = new SqliteConnection($"Data Source={runs.Stores.File};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "update records set value = cast(x'02' || substr(value, 2) as blob) where kind not in ('owner', 'device', 'sent')";
            Assert.True(await command.ExecuteNonQueryAsync() > 3);
        }

        await using (var offline = runs.Next())
        {
            await Assert.ThrowsAsync<ParleyConnectionException>(() => offline.Client.Conversations.OpenAsync(chat));
            Assert.Empty(await offline.Client.Inbox.ListKeptAsync());
        }

        await using var next = await runs.ConnectAsync();
        await bob.Messages.SendAsync(chat, "two");
        await UntilAsync(() => next.Heard.LastOrDefault() == "two", "it goes on from where the server knows it was");
        await UntilAsync(async () => (await next.Client.Inbox.ListKeptAsync()) is [{ LastMessage: { } last }] && last.Text() == "two", "and knows all again");
        Assert.Empty(next.Failures);
    }

    [Fact]
    public async Task Another_users_store_is_refused_before_anything_of_it_is_told_or_changed()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice");
        var bob = await server.ConnectAsync("bob");
        var chat = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        await using (var run = await runs.ConnectAsync())
        {
            await bob.Messages.SendAsync(chat, "for alice");
            await UntilAsync(() => run.Heard.Any(), "it is told");
        }

        var store = runs.Stores.Next();
        await using (var run = new Run(server.ClientWith(store, "carol"), store))
        {
            Assert.Equal(LocalStoreFailure.OtherUser, (await Assert.ThrowsAsync<LocalStoreException>(() => run.Client.ConnectAsync())).Failure);
            Assert.Empty(run.Told.Entries);
        }

        await using var next = runs.Next();
        Assert.Equal(["for alice"], (await next.Client.Inbox.ListKeptAsync()).Select(item => item.LastMessage!.Text()));
    }

    private volatile bool _fails;
    private volatile int _refused;

    private Task FailOnceTold(IReadOnlyList<LocalChange> changes)
    {
        // The outbox shares the store, and is another matter.
        if (!_fails || changes.All(change => change.Key.Kind is "outbox" or "owner" or "device")) return Task.CompletedTask;
        _refused++;
        throw new LocalStoreException(LocalStoreFailure.Full, "There is no room.");
    }

    private static MessageId Id(LogEntry entry) => ((MessageSent)entry.Event).Message;

    /// <summary>Writes over every page on which a text stands.</summary>
    private static void Overwrite(string path, string text)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var page = new byte[4_096];
        var count = 0;
        for (var at = 0L; file.ReadAtLeast(page, page.Length, throwOnEndOfStream: false) == page.Length; at += page.Length)
        {
            if (System.Text.Encoding.Latin1.GetString(page).Contains(text, StringComparison.Ordinal))
            {
                count++;
                file.Position = at;
                file.Write(Enumerable.Repeat((byte)0xff, page.Length).ToArray());
            }

            file.Position = at + page.Length;
        }

        Assert.True(count > 0, "nothing of it stands in the file");
    }
}
