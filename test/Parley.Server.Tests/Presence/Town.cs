using System.Text.Json;
using Parley.Delivery;
using Parley.Identity;
using Parley.Presence;

namespace Parley.Tests.Presence;

/// <summary>A node whose clock stands still, and people with devices who hear what is told.</summary>
internal sealed class Town : IAsyncDisposable
{
    private Town(TestServer server, ManualClock clock) => (Server, Clock) = (server, clock);

    public TestServer Server { get; }

    public ManualClock Clock { get; }

    public PresenceBoard Board => Server.Node.Presence;

    public static async Task<Town> StartAsync(Engine engine = Engine.Sqlite, Action<PresenceOptions>? configure = null)
    {
        var (clock, options) = (new ManualClock(), new PresenceOptions());
        configure?.Invoke(options);
        return new Town(await TestServer.StartAsync(engine, clock: clock, presence: options), clock);
    }

    /// <summary>A device connects and receives these conversations.</summary>
    public Device Connect(string user, string device = "phone", SetPresence? remembered = null, params ConversationId[] follows)
    {
        var connected = new Device(Server, user, device);
        Server.Node.Subscriptions.Register(connected.Subscriber);
        Server.Node.Subscriptions.Follow(connected.Subscriber, follows);
        Board.Connected(connected.Subscriber, remembered);
        return connected;
    }

    /// <summary>Lets time pass in steps, so that what is due in between happens in between.</summary>
    public void Pass(double seconds)
    {
        for (; seconds > 0; seconds -= 0.5) Clock.Advance(TimeSpan.FromSeconds(Math.Min(seconds, 0.5)));
    }

    /// <summary>How a user is to somebody, in a word or two.</summary>
    public async Task<string> LookAsync(string viewer, string user) =>
        Device.Word((await Server.AskAsync<Presences>(Server.As(viewer), new GetPresence([new UserId(user)]))).Value!.Users[0]);

    public async Task<PresenceState> StateAsync(string viewer, string user) =>
        (await Server.AskAsync<Presences>(Server.As(viewer), new GetPresence([new UserId(user)]))).Value!.Users[0];

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

/// <summary>A connection of somebody.</summary>
internal sealed class Device
{
    private readonly OutboundQueue _queue = new(OutboundBounds.Default);
    private readonly TestServer _server;

    public Device(TestServer server, string user, string device, string app = "demo")
    {
        var caller = server.As(user, app);
        (_server, Caller) = (server, caller with { Device = new DeviceId(device) });
        Subscriber = new Subscriber(Caller.Key, Caller.Device, Receives.Everything, _queue);
    }

    public Caller Caller { get; }

    public Subscriber Subscriber { get; }

    public void Disconnect() => _server.Node.End(Subscriber);

    /// <summary>Asks over this connection.</summary>
    public Task<Outcome<T>> AskAsync<T>(object command)
        where T : class
    {
        var origin = new AwaitedOrigin(Subscriber);
        _server.Ask(Caller, command, origin);
        return origin.AsAsync<T>();
    }

    public async Task SetAsync(PresenceStatus? status, string? text = null) => Assert.Null((await AskAsync<PresenceState>(new SetPresence(status, text))).Refusal);

    public async Task<PresenceSubscribed> SubscribeAsync(params string[] users) =>
        (await AskAsync<PresenceSubscribed>(new SubscribePresence([.. users.Select(user => new UserId(user))], 3_600))).Value!;

    public async Task TypeAsync(ConversationId conversation, TypingState state = TypingState.Started) =>
        Assert.Null((await AskAsync<TypingTaken>(new SetTyping(conversation, state))).Refusal);

    /// <summary>What came since the last time, each in a few words. That a conversation was made comes a moment after the answer, so it is passed over.</summary>
    public string Heard() => string.Join(", ", Notifications().Select(Word).Where(word => word != "conversation.created"));

    /// <summary>Waits until just this has come: entries come a moment after the answer of who asked for them.</summary>
    public async Task HearsAsync(string expected)
    {
        var heard = new List<string>();
        await Gateway.GatewayHost.EventuallyAsync(() =>
        {
            if (Heard() is { Length: > 0 } more) heard.Add(more);
            return string.Join(", ", heard).Length >= expected.Length;
        });
        Assert.Equal(expected, string.Join(", ", heard));
    }

    public IEnumerable<JsonElement> Notifications()
    {
        byte[]? buffer = null;
        while (_queue.Take(ref buffer) is { IsEmpty: false } frame)
        {
            using var json = JsonDocument.Parse(frame);
            var root = json.RootElement.Clone();
            if (root.ValueKind != JsonValueKind.Array) yield return root;
            else foreach (var item in root.EnumerateArray()) yield return item;
        }
    }

    public static string Word(PresenceState state) => $"{state.User} {Name(state.Status)}{(state.Text is null ? "" : $" ({state.Text})")}{(state.Chosen is true ? "!" : "")}";

    private static string Word(JsonElement notification)
    {
        var parameters = notification.GetProperty("params");
        var method = notification.GetProperty("method").GetString();
        return method switch
        {
            Methods.Presence => Word(parameters.Deserialize(ProtocolJson.Lenient.PresenceState)!),
            Methods.Typing => $"{parameters.GetProperty("user").GetString()} {parameters.GetProperty("state").GetString()}",
            Methods.PresenceSubscribed => $"subscribed {string.Join(' ', Users())}",
            Methods.PresenceUnsubscribed => $"unsubscribed {string.Join(' ', Users())}",
            Methods.Entry => parameters.GetProperty("event").GetProperty("type").GetString()!,
            _ => method!,
        };

        IEnumerable<string?> Users() => parameters.GetProperty("users").EnumerateArray().Select(user => user.GetString());
    }

    private static string Name(PresenceStatus status) => JsonNamingPolicy.CamelCase.ConvertName(status.ToString());
}
