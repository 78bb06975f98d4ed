using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Parley.Content;
using Parley.Gateway;
using Parley.Storage;

namespace Parley.Tests.Content;

/// <summary>How much is taken, how often and how fast: each limit at its number and one past it.</summary>
public sealed class UploadLimitsTests
{
    [Theory, EveryEngine, Trait("Row", "FU-06"), Trait("Row", "B17")]
    public async Task A_file_as_large_as_allowed_is_taken_and_one_byte_more_is_not_however_it_comes(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Content:MaxBytes", "1000"));
        using var alice = UploadClient.Of(server, "alice");

        await alice.UploadAsync(new byte[1_000]);
        using var tooLarge = await alice.PutAsync(new byte[1_001]);
        using var unsaid = await alice.SendAsync(HttpMethod.Put, "/v1/content", new Unsaid(1_001));
        using var endless = await alice.SendAsync(HttpMethod.Put, "/v1/content", new Unsaid(300_000));
        using var form = new MultipartFormDataContent { { new ByteArrayContent(new byte[1_001]), "file", "a" } };
        using var inForm = await alice.SendAsync(HttpMethod.Post, "/v1/content", form);
        using var fits = new MultipartFormDataContent { { new ByteArrayContent(new byte[1_000]), "file", "a" } };
        using var fitsInForm = await alice.SendAsync(HttpMethod.Post, "/v1/content", fits);

        Assert.Equal([413, 413, 413, 413, 201], new[] { tooLarge, unsaid, endless, inForm, fitsInForm }.Select(answer => (int)answer.StatusCode));
        Assert.All(UploadTests.Files(server), file => Assert.DoesNotContain("incoming", file, StringComparison.Ordinal));
    }

    [Fact, Trait("Row", "FU-06")]
    public void Unless_it_is_said_otherwise_a_user_uploads_fifty_times_a_minute_and_four_files_at_once()
    {
        var clock = new ManualClock();
        var limits = new UploadLimits(new ContentOptions(), clock);
        var (alice, bob) = (new UserKey(new AppId(1), new UserId("alice")), new UserKey(new AppId(1), new UserId("bob")));
        for (var upload = 0; upload < 50; upload++) Assert.Null(limits.Take(alice));

        var refusal = limits.Take(alice);

        Assert.Equal((Refusals.RateLimited, TimeSpan.FromSeconds(1.2)), (refusal, refusal!.RetryAfter));
        Assert.Null(limits.Take(bob));
        clock.Advance(TimeSpan.FromSeconds(1.2));
        Assert.Null(limits.Take(alice));
        Assert.NotNull(limits.Take(alice));

        var places = Enumerable.Range(0, 4).Select(_ => limits.Enter(alice)).ToArray();
        Assert.All(places, Assert.NotNull);
        Assert.Null(limits.Enter(alice));
        Assert.NotNull(limits.Enter(bob));
        places[0]!.Dispose();
        places[0]!.Dispose();
        Assert.NotNull(limits.Enter(alice));
        Assert.Null(limits.Enter(alice));
    }

    [Theory, EveryEngine, Trait("Row", "FU-06"), Trait("Row", "TE-07")]
    public async Task A_user_uploads_as_often_as_allowed_and_nobody_else_is_held_up(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Content:UploadsPerUserBurst", "3"), ("Content:UploadsPerUserPerMinute", "1"));
        using var alice = new TusClient(server, "alice");
        using var bob = UploadClient.Of(server, "bob");
        using var stranger = UploadClient.Of(server, "alice", "other");
        await alice.Http.UploadAsync([1]);
        await alice.Http.UploadAsync([2]);
        var location = await alice.CreateAsync(1);

        using var fourth = await alice.Http.PutAsync([4]);
        using var fifth = await alice.PostAsync(1, null);
        using var piece = await alice.PatchAsync(location, 0, [3]);

        Assert.Equal([429, 429, 204], new[] { fourth, fifth, piece }.Select(answer => (int)answer.StatusCode));
        Assert.True(fourth.Headers.RetryAfter is not null);
        await bob.UploadAsync([1]);
        await stranger.UploadAsync([1]);
    }

