using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Parley.Delivery;
using Parley.Gateway;
using Parley.Hosting;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Tests.Gateway;

/// <summary>The gateway on a real port, with handlers that a test can hold in its hands.</summary>
/// <remarks>A token is <c>app/user/seconds</c>. Handlers keep an imagined log per conversation and push to everybody who is connected.</remarks>
internal sealed class GatewayHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private Heartbeat? _heartbeat;
    private readonly ConcurrentDictionary<ConversationId, long> _heads = new();
    private readonly Lock _lock = new();

    private GatewayHost(WebApplication app, GatewayClock clock) => (_app, Clock) = (app, clock);

    public GatewayClock Clock { get; }

    public RealtimeGateway Gateway => _app.Services.GetRequiredService<RealtimeGateway>();

    public IPEndPoint Address { get; private set; } = null!;

    /// <summary>Everything that was logged.</summary>
    public ConcurrentQueue<string> LogLines { get; } = new();

    /// <summary>Who is registered for pushes.</summary>
    public List<Subscriber> Subscribers { get; } = [];

    /// <summary>Texts of the messages that were handled, in order.</summary>
    public ConcurrentQueue<string> Handled { get; } = new();

    /// <summary>How full the heap seems.</summary>
    public HeapUse HeapUse { get; set; } = new(0, 1_000_000);

    /// <summary>What happens with a message; by default it is recorded and pushed at once.</summary>
    public Action<Caller, SendMessage, Origin>? OnSend { get; set; }

    /// <summary>Why no message is taken; null while any is.</summary>
    public Refusal? Closed { get; set; }

    /// <summary>What happens with a read; by default it answers <c>{}</c>.</summary>
    public Func<Origin, CancellationToken, Task>? OnRead { get; set; }

    /// <summary>What happens before <c>session.open</c> is answered, when the subscriber is registered.</summary>
    public Func<Subscriber, Task<Refusal?>>? OnOpen { get; set; }

    public static async Task<GatewayHost> StartAsync(
        Action<GatewayOptions>? options = null, Action<LimitsOptions>? limits = null, HttpProtocols protocols = HttpProtocols.Http1)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrel(kestrel =>
        {
            ListenSockets.Configure(kestrel, new HttpOptions());
            kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = protocols);
        });
        builder.WebHost.UseSockets(ListenSockets.Configure);
        var clock = new GatewayClock();
        var host = default(GatewayHost);
        builder.Services.AddSingleton<TimeProvider>(clock);
        builder.Services.AddMetrics();
        builder.Services.AddSingleton<RealtimeGateway>();
        builder.Services.AddSingleton(_ => new Heap(() => host!.HeapUse, () => { }));
        builder.Services.AddSingleton(_ => host!.Router());
        builder.Services.AddSingleton(_ => new SessionPorts((token, _) => ValueTask.FromResult(host!.Authenticate(token)), (_, _) => ValueTask.FromResult<Refusal?>(null), host!.OpenAsync, host!.End));
        builder.Services.Configure<GatewayOptions>(gateway =>
        {
            gateway.SweepEvery = TimeSpan.FromMilliseconds(20);
            options?.Invoke(gateway);
        });
        builder.Services.Configure<LimitsOptions>(limit =>
        {
            limit.ConnectionsPerUserPerMinute = limit.ConnectionsPerUserBurst = 1_000;
            limits?.Invoke(limit);
        });
        builder.Logging.ClearProviders();
        builder.Logging.SetMinimumLevel(LogLevel.Debug);

        var app = builder.Build();
        host = new GatewayHost(app, clock);
        app.Services.GetRequiredService<ILoggerFactory>().AddProvider(new Lines(host.LogLines));
        app.Map(RealtimeGateway.Path, host.Gateway.HandleAsync);
        app.Map(HttpGateway.Path, new HttpGateway(host.Gateway, Keys()).HandleAsync);
        host._heartbeat = new Heartbeat(host.Gateway);
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        host.Address = new IPEndPoint(IPAddress.Loopback, new Uri(address).Port);
        return host;
    }

    public async Task<RawClient> ConnectAsync()
    {
        List<Connection> before = [], now = [];
        Gateway.Sessions.CopyTo(before);
        var client = await RawClient.ConnectAsync(Address);
        // The answer to the handshake may arrive before the connection counts its time.
        await EventuallyAsync(() =>
        {
            Gateway.Sessions.CopyTo(now);
            return now.Except(before).Any();
        });
        return client;
    }

    /// <summary>A connection with an open session.</summary>
    public async Task<RawClient> ConnectAsync(string user, string device = "phone", string more = "")
    {
        var client = await ConnectAsync();
        var answer = await client.OpenAsync(user, device, more);
        Assert.Equal(user, answer.GetProperty("result").GetProperty("user").GetString());
        return client;
    }

    /// <summary>The API key of an app's backend.</summary>
    public static string KeyOf(string app) => $"the-key-of-the-backend-of-{app}-0123456789";

    /// <summary>As Parley's host does: connections are let go before the web server stops.</summary>
    public async Task StopAsync()
    {
        await Gateway.DrainAsync(CancellationToken.None);
        await _app.StopAsync();
    }

    public static string Message(Guid conversation, string text) =>
        $$$"""{"conversation":"{{{conversation}}}","message":"{{{Guid.NewGuid()}}}","content":{"parts":[{"type":"text/plain","body":"{{{text}}}"}]}}""";

    /// <summary>Records a message of somebody and pushes it to everybody, except that the origin is answered.</summary>
    public void Record(AppId app, ConversationId conversation, string text, Origin? origin)
    {
        lock (_lock)
        {
            var sequence = _heads.AddOrUpdate(conversation, 1, (_, head) => head + 1);
            var entry = Entry(new ConversationKey(app, conversation), sequence, text);
            origin?.Answer(entry);
            foreach (var subscriber in Subscribers.Where(subscriber => subscriber.User.App == app && subscriber != origin?.Subscriber))
                subscriber.Push(entry);
        }
    }

    public static EncodedEntry Entry(ConversationKey key, long sequence, string text) =>
        new(key, new Sequence(sequence), DateTimeOffset.UnixEpoch, Encoding.UTF8.GetBytes($$"""{"type":"message.sent","text":"{{text}}"}"""));

    /// <summary>Waits until every connection was looked at as it is now.</summary>
    public async Task SweptAsync()
    {
        var before = Gateway.Sweeps;
        await EventuallyAsync(() => Gateway.Sweeps >= before + 2);
    }

    /// <summary>Lets time pass, in seconds that are all noticed, until something has happened.</summary>
    public async Task<T> PassUntilAsync<T>(Task<T> happened)
    {
        for (var seconds = 0; !happened.IsCompleted && seconds < 100; seconds++)
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            await SweptAsync();
        }

        return await happened;
    }

    /// <summary>Waits until something holds; fails when it does not within a few seconds.</summary>
    public static async Task EventuallyAsync(Func<bool> holds)
    {
        for (var tries = 0; tries < 500; tries++)
        {
            if (holds()) return;
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        Assert.Fail("It did not become true in ten seconds.");
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero, TimeProvider.System);
        await _app.StopAsync(now.Token);
        await _heartbeat!.DisposeAsync();
        await _app.DisposeAsync();
    }

    private CommandRouter Router()
    {
        var router = new CommandRouter();
        router.Append(Methods.SendMessage, ProtocolJson.Strict.SendMessage, ProtocolJson.Lenient.LogEntry, command => command.Conversation, (caller, command, origin) =>
        {
            Handled.Enqueue(command.Content.PlainText());
            if (OnSend is { } handle) handle(caller, command, origin);
            else Record(caller.App, command.Conversation, command.Content.PlainText(), origin);
        }, door: () => Closed);
        router.Append(Methods.MarkDelivered, ProtocolJson.Strict.MarkDelivered, ProtocolJson.Lenient.ReceiptCursors, (_, command, origin) =>
        {
            Handled.Enqueue($"delivered {command.UpTo}");
            origin.Answer(Encoding.UTF8.GetBytes($$"""{"deliveredUpTo":{{command.UpTo}}}"""));
        });
        router.Read(Methods.GetConversation, ProtocolJson.Strict.GetConversation, ProtocolJson.Lenient.ConversationState, async (_, _, origin, cancel) =>
        {
            if (OnRead is { } handle) await handle(origin, cancel);
            else origin.Answer("{}"u8.ToArray());
        });
        router.Read(Methods.ReadEntries, ProtocolJson.Strict.ReadEntries, ProtocolJson.Lenient.EntriesPage, (_, _, origin, _) =>
        {
            origin.Answer(Encoding.UTF8.GetBytes($$"""{"page":"{{new string('x', 60 * 1024)}}"}"""));
            return Task.CompletedTask;
        });
        router.Platform(Methods.CountUnread, ProtocolJson.Strict.CountUnread, ProtocolJson.Lenient.UnreadTotal, (platform, _, origin) =>
        {
            Handled.Enqueue($"{platform.App.Number} {platform.KeyName}");
            origin.Answer("{}"u8.ToArray());
        });
        return router;
    }

    /// <summary>Two apps with a key each.</summary>
    private static ApiKeys Keys()
    {
        var apps = new AppsOptions();
        foreach (var name in new[] { "demo", "other" })
        {
            var app = new AppOptions();
            app.ApiKeys.Add(new ApiKeyOptions { Name = "backend", Secret = KeyOf(name) });
            apps.Add(name, app);
        }

        return new ApiKeys(new AppDirectory(apps, name => new AppId(name == "demo" ? 1 : 2), _ => null));
    }

    private Outcome<VerifiedToken> Authenticate(string token)
    {
        if (token.Split('/') is not [var app, var user, var seconds] || !UserId.IsValid(user)) return Refusals.Unauthorized;
        var lifetime = TimeSpan.FromSeconds(int.Parse(seconds, System.Globalization.CultureInfo.InvariantCulture));
        return new VerifiedToken(new AppId(app == "demo" ? 1 : 2), app, new UserId(user), Clock.Now() + lifetime);
    }

    private async Task<Outcome<byte[]>> OpenAsync(
        Caller caller, Subscriber subscriber, OpenSession command, VerifiedToken token, CancellationToken cancel)
    {
        lock (_lock)
        {
            Subscribers.Add(subscriber);
        }

        if (OnOpen is { } handle && await handle(subscriber) is { } refusal) return refusal;
        return Encoding.UTF8.GetBytes($$"""{"user":"{{caller.User}}"}""");
    }

    private void End(Subscriber subscriber)
    {
        lock (_lock)
        {
            Subscribers.Remove(subscriber);
        }
    }

    private sealed class Lines(ConcurrentQueue<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{logLevel} {formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
