using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Parley.Identity;
using Parley.Moderation;
using Parley.Tests.Moderation;

namespace Parley.Tests.Content;

/// <summary>Interceptors of the host that are asked about what is uploaded.</summary>
public sealed class ContentInterceptorTests
{
    [Theory, EveryEngine, Trait("Row", "A24")]
    public async Task What_the_app_does_not_want_is_refused_before_anybody_can_refer_to_it(Engine engine)
    {
        var asked = new AskedOfContent();
        asked.Say = content => content.Type == "image/png" ? ContentVerdict.Refuse("improper") : ContentVerdict.Pass;
        await using var server = await TestServer.StartAsync(engine, ofContent: [asked]);

        var refused = await server.TryUploadAsync("alice", Pictures.Png(), name: "a.png");
        var taken = await server.TryUploadAsync("alice", Pictures.Gif());

        Assert.Equal((Refusals.ContentRefused, "improper"), (refused.Refusal, refused.Refusal!.Detail));
        Assert.NotNull(taken.Value);
        var (told, bytes) = asked.Contents.First();
        Assert.Equal(("demo", new UserId("alice"), "image/png", (long)Pictures.Png().Length, "a.png"), (told.App, told.User, told.Type, told.Size, told.Name));
        Assert.Equal((Convert.ToHexStringLower(SHA256.HashData(Pictures.Png())), Convert.ToHexStringLower(Pictures.Png())), (told.Hash, Convert.ToHexStringLower(bytes)));
        Assert.Null(asked.Contents.Last().Content.Name);
        Assert.Equal(1, await server.NumberAsync($"select count(*) from contents"));
        Assert.Single(server.Files());
    }

    [Theory, EveryEngine, Trait("Row", "A24"), Trait("Row", "A21"), Trait("Row", "A23")]
    public async Task However_a_file_comes_the_hosts_service_sees_its_bytes_and_refuses_it(Engine engine)
    {
        var asked = new AskedOfContent();
        asked.SayOf = bytes => Encoding.UTF8.GetString(bytes).Contains("improper", StringComparison.Ordinal) ? ContentVerdict.Refuse() : ContentVerdict.Pass;
        await using var server = await RunningServer.StartAsync(engine, [asked]);
        using var alice = UploadClient.Of(server, "alice");
        using var tus = new TusClient(server, "alice");
        var improper = Encoding.UTF8.GetBytes("something improper");

        using var put = await alice.PutAsync(improper);
        using var form = new MultipartFormDataContent { { new ByteArrayContent(improper), "file", "a.txt" } };
        using var posted = await alice.SendAsync(HttpMethod.Post, "/v1/content", form);
        var location = await tus.CreateAsync(improper.Length);
        using var first = await tus.PatchAsync(location, 0, improper[..5]);
        using var patched = await tus.PatchAsync(location, 5, improper[5..]);

        foreach (var answer in new[] { put, posted, patched }) Assert.Equal((400, "content_refused"), (await UploadClient.RefusalAsync(answer)) is var (status, code, _) ? (status, code) : default);
        Assert.Equal(0, await server.NumberAsync($"select count(*) from contents"));
        Assert.Equal(3, asked.Contents.Count);
        Assert.Equal(18, (await alice.UploadAsync(Encoding.UTF8.GetBytes("something different"[..18]))).Size);
    }

    [Theory, EveryEngine, Trait("Row", "A24")]
    public async Task One_that_fails_has_the_file_refused_and_nothing_of_it_is_kept(Engine engine)
    {
        var asked = new AskedOfContent { Before = content => content.Name == "bad" ? throw new InvalidOperationException("an interceptor of a test fails") : Task.CompletedTask };
        await using var server = await TestServer.StartAsync(engine, ofContent: [asked]);

        Assert.Equal(Refusals.Internal, (await server.TryUploadAsync("alice", [1, 2, 3], name: "bad")).Refusal);
        Assert.Empty(server.Files());
        Assert.NotNull((await server.TryUploadAsync("alice", [1, 2, 3], name: "good")).Value);
    }

    [Theory, EveryEngine, Trait("Row", "A24")]
    public async Task One_that_takes_more_than_thirty_seconds_has_the_file_refused(Engine engine)
    {
        var (clock, thinking) = (new ManualClock(), new TaskCompletionSource());
        var asked = new AskedOfContent { Before = _ => thinking.Task };
        await using var server = await TestServer.StartAsync(engine, clock: clock, ofContent: [asked]);

        var late = server.TryUploadAsync("alice", [1, 2, 3]);
        await clock.WaitedForAsync(ContentInterceptors.Patience);
        clock.Advance(ContentInterceptors.Patience - TimeSpan.FromMilliseconds(1));
        Assert.False(late.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(Refusals.Internal, (await late).Refusal);
        Assert.Empty(server.Files());
        thinking.SetResult();
    }

    [Theory, EveryEngine, Trait("Row", "A24")]
    public async Task Several_are_asked_in_their_order_and_then_the_hook_and_nobody_about_what_one_refused(Engine engine)
    {
        await using var hook = await HookServer.StartAsync();
        var (one, two) = (new AskedOfContent(), new AskedOfContent());
        one.Say = content => content.Name == "one" ? ContentVerdict.Refuse() : ContentVerdict.Pass;
        two.Say = content => content.Name == "two" ? ContentVerdict.Refuse() : ContentVerdict.Pass;
        await using var server = await TestServer.StartAsync(engine, apps: app => hook.Ask(app), ofContent: [one, two]);

        foreach (var name in new[] { "one", "two" })
        {
            var refused = (await server.TryUploadAsync("alice", [1, 2, 3], name: name)).Refusal;
            Assert.Equal((Refusals.ContentRefused, null), (refused, refused!.Detail));
        }

        Assert.NotNull((await server.TryUploadAsync("alice", [1, 2, 3], name: "three")).Value);
        Assert.Equal((3, 2, 1), (one.Contents.Count, two.Contents.Count, hook.Requests.Count));
    }

    [Theory, EveryEngine, Trait("Row", "A24")]
    public async Task What_it_is_given_it_cannot_change(Engine engine)
    {
        var asked = new AskedOfContent();
        var writable = new List<bool>();
        asked.Say = content =>
        {
            using var stream = content.Open();
            writable.Add(stream.CanWrite);
            return ContentVerdict.Pass;
        };
        await using var server = await TestServer.StartAsync(engine, ofContent: [asked]);

        await server.UploadAsync("alice", [1, 2, 3]);

        Assert.Equal([false], writable);
    }

    /// <summary>Says of each file what a test says, and remembers its bytes.</summary>
    private sealed class AskedOfContent : IContentInterceptor
    {
        public ConcurrentQueue<(InterceptedContent Content, byte[] Bytes)> Contents { get; } = new();

        public Func<InterceptedContent, ContentVerdict> Say { get; set; } = _ => ContentVerdict.Pass;

        public Func<byte[], ContentVerdict>? SayOf { get; set; }

        public Func<InterceptedContent, Task> Before { get; set; } = _ => Task.CompletedTask;

        public async ValueTask<ContentVerdict> InterceptAsync(InterceptedContent content, CancellationToken cancel)
        {
            using var bytes = new MemoryStream();
            await using (var stream = content.Open()) await stream.CopyToAsync(bytes, cancel);
            Contents.Enqueue((content, bytes.ToArray()));
            await Before(content);
            return SayOf?.Invoke(bytes.ToArray()) ?? Say(content);
        }
    }
}
