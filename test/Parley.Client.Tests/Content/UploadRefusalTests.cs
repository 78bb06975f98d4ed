using System.Net;
using Parley.Client.Tests.EndToEnd;
using Parley.Client.Tests.Support;
using Parley.Tests;
using Parley.Tests.Content;
using static Parley.Client.Tests.Content.ContentWorld;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Content;

/// <summary>What is not taken, and what is said of it; what is taken later, and by whom it is asked for.</summary>
public sealed class UploadRefusalTests
{
    [Theory, EveryEngine]
    [Trait("Row", "A22")]
    public async Task A_file_at_the_limit_is_taken_and_one_past_it_is_refused_before_anything_is_sent(Engine engine)
    {
        await using var world = await ContentWorld.StartAsync(engine, ("Content:MaxBytes", "1000"));
        var handler = new Handler();
        var alice = world.ClientOf("alice", options => options.With(handler));
        // Without a session nobody told the limit: the server refuses it.
        var told = await RefusedAsync(() => alice.Content.UploadAsync(new MemoryStream(new byte[1_001])));
        Assert.Equal((Refusals.TooLarge, "the file: at most 1000 bytes"), (told, told.Detail));
        await alice.ConnectAsync();
        Assert.Equal(1_000, alice.Session!.Limits.MaxContentBytes);
        var asked = handler.Requests.Count;

        var refusal = await RefusedAsync(() => alice.Content.UploadAsync(new MemoryStream(new byte[1_001])));

        Assert.Equal((Refusals.TooLarge, told.Detail, asked), (refusal, refusal.Detail, handler.Requests.Count));
        Assert.Equal(1_000, (await alice.Content.UploadAsync(new MemoryStream(new byte[1_000]))).Size);
    }

    [Theory, EveryEngine]
    [Trait("Row", "A22"), Trait("Row", "A54")]
    public async Task What_an_app_does_not_take_is_refused_with_its_code_and_nothing_is_left_of_it(Engine engine)
    {
        await using var world = await ContentWorld.StartAsync(engine, ("Apps:demo:Uploads:UserBytes", "5000"), ("Apps:demo:Uploads:ImageTypes:0", "image/png"));
        var alice = await world.ConnectAsync("alice");
        byte[] page = [.. "<html><script>alert(1)</script>"u8];

        Assert.Equal(Refusals.ContentRefused, await RefusedAsync(() => alice.Content.UploadAsync(new MemoryStream(page), new UploadOptions { Type = FileType.Of("page.png") })));
        Assert.Equal(Refusals.UnsupportedContent, await RefusedAsync(() => alice.Content.UploadAsync(new MemoryStream(Pictures.Gif()))));
        Assert.Equal(Refusals.BadRequest, await RefusedAsync(() => alice.Content.UploadAsync(new MemoryStream([1]), new UploadOptions { Name = new string('n', 256) })));
        Assert.Empty(world.Files);
        await alice.Content.UploadAsync(new MemoryStream(new byte[5_000]), new UploadOptions { Name = new string('n', 255) });
        Assert.Equal(Refusals.QuotaExceeded, await RefusedAsync(() => alice.Content.UploadAsync(new MemoryStream([1]))));
        Assert.Single(world.Files);
    }

