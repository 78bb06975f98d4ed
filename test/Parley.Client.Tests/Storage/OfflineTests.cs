using Parley.Client.Tests.EndToEnd;
using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Storage;

/// <summary>What a program shows without a connection, and that it is what a connection showed, against a real server.</summary>
public sealed class OfflineTests
{
    [Theory]
    [InlineData(StoreKind.Memory)]
    [InlineData(StoreKind.Sqlite)]
    [Trait("Row", "V08"), Trait("Row", "B28"), Trait("Row", "L15")]
    public async Task A_conversation_is_shown_at_once_as_it_was_last_and_as_it_is_when_there_is_a_session(StoreKind kind)
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice", kind);
        var bob = await server.ConnectAsync("bob");
        var group = (await bob.Conversations.CreateGroupAsync([Alice], "lunch")).Conversation;
        for (var number = 1; number <= 60; number++) await bob.Messages.SendAsync(group, $"{number}");
        await using (var first = await runs.ConnectAsync())
        {
            await UntilAsync(() => first.Heard.Count() == 60, "all are told");
            using var live = await first.Client.Conversations.OpenAsync(group);
            await first.Client.Receipts.MarkReadAsync(group, new Sequence(50));
            await first.Client.Messages.SendAsync(group, "mine");
            await bob.Conversations.SetTitleAsync(group, "dinner");
            await bob.Receipts.MarkAllReadAsync(group);
            await UntilAsync(() => live.Timeline.Title == "dinner" && live.Timeline.Participants![Bob].ReadUpTo.Value >= 62, "it is shown");
            await first.Client.Messages.RemoveAsync(group, [((MessageSent)first.Told.Received.First().Event).Message]);
        }

        await using var second = runs.Next();
        using var shown = await second.Client.Conversations.OpenAsync(group);
        var kept = shown.Timeline;
        Assert.Equal(("dinner", 63, 50), (kept.Title, kept.Head.Value, kept.ReadUpTo.Value));
        Assert.Equal(["1", .. Enumerable.Range(3, 59).Select(number => $"{number - 1}"), "mine"], ["1", .. kept.Items.OfType<TimelineMessage>().Select(message => message.Content.PlainText())]);
        Assert.Equal(MessageState.Read, kept.StateOf(kept.Items.OfType<TimelineMessage>().Last()));
        var queued = await second.Client.Messages.QueueAsync(group, MessageContent.OfText("later"));
        await UntilAsync(() => shown.Timeline.Outgoing.Any(one => one.Message == queued), "what is written without a connection is shown");

