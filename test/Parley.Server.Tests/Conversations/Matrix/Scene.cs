using System.Collections.Concurrent;
using Parley.Identity;
using Parley.Tests.Gateway;
using Parley.Tests.People;

namespace Parley.Tests.Conversations;

/// <summary>A conversation with people in every place that the page has, who are all in one state. What one of them does leaves it to the others as it was.</summary>
/// <remarks>Scenes are played beside each other. Each has users of its own, whose names end in its number, so that nothing of what happens in another concerns them.</remarks>
internal abstract class Scene(Stage stage, ConversationKind kind, string state, int number) : IAsyncDisposable
{
    /// <summary>An attribute that an owner set.</summary>
    public const string OthersAttribute = "theirs";

    /// <summary>Nothing was decided about them.</summary>
    public const string Plain = "as they are";

    public const string AppMuted = "the app muted him";

    /// <summary>A state that has a table of its own.</summary>
    public const string Suspended = "the app suspended him";

    private static readonly Way[] Ways = [Way.WebSocket, Way.Http];

    private readonly ConcurrentDictionary<(Way, string), Asker> _askers = [];
    private readonly Dictionary<Way, IReadOnlyList<Cell>> _cells = [];
    private readonly Dictionary<Place, Guid> _places = [];
    private readonly Dictionary<(Guid, Spare), Queue<string>> _spares = [];
    private readonly Dictionary<string, (Guid Kept, Queue<Guid> Others)> _said = [];
    private int _asked;

    public Guid Epoch => stage.Server.Node.Installation.Epoch;

    public ConversationKind Kind => kind;

    public string State => state;

    /// <summary>Owns the conversation, and sets the scene.</summary>
    public string Owner => Name("alice");

    /// <summary>A member to whom it makes no difference what is done to him.</summary>
    public string Bystander => Name("bob");

    /// <summary>A group where all who try anything may send, and nobody is muted.</summary>
    public Guid Elsewhere => _places[Place.Elsewhere];

    /// <summary>A message of the owner there.</summary>
    public Guid SaidElsewhere { get; private set; }

    /// <summary>A message of the owner in the conversation, of content.</summary>
    public Guid Shown { get; private set; }

    /// <summary>What it shows.</summary>
    public string Uploaded { get; private set; } = "";

    public bool IsRoom => kind == ConversationKind.Room;

    public bool IsPublic => IsRoom;

    public virtual bool AllAreMuted => false;

    public bool Confirms => !IsRoom;

    /// <summary>The conversations there are before anybody tries anything; others are made when they are needed.</summary>
    protected virtual IReadOnlyList<Place> Places => [Place.Main];

    /// <summary>What is tried one way, and what is to be answered.</summary>
    protected abstract IEnumerable<Cell> Cells(Way way);

    /// <summary>What is tried at all.</summary>
    protected IEnumerable<Cell> AllCells => Ways.SelectMany(CellsOf);

    /// <summary>How many attempts it takes one person to try so many operations, among them those of sending.</summary>
    public int Attempts(int operations) => stage.TakesTurns ? operations + Operations.All.Count(one => one.IsOfSending) : Ways.Length * operations;

    /// <summary>All of it; or, where the ways take turns, what it is the turn of this one to try, and sending.</summary>
    private IReadOnlyList<Cell> CellsOf(Way way) =>
        _cells.TryGetValue(way, out var cells) ? cells : _cells[way] = [.. Cells(way).Where((cell, index) => !stage.TakesTurns || cell.Operation.IsOfSending || Ways[(index + number) % Ways.Length] == way)];

    public virtual Permissions PermissionsOf(string actor) => PermissionPresets.Member;

    /// <summary>Somebody of whom nobody has heard.</summary>
    public string Newcomer(Ask ask) => Name($"new{ask.Number}");

    public string Name(string who) => $"{who}.{number}";

