using Parley.Client.Tests.Support;
using Parley.Tests;
using Parley.Tests.Content;
using static Parley.Client.Tests.Content.ContentWorld;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Content;

/// <summary>Uploads by the SDK, against a real server and over connections that break.</summary>
public sealed class UploadTests
{
    [Theory, EveryEngine]
    [Trait("Row", "A21"), Trait("Row", "A22"), Trait("Row", "A23")]
    public async Task A_file_goes_up_with_its_progress_told_and_is_there_byte_by_byte(Engine engine)
    {
        await using var world = await ContentWorld.StartAsync(engine);
        var alice = world.ClientOf("alice");
        var bytes = Bytes(3_000_000);
        var (progress, started) = (new ToldProgress(), new List<ContentId>());

        // Nobody has called ConnectAsync: it needs no connection.
        var uploaded = await alice.Content.UploadAsync(new MemoryStream(bytes), new UploadOptions { Name = "plans/plan.bin", Progress = progress, Started = started.Add });

        Assert.Equal(new ContentUploaded(Assert.Single(started), bytes.Length, "application/octet-stream", HashOf(bytes), "plan.bin"), uploaded);
        Assert.Equal((new ContentProgress(0, bytes.Length), new ContentProgress(bytes.Length, bytes.Length)), (progress.Told[0], progress.Told[^1]));
        Assert.Equal(progress.Told.Select(one => one.Bytes).Order(), progress.Told.Select(one => one.Bytes));
        var state = await alice.Content.GetAsync(uploaded.Content);
        Assert.Equal((UploadState.Ready, uploaded.Size, uploaded.Hash, uploaded.Name), (state.State, state.Size, state.Hash, state.Name));
        var (fetched, fetching) = (new MemoryStream(), new ToldProgress());
        await alice.Content.DownloadAsync(uploaded.Content, fetched, fetching);
        Assert.Equal(bytes, fetched.ToArray());
        Assert.Equal((new ContentProgress(0, bytes.Length), new ContentProgress(bytes.Length, bytes.Length)), (fetching.Told[0], fetching.Told[^1]));
    }

    [Theory, EveryEngine]
    public async Task An_empty_file_and_one_from_the_middle_of_a_stream_go_up(Engine engine)
    {
        await using var world = await ContentWorld.StartAsync(engine);
        var alice = world.ClientOf("alice");
        var progress = new ToldProgress();

        var empty = await alice.Content.UploadAsync(new MemoryStream(), new UploadOptions { Progress = progress });
        var rest = await alice.Content.UploadAsync(new MemoryStream([1, 2, 3, 4, 5]) { Position = 2 });

        Assert.Equal((0, HashOf([])), (empty.Size, empty.Hash));
        Assert.Equal([new ContentProgress(0, 0)], progress.Told);
        Assert.Equal((3, HashOf([3, 4, 5])), (rest.Size, rest.Hash));
        var fetched = new MemoryStream();
        await alice.Content.DownloadAsync(empty.Content, fetched);
        Assert.Equal(0, fetched.Length);
    }

    [Theory, EveryEngine]
    [Trait("Row", "A21"), Trait("Row", "L12"), Trait("Row", "L13"), Trait("Row", "L21"), Trait("Row", "L22")]
    public async Task A_picture_is_sent_in_two_lines_and_fetched_by_who_reads_the_message(Engine engine)
    {
        await using var world = await ContentWorld.StartAsync(engine);
        var (alice, bob) = (await world.ConnectAsync("alice"), await world.ConnectAsync("bob"));
        var told = new Told(alice);
        var conversation = (await alice.Conversations.DirectAsync(Bob)).Conversation;
        var path = Path.Combine(Path.GetDirectoryName(world.Server.ContentFolder)!, "sunset.PNG");
        await File.WriteAllBytesAsync(path, Pictures.Png(20, 30));
        var received = new TaskCompletionSource<LogEntry>();
        bob.MessageReceived += (_, e) => received.TrySetResult(e.Entry);

        var picture = await alice.Content.UploadFileAsync(path);
        await alice.Messages.SendAsync(conversation, MessageContent.Of(picture, "look"));

        var (entry, message) = (await received.Task, (MessageSent)(await received.Task).Event);
        Assert.Equal(Alice, message.Sender);
        Assert.Equal(MessageContent.Of(picture, "look"), message.Content);
        var part = message.Content.Parts[0];
        Assert.Equal(("image/png", "sunset.PNG", 20, 30, picture.Hash), (part.Type, part.Name, part.Width, part.Height, part.Hash));
        // What is larger than a message comes without its bytes; they are fetched when somebody asks for them.
        Assert.Null(part.Body);
        var fetched = new MemoryStream();
        await bob.Content.DownloadAsync(part.Content!.Value, conversation, message.Message, fetched);
        Assert.Equal(Pictures.Png(20, 30), fetched.ToArray());
        // Delivered by itself; read when he says so.
        await UntilAsync(() => !told.Delivered.IsEmpty, "it is delivered");
        Assert.Empty(told.Read);
        await bob.Receipts.MarkReadAsync(conversation, entry.Sequence);
        await UntilAsync(() => !told.Read.IsEmpty, "it is read");
    }