    [Theory, EveryEngine]
    public async Task A_stream_that_is_not_as_long_as_it_is_said_to_be_is_an_error_and_leaves_nothing(Engine engine)
    {
        await using var world = await ContentWorld.StartAsync(engine);
        var handler = new Handler();
        var alice = world.ClientOf("alice", options => options.With(handler));
        OneWayStream OneWay(int bytes) => new(new MemoryStream(new byte[bytes]));

        await Assert.ThrowsAsync<ArgumentException>(() => alice.Content.UploadAsync(OneWay(10)));
        await Assert.ThrowsAsync<ArgumentException>(() => alice.Content.UploadAsync(new MemoryStream(new byte[10]), new UploadOptions { Length = 11 }));
        await Assert.ThrowsAsync<ArgumentException>(() => alice.Content.UploadAsync(OneWay(10), new UploadOptions { Length = -1 }));
        Assert.Empty(handler.Requests);
        await Assert.ThrowsAsync<EndOfStreamException>(() => alice.Content.UploadAsync(OneWay(10), new UploadOptions { Length = 11 }));
        await Assert.ThrowsAsync<InvalidDataException>(() => alice.Content.UploadAsync(OneWay(10), new UploadOptions { Length = 9 }));
        await Assert.ThrowsAsync<EndOfStreamException>(() => alice.Content.UploadAsync(OneWay(5_000_000), new UploadOptions { Length = 5_000_001 }));
        await Assert.ThrowsAsync<InvalidDataException>(() => alice.Content.UploadAsync(OneWay(5_000_001), new UploadOptions { Length = 5_000_000 }));
        await Assert.ThrowsAsync<EndOfStreamException>(() => alice.Content.UploadAsync(new ShrinkingStream(3_000_000)));
        Assert.Empty(world.Files);
        Assert.Equal(10, (await alice.Content.UploadAsync(OneWay(10), new UploadOptions { Length = 10 })).Size);
    }

    [Theory, EveryEngine]
    [Trait("Row", "A22")]
    public async Task What_is_refused_for_the_moment_is_waited_for(Engine engine)
    {
        await using var world = await ContentWorld.StartAsync(engine, ("Content:UploadsPerUserBurst", "1"), ("Content:UploadsPerUserPerMinute", "120"), ("Content:ParallelUploadsPerUser", "1"));
        var (handler, troubles) = (new Handler(), new Queue<HttpResponseMessage>());
        handler.Before = request => request.Method == HttpMethod.Patch && troubles.TryDequeue(out var trouble) ? trouble : null;
        var alice = world.ClientOf("alice", options => options.With(handler));
        troubles.Enqueue(Handler.Refuse(Refusals.Overloaded, ""","retryAfterMs":1"""));
        troubles.Enqueue(Handler.Answer(HttpStatusCode.BadGateway, "<html>no server</html>"));
        troubles.Enqueue(Handler.Refuse(Refusals.WrongOffset));

        var uploaded = await Task.WhenAll(Enumerable.Range(0, 3).Select(count => alice.Content.UploadAsync(new MemoryStream(Bytes(100_000 + count)))));

        Assert.Equal([100_000L, 100_001, 100_002], uploaded.Select(one => one.Size));
        Assert.Empty(troubles);
        Assert.True(handler.Requests.Count(request => request.Method == "HEAD") >= 3, "after each trouble the server is asked");
    }

    [Theory, EveryEngine]
    public async Task When_its_patience_is_over_the_last_refusal_is_told_and_the_upload_stays(Engine engine)
    {
        await using var world = await ContentWorld.StartAsync(engine);
        var handler = new Handler { Before = request => request.Method == HttpMethod.Patch ? Handler.Refuse(Refusals.StorageFull) : null };
        var alice = world.ClientOf("alice", options => options.With(handler, transferTimeout: 0.3));
        ContentId? content = null;

        var refused = await Assert.ThrowsAsync<ParleyRefusedException>(() => alice.Content.UploadAsync(new MemoryStream(new byte[10]), new UploadOptions { Started = id => content = id }));

        Assert.Equal((Refusals.StorageFull, true), (refused.Refusal, refused.IsTransient));
        handler.Before = request => request.Method == HttpMethod.Patch ? throw new HttpRequestException("the cable") : null;
        var broken = await Assert.ThrowsAsync<ParleyConnectionException>(() => alice.Content.ResumeAsync(content!.Value, new MemoryStream(new byte[10])));
        Assert.Equal("the cable", broken.InnerException?.Message);
        handler.Before = _ => null;
        Assert.Equal(10, (await alice.Content.ResumeAsync(content!.Value, new MemoryStream(new byte[10]))).Size);
        Assert.False(handler.IsDisposed);
    }

