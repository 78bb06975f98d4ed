using Parley.Client.Tests.EndToEnd;
using Parley.Client.Tests.Support;
using Parley.Storage.Backups;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Storage;

/// <summary>What became of what is kept: edited, taken back, hidden, too old, over, or of another history.</summary>
public sealed class KeptHistoryTests
{
    [Fact]
    [Trait("Row", "S31")]
    public async Task What_was_taken_back_stands_in_no_file_of_the_device_any_more_whether_it_was_told_of_it_or_away()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice");
        var bob = await server.ConnectAsync("bob");
        var chat = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        MessageId second;
        await using (var run = await runs.ConnectAsync())
        {
            var first = Id(await bob.Messages.SendAsync(chat, "the first secret"));
            second = Id(await bob.Messages.SendAsync(chat, "the second secret"));
            await bob.Messages.EditAsync(chat, first, MessageContent.OfText("the edited secret"));
            await UntilAsync(async () => (await PageAsync(run, chat))?.Entries is [_, { Event: MessageSent { Version: 1 } edited }, ..] && edited.Content.PlainText() == "the edited secret", "the edit is kept in its place");
            // SQLite moves what is in one file to the other as both are read.
            await UntilAsync(() => runs.Stores.Bytes().Contains("the edited secret", StringComparison.Ordinal), "it is in the files");
            await bob.Messages.RecallAsync(chat, first);
            await UntilAsync(() => !runs.Stores.Bytes().Contains("the edited secret", StringComparison.Ordinal), "nothing of the first is in the files while the program runs");
            Assert.DoesNotContain("the first secret", runs.Stores.Bytes(), StringComparison.Ordinal);
            await UntilAsync(() => runs.Stores.Bytes().Contains("the second secret", StringComparison.Ordinal), "the second is there");
        }

        await bob.Messages.RecallAsync(chat, second);
        await using (var run = await runs.ConnectAsync())
        {
            await UntilAsync(() => run.Told.Entries.Any(entry => entry.Event is MessageRecalled recalled && recalled.Message == second), "it is told");
        }

