using System.Text;
using Parley.Content;
using Parley.Conversations;
using Parley.Storage;

namespace Parley.Tests.Content;

/// <summary>What nobody can get at any more is deleted, and nothing else.</summary>
public sealed class CollectorTests
{
    [Theory, EveryEngine, Trait("Row", "G20")]
    public async Task What_nobody_sends_for_a_day_can_be_sent_no_more_and_is_deleted_an_hour_later(Engine engine)
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(engine, clock: clock);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var uploaded = await server.UploadAsync("alice", [1, 2, 3]);
        var sent = await server.UploadAsync("alice", [4, 5, 6]);
        await server.SendFileAsync("alice", conversation, sent.Content);

        clock.Advance(TimeSpan.FromDays(1));
        await server.CollectAsync();
        Assert.Equal(0, await server.NumberAsync($"select count(*) from contents where delete_at is not null"));
        clock.Advance(TimeSpan.FromMilliseconds(1));
        await server.CollectAsync();
        Assert.Equal(Refusals.NotFound, (await server.SendFileAsync("alice", conversation, uploaded.Content)).Refusal);
        Assert.Equal(Refusals.NotFound, (await server.AskAsync<ContentState>(server.As("alice"), new GetContent(uploaded.Content))).Refusal);
        clock.Advance(TimeSpan.FromHours(1) - TimeSpan.FromMilliseconds(1));
        await server.CollectAsync();
        Assert.Equal(2, server.Files().Count);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        await server.CollectAsync();

