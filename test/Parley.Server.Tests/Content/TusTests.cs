using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Parley.Tests.Content;

/// <summary>Uploads that can be resumed, as the protocol tus 1.0.0 says.</summary>
public sealed class TusTests
{
    [Theory, EveryEngine, Trait("Row", "A23")]
    public async Task The_server_says_what_it_can(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var nobody = new UploadClient(server.Address, "");

        using var answer = await nobody.SendAsync(HttpMethod.Options, "/v1/content/tus");

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal(
            ["1.0.0", "1.0.0", "creation,creation-with-upload,expiration,termination,checksum", "104857600", "sha1,sha256"],
            new[] { "Tus-Resumable", "Tus-Version", "Tus-Extension", "Tus-Max-Size", "Tus-Checksum-Algorithm" }.Select(name => Assert.Single(answer.Headers.GetValues(name))));
    }

    [Theory, EveryEngine, Trait("Row", "A23"), Trait("Row", "B17"), Trait("Row", "B20"), Trait("Row", "G20")]
    public async Task A_file_comes_in_pieces_and_is_content_with_the_last_of_them(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = new TusClient(server, "alice");
        var bytes = (byte[])[.. Pictures.Png(20, 30), .. RandomNumberGenerator.GetBytes(100_000)];
        var location = await alice.CreateAsync(bytes.Length, "Ferien.png", "image/png");

        Assert.Equal((0, null), await alice.OffsetAsync(location));
        using var first = await alice.PatchAsync(location, 0, bytes[..40_000]);
        Assert.Equal((204, "40000"), ((int)first.StatusCode, Assert.Single(first.Headers.GetValues("Upload-Offset"))));
        Assert.True(first.Headers.Contains("Upload-Expires"));
        Assert.Contains("\"state\":\"uploading\"", (await alice.Http.AskAsync(Methods.GetContent, $$"""{"content":"{{location.Split('/')[^1]}}"}""")).GetRawText(), StringComparison.Ordinal);
        using var second = await alice.PatchAsync(location, 40_000, bytes[40_000..]);
        var content = Assert.Single(second.Headers.GetValues("Parley-Content"));

        // Whoever did not hear the answer asks, and is told.
        Assert.Equal((bytes.Length, content), await alice.OffsetAsync(location));
        var state = await alice.Http.AskAsync(Methods.GetContent, $$"""{"content":"{{content}}"}""");
        Assert.Equal(("ready", "image/png", UploadTests.Hash(bytes), "Ferien.png", 20), (state.GetProperty("state").GetString(), state.GetProperty("type").GetString(), state.GetProperty("hash").GetString(), state.GetProperty("name").GetString(), state.GetProperty("width").GetInt32()));
        Assert.Equal(bytes, await alice.Http.DownloadAsync(new ContentId(content)));
        Assert.Single(UploadTests.Files(server));
    }

    [Theory, EveryEngine, Trait("Row", "A23")]
    public async Task A_creation_may_bring_bytes_all_of_them_or_some(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = new TusClient(server, "alice");
        var bytes = RandomNumberGenerator.GetBytes(5_000);

        using var whole = await alice.PostAsync(bytes.Length, bytes);
        using var some = await alice.PostAsync(bytes.Length, bytes[..1_000]);
        using var none = await alice.PostAsync(0, null);

        Assert.Equal([201, 201, 201], new[] { whole, some, none }.Select(answer => (int)answer.StatusCode));
        Assert.Equal(["5000", "1000", "0"], new[] { whole, some, none }.Select(answer => Assert.Single(answer.Headers.GetValues("Upload-Offset"))));
        Assert.Equal([true, false, true], new[] { whole, some, none }.Select(answer => answer.Headers.Contains("Parley-Content")));
        using var rest = await alice.PatchAsync(some.Headers.Location!.ToString(), 1_000, bytes[1_000..]);
        Assert.Equal(bytes, await alice.Http.DownloadAsync(new ContentId(Assert.Single(rest.Headers.GetValues("Parley-Content")))));
    }

