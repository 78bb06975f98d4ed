using System.Text.Json;
using Parley.Delivery;
using Parley.Identity;

namespace Parley.Tests.Conversations;

/// <summary>What a <see cref="RoomLife"/> is lived on: a room, and connections that are told what happens in it.</summary>
internal interface IRoomGround : IGround
{
    /// <summary>A connection of somebody, which is told of the room if he is in it.</summary>
    Task<RoomListener> ConnectAsync(UserId user, int number);

    void Disconnect(RoomListener listener);

    /// <summary>Somebody comes into the room.</summary>
    /// <param name="user">Who.</param>
    /// <param name="room">Which.</param>
    /// <param name="over">His connection; null when he asks over HTTP.</param>
    Task<Outcome<RoomJoined>> EnterAsync(UserId user, ConversationId room, RoomListener? over);

    /// <summary>Somebody leaves the room.</summary>
    Task<Outcome<RoomLeft>> ExitAsync(UserId user, ConversationId room, RoomListener? over);

    /// <summary>Time passes.</summary>
    void Pass(TimeSpan time);
}

/// <summary>A connection, and what it was told.</summary>
internal sealed class RoomListener(Caller caller)
{
    private readonly OutboundQueue _queue = new(OutboundBounds.Default);
    private Subscriber? _subscriber;

    public Caller Caller => caller;

    public Subscriber Subscriber => _subscriber ??= new Subscriber(caller.Key, caller.Device, Receives.Everything, _queue);

    /// <summary>Entries and what rooms tell, since the last look.</summary>
    public IEnumerable<object> Heard()
    {
        byte[]? buffer = null;
        while (_queue.Take(ref buffer) is { IsEmpty: false } frame)
        {
            using var json = JsonDocument.Parse(frame);
            var items = json.RootElement.ValueKind == JsonValueKind.Array ? json.RootElement.EnumerateArray().ToArray() : [json.RootElement];
            foreach (var item in items)
            {
                var parameters = item.GetProperty("params");
                if (item.GetProperty("method").ValueEquals(Methods.Entry)) yield return parameters.Deserialize(ProtocolJson.Lenient.LogEntry)!;
                else if (item.GetProperty("method").ValueEquals(Methods.Room)) yield return parameters.Deserialize(ProtocolJson.Lenient.RoomChanged)!;
            }
        }
    }
}

/// <summary>A node with its database, and a clock that stands still.</summary>
internal sealed class ServerRooms(TestServer server, ManualClock clock) : ServerGround(server), IRoomGround
{
    public async Task<RoomListener> ConnectAsync(UserId user, int number)
    {
        var listener = new RoomListener(Server.As(user.Value) with { Device = new DeviceId($"{number}") });
        Server.Node.Subscriptions.Register(listener.Subscriber);
        Server.Node.Subscriptions.Follow(listener.Subscriber, await Server.Node.Reader.FollowedByAsync(listener.Caller.Key, CancellationToken.None));
        return listener;
    }

    public void Disconnect(RoomListener listener) => Server.Node.End(listener.Subscriber);

    public Task<Outcome<RoomJoined>> EnterAsync(UserId user, ConversationId room, RoomListener? over) => AskAsync<RoomJoined>(user, new JoinRoom(room), over);

    public Task<Outcome<RoomLeft>> ExitAsync(UserId user, ConversationId room, RoomListener? over) => AskAsync<RoomLeft>(user, new LeaveRoom(room), over);

    public void Pass(TimeSpan time) => clock.Advance(time);

    private Task<Outcome<T>> AskAsync<T>(UserId user, object command, RoomListener? over)
        where T : class
    {
        if (over is null) return Server.AskAsync<T>(Server.As(user.Value), command);
        var origin = new AwaitedOrigin(over.Subscriber);
        Server.Ask(over.Caller, command, origin);
        return origin.AsAsync<T>();
    }
}