        Assert.Single(server.Files());
        Assert.Equal((1, 1, 0), (await CountAsync(server, "contents"), await CountAsync(server, "blobs"), await CountAsync(server, "doomed_files")));
        Assert.Null((await server.SendFileAsync("alice", conversation, sent.Content)).Refusal);
    }

    [Theory, EveryEngine, Trait("Row", "G16")]
    public async Task The_files_of_a_recalled_message_are_gone_within_a_minute_unless_another_message_or_upload_has_the_bytes(Engine engine)
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(engine, clock: clock);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var marker = Encoding.UTF8.GetBytes($"marker {Guid.NewGuid()}");
        var (first, second) = (MessageId.New(), MessageId.New());
        var uploaded = await server.UploadAsync("alice", marker, name: "secret.txt");
        await server.SendFileAsync("alice", conversation, uploaded.Content, first);
        await server.SendFileAsync("bob", conversation, uploaded.Content, second);

        await server.DoAsync("alice", new RecallMessage(conversation, CommandId.New(), first));
        await PassAsync(server, clock);
        Assert.Single(server.Files());
        await server.DoAsync("bob", new RecallMessage(conversation, CommandId.New(), second));
        var same = await server.UploadAsync("carol", marker);
        await PassAsync(server, clock);

        // Carol's are the same bytes, and another content.
        Assert.Single(server.Files());
        Assert.Equal(1, await CountAsync(server, "contents"));
        await server.Node.Content.Resumable.EndAsync(new UserKey(server.App, new UserId("carol")), same.Content, CancellationToken.None);
        await PassAsync(server, clock);
        Assert.Empty(server.Files());
        Assert.Equal((0, 0, 0, 0), (await CountAsync(server, "contents"), await CountAsync(server, "blobs"), await CountAsync(server, "doomed_files"), await CountAsync(server, "content_uses")));
    }

    [Theory, EveryEngine, Trait("Row", "G16")]
    public async Task A_use_that_came_while_it_was_doomed_keeps_it(Engine engine)
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(engine, clock: clock);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var uploaded = await server.UploadAsync("alice", [1, 2, 3]);
        await server.SendFileAsync("alice", conversation, uploaded.Content);
        // As if the message had been decided on before, and recorded after it was doomed by another node.
        await server.ChangeAsync($"update contents set delete_at = 1, sent = 0");

        await server.CollectAsync();

        Assert.Single(server.Files());
        Assert.Equal(1, await server.NumberAsync($"select count(*) from contents where delete_at is null and sent = 1"));
    }

    [Theory, EveryEngine, Trait("Row", "G20")]
    public async Task A_message_whose_content_was_deleted_before_it_was_recorded_is_not_recorded(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var uploaded = await server.UploadAsync("alice", [1, 2, 3]);
        var key = new ConversationKey(server.App, conversation);
        await server.ChangeAsync($"delete from contents");

        await using var transaction = await server.Database.BeginAsync(CancellationToken.None);
        var failure = await Assert.ThrowsAsync<StorageException>(async () => await ContentUses.AddAsync(
            transaction.Session, key, new Sequence(2), new MessageContent([MessagePart.OfContent("x/y", uploaded.Content)]), CancellationToken.None));

        Assert.Equal(StorageFailure.Rejected, failure.Failure);
    }

    [Theory, EveryEngine, Trait("Row", "G20")]
    public async Task An_upload_that_is_not_finished_in_time_is_gone(Engine engine)
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(engine, clock: clock);
        var alice = new UserKey(server.App, new UserId("alice"));
        var uploads = server.Node.Content.Resumable;
        var upload = (await uploads.BeginAsync(alice, 10, null, "a.bin", CancellationToken.None)).Value!;
        clock.Advance(TimeSpan.FromHours(20));
        await uploads.AppendAsync(alice, upload.Key.Content, 0, new MemoryStream([1, 2, 3]), null, CancellationToken.None);
        clock.Advance(TimeSpan.FromDays(1) - TimeSpan.FromMilliseconds(1));
        await server.CollectAsync();
        Assert.Equal(3, (await uploads.FindAsync(alice, upload.Key.Content, CancellationToken.None)).Value!.Received);

        clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(Refusals.UploadExpired, (await uploads.FindAsync(alice, upload.Key.Content, CancellationToken.None)).Refusal);
        await server.CollectAsync();

        Assert.Equal(Refusals.NotFound, (await uploads.FindAsync(alice, upload.Key.Content, CancellationToken.None)).Refusal);
        Assert.Empty(server.Files());
        Assert.Equal((0, 0), (await CountAsync(server, "contents"), await CountAsync(server, "uploads")));
    }

    [Theory, EveryEngine, Trait("Row", "G20"), Trait("Row", "FU-06")]
    public async Task What_a_crash_left_behind_is_deleted_when_it_is_an_hour_old(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var alice = new UserKey(server.App, new UserId("alice"));
        var kept = await server.UploadAsync("alice", [1, 2, 3]);
        var begun = (await server.Node.Content.Resumable.BeginAsync(alice, 10, null, null, CancellationToken.None)).Value!;
        var app = Path.Combine(server.Content.Directory!, $"{server.App.Number}");
        var blob = $"{new string('a', 64)}-0123456789abcdef";
        Directory.CreateDirectory(Path.Combine(app, "aa"));
        string[] strays = [Path.Combine(app, "incoming", ContentId.New().Value), Path.Combine(app, "aa", blob)];
        string[] young = [Path.Combine(app, "incoming", ContentId.New().Value), Path.Combine(app, "aa", blob.Replace('0', '9'))];
        string[] foreign = [Path.Combine(app, "aa", "README"), Path.Combine(app, "incoming", "notes.txt")];
        foreach (var file in (string[])[.. strays, .. young, .. foreign]) await File.WriteAllTextAsync(file, "x");
        foreach (var file in Directory.GetFiles(server.Content.Directory!, "*", SearchOption.AllDirectories).Except(young)) File.SetLastWriteTimeUtc(file, TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(-61));

        await server.CollectAsync();

        Assert.DoesNotContain(strays, File.Exists);
        Assert.All((string[])[.. young, .. foreign, Path.Combine(app, "incoming", begun.Key.Content.Value)], file => Assert.True(File.Exists(file), file));
        Assert.Contains(server.Files(), file => Path.GetFileName(file).StartsWith(kept.Hash, StringComparison.Ordinal));
    }

    [Theory, EveryEngine, Trait("Row", "G16")]
    public async Task A_crash_between_the_rows_and_the_file_forgets_neither(Engine engine)
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(engine, clock: clock);
        await server.UploadAsync("alice", [1, 2, 3]);
        var table = new CollectorTable(server.Database, new Journal(server.Database, _ => { }, clock, Microsoft.Extensions.Logging.Abstractions.NullLogger<Journal>.Instance));
        await server.ChangeAsync($"insert into doomed_files (app, file) select app, file from blobs");
        await server.ChangeAsync($"delete from contents");
        await server.ChangeAsync($"delete from blobs");
        Assert.Single(await table.DoomedFilesAsync(10, CancellationToken.None));

        await server.RestartAsync();
        await server.CollectAsync();

        Assert.Empty(server.Files());
        Assert.Equal(0, await CountAsync(server, "doomed_files"));
    }

    [Theory, EveryEngine]
    public async Task Where_there_is_nothing_to_delete_nothing_is_written(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.UploadAsync("alice", [1, 2, 3]);
        var before = server.Faults.Commits;

        await server.CollectAsync();

        Assert.Equal(before, server.Faults.Commits);
    }

    /// <summary>As long as a recall's files may stay, with the collector as often as it comes.</summary>
    private static async Task PassAsync(TestServer server, ManualClock clock)
    {
        for (var passed = TimeSpan.Zero; passed < TimeSpan.FromSeconds(60); passed += new ContentOptions().CollectEvery)
        {
            clock.Advance(new ContentOptions().CollectEvery);
            await server.CollectAsync();
        }
    }

    private static Task<long> CountAsync(TestServer server, string table) => server.NumberAsync(Sql.Script($"select count(*) from {table}"));
}
