using System.Text;

namespace Parley.Client.Tests.Storage;

/// <summary>What every store promises.</summary>
public sealed class LocalStoreTests
{
    [Theory]
    [InlineData(StoreKind.Memory)]
    [InlineData(StoreKind.Sqlite)]
    public async Task What_was_written_is_read_by_the_next_run_in_order_and_by_range(StoreKind kind)
    {
        using var stores = new Stores(kind);
        await using (var store = stores.Next())
        {
            await store.OpenAsync();
            await store.WriteAsync([Put("entry", "b", 2, "b2"), Put("entry", "a", 10, "a10"), Put("entry", "a", 9, "a9"), Put("entry", "a", -1, "a-1"), Put("other", "a", 9, "x")]);
            await store.WriteAsync([Put("entry", "a", 9, "a9 again"), Put("entry", "a", 3, "gone"), Remove("entry", "a", 3), Remove("entry", "a", 4)]);
        }

        await using var next = stores.Next();
        await next.OpenAsync();

        Assert.Equal("a-1, a9 again, a10, b2", await ReadAsync(next, new LocalRange("entry")));
        Assert.Equal("a-1, a9 again, a10", await ReadAsync(next, new LocalRange("entry", "a")));
        Assert.Equal("a9 again", await ReadAsync(next, new LocalRange("entry", "a") { After = -1, Before = 10 }));
        Assert.Equal("a10, a9 again", await ReadAsync(next, new LocalRange("entry", "a") { Order = LocalOrder.Descending, Limit = 2 }));
        Assert.Equal("b2, a10", await ReadAsync(next, new LocalRange("entry") { Order = LocalOrder.Descending, Limit = 2 }));
        Assert.Equal("", await ReadAsync(next, new LocalRange("entry", "c")));
        Assert.Equal("", await ReadAsync(next, new LocalRange("entry") { Limit = 0 }));
    }

    [Theory]
    [InlineData(StoreKind.Memory)]
    [InlineData(StoreKind.Sqlite)]
    public async Task A_range_is_erased_and_nothing_beside_it(StoreKind kind)
    {
        using var stores = new Stores(kind);
        await using var store = stores.Next();
        await store.OpenAsync();
        await store.WriteAsync([.. from scope in new[] { "a", "b" } from number in Enumerable.Range(1, 5) select Put("kind", scope, number, $"{scope}{number}")]);
        await store.WriteAsync([Put("other", "a", 3, "other")]);

        await store.WriteAsync([LocalChange.Erase(new LocalRange("kind", "a") { After = 1, Before = 4 }), Put("kind", "a", 3, "put after")]);
        Assert.Equal("a1, put after, a4, a5, b1, b2, b3, b4, b5", await ReadAsync(store, new LocalRange("kind")));
        await store.WriteAsync([LocalChange.Erase(new LocalRange("kind") { Before = 5 })]);
        Assert.Equal("a5, b5", await ReadAsync(store, new LocalRange("kind")));
        await store.WriteAsync([LocalChange.Erase(new LocalRange("kind")), LocalChange.Erase(new LocalRange("nothing", "a"))]);
        Assert.Equal("", await ReadAsync(store, new LocalRange("kind")));
        Assert.Equal("other", await ReadAsync(store, new LocalRange("other")));
    }

    [Theory]
    [InlineData(StoreKind.Memory)]
    [InlineData(StoreKind.Sqlite)]
    public async Task Any_text_and_any_bytes_come_back_as_they_were(StoreKind kind)
    {
        using var stores = new Stores(kind);
        await using var store = stores.Next();
        await store.OpenAsync();
        byte[] bytes = [0, 1, 255, 0];

        await store.WriteAsync([new LocalChange(new LocalKey("kind", "ü ' \" 😀", long.MaxValue - 1), bytes), new LocalChange(new LocalKey("kind", "", long.MinValue + 1), Array.Empty<byte>())]);
        bytes[0] = 9;

        var read = await store.ReadAsync(new LocalRange("kind"));
        Assert.Equal([new LocalKey("kind", "", long.MinValue + 1), new LocalKey("kind", "ü ' \" 😀", long.MaxValue - 1)], read.Select(record => record.Key));
        Assert.Equal([0, 1, 255, 0], read[1].Value.ToArray());
        Assert.Empty(read[0].Value.ToArray());
    }

    [Theory]
    [InlineData(StoreKind.Memory)]
    [InlineData(StoreKind.Sqlite)]
    public async Task Writes_take_effect_in_the_order_of_the_calls_however_many_wait(StoreKind kind)
    {
        using var stores = new Stores(kind);
        await using var store = stores.Next();
        await store.OpenAsync();

        await Task.WhenAll(Enumerable.Range(0, 2_000).Select(number => store.WriteAsync([Put("kind", "", number % 7, $"{number}")]).AsTask()));

        Assert.Equal("1995, 1996, 1997, 1998, 1999, 1993, 1994", await ReadAsync(store, new LocalRange("kind")));
    }

    [Theory]
    [InlineData(StoreKind.Memory)]
    [InlineData(StoreKind.Sqlite)]
    public async Task Before_it_is_open_and_after_it_is_disposed_it_says_so(StoreKind kind)
    {
        using var stores = new Stores(kind);
        var store = stores.Next();
        Assert.Equal(LocalStoreFailure.Unavailable, (await Assert.ThrowsAsync<LocalStoreException>(async () => await store.WriteAsync([Put("kind", "", 1, "x")]))).Failure);
        await store.OpenAsync();
        await store.OpenAsync();
        await store.DisposeAsync();
        await store.DisposeAsync();

        Assert.Equal(LocalStoreFailure.Unavailable, (await Assert.ThrowsAsync<LocalStoreException>(async () => await store.ReadAsync(new LocalRange("kind")))).Failure);
    }

    internal static LocalChange Put(string kind, string scope, long number, string value) => new(new LocalKey(kind, scope, number), Encoding.UTF8.GetBytes(value));

    internal static LocalChange Remove(string kind, string scope, long number) => new(new LocalKey(kind, scope, number), null);

    internal static async Task<string> ReadAsync(LocalStore store, LocalRange range) =>
        string.Join(", ", (await store.ReadAsync(range)).Select(record => Encoding.UTF8.GetString(record.Value.Span)));
}