    /// <summary>Plays it.</summary>
    /// <param name="wrong">Gets each cell that is not as the page says.</param>
    /// <returns>How many cells were tried.</returns>
    public async Task<int> PlayAsync(ConcurrentBag<string> wrong)
    {
        foreach (var place in Places) await PlaceAsync(place);
        await PlaceAsync(Place.Elsewhere);
        await DecideAsync();
        var tried = 0;
        // Who goes comes back, but not everywhere to all that he saw before: so that is last.
        foreach (var goes in new[] { false, true })
        {
            foreach (var way in Ways)
            {
                foreach (var cells in CellsOf(way).Where(cell => cell.Operation.Goes == goes).GroupBy(cell => cell.Who)) tried += await TryAsync(way, Name(cells.Key), [.. cells], wrong);
            }
        }

        return tried;
    }

    /// <summary>Makes one of the conversations.</summary>
    protected abstract Task<Guid> MakeAsync(Place place);

    /// <summary>Decides about the people of the scene what holds for them wherever they are.</summary>
    protected virtual Task DecideAsync()
    {
        var all = AllCells.Select(cell => Name(cell.Who)).Distinct().ToArray();
        return state switch
        {
            AppMuted => MuteAsync(all),
            Suspended => SuspendAsync(all),
            _ => Task.CompletedTask,
        };
    }

    protected Task MuteAsync(params string[] users) => DecideAsync(users, user => new MuteUser(user));

    /// <summary>Suspends people as another node does it whose decision this one has not heard of yet: their connections go on for a moment.</summary>
    protected async Task SuspendAsync(params string[] users)
    {
        await Task.WhenAll(users.Select(user => AskerAsync(Way.WebSocket, user)));
        // So that each of them has a row.
        await DecideAsync(users, user => new UnmuteUser(user));
        await stage.Server.ChangeAsync($"""
            update users set revision = revision + 1, suspended_until = {MuteParticipants.Forever.ToUnixTimeMilliseconds()}
            where app = {stage.App.Number} and user_id {stage.Server.Database.AnyOf(users)}
            """);
    }

    /// <summary>What the page has for somebody who is in it and of this state, where its tables of what one may say something.</summary>
    protected string? InState(Operation operation, PermissionTable states, string who, string? otherwise)
    {
        if (!operation.IsOfSaying || state == Suspended || otherwise == Refusals.NotForThisKind.Code) return otherwise;
        return states.Find(state, who) is var one && one == PermissionPage.AsOtherwise ? otherwise : one;
    }

    /// <summary>What the page has for somebody of this state who says elsewhere what was said here.</summary>
    protected string? OutOfIt(Operation operation, string? otherwise, string who = "he")
    {
        if (!operation.IsOutOfIt) return otherwise;
        return PermissionPage.OutOfIt.Find(state, who) is var one && one == PermissionPage.AsOtherwise ? otherwise : one;
    }

    /// <summary>What the page has for somebody of this state, where its other tables say something of him.</summary>
    protected string? Expected(Operation operation, Way way, string? otherwise)
    {
        if (state != Suspended || otherwise == PermissionTable.Never) return otherwise;
        return PermissionPage.Suspended.Find(operation.Name, way == Way.WebSocket ? "on a WebSocket" : "over HTTP") switch
        {
            PermissionPage.AsOtherwise => otherwise,
            "suspended, or not_found as otherwise" => otherwise is "not_found" ? otherwise : "suspended",
            "suspended, or why he is out" => otherwise is "not_found" or "not_participant" or "banned" or "conversation_deleted" ? otherwise : "suspended",
            var one => one,
        };
    }

    /// <summary>How often what is tried needs somebody to whom it is done; somebody to whom it is not done is there too, and one more for each cell that may be wrong.</summary>
    protected int Needed(Spare spare) => 3 + AllCells.Count(cell => cell.Operation.Spare == spare && cell.Answer == PermissionTable.Yes);

    protected void Keep(Guid conversation, Spare spare, IEnumerable<string> users) => _spares[(conversation, spare)] = new Queue<string>(users);

    protected async Task<Guid> PlaceAsync(Place place)
    {
        if (_places.TryGetValue(place, out var made)) return made;
        return _places[place] = place == Place.Elsewhere ? await MakeElsewhereAsync() : await MakeAsync(place);
    }

