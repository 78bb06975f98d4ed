using System.Collections.Concurrent;
using Parley.Identity;
using Parley.Tests.Gateway;
using Parley.Tests.Hostile;

namespace Parley.Tests.Conversations;

/// <summary>A conversation with people in every place that the page has, who ask one way. What one of them does leaves it to the others as it was.</summary>
/// <remarks>Scenes are played beside each other. Each has users of its own, whose names end in its number, so that nobody receives what happens in another.</remarks>
internal abstract class Scene(RunningServer server, ConversationKind kind, Way way, int number) : IAsyncDisposable
{
    /// <summary>An attribute that an owner set.</summary>
    public const string OthersAttribute = "theirs";

    private readonly Dictionary<string, ITalker> _talkers = [];
    private readonly Dictionary<Place, Guid> _places = [];
    private readonly Dictionary<(Guid, Spare), Queue<string>> _spares = [];
    private int _asked;

    public Guid Epoch => server.Node.Installation.Epoch;

    public ConversationKind Kind => kind;

    public Way Way => way;

    /// <summary>Owns the conversation, and sets the scene.</summary>
    public string Owner => Name("alice");

    /// <summary>A member to whom it makes no difference what is done to him.</summary>
    public string Bystander => Name("bob");

    public virtual bool IsPublic => kind == ConversationKind.Room;

    public virtual bool AllAreMuted => false;

    public bool Confirms => kind != ConversationKind.Room;

    /// <summary>What the scene is called where a cell is wrong.</summary>
    public abstract string Title { get; }

    /// <summary>Plays it.</summary>
    /// <param name="wrong">Gets each cell that is not as the page says.</param>
    /// <returns>How many cells were tried.</returns>
    public abstract Task<int> PlayAsync(ConcurrentBag<string> wrong);

    public virtual Permissions PermissionsOf(string actor) => PermissionPresets.Member;

    /// <summary>Somebody of whom nobody has heard.</summary>
    public string Newcomer(Ask ask) => Name($"new{ask.Number}");

    public string Name(string who) => $"{who}.{number}";

    /// <summary>Tries one cell; whether it is as the page says.</summary>
    protected async Task<int> TryAsync(Operation operation, string who, string? expected, ConcurrentBag<string> wrong)
    {
        if (expected == PermissionTable.Never) return 0;
        var answered = await AskAsync(operation, Name(who));
        if (answered != expected) wrong.Add($"{Title}, {way}: {operation.Name} by {who} is answered {answered}, and documented as {expected ?? "nothing"}");
        return 1;
    }

    /// <summary>Makes one of the conversations.</summary>
    protected abstract Task<Guid> MakeAsync(Place place);

    protected void Keep(Guid conversation, Spare spare, IEnumerable<string> users) => _spares[(conversation, spare)] = new Queue<string>(users);

    protected async Task<Guid> PlaceAsync(Place place)
    {
        if (_places.TryGetValue(place, out var made)) return made;
        return _places[place] = await MakeAsync(place);
    }

    /// <summary>Creates a conversation whose newcomers are members; into a room they come by themselves.</summary>
    protected async Task<ConversationId> CreateAsync(NewSettings? settings, IEnumerable<string> users)
    {
        var ids = users.Select(user => new UserId(user)).ToArray();
        var room = kind == ConversationKind.Room;
        var wish = new CreateConversation(
            ConversationId.New(), kind, room ? [] : ids, DefaultPermissions: kind == ConversationKind.Direct ? null : PermissionPresets.Member, Settings: room ? null : settings);
        var created = await DoAsync<ConversationCreatedAnswer>(Owner, wish);
        if (room) await Task.WhenAll(ids.Select(user => DoAsync<RoomJoined>(user.Value, new JoinRoom(wish.Conversation))));
        return created.Conversation.Conversation;
    }

    /// <summary>Has the owner change something.</summary>
    protected Task<LogEntry> ChangeAsync(object command) => DoAsync<LogEntry>(Owner, command);

    /// <summary>Has something done that must succeed.</summary>
    protected async Task<T> DoAsync<T>(string user, object command)
        where T : class
    {
        var origin = new AwaitedOrigin();
        TestServer.Ask(server.Node.Handlers, new Caller(server.Node.Installation.Apps["demo"], new UserId(user), new DeviceId("scene")), command, origin);
        var outcome = await origin.AsAsync<T>();
        return outcome.Value ?? throw new InvalidOperationException($"{Title}: {user} was refused {outcome.Refusal} {outcome.Refusal?.Detail}");
    }

    private async Task<string> AskAsync(Operation operation, string actor)
    {
        var conversation = await PlaceAsync(operation.Place);
        var spares = _spares.GetValueOrDefault((conversation, operation.Spare));
        var ask = new Ask(conversation, actor, spares is null ? Bystander : spares.Peek(), ++_asked);
        if (operation.Before?.Invoke(this, ask) is var (method, parameters)) Assert.Null(Talk.CodeOf(await SayAsync(actor, method, parameters)));
        var answered = operation.Read(await SayAsync(actor, operation.Method, operation.Params(this, ask)));
        if (answered != PermissionTable.Yes) return answered;

        spares?.Dequeue();
        if (operation.Place == Place.Doomed) _places.Remove(Place.Doomed);
        foreach (var (user, undone, how) in operation.Undo?.Invoke(this, ask) ?? [])
            Assert.True(Talk.CodeOf(await SayAsync(user, undone, how)) is null or "unchanged", $"{Title}: {operation.Name} cannot be undone");
        return answered;
    }

    private async Task<System.Text.Json.JsonElement> SayAsync(string user, string method, string parameters)
    {
        if (!_talkers.TryGetValue(user, out var talker)) _talkers[user] = talker = await server.TalkAsync(way, user);
        return await talker.AskAsync(method, parameters);
    }

    public ValueTask DisposeAsync()
    {
        foreach (var talker in _talkers.Values) talker.Dispose();
        return ValueTask.CompletedTask;
    }
}