    [Theory, EveryEngine]
    [Trait("Row", "A23"), Trait("Row", "B20")]
    public async Task Broken_connections_cost_what_was_under_way_and_nothing_else(Engine engine)
    {
        await using var world = await ContentWorld.StartAsync(engine, ("Content:CollectEvery", "00:00:01"));
        var bytes = Bytes(20 * 1024 * 1024);
        foreach (Stream stream in (Stream[])[new MemoryStream(bytes), new OneWayStream(new MemoryStream(bytes))])
        {
            var (alice, progress, before) = (world.ClientOf("alice"), new ToldProgress(), world.Wire.Sent);
            var cuts = world.Wire.Cuts;
            world.Wire.CutSending(100, 3_000_000, 6_000_000, 500_000);

            var uploaded = await alice.Content.UploadAsync(stream, new UploadOptions { Length = bytes.Length, Progress = progress });

            Assert.Equal((bytes.Length, HashOf(bytes)), (uploaded.Size, uploaded.Hash));
            Assert.Equal(4, world.Wire.Cuts - cuts);
            Assert.Equal(bytes.Length, progress.Told[^1].Bytes);
            // What had arrived before a cut counts, but for what the web server had not handed on; from the beginning it would be 9.5 MB more.
            Assert.InRange(world.Wire.Sent - before, bytes.Length, bytes.Length + (8 * 1024 * 1024));
        }

        await UntilAsync(() => world.Files.Count == 1, "the same bytes are kept once");
    }

    [Theory, EveryEngine]
    [Trait("Row", "G20"), Trait("Row", "B20")]
    public async Task A_server_that_is_killed_under_uploads_gets_all_of_them(Engine engine)
    {
        await using var server = await ServerProcess.StartAsync(engine);
        var address = new Uri($"http://{server.Address}");
        await using var wire = new CuttingWire(address);
        await using var alice = new ParleyClient(new ParleyClientOptions { Endpoint = wire.Address, TokenProvider = _ => ValueTask.FromResult(server.TokenOf("alice")) }, () => 0.05);
        var bytes = Bytes(40 * 1024 * 1024);
        var kills = new Queue<long>([5_000_000, 21_000_000]);
        var killing = new List<Task>();
        var progress = new ToldProgress(told =>
        {
            if (!kills.TryPeek(out var at) || told.Bytes < at) return;
            kills.Dequeue();
            killing.Add(Task.Run(async () =>
            {
                await server.KillAsync();
                await server.StartAsync();
            }));
        });

        var uploaded = await alice.Content.UploadAsync(new MemoryStream(bytes), new UploadOptions { Progress = progress });

        await Task.WhenAll(killing);
        Assert.Equal(2, killing.Count);
        Assert.Equal((bytes.Length, HashOf(bytes)), (uploaded.Size, uploaded.Hash));
        var fetched = new MemoryStream();
        await alice.Content.DownloadAsync(uploaded.Content, fetched);
        Assert.Equal(uploaded.Hash, HashOf(fetched.ToArray()));
        Assert.Single(Directory.GetFiles(server.ContentFolder, "*", SearchOption.AllDirectories));
    }

