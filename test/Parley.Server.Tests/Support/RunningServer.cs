using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Parley.Commands;
using Parley.Gateway;
using Parley.Hosting;
using Parley.Identity;
using Parley.Moderation;
using Parley.Storage;
using Parley.Tests.Gateway;

namespace Parley.Tests;

/// <summary>What <c>parley serve</c> runs, on a port of its own and an empty database: two apps, demo and other, and all that it logs is kept.</summary>
/// <remarks>Limits are so high that no test meets one by accident; a test of limits configures them.</remarks>
internal sealed class RunningServer : IAsyncDisposable
{
    private const string Many = "1000000";

    private readonly TestDatabase _files;
    private readonly WebApplication _app;

    private RunningServer(TestDatabase files, WebApplication app, RecordedLog log) => (_files, _app, Log) = (files, app, log);

    public IPEndPoint Address { get; private set; } = null!;

    /// <summary>Everything that was logged, the framework's own lines and traces too.</summary>
    public RecordedLog Log { get; }

    public TestDatabase Files => _files;

    public Database Database => _app.Services.GetRequiredService<Database>();

    /// <summary>What the application answers to: the pattern of each route that it maps.</summary>
    public IReadOnlyList<string> Routes =>
        [.. ((IEndpointRouteBuilder)_app).DataSources.SelectMany(source => source.Endpoints).Cast<RouteEndpoint>().Select(route => route.RoutePattern.RawText!).Order(StringComparer.Ordinal)];

    public ParleyNode Node => _app.Services.GetRequiredService<ParleyHost>().Node;

    /// <param name="engine">Which database.</param>
    /// <param name="settings">Below <c>Parley:</c>, in place of the test's own.</param>
    public static Task<RunningServer> StartAsync(Engine engine, params (string Key, string Value)[] settings) => StartAsync(engine, LogLevel.Trace, [], settings);

    /// <summary>As the other, of which less is logged: to log everything is most of the work where much is asked.</summary>
    public static Task<RunningServer> StartAsync(Engine engine, LogLevel least, params (string Key, string Value)[] settings) => StartAsync(engine, least, [], settings);

    /// <summary>As the other, with who is asked before a message is recorded.</summary>
    public static Task<RunningServer> StartAsync(Engine engine, IReadOnlyList<IMessageInterceptor> interceptors, params (string Key, string Value)[] settings) =>
        StartAsync(engine, LogLevel.Trace, interceptors, settings);

    /// <summary>As the other, with who is asked about what is uploaded.</summary>
    public static Task<RunningServer> StartAsync(Engine engine, IReadOnlyList<IContentInterceptor> interceptors, params (string Key, string Value)[] settings) =>
        StartAsync(engine, LogLevel.Trace, interceptors, settings);

    private static async Task<RunningServer> StartAsync(Engine engine, LogLevel least, IReadOnlyList<object> interceptors, (string Key, string Value)[] settings)
    {
        var files = await TestDatabase.CreateForServerAsync(engine);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        var all = Settings(files);
        foreach (var (key, value) in settings) all[key] = value;
        builder.Configuration.AddInMemoryCollection(all.Select(setting => KeyValuePair.Create($"Parley:{setting.Key}", setting.Value)));
        var log = new RecordedLog();
        builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(least);
        builder.Services.AddServer(builder.Configuration);
        foreach (var interceptor in interceptors) builder.Services.AddSingleton(interceptor is IMessageInterceptor ? typeof(IMessageInterceptor) : typeof(IContentInterceptor), interceptor);

        var app = builder.Build();
        app.MapParley();
        app.Urls.Add("http://127.0.0.1:0");
        await app.StartAsync();
        var address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return new RunningServer(files, app, log) { Address = new IPEndPoint(IPAddress.Loopback, address.Port) };
    }

    /// <summary>The secret that an app's backend signs tokens with.</summary>
    public static string SecretOf(string app) => $"the secret of {app}, 32 bytes or more of it";

    public static string TokenOf(string user, string app = "demo", TimeSpan? endsIn = null)
    {
        var options = new AppOptions();
        options.Keys.Add(new AppKeyOptions { Secret = SecretOf(app) });
        var (lifetime, clock) = (TimeSpan.FromHours(1), new GatewayClock());
        clock.Advance(TimeProvider.System.GetUtcNow() + (endsIn ?? lifetime) - lifetime - clock.GetUtcNow());
        return new TokenIssuer(app, options, clock).Issue(new UserId(user), lifetime);
    }

    /// <summary>A connection without a session.</summary>
    public Task<RawClient> ConnectAsync() => RawClient.ConnectAsync(Address);

    /// <summary>A connection with an open session.</summary>
    public async Task<RawClient> ConnectAsync(string user, string app = "demo", string device = "phone")
    {
        var client = await ConnectAsync();
        var answer = await client.AskAsync(Methods.OpenSession, $$"""{"token":"{{TokenOf(user, app)}}","device":"{{device}}"}""");
        Assert.Equal(user, answer.GetProperty("result").GetProperty("user").GetString());
        return client;
    }