        await bob.Messages.SendAsync(group, "61");
        await second.Client.ConnectAsync();
        await UntilAsync(() => shown.Timeline.Items.OfType<TimelineMessage>().Any(message => message.Message == queued), "it is read again, and goes on");
        Assert.Contains(shown.Timeline.Items.OfType<TimelineMessage>(), message => message.Content.PlainText() == "61");
    }

    [Fact]
    [Trait("Row", "V08")]
    public async Task The_list_of_conversations_is_shown_as_the_server_would_list_them()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice");
        var (bob, carol) = (await server.ConnectAsync("bob"), await server.ConnectAsync("carol"));
        // Of one all is known from its entries, of one it was added to the server is asked, and one is of before.
        var before = (await carol.Conversations.DirectAsync(Alice)).Conversation;
        await carol.Messages.SendAsync(before, "of before");
        var tablet = await server.ConnectAsync("alice", "tablet");
        await tablet.Receipts.MarkDeliveredAsync(before, new Sequence(2));
        var added = (await carol.Conversations.CreateGroupAsync([Bob], "added")).Conversation;
        IReadOnlyList<InboxItem> listed, kept;
        await using (var first = await runs.ConnectAsync())
        {
            var chat = (await bob.Conversations.DirectAsync(Alice)).Conversation;
            var said = ((MessageSent)(await bob.Messages.SendAsync(chat, "Look, @alice") ).Event).Message;
            await bob.Messages.SendAsync(chat, new MessageContent([MessagePart.OfText("alice!")], Mentions: new Mentions([Alice])));
            var wrong = ((MessageSent)(await bob.Messages.SendAsync(chat, "wrong")).Event).Message;
            await bob.Messages.EditAsync(chat, wrong, MessageContent.OfText("right"));
            await bob.Messages.RecallAsync(chat, said);
            await carol.Conversations.AddAsync(added, [Alice]);
            await carol.Messages.SendAsync(added, "welcome");
            await first.Client.Messages.SendAsync(added, "thanks");
            await first.Client.Receipts.MarkReadAsync(chat, new Sequence(1));
            await first.Client.Inbox.UpdateAsync(new UpdateInbox(added, Pinned: true));
            await UntilAsync(() => first.Told.Entries.Count(entry => entry.Conversation == chat) == 6 && first.Told.Entries.Count(entry => entry.Conversation == added) >= 3, "all is told");
            await UntilAsync(async () => (await first.Client.Inbox.ListKeptAsync()).Count == 3, "all are known");
            listed = (await tablet.Inbox.ListAsync()).Conversations;
            kept = await first.Client.Inbox.ListKeptAsync();
            Assert.Equal(Said(listed), Said(kept));
        }

        await using var second = runs.Next();
        Assert.Equal(Said(listed), Said(await second.Client.Inbox.ListKeptAsync()));
        // Where it was delivered to is of each device.
        static IEnumerable<string> Said(IEnumerable<InboxItem> items) => items.Select(item =>
            $"{item.Kind} {item.Title} {item.Peer} {item.Head} {item.LastActivity:O} {item.LastMessage?.Text()} {item.Unread} {item.Mentions} {item.ReadUpTo} {item.Left} {item.Flags}").Order();
    }

    [Fact]
    [Trait("Row", "V08")]
    public async Task A_list_that_a_program_binds_to_shows_what_is_kept_and_what_there_is_when_there_is_a_session()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice");
        var (bob, carol) = (await server.ConnectAsync("bob"), await server.ConnectAsync("carol"));
        var (lunch, old, read) = ((await bob.Conversations.CreateGroupAsync([Alice], "lunch")).Conversation, (await bob.Conversations.CreateGroupAsync([Alice], "old")).Conversation, (await carol.Conversations.DirectAsync(Alice)).Conversation);
        foreach (var conversation in new[] { lunch, old }) await bob.Messages.SendAsync(conversation, "hi");
        await using (var first = await runs.ConnectAsync())
        {
            await first.Client.Inbox.UpdateAsync(new UpdateInbox(old, Archived: true));
            await UntilAsync(async () => (await first.Client.Inbox.ListKeptAsync()).Count(item => item.Flags is { Archived: true } || item.Conversation != old) == 3, "all are known");
        }

        await using var second = runs.Next();
        using var list = await second.Client.Inbox.OpenAsync();
        using var unread = await second.Client.Inbox.OpenAsync(new ConversationListOptions { UnreadOnly = true });
        using var archived = await second.Client.Inbox.OpenAsync(new ConversationListOptions { Archived = true });
        Assert.Equal([lunch, read], list.Select(one => one.Conversation));
        Assert.Equal(lunch, Assert.Single(unread).Conversation);
        Assert.Equal(old, Assert.Single(archived).Conversation);

        await carol.Messages.SendAsync(read, "hello");
        await second.Client.ConnectAsync();
        await UntilAsync(() => list.Select(one => (one.Conversation, one.Unread)).SequenceEqual([(read, 1), (lunch, 1)]), "it is as the server has it");
    }

    [Fact]
    [Trait("Row", "V08")]
    public async Task A_list_has_the_names_that_were_known_and_those_there_are_when_there_is_a_session()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice");
        var bob = await server.ConnectAsync("bob");
        await bob.Users.UpdateAsync(displayName: "Bob");
        var direct = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        await using (var first = await runs.ConnectAsync())
        {
            using var online = await first.Client.Inbox.OpenAsync();
            await UntilAsync(() => online is [{ Name: "Bob" }], "his name is known");
            await UntilAsync(async () => (await first.Client.Users.GetKeptAsync([Bob])).Count == 1 && (await first.Client.Inbox.ListKeptAsync()).Count == 1, "it is kept");
        }

        await bob.Users.UpdateAsync(displayName: "Robert");
        await using var second = runs.Next();
        using var list = await second.Client.Inbox.OpenAsync();
        using var nameless = await second.Client.Inbox.OpenAsync(new ConversationListOptions { Profiles = false });
        Assert.Equal(("Bob", "bob"), (Assert.Single(list).Name, Assert.Single(nameless).Name));

        await second.Client.ConnectAsync();
        await UntilAsync(() => list[0].Name == "Robert", "he is called as he is now");
        Assert.Equal(direct, list[0].Conversation);
    }

    [Fact]
    public async Task What_is_not_kept_is_asked_for_as_without_a_store()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice");
        await using var run = runs.Next();

        await Assert.ThrowsAsync<ParleyConnectionException>(() => run.Client.Conversations.OpenAsync(ConversationId.New()));
        Assert.Empty(await run.Client.Inbox.ListKeptAsync());
        Assert.Empty(await run.Client.Users.GetKeptAsync([Alice, Bob]));
    }

    [Fact]
    public async Task People_are_known_without_a_connection()
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice");
        var (bob, carol) = (await server.ConnectAsync("bob"), await server.ConnectAsync("carol"));
        await bob.Users.UpdateAsync(displayName: "Bob");
        await using (var first = await runs.ConnectAsync())
        {
            await first.Client.Users.UpdateAsync(displayName: "Alice");
            await first.Client.Users.GetAsync([Bob]);
            await first.Client.Contacts.RequestAsync(Bob);
            await bob.Contacts.AcceptAsync(Alice);
            await first.Client.Blocks.AddAsync([Carol]);
            await UntilAsync(async () => await first.Client.Contacts.ListKeptAsync() is [{ State: ContactState.Accepted }], "they are contacts");
        }

        await using var second = runs.Next();
        Assert.Equal(["Alice", "Bob"], (await second.Client.Users.GetKeptAsync([Alice, Bob, Carol])).Select(profile => profile.DisplayName));
        Assert.Equal([(Bob, ContactState.Accepted)], (await second.Client.Contacts.ListKeptAsync()).Select(contact => (contact.User, contact.State)));
        Assert.Equal([Carol], await second.Client.Blocks.ListKeptAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(10)]
    public async Task So_many_entries_are_kept_as_the_program_says_and_not_one_more(int most)
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite);
        using var runs = new Runs(server, "alice");
        var bob = await server.ConnectAsync("bob");
        var chat = (await bob.Conversations.DirectAsync(Alice)).Conversation;
        await using (var first = await runs.ConnectAsync(most))
        {
            for (var sequence = 2; sequence <= most; sequence++) await bob.Messages.SendAsync(chat, $"{sequence}");
            await UntilAsync(() => first.Told.Entries.Count == Math.Max(1, most), "all are told");
            await KeptAsync(first, [.. Enumerable.Range(1, most)]);
            await bob.Messages.SendAsync(chat, "one more");
            await UntilAsync(() => first.Told.Entries.Count == Math.Max(1, most) + 1, "one more is told");
            await KeptAsync(first, [.. Enumerable.Range(2, most)]);
        }

        await using var second = runs.Next(most);
        await KeptAsync(second, [.. Enumerable.Range(2, most)]);

        async Task KeptAsync(Run run, int[] sequences)
        {
            var page = await (await run.Client.KeptAsync(default))!.EntriesAsync(chat, null, 100);
            Assert.Equal(sequences, page?.Entries.Select(entry => (int)entry.Sequence.Value) ?? []);
        }
    }
}