    [Theory, EveryEngine, Trait("Row", "FU-06")]
    public async Task As_many_uploads_as_allowed_are_received_at_once_and_one_that_ends_makes_room(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Content:ParallelUploadsPerUser", "2"));
        using var alice = UploadClient.Of(server, "alice");
        using var first = await DialAsync(server, 100);
        using var second = await DialAsync(server, 100);
        await first.GetStream().WriteAsync(new byte[10]);
        await second.GetStream().WriteAsync(new byte[10]);
        await Gateway.GatewayHost.EventuallyAsync(() => UploadTests.Files(server).Count == 2);

        using var third = await alice.PutAsync([1]);
        first.Close();
        await Gateway.GatewayHost.EventuallyAsync(() => UploadTests.Files(server).Count == 1);
        using var again = await alice.PutAsync([1]);

        Assert.Equal([429, 201], new[] { third, again }.Select(answer => (int)answer.StatusCode));
    }

    [Theory, EveryEngine, Trait("Row", "FU-06")]
    public async Task Who_sends_too_slowly_or_stops_before_the_end_leaves_nothing_behind(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Content:MinBytesPerSecond", "10240"), ("Content:MinRateAfter", "00:00:02"));
        using var slow = await DialAsync(server, 1_000);
        var trickle = TrickleAsync(slow);
        using (var aborted = await DialAsync(server, 100_000))
        {
            await aborted.GetStream().WriteAsync(new byte[99_000]);
            await Gateway.GatewayHost.EventuallyAsync(() => UploadTests.Files(server).Any(file => new FileInfo(file).Length == 99_000));
        }

        var answer = await ReadAsync(slow);

        Assert.StartsWith("HTTP/1.1 408", answer, StringComparison.Ordinal);
        Assert.Contains("too_slow", answer, StringComparison.Ordinal);
        await trickle;
        await Gateway.GatewayHost.EventuallyAsync(() => UploadTests.Files(server).Count == 0);
        Assert.Equal(0, await server.NumberAsync($"select count(*) from contents"));
    }

    [Theory, EveryEngine, Trait("Row", "FU-08"), Trait("Row", "TE-07")]
    public async Task What_a_user_keeps_is_bounded_and_what_he_deletes_can_be_used_again(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Apps:demo:Uploads:UserBytes", "1000"), ("Apps:demo:Uploads:AppBytes", "1500"));
        using var alice = new TusClient(server, "alice");
        using var bob = UploadClient.Of(server, "bob");
        using var stranger = UploadClient.Of(server, "alice", "other");
        var first = await alice.Http.UploadAsync(new byte[600]);

        using var over = await alice.Http.PutAsync(new byte[401]);
        using var unsaid = await alice.Http.SendAsync(HttpMethod.Put, "/v1/content", new Unsaid(401));
        using var begun = await alice.PostAsync(401, null);
        var rest = await alice.CreateAsync(400);
        using var full = await alice.Http.PutAsync(new byte[1]);
        using var ofAll = await bob.PutAsync(new byte[501]);
        await bob.UploadAsync(new byte[500]);
        await stranger.UploadAsync(new byte[2_000]);
        foreach (var answer in new[] { over, unsaid, begun, full, ofAll })
            Assert.Equal((507, "quota_exceeded"), (await UploadClient.RefusalAsync(answer)) is var (status, code, _) ? (status, code) : default);

        using var deleted = await alice.Http.SendAsync(HttpMethod.Delete, $"/v1/content/{first.Content}");
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        await alice.Http.UploadAsync(new byte[600]);
        using var piece = await alice.PatchAsync(rest, 0, new byte[400]);
        Assert.Equal(HttpStatusCode.NoContent, piece.StatusCode);
        Assert.All(UploadTests.Files(server), file => Assert.DoesNotContain("incoming", file, StringComparison.Ordinal));
    }

