using Microsoft.Extensions.Logging;
using Parley.Content;
using Parley.Storage;
using Parley.Tests.Gateway;

namespace Parley.Tests.Conversations;

/// <summary>Where scenes are played: one server for all of them on one engine.</summary>
internal sealed class Stage(RunningServer server) : IAsyncDisposable
{
    private int _scenes;

    /// <summary>What asks over HTTP shares its connections: who asks stands in each request.</summary>
    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 16 }) { BaseAddress = new Uri($"http://{server.Address}") };

    public RunningServer Server => server;

    /// <summary>Whether each cell is tried one way only, WebSocket and HTTP in turn, and but for sending.</summary>
    /// <remarks>On SQLite all are tried both ways. What a way in makes of an answer knows nothing of the engine, and on PostgreSQL an attempt takes three times as much.</remarks>
    public bool TakesTurns => server.Files.Engine == Engine.Postgres;

    public AppId App { get; } = server.Node.Installation.Apps["demo"];

    public static async Task<Stage> BuildAsync(Engine engine) => new(await RunningServer.StartAsync(
        engine, LogLevel.Warning, ("Rooms:SendsPerSecond", "1000"), ("Rooms:LeaveAfter", "01:00:00"), ("Gateway:SweepEvery", "00:00:01"), ("Limits:ReadsPerCore", "1000"),
        ("Apps:demo:Messages:RecallWithin", "01:00:00")));

    /// <summary>A number that no other scene has.</summary>
    public int Next() => ++_scenes;

    /// <summary>Somebody comes to ask. Whoever connects is told nothing that he did not ask for.</summary>
    public async Task<Asker> ComeAsync(Way way, string user)
    {
        var token = RunningServer.TokenOf(user);
        if (way == Way.Http) return new Asker(null, HttpTalker.WithToken(_http, token));
        var socket = await server.ConnectAsync();
        var opened = await socket.AskAsync(Methods.OpenSession, $$"""{"token":"{{token}}","device":"phone","receive":false}""");
        Assert.Equal(user, opened.GetProperty("result").GetProperty("user").GetString());
        return new Asker(socket, null);
    }

    /// <summary>Content of a user that no message refers to yet.</summary>
    public async Task<ContentId> UploadAsync(string user)
    {
        byte[] bytes = [1, 2, 3];
        var uploaded = await server.Node.Content.Uploader.ReceiveAsync(
            new UserKey(App, new UserId(user)), new NewFile(bytes.Length, null, null), new MemoryStream(bytes), CancellationToken.None);
        return uploaded.Value!.Content;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await server.DisposeAsync();
    }
}

/// <summary>A stage for each engine, built when it is needed first.</summary>
public sealed class MatrixStages : IAsyncDisposable
{
    private readonly Dictionary<Engine, Task<Stage>> _stages = [];

    internal Task<Stage> OnAsync(Engine engine) => _stages.TryGetValue(engine, out var stage) ? stage : _stages[engine] = Stage.BuildAsync(engine);

    public async ValueTask DisposeAsync()
    {
        foreach (var stage in _stages.Values.Where(stage => stage.IsCompletedSuccessfully)) await (await stage).DisposeAsync();
    }
}