    [Theory, EveryEngine, Trait("Row", "A23")]
    public async Task What_is_not_as_the_protocol_says_is_refused_and_changes_nothing(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Content:MaxBytes", "10000"));
        using var alice = new TusClient(server, "alice");
        using var bob = new TusClient(server, "bob");
        var location = await alice.CreateAsync(100);
        using var first = await alice.PatchAsync(location, 0, new byte[10]);

        var refused = new List<(string What, HttpResponseMessage Answer, int Status, string? Code)>
        {
            ("offset", await alice.PatchAsync(location, 11, new byte[10]), 409, "wrong_offset"),
            ("again", await alice.PatchAsync(location, 0, new byte[10]), 409, "wrong_offset"),
            ("too much", await alice.PatchAsync(location, 10, new byte[91]), 413, "too_large"),
            ("checksum", await alice.PatchAsync(location, 10, new byte[10], ("Upload-Checksum", $"sha1 {Convert.ToBase64String(new byte[20])}")), 460, "checksum_mismatch"),
            ("algorithm", await alice.PatchAsync(location, 10, new byte[10], ("Upload-Checksum", "crc32 AAAA")), 400, "bad_request"),
            ("type", await alice.Http.SendAsync(HttpMethod.Patch, location, new ByteArrayContent(new byte[10]), ("Tus-Resumable", "1.0.0"), ("Upload-Offset", "10")), 415, "not_json"),
            ("no offset", await alice.Http.SendAsync(HttpMethod.Patch, location, TusClient.Piece(new byte[10]), ("Tus-Resumable", "1.0.0")), 400, "bad_request"),
            ("version", await alice.Http.SendAsync(HttpMethod.Patch, location, TusClient.Piece(new byte[10]), ("Upload-Offset", "10")), 412, "tus_version"),
            ("another version", await alice.Http.SendAsync(HttpMethod.Post, "/v1/content/tus", null, ("Tus-Resumable", "0.2.2"), ("Upload-Length", "1")), 412, "tus_version"),
            ("no length", await alice.Http.SendAsync(HttpMethod.Post, "/v1/content/tus", null, ("Tus-Resumable", "1.0.0")), 400, "bad_request"),
            ("long", await alice.PostAsync(10_001, null), 413, "too_large"),
            ("metadata", await alice.Http.SendAsync(HttpMethod.Post, "/v1/content/tus", null, ("Tus-Resumable", "1.0.0"), ("Upload-Length", "1"), ("Upload-Metadata", "filename !!")), 400, "bad_request"),
            ("another's", await bob.PatchAsync(location, 10, new byte[10]), 404, "not_found"),
            ("verb", await alice.Http.SendAsync(HttpMethod.Put, location, null, ("Tus-Resumable", "1.0.0")), 405, "verb_not_allowed"),
        };

        foreach (var (what, answer, status, code) in refused)
        {
            var (itsStatus, itsCode, _) = await UploadClient.RefusalAsync(answer);
            Assert.Equal((what, status, code), (what, itsStatus, itsCode));
            Assert.Equal("1.0.0", Assert.Single(answer.Headers.GetValues("Tus-Resumable")));
            answer.Dispose();
        }

        Assert.Equal((10, null), await alice.OffsetAsync(location));
        using var most = await alice.PostAsync(10_000, null);
        Assert.Equal(HttpStatusCode.Created, most.StatusCode);
    }

    [Theory, EveryEngine, Trait("Row", "A23"), Trait("Row", "G20")]
    public async Task A_piece_with_its_checksum_is_taken_whole_or_not_at_all(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = new TusClient(server, "alice");
        var bytes = RandomNumberGenerator.GetBytes(20_000);
        var location = await alice.CreateAsync(bytes.Length);

        using var wrong = await alice.PatchAsync(location, 0, bytes[..10_000], ("Upload-Checksum", $"sha256 {Convert.ToBase64String(SHA256.HashData(bytes))}"));
        Assert.Equal((460, (0, null)), ((int)wrong.StatusCode, await alice.OffsetAsync(location)));
#pragma warning disable CA5350 // The protocol asks for it; it protects from damage and not from people.
        using var right = await alice.PatchAsync(location, 0, bytes[..10_000], ("Upload-Checksum", $"sha1 {Convert.ToBase64String(SHA1.HashData(bytes.AsSpan(0, 10_000)))}"));
#pragma warning restore CA5350
        using var last = await alice.PatchAsync(location, 10_000, bytes[10_000..], ("Upload-Checksum", $"sha256 {Convert.ToBase64String(SHA256.HashData(bytes.AsSpan(10_000)))}"));

        Assert.Equal([204, 204], new[] { right, last }.Select(answer => (int)answer.StatusCode));
        Assert.Equal(bytes, await alice.Http.DownloadAsync(new ContentId(Assert.Single(last.Headers.GetValues("Parley-Content")))));
    }

