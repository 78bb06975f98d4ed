using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Parley.Client.Tests.Support;

/// <summary>A WebSocket server that does exactly what a test tells it, and nothing by itself.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<ScriptedConnection> _connections = Channel.CreateUnbounded<ScriptedConnection>();
    private readonly CancellationTokenSource _stopping = new();

    private ScriptedServer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.UseWebSockets();
        _app.Map("/v1/realtime", AcceptAsync);
    }

    /// <summary>When set, upgrades are answered with this status and Retry-After instead.</summary>
    public (int Status, int RetryAfterSeconds)? Refusing { get; set; }

    /// <summary>How many upgrades were asked for.</summary>
    public int Attempts { get; private set; }

    public Uri Address { get; private set; } = new("http://localhost");

    public static async Task<ScriptedServer> StartAsync()
    {
        var server = new ScriptedServer();
        await server._app.StartAsync();
        server.Address = new Uri(server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return server;
    }

    /// <summary>The next connection, with nothing of it read yet.</summary>
    public async Task<ScriptedConnection> NextConnectionAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        return await _connections.Reader.ReadAsync(patience.Token);
    }

    /// <summary>The next connection, its session opened.</summary>
    public async Task<ScriptedConnection> NextSessionAsync(Action<Opening>? say = null)
    {
        var connection = await NextConnectionAsync();
        var opening = new Opening();
        say?.Invoke(opening);
        connection.Opened = await connection.ExpectAsync("session.open");
        await connection.AnswerAsync(connection.Opened, opening.Answer(), ProtocolJson.Lenient.SessionOpened);
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task AcceptAsync(HttpContext context)
    {
        Attempts++;
        if (Refusing is var (status, retryAfter))
        {
            context.Response.StatusCode = status;
            context.Response.Headers.RetryAfter = retryAfter.ToString();
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { KeepAliveInterval = Timeout.InfiniteTimeSpan });
        var connection = new ScriptedConnection(socket, context);
        _connections.Writer.TryWrite(connection);
        await connection.RunAsync(_stopping.Token);
    }
}

/// <summary>What the scripted server says to <c>session.open</c>.</summary>
internal sealed class Opening
{
    public static readonly Guid FirstEpoch = Guid.Parse("0198f2c0-0000-7000-8000-000000000001");

    public Guid Epoch { get; set; } = FirstEpoch;

    public string User { get; set; } = "alice";

    public bool Reset { get; set; }

    public string Since { get; set; } = "since-1";

    public bool More { get; set; }

    public TimeSpan TokenEndsIn { get; set; } = TimeSpan.FromHours(1);

    public int MaxBatch { get; set; } = 100;

    public List<ConversationChange> Changes { get; } = [];

    public List<UserList> Lists { get; } = [];

    public Opening Changed(ConversationId conversation, long head, long delivered = 0, long read = 0, string? removals = null)
    {
        Changes.Add(new ConversationChange(conversation, ConversationKind.Direct, 1, new Sequence(head), new Sequence(delivered), new Sequence(read), Removals: removals));
        return this;
    }

    public SessionOpened Answer()
    {
        var now = TimeProvider.System.Now();
        return new SessionOpened(1, "scripted/1", now, "demo", new UserId(User), Epoch, now + TokenEndsIn, Reset,
            new SessionLimits(128 * 1024, MaxBatch, 8_000, 25), [], new InboxChanges(Changes, Since, More, Lists.Count == 0 ? null : Lists));
    }
}
