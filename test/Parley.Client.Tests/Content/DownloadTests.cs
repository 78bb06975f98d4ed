using System.Net;
using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Content.ContentWorld;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Content;

/// <summary>Downloads by the SDK, against a real server and over connections that break.</summary>
public sealed class DownloadTests
{
    [Theory, EveryEngine]
    [Trait("Row", "A44")]
    public async Task A_download_goes_on_where_its_connection_broke(Engine engine)
    {
        await using var world = await ContentWorld.StartAsync(engine);
        var (content, conversation, message, bytes) = await SentAsync(world, 8 * 1024 * 1024);
        var (bob, fetched, progress, before) = (world.ClientOf("bob"), new MemoryStream(), new ToldProgress(), world.Wire.Received);
        world.Wire.CutReceiving(100, 1_000_000, 4_000_000);

        await bob.Content.DownloadAsync(content, conversation, message, fetched, progress);

        Assert.Equal(bytes, fetched.ToArray());
        Assert.Equal(3, world.Wire.Cuts);
        Assert.Equal(progress.Told.Select(one => one.Bytes).Order(), progress.Told.Select(one => one.Bytes));
        Assert.Equal(new ContentProgress(bytes.Length, bytes.Length), progress.Told[^1]);
        Assert.InRange(world.Wire.Received - before, bytes.Length, bytes.Length + 200_000);
    }

