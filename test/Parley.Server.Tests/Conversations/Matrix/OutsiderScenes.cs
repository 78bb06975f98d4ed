using Parley.Tests.Gateway;

namespace Parley.Tests.Conversations;

/// <summary>Those who are not in a group, broadcast or room, each for a reason of his own.</summary>
internal sealed class OutsiderScene(Stage stage, ConversationKind kind, string state, int number) : Scene(stage, kind, state, number)
{
    public static readonly IReadOnlyList<string> States = [Plain, AppMuted, Suspended];

    public static IReadOnlyList<Operation> Tried(ConversationKind kind) => kind == ConversationKind.Room ? Operations.All : [.. Operations.All, .. Operations.OfOutsiders];

    public static PermissionTable Page(ConversationKind kind) => kind == ConversationKind.Room ? PermissionPage.OutOfRoom : PermissionPage.OutOfGroup;

    protected override IReadOnlyList<Place> Places => IsRoom ? [Place.Main] : [Place.Main, Place.Public, Place.Approval];

    protected override IEnumerable<Cell> Cells(Way way) =>
        from column in Page(Kind).Columns
        from operation in Tried(Kind)
        let answer = Expected(operation, way, OutOfIt(operation, Page(Kind).Find(operation.Name, column)))
        // Whoever comes in is no outsider any more, so another of his kind does it.
        select new Cell(operation, operation.Moves && answer == PermissionTable.Yes ? $"{Dashed(column)}-{way}-{Dashed(operation.Name)}" : Dashed(column), answer);

    private static string Dashed(string text) => text.Replace(": ", "-", StringComparison.Ordinal).Replace(", ", "-", StringComparison.Ordinal).Replace(' ', '-');

    /// <summary>All who are to be found in some columns.</summary>
    private UserId[] Of(params string[] columns) =>
    [
        .. from who in AllCells.Select(cell => cell.Who).Distinct()
           where columns.Any(column => who == Dashed(column) || Enum.GetNames<Way>().Any(way => who.StartsWith($"{Dashed(column)}-{way}-", StringComparison.Ordinal)))
           select new UserId(Name(who)),
    ];

    protected override async Task<Guid> MakeAsync(Place place)
    {
        // There is one conversation for what only they try who are in it.
        if (place is Place.Doomed or Place.Inviting) return await PlaceAsync(Place.Main);
        var id = IsRoom ? await MakeRoomAsync() : await MakeGroupAsync(place);
        if (!IsRoom && place != Place.Approval) await ChangeAsync(new UpdateConversation(id, CommandId.New(), Public: place == Place.Public ? null : false, Approval: false));
        return id.Value;
    }

    private async Task<ConversationId> MakeGroupAsync(Place place)
    {
        var were = Of("left", "removed", "banned").Select(user => user.Value);
        var id = await CreateAsync(new NewSettings(Public: true, Approval: true, ConfirmInvitations: true), [Bystander, .. were]);
        if (place == Place.Main) await SayAsync(id, [Owner, .. were]);
        await Task.WhenAll(Of("left").Select(user => DoAsync<LogEntry>(user.Value, new LeaveConversation(id, CommandId.New()))));
        await Task.WhenAll(Of("asking").Select(user => DoAsync<LogEntry>(user.Value, new JoinConversation(id, CommandId.New()))));
        await PutOutAsync(id);
        await ChangeAsync(new InviteParticipants(id, CommandId.New(), Of("invited")));
        return id;
    }

    private async Task<ConversationId> MakeRoomAsync()
    {
        var (left, admins) = (Of("left"), Of("left, an admin"));
        string[] were = [.. left.Concat(admins).Concat(Of("removed", "banned")).Select(user => user.Value)];
        var id = await CreateAsync(null, [Bystander, .. were]);
        await SayAsync(id, [Owner, .. were]);
        await ChangeAsync(new ChangePermissions(id, CommandId.New(), [.. admins.Select(user => new ParticipantPermissions(user, PermissionPresets.Admin))]));
        await Task.WhenAll(left.Concat(admins).Select(user => DoAsync<RoomLeft>(user.Value, new LeaveRoom(id))));
        await PutOutAsync(id);
        return id;
    }

    private async Task PutOutAsync(ConversationId id)
    {
        await ChangeAsync(new RemoveParticipants(id, CommandId.New(), Of("removed")));
        await ChangeAsync(new BanParticipants(id, CommandId.New(), Of("banned", "kept out")));
    }
}

/// <summary>The two of a direct conversation, and somebody else.</summary>
/// <param name="stage">Where.</param>
/// <param name="state">Of one of the two.</param>
/// <param name="he">Who that is: alice, who made it, or bob.</param>
/// <param name="number">Of no other scene.</param>
internal sealed class DirectScene(Stage stage, string state, string he, int number) : Scene(stage, ConversationKind.Direct, state, number)
{
    /// <summary>All that are on the page, and suspended.</summary>
    public static IReadOnlyList<string> States { get; } = [.. PermissionPage.DirectStates.Rows.Keys, Suspended];

