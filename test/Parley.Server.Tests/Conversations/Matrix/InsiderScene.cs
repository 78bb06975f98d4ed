using Parley.Tests.Gateway;

namespace Parley.Tests.Conversations;

/// <summary>Everybody is in it, each with the permissions of a role, and all in one state.</summary>
internal sealed class InsiderScene(Stage stage, ConversationKind kind, string state, int number) : Scene(stage, kind, state, number)
{
    private const string Archived = "he archived it";
    private const string Blocked = "he and others block each other";

    private static readonly Spare[] InIt = [Spare.Member, Spare.Owner, Spare.Muted, Spare.MutedOwner, Spare.Allowed, Spare.AllowedOwner, Spare.Banned];

    /// <summary>All that are on the page, and suspended.</summary>
    public static IReadOnlyList<string> States { get; } = [.. PermissionPage.States.Rows.Keys, Suspended];

    public override bool AllAreMuted => State.StartsWith("all are muted", StringComparison.Ordinal);

    protected override IReadOnlyList<Place> Places => IsRoom ? [Place.Main, Place.Doomed] : [Place.Main, Place.Doomed, Place.Inviting];

    public override Permissions PermissionsOf(string actor) => PermissionPage.Roles.Single(one => Name(one.Role) == actor).Permissions;

    public static IReadOnlyList<Operation> Tried(ConversationKind kind) => kind == ConversationKind.Room ? Operations.All : [.. Operations.All, .. Operations.OfInsiders];

    protected override IEnumerable<Cell> Cells(Way way) =>
        from one in PermissionPage.Roles
        from operation in Tried(Kind)
        select new Cell(operation, one.Role, Expected(operation, way, Documented(operation, one.Role)));

    private string? Documented(Operation operation, string role)
    {
        var otherwise = (IsRoom ? PermissionPage.InRoom.Find(operation.Name, role) : null) ?? PermissionPage.InGroup.Find(operation.Name, role);
        return OutOfIt(operation, InState(operation, PermissionPage.States, role, otherwise));
    }

    protected override async Task<Guid> MakeAsync(Place place)
    {
        var roles = PermissionPage.Roles.Select(one => Name(one.Role)).ToArray();
        string[] Of(Spare spare) => place == Place.Main ? [.. Enumerable.Range(0, Needed(spare)).Select(index => Name($"{spare}{index}"))] : [];
        var id = await CreateAsync(
            new NewSettings(Public: true, Approval: true, ConfirmInvitations: true, MembersInvite: place == Place.Inviting), [Bystander, .. roles, .. InIt.SelectMany(Of)]);

        if (place == Place.Main) await SayAsync(id, [Owner, .. roles]);
        await ChangeAsync(new ChangePermissions(id, CommandId.New(),
        [
            .. PermissionPage.Roles.Select(one => new ParticipantPermissions(new UserId(Name(one.Role)), one.Permissions)),
            .. new[] { Spare.Owner, Spare.MutedOwner, Spare.AllowedOwner }.SelectMany(Of).Select(user => new ParticipantPermissions(new UserId(user), PermissionPresets.Owner)),
        ]));
        if (place == Place.Main)
        {
            await ChangeAsync(new SetAttributes(id, CommandId.New(), null, new Dictionary<string, string> { [OthersAttribute] = "mine" }));
            await PrepareSparesAsync(id, Of);
        }

        await PutInStateAsync(id, Group.Ids(roles));
        return id.Value;
    }

    private async Task PrepareSparesAsync(ConversationId id, Func<Spare, string[]> of)
    {
        await ChangeAsync(new MuteParticipants(id, CommandId.New(), Group.Ids([.. of(Spare.Muted), .. of(Spare.MutedOwner)])));
        await ChangeAsync(new AllowParticipants(id, CommandId.New(), Group.Ids([.. of(Spare.Allowed), .. of(Spare.AllowedOwner)])));
        await ChangeAsync(new BanParticipants(id, CommandId.New(), Group.Ids(of(Spare.Banned))));
        foreach (var spare in InIt) Keep(id.Value, spare, of(spare));
        if (IsRoom) return;

        await Task.WhenAll(of(Spare.Asking).Select(user => DoAsync<LogEntry>(user, new JoinConversation(id, CommandId.New()))));
        await ChangeAsync(new InviteParticipants(id, CommandId.New(), Group.Ids(of(Spare.Invited))));
        await ChangeAsync(new UpdateConversation(id, CommandId.New(), Public: false, Approval: false));
        foreach (var spare in new[] { Spare.Invited, Spare.Asking }) Keep(id.Value, spare, of(spare));
    }

    private async Task PutInStateAsync(ConversationId id, UserId[] roles)
    {
        if (AllAreMuted && State.Contains("he is allowed", StringComparison.Ordinal)) await ChangeAsync(new AllowParticipants(id, CommandId.New(), roles));
        if (State is "he is muted" || (AllAreMuted && State.EndsWith("and muted", StringComparison.Ordinal))) await ChangeAsync(new MuteParticipants(id, CommandId.New(), roles));
        if (AllAreMuted) await ChangeAsync(new UpdateConversation(id, CommandId.New(), Muted: true));
        if (State is Archived) await Task.WhenAll(roles.Select(role => DoAsync<InboxFlags>(role.Value, new UpdateInbox(id, Archived: true))));
    }

    protected override async Task DecideAsync()
    {
        await base.DecideAsync();
        if (State is not Blocked) return;
        var (roles, others) = (PermissionPage.Roles.Select(one => Name(one.Role)).ToArray(), new[] { Owner, Bystander });
        await Task.WhenAll(others.Select(user => DoAsync<BlockList>(user, new AddBlocks(Group.Ids(roles)))));
        await Task.WhenAll(roles.Select(user => DoAsync<BlockList>(user, new AddBlocks(Group.Ids(others)))));
    }
}
