using System.Globalization;

namespace Parley.Client.Tests.Storage;

/// <summary>What a start costs that has many conversations in its store. Alone, because what it measures is the memory of the process.</summary>
[Collection(nameof(Alone))]
public sealed class KeptMemoryTests(ITestOutputHelper output)
{
    private const int Conversations = 10_000;

    [Fact]
    public async Task The_places_of_ten_thousand_conversations_take_little_and_are_read_at_once()
    {
        using var stores = new Stores(StoreKind.Sqlite);
        await using (var store = stores.Next())
        {
            await store.OpenAsync();
            var range = new KeptRange(new Sequence(1), new Sequence(100)) { HasState = true, HasItem = true };
            await store.WriteAsync([KeptHistory.Put(Guid.NewGuid(), "since-1"), .. Enumerable.Range(0, Conversations).Select(_ => new KeptPosition { Told = new Sequence(100), Seen = new Sequence(100), Range = range }.Put(ConversationId.New()))]);
        }

        await using var next = stores.Next();
        await using var client = new ParleyClient(new ParleyClientOptions { Endpoint = new Uri("http://127.0.0.1:1"), TokenProvider = _ => ValueTask.FromResult(""), Store = next });
        await next.OpenAsync();
        var (before, start) = (GC.GetTotalMemory(forceFullCollection: true), TimeProvider.System.GetTimestamp());
        await client.KeptAsync(default);
        var took = TimeProvider.System.GetElapsedTime(start);
        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Conversations;

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{each} bytes a conversation, read in {took.TotalMilliseconds:F0} ms"));
        Assert.InRange(each, 0, 1_200);
        GC.KeepAlive(client);
    }
}
