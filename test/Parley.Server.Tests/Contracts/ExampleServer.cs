using System.Net;
using Parley.Hosting;
using Parley.Moderation;

namespace Parley.Tests;

/// <summary>The server that the examples of the protocol are played against.</summary>
internal sealed class ExampleServer : IAsyncDisposable
{
    private readonly RunningServer _server;

    private ExampleServer(RunningServer server) => _server = server;

    /// <summary>The epoch of every sequence.</summary>
    public Guid Epoch => _server.Node.Installation.Epoch;

    public IPEndPoint Address => _server.Address;

    /// <summary>It lets clients go as servers do: an example shows how.</summary>
    public static async Task<ExampleServer> StartAsync(Engine engine, params IReadOnlyList<IMessageInterceptor> interceptors) =>
        new(await RunningServer.StartAsync(engine, interceptors, ("Gateway:DrainTime", "00:00:10"), ("Apps:demo:Retention:Direct", "30.00:00:00"), ("Apps:demo:Messages:KeepVersions", "true")));

    /// <summary>A connection that has not opened its session.</summary>
    public Task<JsonClient> ConnectAsync() => JsonClient.ConnectAsync(new Uri($"ws://{_server.Address}{ParleyExtensions.RealtimePath}"));

    /// <summary>A connection with an open session.</summary>
    /// <param name="user">Whose.</param>
    /// <param name="device">Which of his devices.</param>
    /// <param name="more">Further members of the params, as <c>,"receive":false</c>.</param>
    public async Task<JsonClient> ConnectAsync(string user, string device = "phone", string more = "")
    {
        var client = await ConnectAsync();
        await client.SendAsync(
            $$$"""{"jsonrpc":"2.0","id":"open","method":"session.open","params":{"token":"{{{RunningServer.TokenOf(user)}}}","device":"{{{device}}}"{{{more}}}}}""");
        var answer = await client.ReadAsync();
        Assert.Equal(user, (string?)answer?["result"]?["user"]);
        return client;
    }

    /// <summary>Makes everything in a conversation older, and takes out what is too old then.</summary>
    public async Task AgeAsync(ConversationId conversation, TimeSpan by)
    {
        var ms = (long)by.TotalMilliseconds;
        await _server.ChangeAsync($"update entries set at = at - {ms} where conversation = (select number from conversations where conversation = {conversation.Value})");
        await _server.ChangeAsync($"update conversations set tail_at = tail_at - {ms} where conversation = {conversation.Value}");
        await _server.Node.Retention.RunAsync(CancellationToken.None);
    }

    /// <summary>Asks the server to stop, as the system does with SIGTERM; completes when it has.</summary>
    public Task StopAsync() => _server.StopAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
