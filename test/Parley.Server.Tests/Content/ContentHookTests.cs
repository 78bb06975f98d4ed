using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Parley.Content;
using Parley.Identity;
using Parley.Moderation;
using Parley.Storage;
using Parley.Tests.Moderation;

namespace Parley.Tests.Content;

/// <summary>The app's hook is asked about what is uploaded, and fetches it meanwhile.</summary>
public sealed class ContentHookTests
{
    [Theory, EveryEngine, Trait("Row", "A24"), Trait("Row", "A21"), Trait("Row", "A23")]
    public async Task A_hook_fetches_the_bytes_it_is_asked_about_and_refuses_them(Engine engine)
    {
        await using var hook = await HookServer.StartAsync();
        await using var server = await RunningServer.StartAsync(engine, Settings(hook));
        using var alice = UploadClient.Of(server, "alice");
        using var tus = new TusClient(server, "alice");
        using var backend = new HttpClient { BaseAddress = new Uri($"http://{server.Address}") };
        hook.Instead = async context =>
        {
            var bytes = await backend.GetByteArrayAsync(UrlOf(hook));
            var isImproper = Encoding.UTF8.GetString(bytes).Contains("improper", StringComparison.Ordinal);
            await context.Response.WriteAsync(isImproper ? """{"action":"refuse","reason":"content improper"}""" : """{"action":"pass"}""");
        };
        var improper = Encoding.UTF8.GetBytes("something improper");

        using var put = await alice.PutAsync(improper, name: "a.txt");
        using var form = new MultipartFormDataContent { { new ByteArrayContent(improper), "file", "a.txt" } };
        using var posted = await alice.SendAsync(HttpMethod.Post, "/v1/content", form);
        var location = await tus.CreateAsync(improper.Length, "a.txt");
        using var first = await tus.PatchAsync(location, 0, improper[..5]);
        using var patched = await tus.PatchAsync(location, 5, improper[5..]);
        var taken = await alice.UploadAsync(Pictures.Png());

        foreach (var answer in new[] { put, posted, patched }) Assert.Equal((400, "content_refused", "content improper"), await UploadClient.RefusalAsync(answer));
        Assert.Equal(1, await server.NumberAsync($"select count(*) from contents"));
        Assert.Equal(Pictures.Png(), await alice.DownloadAsync(taken.Content));
        var told = JsonSerializer.Deserialize<JsonElement>(hook.Requests.First().Body);
        Assert.Equal(
            ["content", "demo", "alice", "text/plain", Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(improper)), "a.txt"],
            new[] { "type", "app", "user", "contentType", "hash", "name" }.Select(name => told.GetProperty(name).GetString()));
        Assert.Equal(improper.Length, told.GetProperty("size").GetInt32());
    }

    [Theory, EveryEngine, Trait("Row", "A24"), Trait("Row", "ID-03")]
    public async Task The_address_is_of_this_upload_and_good_while_the_hook_is_asked(Engine engine)
    {
        await using var hook = await HookServer.StartAsync();
        await using var server = await RunningServer.StartAsync(engine, Settings(hook));
        using var alice = UploadClient.Of(server, "alice");
        var meanwhile = new List<(int, string?, string?)>();
        var headers = "";
        hook.Instead = async context =>
        {
            if (hook.Requests.Count == 1)
            {
                var (url, spoiled) = (UrlOf(hook), Spoiled(UrlOf(hook)));
                using var good = await alice.FetchAsync(url);
                headers = $"{good.Content.Headers} {good.Headers}";
                Assert.Equal([7, 7, 7], await good.Content.ReadAsByteArrayAsync());
                foreach (var one in new[] { spoiled, url.Replace("?asked=", "?access=", StringComparison.Ordinal), OfAnother(url), url.Split('?')[0] + "?asked=", url + "&asked=x" })
                {
                    using var answer = await alice.FetchAsync(one);
                    meanwhile.Add(await UploadClient.RefusalAsync(answer));
                }
            }

            await context.Response.WriteAsync("""{"action":"pass"}""");
        };

        var uploaded = await alice.UploadAsync([7, 7, 7]);

        Assert.All(meanwhile, one => Assert.Equal((404, "not_found"), (one.Item1, one.Item2)));
        Assert.Equal(5, meanwhile.Count);
        Assert.Contains("application/octet-stream", headers, StringComparison.Ordinal);
        Assert.Contains("attachment", headers, StringComparison.Ordinal);
        Assert.Contains("nosniff", headers, StringComparison.Ordinal);
        using var afterwards = await alice.FetchAsync(UrlOf(hook));
        Assert.Equal((404, "url_expired", null), await UploadClient.RefusalAsync(afterwards));
        Assert.Equal([7, 7, 7], await alice.DownloadAsync(uploaded.Content));
        // It was told to the hook and to nobody else.
        Assert.DoesNotContain(server.Log.Served, line => line.Text.Contains(UrlOf(hook).Split('=')[1], StringComparison.Ordinal));

        string OfAnother(string url) => url.Replace(url.Split('/', '?')[3], $"{ContentId.New()}", StringComparison.Ordinal);
    }

    [Fact, Trait("Row", "A24")]
    public async Task What_is_still_on_its_way_when_the_hook_has_answered_is_broken_off()
    {
        await using var hook = await HookServer.StartAsync();
        await using var server = await RunningServer.StartAsync(Engine.Sqlite, [.. Settings(hook), ("Content:MinFreeBytes", "0"), ("Content:MinFreePercent", "0")]);
        using var alice = UploadClient.Of(server, "alice");
        using var backend = new HttpClient { BaseAddress = new Uri($"http://{server.Address}") };
        HttpResponseMessage? fetching = null;
        hook.Instead = async context =>
        {
            fetching = await backend.GetAsync(UrlOf(hook), HttpCompletionOption.ResponseHeadersRead);
            await context.Response.WriteAsync("""{"action":"pass"}""");
        };

        // More than the kernel keeps for anybody.
        await alice.UploadAsync(new byte[48 * 1024 * 1024]);

        await Assert.ThrowsAnyAsync<Exception>(() => fetching!.Content.ReadAsByteArrayAsync());
        fetching!.Dispose();
    }

    [Theory, EveryEngine, Trait("Row", "A24")]
    public async Task Its_time_is_longer_than_that_of_messages_and_has_a_setting_of_its_own(Engine engine)
    {
        await using var hook = await HookServer.StartAsync();
        var options = new HookOptions();
        Assert.Equal((TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(5)), (options.Timeout, options.ContentTimeout));
        await using var server = await TestServer.StartAsync(engine, apps: app =>
        {
            hook.Ask(app, TimeSpan.FromMilliseconds(50), HookFailure.Refuse);
            app.Moderation.Hook.ContentTimeout = TimeSpan.FromSeconds(30);
        });
        hook.Instead = async context =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(400), TimeProvider.System);
            await context.Response.WriteAsync("""{"action":"pass"}""");
        };
        var conversation = await server.ConversationOfAsync("alice", "bob");

        Assert.Equal(Refusals.ModerationUnavailable, (await server.SendAsync("alice", conversation, "hi")).Refusal);
        Assert.NotNull((await server.TryUploadAsync("alice", [1, 2, 3])).Value);
    }

    [Theory, Trait("Row", "A24")]
    [InlineData(HookFailure.Pass, null, true)]
    [InlineData(HookFailure.Refuse, null, false)]
    [InlineData(HookFailure.Refuse, HookFailure.Pass, true)]
    [InlineData(HookFailure.Pass, HookFailure.Refuse, false)]
    public async Task When_it_does_not_answer_the_app_has_chosen_for_files_or_else_for_messages(HookFailure onFailure, HookFailure? onContent, bool passes)
    {
        await using var hook = await HookServer.StartAsync();
        await using var server = await TestServer.StartAsync(Engine.Sqlite, apps: app =>
        {
            hook.Ask(app, onFailure: onFailure);
            (app.Moderation.Hook.ContentTimeout, app.Moderation.Hook.OnContentFailure) = (TimeSpan.FromMilliseconds(50), onContent);
        });
        hook.Instead = context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);

        var outcome = await server.TryUploadAsync("alice", [1, 2, 3]);

        Assert.Equal(passes ? null : Refusals.ModerationUnavailable, outcome.Refusal);
        Assert.Equal(passes ? 1 : 0, server.Files().Count);
    }

    [Fact, Trait("Row", "A24")]
    public async Task A_hook_that_fails_with_files_is_asked_about_messages_all_the_same()
    {
        await using var hook = await HookServer.StartAsync();
        await using var server = await TestServer.StartAsync(Engine.Sqlite, apps: app => hook.Ask(app, onFailure: HookFailure.Refuse));
        hook.Answer = body => body.Contains("\"type\":\"content\"", StringComparison.Ordinal) ? "nonsense" : """{"action":"pass"}""";
        var conversation = await server.ConversationOfAsync("alice", "bob");

        for (var tries = 0; tries < HookBreaker.Failures + 1; tries++) Assert.Equal(Refusals.ModerationUnavailable, (await server.TryUploadAsync("alice", [1, 2, 3])).Refusal);

        Assert.Equal(HookBreaker.Failures, hook.Requests.Count);
        Assert.Null((await server.SendAsync("alice", conversation, "hi")).Refusal);
    }

    [Fact, Trait("Row", "A24")]
    public void Another_node_serves_it_while_it_is_where_it_was_and_its_time_is_not_over()
    {
        using var folder = new TemporaryFolder();
        var (clock, folders) = (new ManualClock(), new ContentFolders(folder.Path));
        var installation = new Installation(Guid.NewGuid(), [1, 2, 3], new Dictionary<string, AppId>());
        var (asking, another) = (new AskedFiles(installation, folders, clock), new AskedFiles(installation, folders, clock));
        var key = new ContentKey(new AppId(1), ContentId.New());
        using var staged = StagedFile.Create(folders, key);
        var asked = asking.Ask(key, TimeSpan.FromSeconds(5));
        var text = asked.Url.Split('=')[1];

        // The address says whole seconds, and so up to one more.
        clock.Advance(TimeSpan.FromSeconds(6) - TimeSpan.FromMilliseconds(1));
        foreach (var node in new[] { asking, another }) Good(node.Read(key.Content, text));
        asked.Dispose();
        Assert.Equal(Refusals.UrlExpired, asking.Read(key.Content, text).Refusal);
        Good(another.Read(key.Content, text));
        staged.Delete();
        Assert.Equal(Refusals.UrlExpired, another.Read(key.Content, text).Refusal);
        using var again = StagedFile.Create(folders, key);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(Refusals.UrlExpired, another.Read(key.Content, text).Refusal);
        Assert.Equal(Refusals.NotFound, new AskedFiles(installation with { Epoch = Guid.NewGuid() }, folders, clock).Read(key.Content, text).Refusal);

        static void Good(Outcome<AskedRead> read)
        {
            Assert.Null(read.Refusal);
            read.Value!.File.Dispose();
        }
    }

    private static (string Key, string Value)[] Settings(HookServer hook) =>
    [
        ("Apps:demo:Moderation:Hook:Url", hook.Url), ("Apps:demo:Moderation:Hook:Secret", HookServer.Secret), ("Apps:demo:Moderation:Hook:ContentTimeout", "00:00:30"),
        ("Egress:AllowedNetworks:0", "127.0.0.1"),
    ];

    /// <summary>Where the hook was told to fetch what it was asked about last.</summary>
    private static string UrlOf(HookServer hook) => JsonSerializer.Deserialize<JsonElement>(hook.Requests.Last().Body).GetProperty("url").GetString()!;

    private static string Spoiled(string url) => $"{url[..^5]}{(url[^5] == 'A' ? 'B' : 'A')}{url[^4..]}";
}