    private async Task<Guid> MakeElsewhereAsync()
    {
        var all = AllCells.Where(cell => cell.Operation.Method == Methods.ForwardMessage).Select(cell => Name(cell.Who)).Where(user => user != Owner);
        var wish = new CreateConversation(ConversationId.New(), ConversationKind.Group, Group.Ids([.. all.Distinct()]));
        await DoAsync<ConversationCreatedAnswer>(Owner, wish);
        SaidElsewhere = await SayAsync(Owner, wish.Conversation, MessageContent.OfText("elsewhere"));
        return wish.Conversation.Value;
    }

    /// <summary>Has each of them say in a conversation what is tried on messages of his, while they may; and the owner show something.</summary>
    protected async Task SayAsync(ConversationId id, IEnumerable<string> inIt)
    {
        var needed = AllCells.Where(cell => cell.Operation.Message != Whose.Nobodys).GroupBy(cell => SenderOf(cell.Operation, Name(cell.Who)));
        await Task.WhenAll(needed.Where(cells => inIt.Contains(cells.Key)).Select(async cells =>
        {
            // The first is for what is refused, and stays as it is.
            var count = 1 + cells.Count(cell => cell.Answer == PermissionTable.Yes);
            var said = await Task.WhenAll(Enumerable.Range(0, count).Select(number => SayAsync(cells.Key, id, MessageContent.OfText($"{number}"))));
            lock (_said) _said[cells.Key] = (said[0], new Queue<Guid>(said[1..]));
        }));
        var content = await stage.UploadAsync(Owner);
        (Shown, Uploaded) = (await SayAsync(Owner, id, new MessageContent([MessagePart.OfContent("x/y", content)])), content.Value);
    }

    private async Task<Guid> SayAsync(string user, ConversationId to, MessageContent content)
    {
        var message = MessageId.New();
        await DoAsync<LogEntry>(user, new SendMessage(to, message, content));
        return message.Value;
    }

    private string SenderOf(Operation operation, string actor) => operation.Message == Whose.Own ? actor : actor == Owner ? Bystander : Owner;

    /// <summary>Creates a conversation whose newcomers are members; into a room they come by themselves.</summary>
    protected async Task<ConversationId> CreateAsync(NewSettings? settings, IEnumerable<string> users)
    {
        var ids = users.Select(user => new UserId(user)).ToArray();
        var wish = new CreateConversation(
            ConversationId.New(), kind, IsRoom ? [] : ids, DefaultPermissions: kind == ConversationKind.Direct ? null : PermissionPresets.Member, Settings: IsRoom ? null : settings);
        var created = await DoAsync<ConversationCreatedAnswer>(Owner, wish);
        if (IsRoom) await Task.WhenAll(ids.Select(user => DoAsync<RoomJoined>(user.Value, new JoinRoom(wish.Conversation))));
        return created.Conversation.Conversation;
    }

    /// <summary>Has the owner change something.</summary>
    protected Task<LogEntry> ChangeAsync(object command) => DoAsync<LogEntry>(Owner, command);

    /// <summary>Has something done that must succeed.</summary>
    protected async Task<T> DoAsync<T>(string user, object command)
        where T : class
    {
        var origin = new AwaitedOrigin();
        TestServer.Ask(stage.Server.Node.Handlers, new Caller(stage.App, new UserId(user), new DeviceId("scene")), command, origin);
        var outcome = await origin.AsAsync<T>();
        return outcome.Value ?? throw new InvalidOperationException($"{this}: {user} was refused {outcome.Refusal} {outcome.Refusal?.Detail}");
    }

    private async Task DecideAsync(IEnumerable<string> users, Func<UserId, object> decision) => await Task.WhenAll(users.Select(user => DoAsync<UserAccount>(user, decision(new UserId(user)))));

