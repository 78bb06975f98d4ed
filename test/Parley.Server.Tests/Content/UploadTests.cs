using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Parley.Tests.Content;

/// <summary>Files that are sent whole.</summary>
public sealed class UploadTests
{
    [Theory, EveryEngine, Trait("Row", "A21"), Trait("Row", "A44"), Trait("Row", "G20")]
    public async Task What_is_uploaded_is_what_is_fetched_and_the_server_says_what_it_is(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = UploadClient.Of(server, "alice");
        var picture = Pictures.Png(20, 30);

        var uploaded = await alice.UploadAsync(picture, "image/png", "Ferien.png");
        using var fetched = await alice.FetchAsync(await alice.UrlAsync(uploaded.Content));

        Assert.Equal((picture.LongLength, "image/png", Hash(picture), "Ferien.png", 20, 30), (uploaded.Size, uploaded.Type, uploaded.Hash, uploaded.Name, uploaded.Width, uploaded.Height));
        Assert.Equal(picture, await fetched.Content.ReadAsByteArrayAsync());
        Assert.Equal("image/png", $"{fetched.Content.Headers.ContentType}");
        Assert.Equal($"\"{uploaded.Hash}\"", $"{fetched.Headers.ETag}");
        // The file is there under its hash, and nothing else is left.
        var file = Assert.Single(Files(server));
        Assert.StartsWith(uploaded.Hash, Path.GetFileName(file), StringComparison.Ordinal);
    }

    [Theory, EveryEngine, Trait("Row", "A23")]
    public async Task A_form_with_a_file_does_the_same(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = UploadClient.Of(server, "alice");
        var file = new ByteArrayContent("plain text, nothing else"u8.ToArray());
        file.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
        using var form = new MultipartFormDataContent { { new StringContent("passed over"), "note" }, { file, "file", "Grüße.txt" } };

        using var answer = await alice.SendAsync(HttpMethod.Post, "/v1/content", form);
        var uploaded = await UploadClient.UploadedAsync(answer);

        Assert.Equal(("text/plain", "Grüße.txt", 24L), (uploaded.Type, uploaded.Name, uploaded.Size));
        Assert.Equal("plain text, nothing else"u8.ToArray(), await alice.DownloadAsync(uploaded.Content));
    }

    [Theory, EveryEngine, Trait("Row", "A23")]
    public async Task A_form_that_is_none_or_has_no_file_is_refused(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = UploadClient.Of(server, "alice");
        using var empty = new MultipartFormDataContent { { new StringContent("x"), "other" } };
        var cut = new ByteArrayContent("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nno end"u8.ToArray());
        cut.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=b");
        foreach (var content in new HttpContent[] { empty, cut, new StringContent("{}", Encoding.UTF8, "application/json") })
        {
            using var answer = await alice.SendAsync(HttpMethod.Post, "/v1/content", content);
            Assert.Equal((400, "bad_request"), (await UploadClient.RefusalAsync(answer)) is var (status, code, _) ? (status, code) : default);
        }

        Assert.Empty(Files(server));
    }

    [Theory, EveryEngine, Trait("Row", "A21")]
    public async Task A_backend_uploads_in_a_users_name_and_nobody_without_a_name(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var backend = UploadClient.OfBackend(server, "alice");
        using var nobody = new UploadClient(server.Address, "Bearer nonsense");
        using var nameless = new UploadClient(server.Address, $"ApiKey {RunningServer.KeyOf("demo")}");

        var uploaded = await backend.UploadAsync([1, 2, 3]);
        using var refused = await nobody.PutAsync([1, 2, 3]);
        using var whose = await nameless.PutAsync([1, 2, 3]);

        Assert.Equal(1, await server.NumberAsync($"select count(*) from contents where owner = 'alice' and content = {uploaded.Content.Value}"));
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, whose.StatusCode);
    }

    [Theory, EveryEngine, Trait("Row", "G20")]
    public async Task A_file_with_another_hash_than_was_announced_is_not_kept(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = UploadClient.Of(server, "alice");
        var bytes = RandomNumberGenerator.GetBytes(1_000);
        var right = Convert.ToBase64String(SHA256.HashData(bytes));
        var wrong = Convert.ToBase64String(new byte[32]);

        foreach (var (header, value, status) in new[]
        {
            ("Digest", $"sha-256={right}", 201), ("Content-Digest", $"sha-256=:{right}:", 201), ("Repr-Digest", $"md5=:AAAA:, sha-256=:{right}:", 201),
            ("Digest", $"SHA-256={wrong}", 460), ("Content-Digest", "sha-256=:AAAA:", 400),
        })
        {
            using var answer = await alice.PutAsync(bytes, headers: (header, value));
            Assert.Equal((header, value, status), (header, value, (int)answer.StatusCode));
        }

        Assert.Equal(3, await server.NumberAsync($"select count(*) from contents"));
    }

    [Theory, EveryEngine, Trait("Row", "G20")]
    public async Task The_same_bytes_are_kept_once_in_an_app_and_nobody_is_told(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = UploadClient.Of(server, "alice");
        using var bob = UploadClient.Of(server, "bob");
        using var stranger = UploadClient.Of(server, "alice", "other");
        var bytes = RandomNumberGenerator.GetBytes(5_000);

        var answers = new List<(HttpStatusCode, string)>();
        foreach (var client in new[] { alice, bob, alice, stranger })
        {
            using var answer = await client.PutAsync(bytes, "application/zip", "a.bin");
            var uploaded = await UploadClient.UploadedAsync(answer);
            answers.Add((answer.StatusCode, (await answer.Content.ReadAsStringAsync()).Replace(uploaded.Content.Value, "id", StringComparison.Ordinal)));
            Assert.Equal(bytes, await client.DownloadAsync(uploaded.Content));
        }

        Assert.Single(answers.Distinct());
        await server.Node.Content.Collector.CollectAsync(CancellationToken.None);
        // One in each app: apps share nothing, also where it would save room.
        Assert.Equal(2, Files(server).Count);
        Assert.Equal(4, await server.NumberAsync($"select count(*) from contents"));
    }

    [Theory, EveryEngine, Trait("Row", "B20")]
    public async Task An_owner_is_told_what_became_of_his_upload_and_nobody_else_is(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = UploadClient.Of(server, "alice");
        using var bob = UploadClient.Of(server, "bob");
        var uploaded = await alice.UploadAsync(Pictures.Gif(), "image/gif", "a.gif");

        var state = await alice.AskAsync(Methods.GetContent, $$"""{"content":"{{uploaded.Content}}"}""");
        var others = await bob.AskAsync(Methods.GetContent, $$"""{"content":"{{uploaded.Content}}"}""");
        var none = await bob.AskAsync(Methods.GetContent, $$"""{"content":"{{ContentId.New()}}"}""");

        Assert.Equal(
            $$"""{"content":"{{uploaded.Content}}","state":"ready","size":{{uploaded.Size}},"type":"image/gif","hash":"{{uploaded.Hash}}","name":"a.gif","width":4,"height":5}""",
            JsonSerializer.Serialize(state));
        Assert.Equal(none.GetRawText(), others.GetRawText());
        Assert.Equal("not_found", none.GetProperty("code").GetString());
    }

    internal static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>All files below the folder of content.</summary>
    internal static IReadOnlyList<string> Files(RunningServer server)
    {
        var folder = Path.Combine(server.Files.Folder, "content");
        return Directory.Exists(folder) ? Directory.GetFiles(folder, "*", SearchOption.AllDirectories) : [];
    }
}