    [Theory, EveryEngine]
    [Trait("Row", "A44")]
    public async Task An_address_that_ends_under_way_is_replaced(Engine engine)
    {
        await using var world = await ContentWorld.StartAsync(engine, ("Content:UrlLifetime", "00:00:10"));
        var (content, conversation, message, bytes) = await SentAsync(world, 4 * 1024 * 1024);
        var (fetched, handler, addresses) = (new MemoryStream(), new Handler(), new HashSet<string>());
        handler.Before = request =>
        {
            if (request.Method == HttpMethod.Get) addresses.Add(request.RequestUri!.Query);
            return null;
        };
        var codes = new List<HttpStatusCode>();
        handler.After = async (request, response) =>
        {
            if (request.Method != HttpMethod.Get) return;
            codes.Add(response.StatusCode);
            // So long that the address is over when it is asked for the rest.
            if (codes.Count == 1) await Task.Delay(TimeSpan.FromSeconds(11), TimeProvider.System);
        };
        // By a clock an hour behind an address is good for long.
        var bob = world.ClientOf("bob", options => new ParleyClientOptions
        {
            Endpoint = options.Endpoint, TokenProvider = options.TokenProvider, HttpHandler = handler, TimeProvider = new ShiftedClock(TimeSpan.FromHours(-1)),
        });
        world.Wire.CutReceiving(1_000_000);

        await bob.Content.DownloadAsync(content, conversation, message, fetched);

        Assert.Equal(bytes, fetched.ToArray());
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.NotFound, HttpStatusCode.PartialContent], codes);
        Assert.Equal(2, addresses.Count);
    }

    [Theory, EveryEngine]
    public async Task An_address_is_one_that_anybody_can_fetch_from_until_it_ends(Engine engine)
    {
        await using var world = await ContentWorld.StartAsync(engine);
        var (content, conversation, message, bytes) = await SentAsync(world, 1_000);
        var bob = world.ClientOf("bob");

        var address = await bob.Content.GetUrlAsync(content, conversation, message);

        Assert.Equal((world.Wire.Address.Authority, $"/v1/content/{content}"), (address.Url.Authority, address.Url.AbsolutePath));
        Assert.InRange(address.ExpiresAt - TimeProvider.System.Now(), TimeSpan.FromMinutes(14), TimeSpan.FromMinutes(15));
        using var browser = new HttpClient();
        Assert.Equal(bytes, await browser.GetByteArrayAsync(address.Url));
    }

    [Theory, EveryEngine]
    [Trait("Row", "A44"), Trait("Row", "G20")]
    public async Task A_file_that_is_damaged_on_the_servers_disk_is_never_taken_for_whole(Engine engine)
    {
        await using var world = await ContentWorld.StartAsync(engine);
        var (content, conversation, message, bytes) = await SentAsync(world, 1_000_000);
        await using (var file = new FileStream(Assert.Single(world.Files), FileMode.Open, FileAccess.Write))
        {
            file.Position = 500_000;
            file.WriteByte((byte)~bytes[500_000]);
        }

        var damaged = await Assert.ThrowsAsync<ContentDamagedException>(() => world.ClientOf("bob").Content.DownloadAsync(content, conversation, message, new MemoryStream()));

        bytes[500_000] = (byte)~bytes[500_000];
        Assert.Equal((content, HashOf(bytes), false, FailureReason.Damaged), (damaged.Content, damaged.Actual, damaged.IsTransient, damaged.Reason));
        Assert.NotEqual(damaged.Actual, damaged.Expected);
    }

    [Theory, EveryEngine]
    [Trait("Row", "A44")]
    public async Task A_download_ends_when_it_is_cancelled_or_its_destination_fails(Engine engine)
    {
        await using var world = await ContentWorld.StartAsync(engine);
        var (content, conversation, message, _) = await SentAsync(world, 4 * 1024 * 1024);
        var handler = new Handler();
        var bob = world.ClientOf("bob", options => options.With(handler));
        using var giveUp = new CancellationTokenSource();
        var progress = new ToldProgress(told =>
        {
            if (told.Bytes > 1_000_000) giveUp.Cancel();
        });

        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bob.Content.DownloadAsync(content, conversation, message, new MemoryStream(), progress, giveUp.Token));
        var fetches = handler.Requests.Count(request => request.Method == "GET");
        var full = await Assert.ThrowsAsync<IOException>(() => bob.Content.DownloadAsync(content, conversation, message, new FullDisk()));

        Assert.Equal((giveUp.Token, 1, "full"), (cancelled.CancellationToken, fetches, full.Message));
        Assert.Equal(2, handler.Requests.Count(request => request.Method == "GET"));
        await Assert.ThrowsAsync<ArgumentException>(() => bob.Content.DownloadAsync(content, conversation, message, new MemoryStream([], writable: false)));
    }

    [Theory, EveryEngine]
    public async Task A_proxy_that_knows_no_ranges_costs_bytes_and_nothing_else(Engine engine)
    {
        await using var world = await ContentWorld.StartAsync(engine);
        var (content, conversation, message, bytes) = await SentAsync(world, 2 * 1024 * 1024);
        var handler = new Handler
        {
            Before = request =>
            {
                request.Headers.Range = null;
                return null;
            },
        };
        var (bob, fetched) = (world.ClientOf("bob", options => options.With(handler)), new MemoryStream());
        world.Wire.CutReceiving(1_000_000);

        await bob.Content.DownloadAsync(content, conversation, message, fetched);

        Assert.Equal((bytes.Length, HashOf(bytes), 1), ((int)fetched.Length, HashOf(fetched.ToArray()), world.Wire.Cuts));
    }

    /// <summary>Alice has sent bob a file.</summary>
    private static async Task<(ContentId Content, ConversationId Conversation, MessageId Message, byte[] Bytes)> SentAsync(ContentWorld world, int length)
    {
        var alice = await world.ConnectAsync("alice");
        var (conversation, bytes) = ((await alice.Conversations.DirectAsync(Bob)).Conversation, Bytes(length));
        var uploaded = await alice.Content.UploadAsync(new MemoryStream(bytes));
        var entry = await alice.Messages.SendAsync(conversation, MessageContent.Of(uploaded));
        return (uploaded.Content, conversation, ((MessageSent)entry.Event).Message, bytes);
    }

    private sealed class FullDisk : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            Length > 1_000_000 ? throw new IOException("full") : base.WriteAsync(buffer, cancellationToken);
    }

    private sealed class ShiftedClock(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }
}
