using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Parley.Identity;

namespace Parley.Tests.Moderation;

/// <summary>An app's backend that is asked about messages, on a real port of this machine.</summary>
internal sealed class HookServer : IAsyncDisposable
{
    public const string Secret = "the secret of a hook, 32 bytes or more of it";

    private readonly WebApplication _app;

    private HookServer(WebApplication app) => _app = app;

    public string Url => $"{_app.Urls.Single()}/hook";

    /// <summary>What it answers, by the body it gets.</summary>
    public Func<string, string> Answer { get; set; } = _ => """{"action":"pass"}""";

    /// <summary>What happens with a request instead.</summary>
    public RequestDelegate? Instead { get; set; }

    public ConcurrentQueue<(IHeaderDictionary Headers, string Body)> Requests { get; } = new();

    public static async Task<HookServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var server = new HookServer(builder.Build());
        server._app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync(context.RequestAborted);
            server.Requests.Enqueue((new HeaderDictionary(context.Request.Headers.ToDictionary()), body));
            if (server.Instead is { } instead) await instead(context);
            else await context.Response.WriteAsync(server.Answer(body));
        });
        await server._app.StartAsync();
        return server;
    }

    /// <summary>Has an app ask here.</summary>
    public void Ask(AppOptions app, TimeSpan? timeout = null, HookFailure onFailure = HookFailure.Pass)
    {
        app.Moderation.Hook.Url = Url;
        app.Moderation.Hook.Secret = Secret;
        app.Moderation.Hook.Timeout = timeout ?? TimeSpan.FromSeconds(5);
        app.Moderation.Hook.OnFailure = onFailure;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero, TimeProvider.System);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }
}
