using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Parley.Hosting;
using Parley.Identity;
using Parley.Storage;
using Parley.Tests;

namespace Parley.Client.Tests.EndToEnd;

/// <summary>A real server on a real socket and an empty database, which can be stopped and started again at the same address.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private const string Secret = "a secret of the tests, 32 bytes or more";

    private readonly TestDatabase _database;
    private readonly List<ParleyClient> _clients = [];
    private WebApplication? _app;
    private int _port;

    private readonly (string Key, string Value)[] _more;

    private RunningServer(TestDatabase database, (string Key, string Value)[] more) => (_database, _more) = (database, more);

    /// <param name="engine">Which database.</param>
    /// <param name="settings">Below <c>Parley:</c>, beside the test's own.</param>
    public static async Task<RunningServer> StartAsync(Engine engine, params (string Key, string Value)[] settings)
    {
        var server = new RunningServer(await TestDatabase.CreateForServerAsync(engine), settings);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Where its database is, as the commands are told.</summary>
    public StorageOptions Storage => _database.Engine == Engine.Postgres
        ? new StorageOptions { Engine = StorageEngine.Postgres, PostgresConnectionString = _database.ConnectionString }
        : new StorageOptions { DataDirectory = Path.GetDirectoryName(new SqliteConnectionStringBuilder(_database.ConnectionString).DataSource)! };

    public async Task StartAgainAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(Settings());
        builder.Services.AddParley(builder.Configuration);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, _port, endpoint => endpoint.Protocols = HttpProtocols.Http1));
        _app = builder.Build();
        _app.MapParley();
        await _app.StartAsync();
        _port = new Uri(_app.Urls.First()).Port;
    }

    /// <summary>Ends the server with its connections open, as a deployment without patience does.</summary>
    public async Task StopAsync()
    {
        if (_app is null) return;
        await _app.StopAsync();
        await _app.DisposeAsync();
        _app = null;
    }

    /// <summary>Makes everything in a conversation older, and takes out what is too old then.</summary>
    public async Task AgeAsync(ConversationId conversation, TimeSpan by)
    {
        var (node, ms) = (_app!.Services.GetRequiredService<ParleyHost>().Node, (long)by.TotalMilliseconds);
        await using (var transaction = await node.Database.BeginAsync(CancellationToken.None))
        {
            await transaction.Session.ExecuteAsync(
                $"update entries set at = at - {ms} where conversation = (select number from conversations where conversation = {conversation.Value})", CancellationToken.None);
            await transaction.Session.ExecuteAsync($"update conversations set tail_at = tail_at - {ms} where conversation = {conversation.Value}", CancellationToken.None);
            await transaction.CommitAsync(CancellationToken.None);
        }

        await node.Retention.RunAsync(CancellationToken.None);
    }

    /// <summary>A client of a user; connected.</summary>
    public async Task<ParleyClient> ConnectAsync(string user, string? device = null)
    {
        var client = Client(user, device);
        await client.ConnectAsync();
        return client;
    }

    /// <summary>A client of a user that follows those with whom he shares conversations; connected.</summary>
    public async Task<ParleyClient> FollowAsync(string user, string? device = null)
    {
        var client = Keep(new ParleyClient(new ParleyClientOptions
        {
            Endpoint = Address, TokenProvider = _ => ValueTask.FromResult(TokenOf(user)), DeviceId = Device(device), FollowPresence = true,
        }));
        await client.ConnectAsync();
        return client;
    }

    /// <summary>A client of a user that keeps what it is told; not connected yet. The test disposes it, and the store.</summary>
    public ParleyClient ClientWith(LocalStore store, string user, int keptEntries = 1_000, TimeProvider? clock = null) => new(new ParleyClientOptions
    {
        Endpoint = Address, TokenProvider = _ => ValueTask.FromResult(TokenOf(user)), Store = store, KeptEntries = keptEntries, RequestTimeout = TimeSpan.FromSeconds(10), TimeProvider = clock ?? TimeProvider.System,
    });

    /// <summary>Whom a user is subscribed to, as the server has it, in the order of their ids.</summary>
    public IReadOnlyList<UserId> SubscriptionsOf(string user)
    {
        var node = _app!.Services.GetRequiredService<ParleyHost>().Node;
        var key = new UserKey(node.Installation.Apps["demo"], new UserId(user));
        return [.. node.Presence.Subscriptions.List(key, null, SubscribePresence.MaxSubscriptions).Subscriptions.Select(one => one.User)];
    }

    /// <summary>A client of a user; not connected yet. Disposed with the server.</summary>
    public ParleyClient Client(string user, string? device = null, bool acknowledgesDelivery = true) => ClientWith(() => TokenOf(user), device, acknowledgesDelivery);

    /// <summary>A client with tokens of the test's own; not connected yet. Disposed with the server.</summary>
    public ParleyClient ClientWith(Func<string> token, string? device = null, bool acknowledgesDelivery = true) => Keep(new ParleyClient(new ParleyClientOptions
    {
        Endpoint = Address, TokenProvider = _ => ValueTask.FromResult(token()), DeviceId = Device(device), AcknowledgeDelivery = acknowledgesDelivery,
    }));

    /// <summary>Where its sessions are.</summary>
    public Uri Address => new($"ws://127.0.0.1:{_port}{ParleyExtensions.RealtimePath}");

    /// <summary>Where uploads are, complete or not.</summary>
    public string ContentFolder => Path.Combine(_database.Folder, "content");

    private static DeviceId Device(string? name) => name is null ? DeviceId.New() : new DeviceId(name);

    public static string TokenOf(string user, double hours = 1)
    {
        var app = new AppOptions();
        app.Keys.Add(new AppKeyOptions { Secret = Secret });
        return new TokenIssuer("demo", app, TimeProvider.System).Issue(new UserId(user), TimeSpan.FromHours(hours));
    }

    private ParleyClient Keep(ParleyClient client)
    {
        _clients.Add(client);
        return client;
    }

    private Dictionary<string, string?> Settings()
    {
        var settings = new Dictionary<string, string?>
        {
            ["Parley:Apps:demo:Keys:0:Secret"] = Secret,
            ["Parley:Gateway:DrainTime"] = "00:00:00.2",
            ["Parley:Gateway:ReconnectSpread"] = "00:00:00.5",
            ["Parley:Limits:SendsPerUserPerSecond"] = "100000",
            ["Parley:Limits:SendsPerUserBurst"] = "100000",
            ["Parley:Limits:SendsPerConversationPerSecond"] = "100000",
            ["Parley:Limits:RequestsPerSecond"] = "100000",
            ["Parley:Limits:RequestsBurst"] = "100000",
            ["Parley:Limits:BytesPerSecond"] = "100000000",
            ["Parley:Limits:BytesBurst"] = "100000000",
            ["Parley:Limits:ConnectionsPerUserPerMinute"] = "100000",
            ["Parley:Limits:ConnectionsPerUserBurst"] = "1000",
            ["Parley:Limits:ConnectionsPerAddressPerMinute"] = "100000",
            ["Parley:Content:Directory"] = ContentFolder,
            ["Parley:Content:MinFreeBytes"] = "0",
            ["Parley:Content:MinFreePercent"] = "0",
            ["Parley:Content:UploadsPerUserBurst"] = "1000",
        };
        if (_database.Engine == Engine.Postgres)
        {
            settings["Parley:Storage:Engine"] = "Postgres";
            settings["Parley:Storage:PostgresConnectionString"] = _database.ConnectionString;
        }
        else
        {
            settings["Parley:Storage:BallastBytes"] = "0";
            settings["Parley:Storage:DataDirectory"] = Storage.DataDirectory;
        }

        foreach (var (key, value) in _more) settings[$"Parley:{key}"] = value;
        return settings;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) await client.DisposeAsync();
        await StopAsync();
        await _database.DisposeAsync();
    }
}
