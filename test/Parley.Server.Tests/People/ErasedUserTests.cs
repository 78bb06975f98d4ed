using System.Text;
using Parley.Storage;
using Parley.Tests.Content;
using Parley.Tests.Messages;
using Parley.Tests.Moderation;
using static Parley.Tests.People.PeopleWords;
using static Parley.Tests.People.TracesOfUser;

namespace Parley.Tests.People;

/// <summary>What is left of a deleted user in the tables and in the files, and what is not: docs/guide/people.md.</summary>
public sealed class ErasedUserTests
{
    private static readonly string[] GoesFrom =
    [
        "contacts.message", "contents.name", "contents.type", "drafts.body", "held.body", "held.reason", "reports.body",
        "users.avatar_url", "users.display_name", "users.email", "users.email_key", "users.private_data", "users.public_data",
    ];

    private static readonly string[] StaysIn =
    [
        "attributes.name", "attributes.value", "conversations.announcement", "conversations.custom_data", "conversations.description", "conversations.title", "entries.event",
        "message_versions.content", "notifications.body", "participations.left_title", "pending.message", "reports.body", "reports.note",
    ];

    /// <summary>Where ids stand, and what nobody wrote. A column that is none of these and of those above has to be thought about, and named in the guide where it stays.</summary>
    private static readonly string[] NoWords =
    [
        "apps.name", "attributes.actor", "attributes.user_id", "blobs.file", "blobs.hash", "blocks.blocked", "blocks.user_id", "contacts.contact", "contacts.user_id",
        "content_uses.content", "contents.content", "contents.hash", "contents.owner", "directs.first_user", "directs.second_user", "distincts.people", "doomed_files.file",
        "drafts.user_id", "entries.actor", "entries.digest", "fences.actor", "held.digest", "held.sender", "installation.name", "installation.value", "last_seen.user_id",
        "mentions.user_id", "message_versions.actor", "moderation.user_id", "participations.read_ahead", "participations.user_id", "past_participations.user_id", "pending.actor", "pending.user_id",
        "removals.user_id", "reports.reporter", "uploads.content", "users.phone", "users.user_id",
        // Of the app's backend.
        "word_lists.name", "word_lists.patterns", "word_lists.words",
    ];

    [Theory, EveryEngine, Trait("Row", "G16")]
    public async Task No_column_of_any_table_has_what_was_only_his_and_the_guide_names_what_stays(Engine engine)
    {
        var interceptor = new ToldInterceptor();
        await using var server = await TestServer.StartAsync(engine, apps: app => app.Messages.KeepVersions = true, interceptors: interceptor);
        await LeaveAsync(server, interceptor);
        Assert.Equal(GoesFrom, await server.Database.MentionsAsync(Goes, Goes.ToUpperInvariant()));
        Assert.Equal(["users.phone"], await server.Database.MentionsAsync(Phone));
        Assert.Equal(StaysIn, await server.Database.MentionsAsync(Stays));
        Assert.Equal(GoesFrom.Concat(StaysIn).Concat(NoWords).Distinct().Order(StringComparer.Ordinal), await server.Database.TextColumnsAsync());

        await server.PlatformAsync(new DeleteUser(Id("alice")));

        Assert.Empty(await server.Database.MentionsAsync(Goes, Goes.ToUpperInvariant(), Phone, "mallory"));
        Assert.Equal(StaysIn, await server.Database.MentionsAsync(Stays));
        // The id stays: with what he wrote, with his places in conversations, as a row that keeps others from being him, and in lists of others as somebody who is gone.
        Assert.Equal(
            [
                "attributes.actor", "attributes.user_id", "contacts.contact", "directs.first_user", "entries.actor", "entries.event", "fences.actor", "mentions.user_id",
                "message_versions.actor", "moderation.user_id", "participations.user_id", "past_participations.user_id", "pending.actor", "pending.user_id", "reports.body", "users.user_id",
            ],
            await server.Database.MentionsAsync("alice"));
        Assert.Equal(0, await server.NumberAsync($"select count(*) from contacts where contact = 'alice' and state <> 0"));
        Assert.Equal(0, await server.NumberAsync($"""
            select count(*) from participations
            where user_id = 'alice' and (shelf <> 0 or silenced_until is not null or unread_from is not null or removals <> 0 or removed_up_to <> 0)
            """));
        // His last connection ends after he was deleted.
        await SeenAsync(server, "alice", "bob");
        Assert.Equal(1, await server.NumberAsync($"select count(*) from last_seen"));
    }

