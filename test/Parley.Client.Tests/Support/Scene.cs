using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Support;

/// <summary>A scripted server and alice, connected to it.</summary>
internal sealed class Scene : IAsyncDisposable
{
    private Scene(ScriptedServer server, ParleyClient alice) => (Server, Alice, Told) = (server, alice, new Told(alice));

    public ScriptedServer Server { get; }

    public ParleyClient Alice { get; }

    public Told Told { get; }

    /// <summary>The newest connection.</summary>
    public ScriptedConnection Connection { get; private set; } = null!;

    public static async Task<Scene> StartAsync(Action<Opening>? say = null, double sendTimeout = 30, double settleTimeout = 30, double requestTimeout = 30)
    {
        var server = await ScriptedServer.StartAsync();
        var scene = new Scene(server, ClientOf(server, options => new ParleyClientOptions
        {
            Endpoint = options.Endpoint,
            TokenProvider = options.TokenProvider,
            SendTimeout = TimeSpan.FromSeconds(sendTimeout),
            SettleTimeout = TimeSpan.FromSeconds(settleTimeout),
            RequestTimeout = TimeSpan.FromSeconds(requestTimeout),
        }));
        var connecting = scene.Alice.ConnectAsync();
        scene.Connection = await server.NextSessionAsync(say);
        await connecting;
        return scene;
    }

    /// <summary>Takes alice's next connection.</summary>
    public async Task ReconnectedAsync(Action<Opening>? say = null) => Connection = await Server.NextSessionAsync(say);

    /// <summary>Answers a send with its entry.</summary>
    public Task RecordAsync(ScriptedRequest request, long sequence) =>
        Connection.AnswerAsync(request, request.As(ProtocolJson.Lenient.SendMessage).Recorded(Cast.Alice, sequence), ProtocolJson.Lenient.LogEntry);

    /// <summary>Answers a read of a log in which bob said <c>n</c> at each sequence n up to the head.</summary>
    public async Task<ReadEntries> ServePageAsync(long head, int pageSize = 100) => await AnswerPageAsync(await Connection.ExpectAsync("conversation.entries"), head, pageSize);

    /// <summary>As <see cref="ServePageAsync"/>, of a request that came.</summary>
    public async Task<ReadEntries> AnswerPageAsync(ScriptedRequest request, long head, int pageSize = 100)
    {
        var asked = request.As(ProtocolJson.Lenient.ReadEntries);
        pageSize = Math.Min(pageSize, asked.Limit ?? pageSize);
        var after = asked.After?.Value ?? Math.Max(0, Math.Min(head, (asked.Before?.Value ?? (head + 1)) - 1) - pageSize);
        var last = Math.Min(head, Math.Min(after + pageSize, (asked.Before?.Value ?? long.MaxValue) - 1));
        var entries = Enumerable.Range(1, (int)Math.Max(0, last - after)).Select(step => Bob.Says(asked.Conversation, after + step, $"{after + step}", MessageAt(after + step))).ToList();
        var more = asked.After is null ? after > 0 : last < head;
        await Connection.AnswerAsync(request, new EntriesPage(asked.Conversation, entries, null, new Sequence(head), new Sequence(1), more), ProtocolJson.Lenient.EntriesPage);
        return asked;
    }

    /// <summary>The id of bob's message at a sequence: the same however often it is read.</summary>
    private static MessageId MessageAt(long sequence) => new(new Guid((int)sequence, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]));

    public async ValueTask DisposeAsync()
    {
        await Alice.DisposeAsync();
        await Server.DisposeAsync();
    }
}