    [Theory, EveryEngine, Trait("Row", "A23"), Trait("Row", "FU-08")]
    public async Task An_upload_can_be_given_up_before_and_after_it_is_complete_but_not_when_it_is_sent(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = new TusClient(server, "alice");
        var begun = await alice.CreateAsync(100);
        using var whole = await alice.PostAsync(3, [1, 2, 3]);
        using var sent = await alice.PostAsync(3, [4, 5, 6]);
        var group = await alice.Http.CreateGroupAsync("bob");
        await alice.Http.SendFileAsync(group, new ContentId(Assert.Single(sent.Headers.GetValues("Parley-Content"))));

        var answers = new List<int>();
        foreach (var location in new[] { begun, whole.Headers.Location!.ToString(), sent.Headers.Location!.ToString(), begun })
        {
            using var ended = await alice.Http.SendAsync(HttpMethod.Delete, location, null, ("Tus-Resumable", "1.0.0"));
            answers.Add((int)ended.StatusCode);
        }

        Assert.Equal([204, 204, 403, 404], answers);
        Assert.Null(await alice.OffsetAsync(begun));
        Assert.Equal(1, await server.NumberAsync($"select count(*) from contents where delete_at is null"));
    }

    [Theory, EveryEngine, Trait("Row", "A23"), Trait("Row", "FU-02")]
    public async Task What_turns_out_to_be_no_picture_is_refused_with_its_last_piece_and_gone(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = new TusClient(server, "alice");
        var page = "<html><script>alert(1)</script>"u8.ToArray();
        var location = await alice.CreateAsync(page.Length, "a.png", "image/png");

        using var answer = await alice.PatchAsync(location, 0, page);

        Assert.Equal((400, "content_refused"), (await UploadClient.RefusalAsync(answer)) is var (status, code, _) ? (status, code) : default);
        Assert.Null(await alice.OffsetAsync(location));
        Assert.Empty(UploadTests.Files(server));
    }

    [Theory, EveryEngine, Trait("Row", "A23"), Trait("Row", "FU-06")]
    public async Task What_arrived_before_a_connection_broke_or_hung_is_kept(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = new TusClient(server, "alice");
        var bytes = RandomNumberGenerator.GetBytes(1_000_000);
        var location = await alice.CreateAsync(bytes.Length);

        using (var broken = await alice.DialAsync(location, 0, bytes.Length))
        {
            await broken.GetStream().WriteAsync(bytes.AsMemory(0, 300_000));
            await Gateway.GatewayHost.EventuallyAsync(() => UploadTests.Files(server).Any(file => new FileInfo(file).Length == 300_000));
        }

        var (offset, _) = (await alice.OffsetAsync(location))!.Value;
        Assert.Equal(300_000, offset);
        // It hangs, and nobody has closed it, when the client comes again; twice at once even.
        using var hung = await alice.DialAsync(location, offset, bytes.Length - offset);
        await hung.GetStream().WriteAsync(bytes.AsMemory((int)offset, 200_000));
        await Gateway.GatewayHost.EventuallyAsync(() => UploadTests.Files(server).Any(file => new FileInfo(file).Length == 500_000));
        Assert.Equal((500_000, null), await alice.OffsetAsync(location));
        using var last = await alice.PatchAsync(location, 500_000, bytes[500_000..]);

        Assert.Equal(bytes, await alice.Http.DownloadAsync(new ContentId(Assert.Single(last.Headers.GetValues("Parley-Content")))));
    }

    [Theory, EveryEngine, Trait("Row", "FU-06")]
    public async Task Of_two_who_send_the_same_piece_at_the_same_time_the_file_is_that_of_one(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = new TusClient(server, "alice");
        var bytes = RandomNumberGenerator.GetBytes(200_000);
        for (var round = 0; round < 10; round++)
        {
            var location = await alice.CreateAsync(bytes.Length);
            var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
            {
                try
                {
                    using var answer = await alice.PatchAsync(location, 0, bytes);
                    return (int)answer.StatusCode;
                }
                catch (HttpRequestException)
                {
                    return 0;
                }
            }));

            var (offset, content) = (await alice.OffsetAsync(location))!.Value;
            if (content is null)
            {
                using var rest = await alice.PatchAsync(location, offset, bytes[(int)offset..]);
                content = Assert.Single(rest.Headers.GetValues("Parley-Content"));
            }

            Assert.All(answers, status => Assert.Contains(status, new[] { 0, 204, 409 }));
            Assert.Equal(bytes, await alice.Http.DownloadAsync(new ContentId(content)));
        }
    }

    [Theory, EveryEngine, Trait("Row", "A23")]
    public async Task Much_that_arrives_is_made_safe_before_the_piece_ends(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = new TusClient(server, "alice");
        var bytes = new byte[20 * 1024 * 1024];
        var location = await alice.CreateAsync(bytes.Length);
        using var slow = await alice.DialAsync(location, 0, bytes.Length);

        await slow.GetStream().WriteAsync(bytes.AsMemory(0, 17 * 1024 * 1024));

        for (var tries = 0; tries < 200 && await server.NumberAsync($"select received from uploads") < 16 * 1024 * 1024; tries++) await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        Assert.InRange(await server.NumberAsync($"select received from uploads"), 16 * 1024 * 1024, 17 * 1024 * 1024);
    }
}