    [Theory, EveryEngine, Trait("Row", "G16")]
    public async Task Within_a_minute_no_file_has_a_byte_of_it_and_no_row_that_was_written_over_is_left(Engine engine)
    {
        var interceptor = new ToldInterceptor();
        await using var server = await TestServer.StartAsync(engine, content: options => options.CollectEvery = TimeSpan.FromSeconds(1), interceptors: interceptor);
        await LeaveAsync(server, interceptor);
        var folder = Directory.GetParent(server.Content.Directory!)!.FullName;
        Assert.Equal(3, server.Files().Count);
        Assert.NotEmpty(Holding(folder, Goes));

        await server.PlatformAsync(new DeleteUser(Id("alice")));

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
        while (new[] { Goes, Goes.ToUpperInvariant(), Phone }.Any(text => Holding(folder, text).Count > 0) || server.Files().Count > 1)
            await Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System, patience.Token);
        Assert.Single(server.Files());
        Assert.DoesNotContain(server.Log.Lines, line => line.Text.Contains(Goes, StringComparison.Ordinal));
        if (engine == Engine.Sqlite) return;
        await server.Database.EraseAsync(CancellationToken.None);
        await server.ChangeAsync($"create extension if not exists pgstattuple");
        foreach (var table in GoesFrom.Select(column => column.Split('.')[0]).Distinct())
            Assert.Equal((table, 0), (table, await server.NumberAsync($"select dead_tuple_count from pgstattuple({table})")));
    }

    [Theory, EveryEngine, Trait("Row", "B45")]
    public async Task What_he_reported_stays_for_whoever_looks_at_it_without_his_name_and_his_words(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (group, message) = (await server.ConversationOfAsync("bob", "alice", "carol"), MessageId.New());
        await server.SendAsync("bob", group, "rude", message);
        foreach (var user in new[] { "alice", "carol" })
            await server.AskAsync<MessageReported>(server.As(user), new ReportMessage(group, message, ReportReason.Hate, $"{user} is hurt"));

        await server.PlatformAsync(new DeleteUser(Id("alice")));
        await server.PlatformAsync(new DeleteUser(Id("carol")));

        var reports = (await WordListTests.ReportsAsync(server)).Reports;
        Assert.Equal(2, reports.Count);
        Assert.All(reports, one => Assert.Equal((message, null, ReportReason.Hate, null, null), (one.Message, one.Reporter, one.Reason, one.Text, one.Lists)));
        var resolved = (await server.AskAsync<MessageReport>(server.As("nobody"), new ResolveReport(reports[0].Report, "banned"))).Value!;
        Assert.Equal((ReportState.Resolved, null), (resolved.State, resolved.Reporter));
    }

    [Theory, EveryEngine]
    public async Task Content_that_he_sent_is_fetched_as_before_by_who_reads_the_message(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (direct, message) = (await server.ConversationOfAsync("alice", "bob"), MessageId.New());
        var content = (await server.UploadAsync("alice", [1, 2, 3], name: "three.bin")).Content;
        await server.SendFileAsync("alice", direct, content, message);

        await server.PlatformAsync(new DeleteUser(Id("alice")));
        await server.CollectAsync();

        Assert.Null((await server.AskAsync<ContentUrl>(server.As("bob"), new GetContentUrl(content, direct, message))).Refusal);
        Assert.Null((await server.Node.Content.Table.FindReadableAsync(server.As("bob").Key, content, (direct, message), CancellationToken.None))!.Name);
        Assert.Equal(Refusals.NotFound, (await server.AskAsync<ContentUrl>(server.As("alice"), new GetContentUrl(content))).Refusal);
        Assert.Single(server.Files());
    }

    [Theory, EveryEngine]
    public async Task What_he_does_while_he_is_being_deleted_is_not_kept(Engine engine)
    {
        var interceptor = new ToldInterceptor();
        await using var server = await TestServer.StartAsync(engine, interceptors: interceptor);
        var group = await server.ConversationOfAsync("bob", "alice", "carol");
        var message = await server.SayAsync("bob", group, "rude");
        interceptor.Say("dubious", Parley.Moderation.MessageVerdict.Hold());
        var owner = new UserKey(server.App, Id("alice"));
        var begun = (await server.Node.Content.Resumable.BeginAsync(owner, 3, "x/y", "begun", CancellationToken.None)).Value!.Key.Content;

        // It has erased him, and nobody can see it yet.
        var (reached, release) = server.Faults.HoldCommits();
        var deleting = server.PlatformAsync(new DeleteUser(Id("alice")));
        await reached;
        var asked = new[]
        {
            RefusalAsync(server.SendAsync("alice", group, "dubious")),
            RefusalAsync(server.RemoveMessagesAsync("alice", group, message)),
            RefusalAsync(server.AskAsync<MessagesRemoved>(server.As("alice"), new RemoveMessages(group, UpTo: new Sequence(1)))),
            RefusalAsync(server.AskAsync<MessageReported>(server.As("alice"), new ReportMessage(group, message, ReportReason.Other, "late"))),
            RefusalAsync(server.TryUploadAsync("alice", [1, 2, 3], name: "late")),
            RefusalAsync(server.Node.Content.Resumable.BeginAsync(owner, 3, "x/y", "late", CancellationToken.None)),
            RefusalAsync(server.Node.Content.Resumable.AppendAsync(owner, begun, 0, new MemoryStream([1, 2, 3]), null, CancellationToken.None)),
        };
        await interceptor.AskedAsync("dubious");
        // Long enough that all of them wait for it.
        await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);
        release.SetResult();
        await deleting;

        Assert.All(await Task.WhenAll(asked), refusal => Assert.Equal(Refusals.Suspended, refusal));
        Assert.Empty((await server.Database.MentionsAsync("late", "dubious")));
        foreach (var table in new[] { "held", "removals", "reports", "blobs" }) Assert.Equal((table, 0), (table, await server.NumberAsync(Sql.From($"select count(*) from {Sql.Script(table)}"))));
        await server.CollectAsync();
        Assert.Empty(server.Files());
        Assert.Equal(0, await server.NumberAsync($"select count(*) from contents"));
    }

    [Theory, EveryEngine]
    public async Task A_piece_of_an_upload_that_comes_after_it_does_not_bring_the_upload_back(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var key = (await server.Node.Content.Resumable.BeginAsync(new UserKey(server.App, Id("alice")), 10, null, "begun", CancellationToken.None)).Value!.Key;
        await server.PlatformAsync(new DeleteUser(Id("alice")));

        Assert.False(await server.Node.Content.Table.AdvanceAsync(key, 0, 5, DateTimeOffset.UnixEpoch.AddYears(100)));
        await server.CollectAsync();

        Assert.Equal(0, await server.NumberAsync($"select count(*) from uploads"));
        Assert.Empty(server.Files());
    }

    private static async Task<Refusal?> RefusalAsync<T>(Task<Outcome<T>> asked)
        where T : class => (await asked).Refusal;

    private static List<string> Holding(string folder, string text)
    {
        var marker = Encoding.UTF8.GetBytes(text);
        return [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)).Where(file => Read(file).AsSpan().IndexOf(marker) >= 0)];

        static byte[] Read(string file)
        {
            try
            {
                using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                using var bytes = new MemoryStream();
                stream.CopyTo(bytes);
                return bytes.ToArray();
            }
            catch (FileNotFoundException)
            {
                // Deleted a moment ago.
                return [];
            }
        }
    }
}
