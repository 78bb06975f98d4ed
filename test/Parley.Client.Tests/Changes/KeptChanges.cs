using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Changes;

/// <summary>A scripted server, a clock that is moved, and clients of alice with a store, one after the other.</summary>
internal sealed class KeptChanges : IAsyncDisposable
{
    private long _sequence;

    private KeptChanges(ScriptedServer server) => Server = server;

    public ScriptedServer Server { get; }

    public MovableClock Clock { get; } = new();

    public ConversationId Conversation { get; } = ConversationId.New();

    public static async Task<KeptChanges> StartAsync() => new(await ScriptedServer.StartAsync());

    public ParleyClient Of(LocalStore? store, TimeSpan? sendTimeout = null, TimeSpan? settleTimeout = null) => ClientOf(Server, options => new ParleyClientOptions
    {
        Endpoint = options.Endpoint, TokenProvider = options.TokenProvider, Store = store, TimeProvider = Clock, SendTimeout = sendTimeout, SettleTimeout = settleTimeout ?? TimeSpan.FromSeconds(30),
    });

    public async Task<ScriptedConnection> ConnectAsync(ParleyClient client)
    {
        var connecting = client.ConnectAsync();
        var connection = await Server.NextSessionAsync();
        await connecting;
        return connection;
    }

    /// <summary>Answers the next request, which is this one, with an entry.</summary>
    public async Task<ScriptedRequest> RecordAsync(ScriptedConnection connection, string method)
    {
        var request = await NextAsync(connection, method);
        await RecordAsync(connection, request);
        return request;
    }

    public async Task RecordAsync(ScriptedConnection connection, ScriptedRequest request)
    {
        var conversation = new ConversationId(request.Params.GetProperty("conversation").GetGuid());
        ConversationEvent happened = request.Method switch
        {
            Methods.SendMessage => new MessageSent(request.As(ProtocolJson.Lenient.SendMessage).Message, Alice, request.As(ProtocolJson.Lenient.SendMessage).Content),
            Methods.EditMessage => new MessageEdited(Alice, new MessageId(request.Params.GetProperty("message").GetGuid()), new Sequence(1), 2, MessageContent.OfText("edited")),
            Methods.RecallMessage => new MessageRecalled(Alice, new MessageId(request.Params.GetProperty("message").GetGuid()), new Sequence(1)),
            _ => new ParticipantsAdded(Alice, [new Participant(Bob, PermissionPresets.Member)]),
        };
        await connection.AnswerAsync(request, happened.Happened(conversation, Interlocked.Increment(ref _sequence)), ProtocolJson.Lenient.LogEntry);
    }

    public static Task CursorsAsync(ScriptedConnection connection, ScriptedRequest request, long read) =>
        connection.AnswerAsync(request, new ReceiptCursors(new Sequence(read), new Sequence(read)), ProtocolJson.Lenient.ReceiptCursors);

    /// <summary>The next of what changes something; what the client reads by itself is passed over.</summary>
    public static async Task<ScriptedRequest> NextAsync(ScriptedConnection connection, string method)
    {
        var request = await connection.NextAsync(one => one.Method is not (Methods.ReadEntries or Methods.GetConversation or Methods.GetConversations or Methods.ListInbox or Methods.MarkDelivered));
        Assert.Equal(method, request.Method);
        return request;
    }

    /// <summary>As the server says of a direct conversation with bob.</summary>
    public static ConversationCreatedAnswer CreatedAs(ConversationId conversation) => new(
        new ConversationState(
            conversation, ConversationKind.Direct, null, TimeProvider.System.GetUtcNow(), 1, new Sequence(1), new Sequence(1), PermissionPresets.Member, 2, [],
            new OwnParticipation(PermissionPresets.Member, Sequence.None, Sequence.None)),
        null, CreationOutcome.Existing);

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