        Assert.DoesNotContain("secret", runs.Stores.Bytes(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_user_hid_is_not_shown_whether_he_did_it_here_or_on_a_device_of_which_this_one_did_not_hear()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice");
        var (bob, tablet) = (await server.ConnectAsync("bob"), await server.ConnectAsync("alice", "tablet"));
        var chat = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        var messages = new List<MessageId>();
        await using (var run = await runs.ConnectAsync())
        {
            foreach (var text in new[] { "one", "two", "three", "four" }) messages.Add(Id(await bob.Messages.SendAsync(chat, text)));
            await UntilAsync(() => run.Heard.Count() == 4, "all are told");
            await run.Client.Messages.RemoveAsync(chat, [messages[1]]);
            // That it was created is told to this device where the tablet did not have it before.
            await UntilAsync(async () => Shown(await PageAsync(run, chat)).EndsWith("one, hidden 3, three, four", StringComparison.Ordinal), "the second is hidden");
        }

        await tablet.Messages.RemoveUpToAsync(chat, new Sequence(2));
        await tablet.Messages.RemoveAsync(chat, [messages[3]]);
        await using (var run = await runs.ConnectAsync())
        {
            // It was not told which: what it shows is read again.
            await UntilAsync(async () => Shown(await PageAsync(run, chat)).EndsWith("-3, three, hidden 5", StringComparison.Ordinal), "all of it is hidden");
        }

        await using var offline = runs.Next();
        using var shown = await offline.Client.Conversations.OpenAsync(chat);
        Assert.Equal(["three"], shown.Timeline.Items.OfType<TimelineMessage>().Select(message => message.Content.PlainText()));
    }

    [Fact]
    public async Task A_program_that_keeps_no_entries_any_more_leaves_none_of_an_earlier_run_once_it_hears_of_one()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice");
        var bob = await server.ConnectAsync("bob");
        var chat = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        await using (var run = await runs.ConnectAsync())
        {
            foreach (var text in new[] { "the first secret", "the second secret" }) await bob.Messages.SendAsync(chat, text);
            await UntilAsync(() => run.Heard.Count() == 2, "both are told");
        }

        await using (var run = await runs.ConnectAsync(keptEntries: 0))
        {
            await bob.Messages.SendAsync(chat, "and now");
            await UntilAsync(() => run.Heard.Any(), "it is told");
        }

        Assert.DoesNotContain("secret", runs.Stores.Bytes(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Row", "G19")]
    public async Task What_the_app_keeps_no_more_the_device_does_not_either_once_it_hears_of_it()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite, ("Apps:demo:Retention:Direct", "30.00:00:00"));
        using var runs = new Runs(server, "alice");
        var bob = await server.ConnectAsync("bob");
        var chat = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        await using (var run = await runs.ConnectAsync())
        {
            for (var number = 0; number < 3; number++) await bob.Messages.SendAsync(chat, "long ago");
            await UntilAsync(() => run.Heard.Count() == 3, "all are told");
        }

        await server.AgeAsync(chat, TimeSpan.FromDays(31));
        await bob.Messages.SendAsync(chat, "now");
        await using (var run = await runs.ConnectAsync())
        {
            await UntilAsync(async () => Shown(await PageAsync(run, chat)) == "now", "what is old is gone");
            await UntilAsync(async () => (await run.Client.Inbox.ListKeptAsync()) is [{ Unread: 1 }], "and counts no more");
        }

        Assert.DoesNotContain("long ago", runs.Stores.Bytes(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Row", "A34")]
    public async Task What_was_deleted_is_kept_no_more_and_what_he_left_is_shown_as_left()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice");
        var bob = await server.ConnectAsync("bob");
        var groups = new List<ConversationId>();
        await using (var run = await runs.ConnectAsync())
        {
            foreach (var title in new[] { "deleted", "deleted while away", "left", "taken out while away" })
            {
                groups.Add((await bob.Conversations.CreateGroupAsync([Alice], title)).Conversation);
                await bob.Messages.SendAsync(groups[^1], $"said in {title}");
            }

            await bob.Conversations.DeleteAsync(groups[0]);
            await run.Client.Conversations.LeaveAsync(groups[2]);
            await UntilAsync(() => run.Heard.Count() == 4 && run.Told.Entries.Any(entry => entry.Event is ParticipantLeft) && run.Told.Entries.Any(entry => entry.Event is ConversationDeleted), "all is told");
            await UntilAsync(async () => (await run.Client.Inbox.ListKeptAsync()).Count == 3, "they are known");
        }

        await bob.Conversations.DeleteAsync(groups[1]);
        await bob.Conversations.RemoveAsync(groups[3], [Alice]);
        await using (var run = await runs.ConnectAsync())
        {
            await UntilAsync(async () => (await run.Client.Inbox.ListKeptAsync()).Count(item => item.Left) == 2, "he is out");
            await UntilAsync(async () => (await run.Client.Inbox.ListKeptAsync()).Count == 2, "what was deleted is gone");
        }

        Assert.DoesNotContain("said in deleted", runs.Stores.Bytes(), StringComparison.Ordinal);
        await using var offline = runs.Next();
        using var left = await offline.Client.Conversations.OpenAsync(groups[2]);
        using var removed = await offline.Client.Conversations.OpenAsync(groups[3]);
        Assert.Equal((true, true), (left.Timeline.HasLeft, removed.Timeline.HasLeft));
        Assert.Equal(["said in taken out while away"], removed.Timeline.Items.OfType<TimelineMessage>().Select(message => message.Content.PlainText()));
    }

    [Fact]
    [Trait("Row", "BK-02")]
    [Trait("Row", "G11")]
    public async Task After_a_restore_of_the_server_a_program_that_starts_has_nothing_of_the_history_that_is_gone()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice");
        var backup = Path.Combine(Directory.CreateTempSubdirectory("parley-test-").FullName, "backup");
        var bob = await server.ConnectAsync("bob");
        var chat = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        await bob.Messages.SendAsync(chat, "before");
        await Backup.MakeAsync(server.Storage, backup, CancellationToken.None);
        await using (var run = await runs.ConnectAsync())
        {
            await bob.Messages.SendAsync(chat, "gone");
            await run.Client.Messages.SendAsync(chat, "gone too");
            await UntilAsync(() => run.Heard.Count() == 2 && !run.Told.Delivered.IsEmpty, "all is told");
        }

        await server.StopAsync();
        await Restore.RunAsync(server.Storage, backup, RestoreMode.Replace, DateTimeOffset.UnixEpoch, CancellationToken.None);
        await server.StartAgainAsync();
        await bob.Messages.SendAsync(chat, "after");

        await using (var run = await runs.ConnectAsync())
        {
            await UntilAsync(async () => (await PageAsync(run, chat))?.Entries is [.., var last] && last.Event is MessageSent && last.Text() == "after", "the new history is kept");
            Assert.Equal([null], run.Told.Resets.Select(reset => reset.Conversation));
            Assert.DoesNotContain("gone", Shown(await PageAsync(run, chat)), StringComparison.Ordinal);
            Assert.DoesNotContain("gone", Assert.Single(await run.Client.Inbox.ListKeptAsync()).LastMessage!.Text(), StringComparison.Ordinal);
            await run.Client.Messages.SendAsync(chat, "mine");
            await UntilAsync(() => run.Told.Delivered.Count == 1, "receipts are told of the new history");
        }

        Assert.DoesNotContain("gone", runs.Stores.Bytes(), StringComparison.Ordinal);
    }

    private static MessageId Id(LogEntry entry) => ((MessageSent)entry.Event).Message;

    private static async Task<EntriesPage?> PageAsync(Run run, ConversationId conversation) => await (await run.Client.KeptAsync(default))!.EntriesAsync(conversation, null, 100);

    private static string Shown(EntriesPage? page) => page is null ? "" : string.Join(", ", page.Entries
        .Select(entry => (At: entry.Sequence.Value, Shown: entry.Event is MessageSent sent ? sent.Content.PlainText() : $"entry {entry.Sequence}"))
        .Concat((page.Skipped ?? []).Select(range => (At: range.From.Value, Shown: range.From == range.To ? $"{range.Why} {range.From}" : $"{range.Why} {range.From}-{range.To}")))
        .OrderBy(one => one.At).Select(one => one.Shown));
}
