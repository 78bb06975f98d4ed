using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Parley.Tests.Identity;

namespace Parley.Tests;

/// <summary>An identity provider on a real port of this machine: publishes keys, or does what a test says instead.</summary>
internal sealed class KeySetServer : IAsyncDisposable
{
    private readonly string _path = $"/keys/{Guid.CreateVersion7():N}";
    private WebApplication? _app;
    private int _port;
    private int _requests;
    private int _fetches;

    /// <summary>Where keys are fetched. No other has the same: a port is soon used again, and somebody may still ask for what was there before.</summary>
    public Uri Url => new($"http://127.0.0.1:{_port}{_path}");

    /// <summary>What is published.</summary>
    public IReadOnlyList<Signer> Published { get; set; } = [];

    /// <summary>What happens with a request instead.</summary>
    public RequestDelegate? Instead { get; set; }

    /// <summary>How many requests came, whatever they were for.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>How many of them were for <see cref="Url"/>.</summary>
    public int Fetches => Volatile.Read(ref _fetches);

    public static async Task<KeySetServer> StartAsync(params Signer[] published)
    {
        var server = new KeySetServer { Published = published };
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Listens, at the same address as before.</summary>
    public async Task StartAgainAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(IPAddress.Loopback, _port, endpoint => endpoint.Protocols = HttpProtocols.Http1);
        });
        _app = builder.Build();
        _app.Run(async context =>
        {
            Interlocked.Increment(ref _requests);
            if (context.Request.Path == _path) Interlocked.Increment(ref _fetches);
            if (Instead is { } instead) await instead(context);
            else await context.Response.WriteAsync($$"""{"keys":[{{string.Join(',', Published.Select(signer => signer.Jwk))}}]}""");
        });
        await _app.StartAsync();
        _port = new Uri(_app.Urls.Single()).Port;
    }

    /// <summary>Goes away; nobody listens any more.</summary>
    public async Task StopAsync()
    {
        if (_app is null) return;
        using var now = new CancellationTokenSource(TimeSpan.Zero, TimeProvider.System);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _app = null;
    }

    public async ValueTask DisposeAsync() => await StopAsync();
}
