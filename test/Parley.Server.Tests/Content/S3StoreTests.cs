using System.Net;
using System.Security.Cryptography;
using Parley.Content;
using Parley.Storage;

namespace Parley.Tests.Content;

/// <summary>Content in a bucket, on a server that others wrote.</summary>
public sealed class S3StoreTests
{
    [Theory, EveryEngine, Trait("Row", "G20"), Trait("Row", "A44")]
    public async Task Content_in_a_bucket_is_uploaded_and_fetched_as_it_is_from_a_folder(Engine engine)
    {
        await using var s3 = await S3Server.StartAsync();
        await using var server = await RunningServer.StartAsync(engine, Settings(s3));
        using var alice = new TusClient(server, "alice");
        // The larger one goes in parts.
        foreach (var size in new[] { 0, 1_000, 20 * 1024 * 1024 })
        {
            var bytes = RandomNumberGenerator.GetBytes(size);
            var uploaded = await alice.Http.UploadAsync(bytes);
            Assert.Equal((long)size, uploaded.Size);
            Assert.Equal(bytes, await alice.Http.DownloadAsync(uploaded.Content));
            if (size == 0) continue;
            using var part = await alice.Http.FetchAsync(await alice.Http.UrlAsync(uploaded.Content), ("Range", $"bytes={size - 10}-{size - 4}"));
            Assert.Equal(bytes[(size - 10)..(size - 3)], await part.Content.ReadAsByteArrayAsync());
        }

        using var resumed = await alice.PostAsync(3, [1, 2, 3]);
        Assert.Equal([1, 2, 3], await alice.Http.DownloadAsync(new ContentId(Assert.Single(resumed.Headers.GetValues("Parley-Content")))));
        Assert.Equal(4, (await s3.ObjectsAsync()).Count);
        Assert.All(await s3.ObjectsAsync(), name => Assert.Matches("^parley/[0-9]+/[0-9a-f]{64}-[0-9a-f]{16}$", name));
        Assert.Empty(UploadTests.Files(server));
    }

    [Theory, EveryEngine, Trait("Row", "G16")]
    public async Task What_is_recalled_is_deleted_from_the_bucket_and_the_same_bytes_are_kept_once(Engine engine)
    {
        await using var s3 = await S3Server.StartAsync();
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(engine, clock: clock, content: options =>
        {
            options.Store = ContentStoreKind.S3;
            s3.Configure(options.S3);
        });
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var (message, uploaded) = (MessageId.New(), await server.UploadAsync("alice", [1, 2, 3]));
        await server.UploadAsync("bob", [1, 2, 3]);
        await server.SendFileAsync("alice", conversation, uploaded.Content, message);
        await server.CollectAsync();
        Assert.Single(await s3.ObjectsAsync());

        await server.DoAsync("alice", new RecallMessage(conversation, CommandId.New(), message));
        await server.ChangeAsync($"update contents set delete_at = 1");
        await server.CollectAsync();

        Assert.Empty(await s3.ObjectsAsync());
    }

    [Fact, Trait("Row", "G20")]
    public async Task The_store_says_what_is_there_and_that_there_is_nothing()
    {
        await using var s3 = await S3Server.StartAsync();
        await using var store = new S3ContentStore(s3.Options);
        using var folder = new TemporaryFolder();
        var names = Enumerable.Range(0, 3).Select(number => BlobName.New(new AppId(7), SHA256.HashData([(byte)number]))).ToArray();
        foreach (var name in names)
        {
            using var file = StagedFile.Create(new ContentFolders(folder.Path), new ContentKey(name.App, ContentId.New()));
            await file.AppendAsync(new byte[] { 1, 2, 3 }, CancellationToken.None);
            await file.SyncAsync();
            await store.KeepAsync(file, name, CancellationToken.None);
            Assert.True(File.Exists(file.Path));
        }

        var listed = new List<BlobName>();
        await foreach (var (name, writtenAt) in store.ListAsync(CancellationToken.None))
        {
            listed.Add(name);
            Assert.InRange(writtenAt, TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(5), TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(5));
        }

        Assert.Equal(names.Select(name => name.File).Order(), listed.Select(name => name.File).Order());
        await store.DeleteAsync(names[0], CancellationToken.None);
        await store.DeleteAsync(names[0], CancellationToken.None);
        Assert.Null(await store.OpenAsync(names[0], 0, CancellationToken.None));
    }

    [Theory, EveryEngine, Trait("Row", "G20")]
    public async Task A_bucket_that_does_not_answer_costs_the_request_and_no_byte_of_an_upload(Engine engine)
    {
        await using var s3 = await S3Server.StartAsync();
        await using var server = await RunningServer.StartAsync(engine, Settings(s3));
        using var alice = new TusClient(server, "alice");
        var uploaded = await alice.Http.UploadAsync([1, 2, 3]);
        var url = await alice.Http.UrlAsync(uploaded.Content);
        var location = await alice.CreateAsync(10);
        using var first = await alice.PatchAsync(location, 0, new byte[5]);
        await s3.KillAsync();

        using var put = await alice.Http.PutAsync([4]);
        using var last = await alice.PatchAsync(location, 5, new byte[5]);
        using var fetched = await alice.Http.FetchAsync(url);

        Assert.Equal([HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable], [put.StatusCode, last.StatusCode, fetched.StatusCode]);
        Assert.Equal((5, null), await alice.OffsetAsync(location));
    }

    private static (string, string)[] Settings(S3Server s3) =>
    [
        ("Content:Store", "S3"), ("Content:S3:Address", s3.Address.AbsoluteUri), ("Content:S3:Bucket", "content"), ("Content:S3:Prefix", "parley/"),
        ("Content:S3:AccessKey", s3.Options.AccessKey!), ("Content:S3:SecretKey", s3.Options.SecretKey!),
    ];
}