    [Fact, Trait("Row", "FU-08")]
    public void Room_is_left_on_the_disk_as_bytes_or_as_a_part_of_it()
    {
        var clock = new ManualClock();
        var (free, total) = (3_000L, 100_000L);
        var space = new ContentSpace(new ContentOptions { MinFreeBytes = 2_000, MinFreePercent = 0 }, () => (free, total), clock);
        Assert.Null(space.Check(1_000));
        Assert.Equal(Refusals.StorageFull, space.Check(1_001));
        var percent = new ContentSpace(new ContentOptions { MinFreeBytes = 0, MinFreePercent = 2 }, () => (free, total), clock);
        Assert.Null(percent.Check(1_000));
        Assert.Equal(Refusals.StorageFull, percent.Check(1_001));
        free = 10_000;
        // It is looked at once a second.
        Assert.Equal(Refusals.StorageFull, percent.Check(1_001));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(percent.Check(1_001));
        Assert.Equal((2L * 1024 * 1024 * 1024, 5), (new ContentOptions().MinFreeBytes, new ContentOptions().MinFreePercent));
    }

    [Theory, EveryEngine, Trait("Row", "FU-08")]
    public async Task Without_room_on_the_disk_nothing_is_taken(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Content:MinFreeBytes", "1000000000000000"));
        using var alice = new TusClient(server, "alice");

        using var put = await alice.Http.PutAsync([1]);
        using var begun = await alice.PostAsync(1, null);

        foreach (var answer in new[] { put, begun })
            Assert.Equal((507, "storage_full"), (await UploadClient.RefusalAsync(answer)) is var (status, code, _) ? (status, code) : default);
    }

    [Theory, EveryEngine, Trait("Row", "A25"), Trait("Row", "A26"), Trait("Row", "A27"), Trait("Row", "A28")]
    public async Task An_app_takes_of_each_kind_what_it_lists_by_what_the_bytes_are(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(
            engine, ("Apps:demo:Uploads:ImageTypes:0", "image/png"), ("Apps:demo:Uploads:ImageTypes:1", "image/jpeg"), ("Apps:demo:Uploads:FileTypes:0", "application/pdf"));
        using var alice = UploadClient.Of(server, "alice");
        using var stranger = UploadClient.Of(server, "alice", "other");

        foreach (var (bytes, declared, status) in new[]
        {
            (Pictures.Png(), "image/png", 201), (Pictures.Jpeg(), "image/png", 201), (Pictures.Gif(), "image/png", 415), (Pictures.Gif(), "image/gif", 415),
            ("%PDF-1.7"u8.ToArray(), "image/x", 201), ("text"u8.ToArray(), "application/pdf", 415), ("ID3\x04"u8.ToArray(), "audio/mpeg", 201), ("\0\0\0\u0018ftypmp42"u8.ToArray(), null, 201),
        })
        {
            using var answer = await alice.PutAsync(bytes, declared);
            Assert.Equal((declared, status), (declared, (int)answer.StatusCode));
        }

        await stranger.UploadAsync(Pictures.Gif());
    }

    private static async Task<TcpClient> DialAsync(RunningServer server, long length)
    {
        var socket = new TcpClient();
        await socket.ConnectAsync(server.Address);
        var head = $"PUT /v1/content HTTP/1.1\r\nHost: {server.Address}\r\nAuthorization: Bearer {RunningServer.TokenOf("alice")}\r\nContent-Length: {length.ToString(CultureInfo.InvariantCulture)}\r\n\r\n";
        await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head));
        return socket;
    }

    private static async Task TrickleAsync(TcpClient socket)
    {
        try
        {
            for (var sent = 0; sent < 60; sent++)
            {
                await socket.GetStream().WriteAsync(new byte[1]);
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
            }
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The server had enough.
        }
    }

    private static async Task<string> ReadAsync(TcpClient socket)
    {
        var (text, buffer) = (new StringBuilder(), new byte[4096]);
        try
        {
            while (await socket.GetStream().ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System) is > 0 and var read) text.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }
        catch (IOException)
        {
            // It ends with the answer, one way or another.
        }

        return text.ToString();
    }

    /// <summary>Bytes whose number is not announced.</summary>
    private sealed class Unsaid(int bytes) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            for (var sent = 0; sent < bytes; sent += 500) await stream.WriteAsync(new byte[Math.Min(500, bytes - sent)]);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
