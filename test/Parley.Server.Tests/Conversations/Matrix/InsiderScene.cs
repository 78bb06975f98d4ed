using System.Collections.Concurrent;
using Parley.Tests.Gateway;

namespace Parley.Tests.Conversations;

/// <summary>Everybody is in it, each with the permissions of a role, and all in one state.</summary>
internal sealed class InsiderScene(RunningServer server, ConversationKind kind, Way way, int number, string state) : Scene(server, kind, way, number)
{
    private static readonly Dictionary<Spare, int> Needed = new()
    {
        [Spare.Member] = 30, [Spare.Owner] = 12, [Spare.Muted] = 6, [Spare.MutedOwner] = 4, [Spare.Allowed] = 6, [Spare.AllowedOwner] = 4,
        [Spare.Banned] = 6, [Spare.Invited] = 6, [Spare.Asking] = 10,
    };

    public override string Title => $"{Kind}, {state}";

    public override bool AllAreMuted => state.Contains("all are muted", StringComparison.Ordinal);

    private bool IsRoom => Kind == ConversationKind.Room;

    public override Permissions PermissionsOf(string actor) => PermissionPage.Roles.Single(one => Name(one.Role) == actor).Permissions;

    public override async Task<int> PlayAsync(ConcurrentBag<string> wrong)
    {
        var tried = 0;
        foreach (var (role, _) in PermissionPage.Roles)
        {
            foreach (var operation in Tried(Kind, state)) tried += await TryAsync(operation, role, Documented(operation, role), wrong);
        }

        return tried;
    }

    /// <summary>What is tried in a state. What one state changes it changes in every kind, so that it changes nothing else is looked at in one.</summary>
    public static IEnumerable<Operation> Tried(ConversationKind kind, string state)
    {
        var all = kind == ConversationKind.Room ? Operations.All : Operations.All.Concat(Operations.OfInsiders);
        return kind == ConversationKind.Group || state == PermissionPage.States.Rows.Keys.First() ? all : all.Where(IsOfState);
    }

    private static bool IsOfState(Operation operation) => operation.Name is Methods.SendMessage or Methods.SendOnline or Methods.SetTyping;

    private string? Documented(Operation operation, string role)
    {
        if (IsOfState(operation)) return PermissionPage.States.Find(state, role);
        return (IsRoom ? PermissionPage.InRoom.Find(operation.Name, role) : null) ?? PermissionPage.InGroup.Find(operation.Name, role);
    }

    protected override async Task<Guid> MakeAsync(Place place)
    {
        var roles = PermissionPage.Roles.Select(one => Name(one.Role)).ToArray();
        string[] Of(Spare spare) => place == Place.Main ? [.. Enumerable.Range(0, Needed[spare]).Select(index => Name($"{spare}{index}"))] : [];
        Spare[] inIt = [Spare.Member, Spare.Owner, Spare.Muted, Spare.MutedOwner, Spare.Allowed, Spare.AllowedOwner, Spare.Banned];
        var id = await CreateAsync(
            new NewSettings(Public: true, Approval: true, ConfirmInvitations: true, MembersInvite: place == Place.Inviting), [Bystander, .. roles, .. inIt.SelectMany(Of)]);

        await ChangeAsync(new ChangePermissions(id, CommandId.New(),
        [
            .. PermissionPage.Roles.Select(one => new ParticipantPermissions(new UserId(Name(one.Role)), one.Permissions)),
            .. new[] { Spare.Owner, Spare.MutedOwner, Spare.AllowedOwner }.SelectMany(Of).Select(user => new ParticipantPermissions(new UserId(user), PermissionPresets.Owner)),
        ]));
        await ChangeAsync(new SetAttributes(id, CommandId.New(), null, new Dictionary<string, string> { [OthersAttribute] = "mine" }));
        if (place == Place.Main) await PrepareSparesAsync(id, Of);
        await PutInStateAsync(id, Group.Ids(roles));
        return id.Value;
    }

    private async Task PrepareSparesAsync(ConversationId id, Func<Spare, string[]> of)
    {
        await ChangeAsync(new MuteParticipants(id, CommandId.New(), Group.Ids([.. of(Spare.Muted), .. of(Spare.MutedOwner)])));
        await ChangeAsync(new AllowParticipants(id, CommandId.New(), Group.Ids([.. of(Spare.Allowed), .. of(Spare.AllowedOwner)])));
        await ChangeAsync(new BanParticipants(id, CommandId.New(), Group.Ids(of(Spare.Banned))));
        if (!IsRoom)
        {
            foreach (var user in of(Spare.Asking)) await DoAsync<LogEntry>(user, new JoinConversation(id, CommandId.New()));
            await ChangeAsync(new InviteParticipants(id, CommandId.New(), Group.Ids(of(Spare.Invited))));
            await ChangeAsync(new UpdateConversation(id, CommandId.New(), Public: false, Approval: false));
        }

        foreach (var spare in Needed.Keys.Where(spare => !IsRoom || spare is not (Spare.Invited or Spare.Asking))) Keep(id.Value, spare, of(spare));
    }

    private async Task PutInStateAsync(ConversationId id, UserId[] roles)
    {
        if (state.EndsWith("allowed", StringComparison.Ordinal) || state.Contains("allowed and", StringComparison.Ordinal)) await ChangeAsync(new AllowParticipants(id, CommandId.New(), roles));
        if (state is "he is muted" || state.EndsWith("and muted", StringComparison.Ordinal)) await ChangeAsync(new MuteParticipants(id, CommandId.New(), roles));
        if (AllAreMuted) await ChangeAsync(new UpdateConversation(id, CommandId.New(), Muted: true));
        if (state is not "he archived it") return;
        foreach (var role in roles) await DoAsync<InboxFlags>(role.Value, new UpdateInbox(id, Archived: true));
    }
}