    /// <summary>The API key of an app's backend.</summary>
    public static string KeyOf(string app) => $"the-key-of-the-backend-of-{app}-0123456789";

    /// <summary>Somebody who asks this way.</summary>
    public async Task<ITalker> TalkAsync(Way way, string user, string app = "demo") => way switch
    {
        Way.WebSocket => await ConnectAsync(user, app),
        Way.Http => HttpTalker.WithToken(Address, TokenOf(user, app)),
        _ => HttpTalker.WithKey(Address, KeyOf(app), user),
    };

    /// <summary>Changes the database behind the server's back.</summary>
    public Task ChangeAsync(Sql sql) => Database.ChangeAsync(sql);

    /// <summary>A number that a query answers.</summary>
    public Task<long> NumberAsync(Sql sql) => Database.NumberAsync(sql);

    /// <summary>Asks the server to stop, as the system does with SIGTERM; completes when it has.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero, TimeProvider.System);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        if (_files.Engine == Engine.Postgres) NpgsqlConnection.ClearAllPools();
        await _files.DisposeAsync();
    }

    private static Dictionary<string, string?> Settings(TestDatabase files)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Apps:demo:Keys:0:Secret"] = SecretOf("demo"),
            ["Apps:other:Keys:0:Secret"] = SecretOf("other"),
            ["Apps:demo:ApiKeys:0:Name"] = "backend",
            ["Apps:demo:ApiKeys:0:Secret"] = KeyOf("demo"),
            ["Apps:other:ApiKeys:0:Name"] = "backend",
            ["Apps:other:ApiKeys:0:Secret"] = KeyOf("other"),
            ["Storage:Engine"] = files.Engine.ToString(),
            ["Storage:FatalErrors"] = nameof(FatalStorageErrors.RefuseWrites),
            ["Storage:BallastBytes"] = "0",
            ["Storage:MaxWait"] = "00:05:00",
            ["Gateway:DrainTime"] = "00:00:00",
            ["Gateway:CloseWait"] = "00:00:00.1",
            ["Gateway:SweepEvery"] = "00:00:00.02",
            ["Limits:BytesPerSecond"] = "1000000000",
            ["Limits:BytesBurst"] = "1000000000",
            ["Limits:DevicesPerUser"] = "1000",
            ["Content:Directory"] = Path.Combine(files.Folder, "content"),
            ["Content:MinFreeBytes"] = "0",
            ["Content:MinFreePercent"] = "0",
            ["Content:UploadsPerUserPerMinute"] = Many,
            ["Content:UploadsPerUserBurst"] = Many,
            ["Content:ParallelUploadsPerUser"] = "1000",
        };
        foreach (var limit in new[]
        {
            "Connections", "UnauthenticatedConnections", "UnauthenticatedPerAddress", "ConnectionsPerSecond", "ConnectionsPerAddressPerMinute",
            "ConnectionsPerUserPerMinute", "ConnectionsPerUserBurst", "RequestsPerSecond", "RequestsBurst", "Strikes", "SendsPerUserPerSecond",
            "SendsPerUserBurst", "SendsPerConversationPerSecond", "SendsPerAppPerSecond", "RequestsPerApiKeyPerSecond", "UnauthorizedPerAddressPerMinute",
            "SendsPerConversationByApiKeysPerSecond",
        })
            settings[$"Limits:{limit}"] = Many;
        if (files.Engine == Engine.Sqlite) settings["Storage:DataDirectory"] = Path.GetDirectoryName(new SqliteConnectionStringBuilder(files.ConnectionString).DataSource);
        else settings["Storage:PostgresConnectionString"] = files.ConnectionString;
        return settings;
    }
}

/// <summary>Keeps every line that is logged.</summary>
internal sealed class RecordedLog : ILoggerProvider
{
    private readonly ConcurrentQueue<LogLine> _lines = new();

    public IReadOnlyList<LogLine> Lines => [.. _lines];

    /// <summary>What reaches the operator of <c>parley serve</c>, who hears the framework's warnings only.</summary>
    public IEnumerable<LogLine> Served =>
        Lines.Where(line => line.Level >= LogLevel.Warning || !line.Category.StartsWith("Microsoft.", StringComparison.Ordinal));

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, _lines);

    public void Dispose()
    {
    }

    private sealed class Logger(string category, ConcurrentQueue<LogLine> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            lines.Enqueue(new LogLine(category, LogLevel.Trace, $"scope: {state}"));
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var values = state is IEnumerable<KeyValuePair<string, object?>> pairs ? string.Join(' ', pairs.Select(pair => $"{pair.Key}={pair.Value}")) : "";
            lines.Enqueue(new LogLine(category, logLevel, $"{formatter(state, exception)} | {values} | {exception}"));
        }
    }
}

internal sealed record LogLine(string Category, LogLevel Level, string Text);
