using System.Collections.Concurrent;
using Parley.Tests.Gateway;

namespace Parley.Tests.Conversations;

/// <summary>Those who are not in a group, broadcast or room, each for a reason of his own.</summary>
internal sealed class OutsiderScene(RunningServer server, ConversationKind kind, Way way, int number) : Scene(server, kind, way, number)
{
    public override string Title => $"{Kind}, not in it";

    private bool IsRoom => Kind == ConversationKind.Room;

    private PermissionTable Page => IsRoom ? PermissionPage.OutOfRoom : PermissionPage.OutOfGroup;

    private IEnumerable<Operation> Tried => IsRoom ? Operations.All : Operations.All.Concat(Operations.OfOutsiders);

    public override async Task<int> PlayAsync(ConcurrentBag<string> wrong)
    {
        var tried = 0;
        foreach (var column in Page.Columns)
        {
            foreach (var operation in Tried) tried += await TryAsync(operation, Who(column, operation), Page.Find(operation.Name, column), wrong);
        }

        return tried;
    }

    /// <summary>Whoever comes in is no outsider any more, so another of his kind tries the rest.</summary>
    private static string Who(string column, Operation? operation) =>
        column.Replace(", ", "-", StringComparison.Ordinal).Replace(' ', '-') + (operation is { Moves: true } ? $"-{operation.Name.Replace(": ", "-", StringComparison.Ordinal).Replace(' ', '-')}" : "");

    private UserId[] Of(params string[] columns) =>
    [
        .. from column in columns
           from operation in Tried.Where(one => one.Moves).Prepend(null)
           select new UserId(Name(Who(column, operation))),
    ];

    protected override async Task<Guid> MakeAsync(Place place)
    {
        // There is one conversation for what only they try who are in it.
        if (place is Place.Doomed or Place.Inviting) return await PlaceAsync(Place.Main);
        var id = IsRoom ? await MakeRoomAsync() : await MakeGroupAsync();
        if (!IsRoom && place != Place.Approval) await ChangeAsync(new UpdateConversation(id, CommandId.New(), Public: place == Place.Public ? null : false, Approval: false));
        return id.Value;
    }

    private async Task<ConversationId> MakeGroupAsync()
    {
        var were = Of("left", "removed", "banned").Select(user => user.Value);
        var id = await CreateAsync(new NewSettings(Public: true, Approval: true, ConfirmInvitations: true), [Bystander, .. were]);
        foreach (var user in Of("left")) await DoAsync<LogEntry>(user.Value, new LeaveConversation(id, CommandId.New()));
        foreach (var user in Of("asking")) await DoAsync<LogEntry>(user.Value, new JoinConversation(id, CommandId.New()));
        await PutOutAsync(id);
        await ChangeAsync(new InviteParticipants(id, CommandId.New(), Of("invited")));
        return id;
    }

    private async Task<ConversationId> MakeRoomAsync()
    {
        var (left, admins) = (Of("left"), Of("left, an admin"));
        var id = await CreateAsync(null, [Bystander, .. left.Concat(admins).Concat(Of("removed", "banned")).Select(user => user.Value)]);
        await ChangeAsync(new ChangePermissions(id, CommandId.New(), [.. admins.Select(user => new ParticipantPermissions(user, PermissionPresets.Admin))]));
        foreach (var user in left.Concat(admins)) await DoAsync<RoomLeft>(user.Value, new LeaveRoom(id));
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
internal sealed class DirectScene(RunningServer server, Way way, int number) : Scene(server, ConversationKind.Direct, way, number)
{
    public override string Title => "Direct";

    public override async Task<int> PlayAsync(ConcurrentBag<string> wrong)
    {
        var tried = 0;
        foreach (var (who, column) in new[] { ("alice", "one of the two"), ("bob", "one of the two"), ("mallory", "anybody else") })
        {
            foreach (var operation in Operations.All) tried += await TryAsync(operation, who, PermissionPage.Direct.Find(operation.Name, column), wrong);
        }

        return tried;
    }

    protected override async Task<Guid> MakeAsync(Place place) => place == Place.Main ? (await CreateAsync(null, [Bystander])).Value : await PlaceAsync(Place.Main);
}

/// <summary>Everybody there ever was in a conversation, and it is no more.</summary>
internal sealed class DeletedScene(RunningServer server, ConversationKind kind, Way way, int number) : Scene(server, kind, way, number)
{
    private const string WasIn = "was in it";
    private const string NeverWas = "never was in it";

    public override string Title => $"{Kind}, deleted";

    private bool IsRoom => Kind == ConversationKind.Room;

    private IEnumerable<(string Who, string Column)> Everybody =>
    [
        .. PermissionPage.Roles.Select(one => (one.Role, WasIn)), ("left", IsRoom ? NeverWas : WasIn), ("removed", IsRoom ? NeverWas : WasIn), ("banned", IsRoom ? NeverWas : WasIn),
        ("kept-out", NeverWas), ("invited", NeverWas), ("asking", NeverWas), ("stranger", NeverWas),
    ];

    public override async Task<int> PlayAsync(ConcurrentBag<string> wrong)
    {
        var tried = 0;
        foreach (var (who, column) in Everybody)
        {
            foreach (var operation in Operations.All) tried += await TryAsync(operation, who, PermissionPage.Deleted.Find(operation.Name, column), wrong);
        }

        return tried;
    }

    protected override async Task<Guid> MakeAsync(Place place)
    {
        if (place != Place.Main) return await PlaceAsync(Place.Main);
        var (left, removed, banned, asking) = (Name("left"), Name("removed"), Name("banned"), Name("asking"));
        var id = await CreateAsync(
            new NewSettings(Public: true, Approval: true, ConfirmInvitations: true), [Bystander, .. PermissionPage.Roles.Select(one => Name(one.Role)), left, removed, banned]);
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