    /// <summary>Has somebody try all that he tries one way.</summary>
    private async Task<int> TryAsync(Way way, string actor, IReadOnlyList<Cell> cells, ConcurrentBag<string> wrong)
    {
        var tried = 0;
        // What is refused changes nothing, and is tried with the first.
        foreach (var wave in cells.Where(cell => cell.Answer != PermissionTable.Never).GroupBy(cell => cell.Answer == PermissionTable.Yes ? cell.Operation.Wave : 0).OrderBy(wave => wave.Key))
        {
            var asks = new List<(Cell Cell, Ask Ask)>();
            foreach (var cell in wave) asks.Add((cell, await PrepareAsync(cell, actor)));
            tried += asks.Count;
            await TryAsync(await AskerAsync(way, actor), asks, (cell, answer) =>
                wrong.Add($"{this}, {way}: {cell.Operation.Name} by {cell.Who} is answered {answer}, and documented as {cell.Answer ?? "nothing"}"));
        }

        return tried;
    }

    private async Task TryAsync(Asker asker, List<(Cell Cell, Ask Ask)> asks, Action<Cell, string> wrong)
    {
        var before = asks.Where(one => one.Cell is { Answer: PermissionTable.Yes, Operation.Before: not null }).Select(one => one.Cell.Operation.Before!(this, one.Ask)).ToArray();
        Assert.All(await asker.AskAsync(before), answer => Assert.Null(Hostile.Talk.CodeOf(answer)));

        var answers = await asker.AskAsync([.. asks.Select(one => (one.Cell.Operation.Method, one.Cell.Operation.Params(this, one.Ask)))]);
        var undo = new List<(string User, string Method, string Params)>();
        foreach (var ((cell, ask), json) in asks.Zip(answers))
        {
            var answer = cell.Operation.Read(json);
            if (answer != cell.Answer) wrong(cell, answer);
            if (answer != PermissionTable.Yes) continue;
            if (cell.Answer != PermissionTable.Yes) Use(cell.Operation, ask);
            undo.AddRange(cell.Operation.Undo?.Invoke(this, ask) ?? []);
        }

        while (undo.Count > 0)
        {
            var next = undo.TakeWhile(one => one.User == undo[0].User).ToArray();
            undo.RemoveRange(0, next.Length);
            var undone = await (await AskerAsync(Way.WebSocket, next[0].User)).AskAsync([.. next.Select(one => (one.Method, one.Params))]);
            Assert.All(undone, answer => Assert.True(Hostile.Talk.CodeOf(answer) is null or "unchanged", $"{this}: what {asks[0].Ask.Actor} did cannot be undone: {answer}"));
        }
    }

    /// <summary>Chooses where somebody tries something, and on whom. What will be done is done to somebody to whom nothing was done yet.</summary>
    private async Task<Ask> PrepareAsync(Cell cell, string actor)
    {
        var conversation = await PlaceAsync(cell.Operation.Place);
        var ask = new Ask(
            conversation, actor, _spares.GetValueOrDefault((conversation, cell.Operation.Spare))?.Peek() ?? Bystander, MessageFor(cell, SenderOf(cell.Operation, actor)), ++_asked);
        if (cell.Answer == PermissionTable.Yes) Use(cell.Operation, ask);
        return ask;
    }

    /// <summary>A message of the sender to which nothing is done but this; one that is not there, where he could send none.</summary>
    private Guid MessageFor(Cell cell, string sender)
    {
        if (cell.Operation.Message == Whose.Nobodys || !_said.TryGetValue(sender, out var said)) return Guid.NewGuid();
        return cell.Answer == PermissionTable.Yes ? said.Others.Dequeue() : said.Kept;
    }

    private void Use(Operation operation, Ask ask)
    {
        if (_spares.TryGetValue((ask.Conversation, operation.Spare), out var spares) && spares.Peek() == ask.Target) spares.Dequeue();
        if (operation.Place == Place.Doomed) _places.Remove(Place.Doomed);
    }

    private async Task<Asker> AskerAsync(Way way, string user)
    {
        if (_askers.TryGetValue((way, user), out var asker)) return asker;
        return _askers[(way, user)] = await stage.ComeAsync(way, user);
    }

    public override string ToString() => $"{Kind}, {state}";

    public ValueTask DisposeAsync()
    {
        foreach (var asker in _askers.Values) asker.Dispose();
        return ValueTask.CompletedTask;
    }
}
