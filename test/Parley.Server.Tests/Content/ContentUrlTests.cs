using System.Net;
using Parley.Content;
using Parley.Storage;

namespace Parley.Tests.Content;

/// <summary>An address is one user's, for one content, for a while.</summary>
public sealed class ContentUrlTests
{
    private static readonly Installation Here = new(Guid.NewGuid(), [1, 2, 3, 4], new Dictionary<string, AppId>());
    private static readonly UserKey Alice = new(new AppId(1), new UserId("alice"));

    [Fact, Trait("Row", "ID-03"), Trait("Row", "B20")]
    public void An_address_grants_what_it_was_made_for_until_its_time_is_over()
    {
        var clock = new ManualClock();
        var urls = new ContentUrls(Here, new ContentOptions(), clock);
        foreach (var use in new (ConversationId, MessageId)?[] { null, (ConversationId.New(), MessageId.New()) })
        {
            var access = new ContentAccess(Alice, ContentId.New(), use);
            var made = urls.Make(access);
            Assert.Equal(access, urls.Read(access.Content, TextOf(made)).Value);
            Assert.Equal(clock.GetUtcNow() + TimeSpan.FromMinutes(15), made.ExpiresAt);
            clock.Advance(TimeSpan.FromMinutes(15) - TimeSpan.FromMilliseconds(1));
            Assert.NotNull(urls.Read(access.Content, TextOf(made)).Value);
            clock.Advance(TimeSpan.FromMilliseconds(1));
            Assert.Equal(Refusals.UrlExpired, urls.Read(access.Content, TextOf(made)).Refusal);
        }
    }

    [Fact, Trait("Row", "ID-03")]
    public void An_address_that_is_changed_anywhere_or_made_elsewhere_grants_nothing()
    {
        var clock = new ManualClock();
        var urls = new ContentUrls(Here, new ContentOptions(), clock);
        var access = new ContentAccess(Alice, ContentId.New(), (ConversationId.New(), MessageId.New()));
        var text = TextOf(urls.Make(access));
        for (var at = 0; at < text.Length; at++)
        {
            var other = string.Concat(text.AsSpan(0, at), text[at] == 'A' ? "B" : "A", text.AsSpan(at + 1));
            // The last letter has bits that mean nothing.
            if (at < text.Length - 1) Assert.Equal(Refusals.NotFound, urls.Read(access.Content, other).Refusal);
        }

        Assert.Equal(Refusals.NotFound, urls.Read(ContentId.New(), text).Refusal);
        foreach (var elsewhere in new[] { Here with { Key = [1, 2, 3, 5] }, Here with { Epoch = Guid.NewGuid() } })
            Assert.Equal(Refusals.NotFound, new ContentUrls(elsewhere, new ContentOptions(), clock).Read(access.Content, text).Refusal);
        foreach (var nonsense in new[] { "", "A", "====", "%00", new string('A', 10_000), text + "A" })
            Assert.Equal(Refusals.NotFound, urls.Read(access.Content, nonsense).Refusal);
    }

    [Theory, EveryEngine, Trait("Row", "ID-03"), Trait("Row", "FU-06")]
    public async Task Who_shows_another_name_than_the_addresss_is_refused_and_who_guesses_finds_nothing(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = UploadClient.Of(server, "alice");
        using var bob = UploadClient.Of(server, "bob");
        using var stranger = UploadClient.Of(server, "alice", "other");
        var uploaded = await alice.UploadAsync([1, 2, 3]);
        var url = await alice.UrlAsync(uploaded.Content);
        var other = await bob.UploadAsync([4, 5, 6]);

        using var own = await alice.SendAsync(HttpMethod.Get, url);
        using var bobs = await bob.SendAsync(HttpMethod.Get, url, null, ("Range", "bytes=0-0"));
        using var strangers = await stranger.SendAsync(HttpMethod.Get, url);
        using var bare = await bob.SendAsync(HttpMethod.Get, $"/v1/content/{uploaded.Content}");
        using var moved = await bob.FetchAsync(url.Replace(uploaded.Content.Value, other.Content.Value, StringComparison.Ordinal));
        using var nothing = await bob.FetchAsync($"/v1/content/{ContentId.New()}?{url.Split('?')[1]}");
        using var malformed = await bob.FetchAsync("/v1/content/1");

        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
        Assert.Equal([403, 403], new[] { bobs, strangers }.Select(answer => (int)answer.StatusCode));
        Assert.Equal([404, 404, 404, 404], new[] { bare, moved, nothing, malformed }.Select(answer => (int)answer.StatusCode));
        Assert.Equal("not_found", (await bob.AskAsync(Methods.GetContentUrl, $$"""{"content":"{{uploaded.Content}}"}""")).GetProperty("code").GetString());
        Assert.Equal("invalid_params", (await bob.AskAsync(Methods.GetContentUrl, $$"""{"content":"{{uploaded.Content}}","conversation":"{{Guid.NewGuid()}}"}""")).GetProperty("code").GetString());
    }

    [Fact, Trait("Row", "ID-03")]
    public void An_id_has_128_random_bits() => Assert.Distinct(Enumerable.Range(0, 10_000).Select(_ => ContentId.New()));

    private static string TextOf(ContentUrl url) => url.Url.Split($"?{ContentUrls.Parameter}=")[1];
}