    private string He => Name(he);

    private string Other => He == Owner ? Bystander : Owner;

    protected override IEnumerable<Cell> Cells(Way way) =>
        from who in new[] { "alice", "bob", "mallory" }
        from operation in Operations.All
        let otherwise = Documented(operation, who)
        select new Cell(operation, who, who == he ? Expected(operation, way, otherwise) : otherwise);

    private string? Documented(Operation operation, string who) =>
        who == "mallory"
            ? PermissionPage.Direct.Find(operation.Name, "anybody else")
            : InState(operation, PermissionPage.DirectStates, OneOf(who), OutOfIt(operation, PermissionPage.Direct.Find(operation.Name, "one of the two"), OneOf(who)));

    private string OneOf(string who) => who == he ? "he" : "the other";

    protected override async Task<Guid> MakeAsync(Place place)
    {
        if (place != Place.Main) return await PlaceAsync(Place.Main);
        var id = await CreateAsync(null, [Bystander]);
        await SayAsync(id, [Owner, Bystander]);
        return id.Value;
    }

    protected override async Task DecideAsync()
    {
        if (State == Suspended) await SuspendAsync(He);
        if (State.StartsWith(AppMuted, StringComparison.Ordinal)) await MuteAsync(He);
        if (State is "he archived it") await DoAsync<InboxFlags>(He, new UpdateInbox(new ConversationId(await PlaceAsync(Place.Main)), Archived: true));
        if (State.EndsWith("he blocks the other", StringComparison.Ordinal) || State is "they block each other") await DoAsync<BlockList>(He, new AddBlocks(Group.Ids([Other])));
        if (State.EndsWith("the other blocks him", StringComparison.Ordinal) || State is "they block each other") await DoAsync<BlockList>(Other, new AddBlocks(Group.Ids([He])));
    }

    public override string ToString() => $"{Kind}, {he}: {State}";
}

/// <summary>Everybody there ever was in a conversation, and it is no more.</summary>
internal sealed class DeletedScene(Stage stage, ConversationKind kind, string state, int number) : Scene(stage, kind, state, number)
{
    private const string WasIn = "was in it";
    private const string NeverWas = "never was in it";

    public static readonly IReadOnlyList<string> States = [Plain, AppMuted, Suspended];

    /// <summary>Who asks: everybody, and of those to whom the app did something some of each column.</summary>
    private IEnumerable<(string Who, string Column)> Asking =>
        State == Plain ? Everybody : Everybody.Where(one => one.Who is "member" or "left" or "stranger");

    private IEnumerable<(string Who, string Column)> Everybody =>
    [
        .. PermissionPage.Roles.Select(one => (one.Role, WasIn)), ("left", IsRoom ? NeverWas : WasIn), ("removed", IsRoom ? NeverWas : WasIn), ("banned", IsRoom ? NeverWas : WasIn),
        ("kept-out", NeverWas), ("invited", NeverWas), ("asking", NeverWas), ("stranger", NeverWas),
    ];

    protected override IEnumerable<Cell> Cells(Way way) =>
        from one in Asking
        from operation in Operations.All
        select new Cell(operation, one.Who, Expected(operation, way, OutOfIt(operation, PermissionPage.Deleted.Find(operation.Name, one.Column))));

    protected override async Task<Guid> MakeAsync(Place place)
    {
        if (place != Place.Main) return await PlaceAsync(Place.Main);
        var (left, removed, banned, asking) = (Name("left"), Name("removed"), Name("banned"), Name("asking"));
        var id = await CreateAsync(
            new NewSettings(Public: true, Approval: true, ConfirmInvitations: true), [Bystander, .. PermissionPage.Roles.Select(one => Name(one.Role)), left, removed, banned]);
        await SayAsync(id, [Owner, .. PermissionPage.Roles.Select(one => Name(one.Role)), left, removed, banned]);
        await ChangeAsync(new ChangePermissions(
            id, CommandId.New(), [.. PermissionPage.Roles.Select(one => new ParticipantPermissions(new UserId(Name(one.Role)), one.Permissions))]));
        await ChangeAsync(new RemoveParticipants(id, CommandId.New(), [new UserId(removed)]));
        await ChangeAsync(new BanParticipants(id, CommandId.New(), Group.Ids([banned, Name("kept-out")])));
        if (IsRoom) await DoAsync<RoomLeft>(left, new LeaveRoom(id));
        else
        {
            await DoAsync<LogEntry>(left, new LeaveConversation(id, CommandId.New()));
            await DoAsync<LogEntry>(asking, new JoinConversation(id, CommandId.New()));
            await ChangeAsync(new InviteParticipants(id, CommandId.New(), [new UserId(Name("invited"))]));
        }

        await ChangeAsync(new DeleteConversation(id, CommandId.New()));
        return id.Value;
    }
}
