using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Parley.Hosting;
using Parley.Identity;

namespace Parley.Tests;

/// <summary>The whole server as a host embeds it, <c>AddParley</c> and <c>MapParley</c>, on a port and an empty database of its own. Apps: demo and other.</summary>
/// <remarks>Rates are raised so that a test may be quick; every other setting is the default, but for deadlines that would only make tests wait.</remarks>
internal sealed class ExampleServer : IAsyncDisposable
{
    private const string Secret = "a secret of the tests, 32 bytes or more";

    private readonly TestDatabase _database;
    private readonly WebApplication _app;

    private ExampleServer(TestDatabase database, WebApplication app) => (_database, _app) = (database, app);

    /// <summary>Where clients connect.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>The epoch of every sequence.</summary>
    public Guid Epoch => _app.Services.GetRequiredService<ParleyHost>().Node.Installation.Epoch;

    /// <param name="engine">Which database.</param>
    /// <param name="settings">Over the defaults and the raised rates, below <c>Parley:</c>.</param>
    public static async Task<ExampleServer> StartAsync(Engine engine, params (string Key, string Value)[] settings)
    {
        var database = await TestDatabase.CreateAsync(engine);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(Settings(database).Concat(settings).Select(setting => KeyValuePair.Create($"Parley:{setting.Key}", (string?)setting.Value)));
        builder.WebHost.UseKestrel(kestrel =>
        {
            ListenSockets.Configure(kestrel, new HttpOptions());
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        builder.WebHost.UseSockets(ListenSockets.Configure);
        builder.Services.AddParley(builder.Configuration);

        var app = builder.Build();
        app.MapParley();
        var server = new ExampleServer(database, app);
        await app.StartAsync();
        var listening = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        server.Address = new Uri($"ws://{listening.Authority}{ParleyExtensions.RealtimePath}");
        return server;
    }

    /// <summary>A token as the app's backend would make it.</summary>
    public static string TokenOf(string user, TimeSpan? lifetime = null, string app = "demo")
    {
        var options = new AppOptions();
        options.Keys.Add(new AppKeyOptions { Secret = Secret });
        return new TokenIssuer(app, options, TimeProvider.System).Issue(new UserId(user), lifetime ?? TimeSpan.FromHours(1));
    }

    /// <summary>A connection that has not opened its session.</summary>
    public Task<JsonClient> ConnectAsync() => JsonClient.ConnectAsync(Address);

    /// <summary>A connection with an open session.</summary>
    /// <param name="user">Whose.</param>
    /// <param name="device">Which of his devices.</param>
    /// <param name="more">Further members of the params, as <c>,"receive":false</c>.</param>
    public async Task<JsonClient> ConnectAsync(string user, string device = "phone", string more = "")
    {
        var client = await ConnectAsync();
        await client.SendAsync($$$"""{"jsonrpc":"2.0","id":"open","method":"session.open","params":{"token":"{{{TokenOf(user)}}}","device":"{{{device}}}"{{{more}}}}}""");
        var answer = await client.ReadAsync();
        Assert.Equal(user, (string?)answer?["result"]?["user"]);
        return client;
    }

    /// <summary>Asks the server to stop, as the system does with SIGTERM; completes when it has.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _database.DisposeAsync();
    }

    private static IEnumerable<(string Key, string Value)> Settings(TestDatabase database)
    {
        foreach (var app in new[] { "demo", "other" }) yield return ($"Apps:{app}:Keys:0:Secret", Secret);
        foreach (var limit in new[]
        {
            "ConnectionsPerUserPerMinute", "ConnectionsPerUserBurst", "RequestsPerSecond", "RequestsBurst",
            "SendsPerUserPerSecond", "SendsPerUserBurst", "SendsPerConversationPerSecond",
        })
        {
            yield return ($"Limits:{limit}", "10000");
        }

        yield return ("Limits:BytesPerSecond", "100000000");
        yield return ("Limits:BytesBurst", "100000000");
        yield return ("Gateway:SweepEvery", "00:00:00.050");
        yield return ("Gateway:CloseWait", "00:00:00.500");
        yield return ("Storage:FatalErrors", "RefuseWrites");
        yield return ("Storage:BallastBytes", "0");
        yield return ("Storage:Engine", database.Engine == Engine.Sqlite ? "Sqlite" : "Postgres");
        yield return database.Engine == Engine.Sqlite
            ? ("Storage:DataDirectory", Path.GetDirectoryName(new SqliteConnectionStringBuilder(database.ConnectionString).DataSource)!)
            : ("Storage:PostgresConnectionString", database.ConnectionString);
    }
}