    [Theory, EveryEngine]
    [Trait("Row", "A22")]
    public async Task A_cancelled_upload_leaves_nothing_unless_it_is_to_be_kept(Engine engine)
    {
        await using var world = await ContentWorld.StartAsync(engine);
        var alice = world.ClientOf("alice");
        var bytes = Bytes(8 * 1024 * 1024);
        foreach (var kept in (CancelledUpload[])[CancelledUpload.Discard, CancelledUpload.Keep])
        {
            using var giveUp = new CancellationTokenSource();
            ContentId? content = null;
            var options = new UploadOptions { Started = id => content = id, WhenCancelled = kept };

            var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => alice.Content.UploadAsync(new HaltingStream(bytes, 3_000_000, giveUp), options, giveUp.Token));

            Assert.Equal(giveUp.Token, cancelled.CancellationToken);
            if (kept == CancelledUpload.Discard)
            {
                Assert.Equal(Refusals.NotFound, (await Assert.ThrowsAsync<ParleyRefusedException>(() => alice.Content.GetAsync(content!.Value))).Refusal);
                Assert.Empty(world.Files);
            }
            else
            {
                Assert.Equal(UploadState.Uploading, (await alice.Content.GetAsync(content!.Value)).State);
                Assert.Equal(HashOf(bytes), (await alice.Content.ResumeAsync(content.Value, new MemoryStream(bytes))).Hash);
            }
        }
    }

    [Theory, EveryEngine]
    [Trait("Row", "A22")]
    public async Task An_upload_that_is_cancelled_while_it_is_created_leaves_nothing(Engine engine)
    {
        await using var world = await ContentWorld.StartAsync(engine);
        using var giveUp = new CancellationTokenSource();
        var handler = new Handler { After = (request, _) => request.Method == HttpMethod.Post ? giveUp.CancelAsync() : Task.CompletedTask };
        var alice = world.ClientOf("alice", options => options.With(handler));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => alice.Content.UploadAsync(new MemoryStream(Bytes(100)), cancel: giveUp.Token));

        Assert.Equal(["POST", "DELETE"], handler.Requests.Select(request => request.Method));
        Assert.Empty(world.Files);
    }

    [Theory, EveryEngine]
    [Trait("Row", "A23")]
    public async Task Another_run_of_the_program_goes_on_where_the_last_one_ended(Engine engine)
    {
        await using var world = await ContentWorld.StartAsync(engine);
        var bytes = Bytes(20 * 1024 * 1024);
        ContentId? content = null;
        var (reached, first) = (new TaskCompletionSource(), world.ClientOf("alice"));
        var uploading = first.Content.UploadAsync(new MemoryStream(bytes), new UploadOptions
        {
            Started = id => content = id,
            Progress = new ToldProgress(told =>
            {
                if (told.Bytes > 12_000_000) reached.TrySetResult();
            }),
        });
        await reached.Task;
        await first.DisposeAsync();
        await Assert.ThrowsAsync<ParleyConnectionException>(() => uploading);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => first.Content.GetAsync(content!.Value));

        var second = world.ClientOf("alice");
        var state = await second.Content.GetAsync(content!.Value);
        Assert.Equal((UploadState.Uploading, bytes.Length), (state.State, state.Size));
        await Assert.ThrowsAsync<ArgumentException>(() => second.Content.ResumeAsync(content.Value, new MemoryStream(bytes, 1, bytes.Length - 1)));
        var before = world.Wire.Sent;
        var uploaded = await second.Content.ResumeAsync(content.Value, new OneWayStream(new MemoryStream(bytes)), new UploadOptions { Length = bytes.Length });

        Assert.Equal(HashOf(bytes), uploaded.Hash);
        // But for what the web server had not handed on when the first program ended.
        Assert.InRange(world.Wire.Sent - before, 1, bytes.Length - 4_000_000);
        // Of one that is complete nothing is sent.
        before = world.Wire.Sent;
        Assert.Equal(uploaded, await second.Content.ResumeAsync(content.Value, new MemoryStream(bytes)));
        Assert.InRange(world.Wire.Sent - before, 1, 10_000);
    }

    /// <summary>Gives so many bytes, and cancels instead of giving the rest: the upload is never complete before.</summary>
    private sealed class HaltingStream(byte[] bytes, int given, CancellationTokenSource giveUp) : MemoryStream(bytes)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position >= given)
            {
                await giveUp.CancelAsync();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            }

            return await base.ReadAsync(buffer[..(int)Math.Min(buffer.Length, given - Position)], cancellationToken);
        }
    }
}
