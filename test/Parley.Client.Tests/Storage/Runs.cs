using System.Collections.Concurrent;
using Parley.Client.Tests.EndToEnd;
using Parley.Client.Tests.Support;

namespace Parley.Client.Tests.Storage;

/// <summary>One program of a user after the other, on one store.</summary>
internal sealed class Runs(RunningServer server, string user, StoreKind kind = StoreKind.Sqlite) : IDisposable
{
    public Stores Stores { get; } = new(kind);

    /// <summary>The clock of all runs.</summary>
    public MovableClock Clock { get; } = new();

    /// <summary>Starts the next one; not connected yet.</summary>
    /// <param name="keptEntries">How many entries of a conversation it keeps.</param>
    /// <param name="between">What stands between it and the store; null for nothing.</param>
    /// <param name="options">How the store's file is.</param>
    public Run Next(int keptEntries = 1_000, Func<LocalStore, LocalStore>? between = null, SqliteStoreOptions? options = null)
    {
        var store = Stores.Next(options);
        return new Run(server.ClientWith(between?.Invoke(store) ?? store, user, keptEntries, Clock), store);
    }

    /// <summary>Starts the next one, and connects it.</summary>
    public async Task<Run> ConnectAsync(int keptEntries = 1_000, Func<LocalStore, LocalStore>? between = null, SqliteStoreOptions? options = null)
    {
        var run = Next(keptEntries, between, options);
        await run.Client.ConnectAsync();
        return run;
    }

    public void Dispose() => Stores.Dispose();
}

/// <summary>A program that runs, and what it was told.</summary>
internal sealed class Run : IAsyncDisposable
{
    private readonly LocalStore _store;

    public Run(ParleyClient client, LocalStore store)
    {
        (Client, _store, Told) = (client, store, new Told(client));
        client.StoreFailed += (_, e) => Failures.Enqueue(e.Failure);
    }

    public ParleyClient Client { get; }

    public Told Told { get; }

    public ConcurrentQueue<LocalStoreException> Failures { get; } = [];

    /// <summary>What others said, as it was told.</summary>
    public IEnumerable<string> Heard => Told.Received.Select(entry => entry.Text());

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await _store.DisposeAsync();
    }
}
