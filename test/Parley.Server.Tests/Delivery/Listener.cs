using System.Text.Json;
using Parley.Delivery;
using Parley.Storage;

namespace Parley.Tests.Delivery;

/// <summary>A connection that only listens, and what it was told.</summary>
internal sealed class Listener
{
    private readonly OutboundQueue _queue = new(OutboundBounds.Default);
    private readonly List<(string Method, JsonElement Params)> _told = [];

    private Listener(UserKey user, DeviceId device) => Subscriber = new Subscriber(user, device, Receives.Everything, _queue);

    /// <summary>The connection as the server knows it.</summary>
    public Subscriber Subscriber { get; }

    /// <summary>Connects a user to what he is in by now.</summary>
    public static async Task<Listener> ConnectAsync(TestServer server, string user, string device = "phone")
    {
        var listener = new Listener(new UserKey(server.App, new UserId(user)), new DeviceId(device));
        server.Node.Subscriptions.Register(listener.Subscriber);
        server.Node.Subscriptions.Follow(listener.Subscriber, await server.Node.Reader.FollowedByAsync(listener.Subscriber.User, CancellationToken.None));
        return listener;
    }

    /// <summary>Whose cursors it was told of so far, in order, however many a notification told of.</summary>
    public IReadOnlyList<ReceiptMoved> ToldReceipts() =>
        [.. Told(Methods.Receipt).SelectMany(told => told.Deserialize(ProtocolJson.Lenient.ReceiptsMoved)!.Moved)];

    /// <summary>The params of all notifications of a method so far, in order.</summary>
    public IReadOnlyList<JsonElement> Told(string method)
    {
        byte[]? buffer = null;
        for (var frame = _queue.Take(ref buffer); !frame.IsEmpty; frame = _queue.Take(ref buffer))
        {
            var root = JsonElement.Parse(frame.Span);
            foreach (var item in root.ValueKind == JsonValueKind.Array ? root.EnumerateArray().ToArray() : [root])
                _told.Add((item.GetProperty("method").GetString()!, item.GetProperty("params")));
        }

        return [.. _told.Where(one => one.Method == method).Select(one => one.Params)];
    }
}