    [Theory, EveryEngine]
    public async Task A_token_that_ends_under_way_is_replaced_once_and_one_that_is_never_taken_is_told(Engine engine)
    {
        await using var world = await ContentWorld.StartAsync(engine);
        var (first, second, asked) = (RunningServer.TokenOf("alice"), RunningServer.TokenOf("alice", hours: 2), 0);
        var isOver = false;
        var handler = new Handler
        {
            Before = request =>
            {
                // The server's own word of it: this one it has never signed.
                if (isOver && request.Headers.Authorization?.Parameter == first) request.Headers.Authorization = new("Bearer", first[..^4] + "AAAA");
                if (request.Method == HttpMethod.Head) isOver = true;
                return null;
            },
        };
        var alice = world.ClientOf("alice", options => new ParleyClientOptions
        {
            Endpoint = options.Endpoint, HttpHandler = handler, TokenProvider = _ => ValueTask.FromResult(Interlocked.Increment(ref asked) == 1 ? first : second),
        });
        var bytes = Bytes(5 * 1024 * 1024);
        world.Wire.CutSending(2_000_000);

        var uploaded = await alice.Content.UploadAsync(new MemoryStream(bytes));

        Assert.Equal((HashOf(bytes), 2, true), (uploaded.Hash, asked, isOver));
        var bob = world.ClientOf("bob", options => new ParleyClientOptions { Endpoint = options.Endpoint, TokenProvider = _ => ValueTask.FromResult($"no token {asked++}") });
        Assert.Equal(Refusals.Unauthorized, await RefusedAsync(() => bob.Content.UploadAsync(new MemoryStream([1]))));
        Assert.Equal(4, asked);
    }

    [Theory, EveryEngine]
    public async Task Other_peoples_uploads_are_not_found(Engine engine)
    {
        await using var world = await ContentWorld.StartAsync(engine, ("Content:CollectEvery", "00:00:01"));
        var (alice, bob, carol) = (await world.ConnectAsync("alice"), await world.ConnectAsync("bob"), await world.ConnectAsync("carol"));
        var conversation = (await alice.Conversations.DirectAsync(Bob)).Conversation;
        var unsent = await alice.Content.UploadAsync(new MemoryStream([1]));
        var sent = await alice.Content.UploadAsync(new MemoryStream([2]));
        var message = ((MessageSent)(await alice.Messages.SendAsync(conversation, MessageContent.Of(sent))).Event).Message;

        Assert.Equal(Refusals.NotFound, await RefusedAsync(() => carol.Content.GetAsync(unsent.Content)));
        Assert.Equal(Refusals.NotFound, await RefusedAsync(() => carol.Content.ResumeAsync(unsent.Content, new MemoryStream([1]))));
        Assert.Equal(Refusals.NotFound, await RefusedAsync(() => carol.Content.GetUrlAsync(sent.Content, conversation, message)));
        Assert.Equal(Refusals.NotFound, await RefusedAsync(() => carol.Content.DownloadAsync(sent.Content, conversation, message, Stream.Null)));
        Assert.Equal(Refusals.NotFound, await RefusedAsync(() => bob.Content.DownloadAsync(unsent.Content, conversation, message, Stream.Null)));
        // What is not there is fine to be given up, and what is somebody else's is there afterwards.
        await carol.Content.DiscardAsync(unsent.Content);
        await alice.Content.GetAsync(unsent.Content);
        Assert.Equal(Refusals.PermissionDenied, await RefusedAsync(() => alice.Content.DiscardAsync(sent.Content)));
        await alice.Content.DiscardAsync(unsent.Content);
        await alice.Content.DiscardAsync(unsent.Content);
        Assert.Equal(Refusals.NotFound, await RefusedAsync(() => alice.Content.GetAsync(unsent.Content)));
        await UntilAsync(() => world.Files.Count == 1, "what was given up is deleted");
        // As soon as the message is taken back, nobody fetches it.
        await alice.Messages.RecallAsync(conversation, message);
        Assert.Equal(Refusals.NotFound, await RefusedAsync(() => bob.Content.GetUrlAsync(sent.Content, conversation, message)));
    }

    private static async Task<Refusal> RefusedAsync(Func<Task> asking) => (await Assert.ThrowsAsync<ParleyRefusedException>(asking)).Refusal;

    /// <summary>A file that another program cuts while it is read.</summary>
    private sealed class ShrinkingStream(int bytes) : MemoryStream(new byte[bytes])
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Position > bytes / 2 ? ValueTask.FromResult(0) : base.ReadAsync(buffer, cancellationToken);
    }
}
