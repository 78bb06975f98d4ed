using Npgsql;
using Parley.Client.Testing;
using Parley.Tests;

namespace Parley.Client.Tests.Support;

/// <summary>The test kit on either engine.</summary>
internal sealed class Kit : IAsyncDisposable
{
    private readonly TestDatabase? _database;

    private Kit(ParleyTestServer server, TestDatabase? database) => (Server, _database) = (server, database);

    public ParleyTestServer Server { get; }

    public VirtualClock Clock => Server.Clock;

    public static async Task<Kit> StartAsync(Engine engine)
    {
        // In a file the kit has a database of its own.
        if (engine == Engine.Sqlite) return new Kit(await ParleyTestServer.StartAsync(), null);
        var database = await TestDatabase.CreateForServerAsync(engine);
        return new Kit(
            await ParleyTestServer.StartAsync(new ParleyTestServerOptions
            {
                Settings = { ["Storage:Engine"] = "Postgres", ["Storage:PostgresConnectionString"] = database.ConnectionString },
            }),
            database);
    }

    /// <summary>Moves a little: what the SDK says a moment later is said.</summary>
    public Task MomentAsync() => Clock.AdvanceAsync(TimeSpan.FromSeconds(1));

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        if (_database is null) return;
        NpgsqlConnection.ClearAllPools();
        await _database.DisposeAsync();
    }
}
