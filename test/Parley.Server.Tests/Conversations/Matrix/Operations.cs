namespace Parley.Tests.Conversations;

/// <summary>Everything that can be tried on a conversation: each row of the page, in the text of the wire.</summary>
internal static class Operations
{
    /// <summary>In it, or not.</summary>
    public static IReadOnlyList<Operation> All { get; } =
    [
        new("conversation.get", (_, ask) => Of(ask)),
        new("conversation.getMany", (_, ask) => $$"""{"conversations":["{{ask.Conversation}}"]}"""),
        new("conversation.sync", (scene, ask) => $$"""{"epoch":"{{scene.Epoch}}","positions":[{"conversation":"{{ask.Conversation}}","after":0}]}"""),
        new("conversation.entries", (_, ask) => Of(ask)),
        new("message.list", (_, ask) => Of(ask)),
        new("message.versions: of his own", (_, ask) => Of(ask, $$""","message":"{{ask.Message}}" """)) { Message = Whose.Own },
        new("message.versions: of another's", (_, ask) => Of(ask, $$""","message":"{{ask.Message}}" """)) { Message = Whose.Anothers },
        new("conversation.find", (_, ask) => Of(ask, ""","at":"2020-01-01T00:00:00.000Z" """)),
        new("conversation.participants", (_, ask) => Of(ask)),
        new("conversation.participants: banned", (_, ask) => Of(ask, ""","list":"banned" """)),
        new("conversation.attributes", (_, ask) => Of(ask)),
        new("receipt.delivered", (_, ask) => Of(ask, ""","upTo":1""")),
        new("receipt.read", (_, ask) => Of(ask, ""","upTo":1""")),
        new("receipt.get: of no message", (_, ask) => Of(ask, $$""","message":"{{Guid.NewGuid()}}" """)),
        new("receipt.get: of his own", (_, ask) => Of(ask, $$""","message":"{{ask.Message}}" """)) { Message = Whose.Own },
        new("receipt.get: of another's", (_, ask) => Of(ask, $$""","message":"{{ask.Message}}" """)) { Message = Whose.Anothers },
        new("content.url", (scene, ask) => Of(ask, $$""","message":"{{scene.Shown}}","content":"{{scene.Uploaded}}" """)),
        new("inbox.update", (_, ask) => Of(ask, $$""","draft":"{{ask.Number}}" """)),
        new("inbox.markUnread", (_, ask) => Of(ask, ""","from":1""")),
        new("message.send", (_, ask) => Of(ask, $$""","message":"{{Guid.NewGuid()}}","content":{"parts":[{"type":"text/plain","body":"hi"}]}""")),
        new("message.sendOnline", (_, ask) => Of(ask, $$""","message":"{{Guid.NewGuid()}}","content":{"parts":[{"type":"text/plain","body":"hi"}]}""")),
        new("message.cancel", (_, ask) => Of(ask, $$""","message":"{{Guid.NewGuid()}}" """)),
        new("message.edit: his own", (_, ask) => Edit(ask)) { Message = Whose.Own },
        new("message.edit: another's", (_, ask) => Edit(ask)) { Message = Whose.Anothers },
        new("message.recall: his own", (_, ask) => Command(ask, $""","message":"{ask.Message}" """)) { Message = Whose.Own },
        new("message.recall: another's", (_, ask) => Command(ask, $""","message":"{ask.Message}" """)) { Message = Whose.Anothers },
        new("message.remove", (_, ask) => Of(ask, $$""","messages":["{{ask.Message}}"]""")) { Message = Whose.Anothers },
        new("message.forward: into it", (scene, ask) => Of(ask, $$""","message":"{{Guid.NewGuid()}}","from":"{{scene.Elsewhere}}","original":"{{scene.SaidElsewhere}}" """)),
        new("message.forward: out of it", (scene, ask) => $$"""{"conversation":"{{scene.Elsewhere}}","message":"{{Guid.NewGuid()}}","from":"{{ask.Conversation}}","original":"{{ask.Message}}"}""")
        {
            Message = Whose.Anothers,
            IsOutOfIt = true,
        },
        new("message.report: another's", (_, ask) => Of(ask, $$""","message":"{{ask.Message}}","reason":"spam" """)) { Message = Whose.Anothers },
        new("message.report: what is not there", (_, ask) => Of(ask, $$""","message":"{{Guid.NewGuid()}}","reason":"spam" """)),
        new("typing.set", (_, ask) => Of(ask, ""","state":"started" """)),
        Update("title", ask => $$""" "title":"{{ask.Number}}" """),
        Update("description", ask => $$""" "description":"{{ask.Number}}" """),
        Update("announcement", ask => $$""" "announcement":"{{ask.Number}}" """),
        Update("customData", ask => $$""" "customData":{"n":{{ask.Number}}}"""),
        Update("customDataPatch", ask => $$""" "customDataPatch":{"n":{{ask.Number}}}"""),
        Switch("public", scene => scene.IsPublic),
        Update("defaultPermissions that newcomers have", _ => """ "defaultPermissions":["read"]""") with { Wave = 1, Undo = NewcomersAsBefore },
        Update("defaultPermissions with editAny", _ => """ "defaultPermissions":["read","send","editOwn","removeOwn","editAny"]""") with { Wave = 2, Undo = NewcomersAsBefore },
        Switch("muted", scene => scene.AllAreMuted),
        Switch("approval", _ => false),
        Switch("membersInvite", _ => false),
        Switch("confirmInvitations", scene => scene.Confirms),
        new("conversation.update: title and muted", (scene, ask) => Command(ask, $""","title":"{ask.Number}","muted":{Json(!scene.AllAreMuted)}"""))
        {
            Wave = 2,
            Undo = (scene, ask) => [(scene.Owner, Methods.UpdateConversation, Command(ask, $""","muted":{Json(scene.AllAreMuted)}"""))],
        },
        new("conversation.setAttributes: a new one", (_, ask) => Command(ask, $$""","set":{"n{{ask.Number}}":"1"}""")),
        new("conversation.setAttributes: what another set", (_, ask) => Command(ask, $$""","set":{"{{Scene.OthersAttribute}}":"{{ask.Number}}"}"""))
        {
            Wave = 1,
            Undo = (scene, ask) => [(scene.Owner, Methods.SetAttributes, Command(ask, $$""","set":{"{{Scene.OthersAttribute}}":"mine again"}"""))],
        },
        new("conversation.setAttributes: his own", (_, ask) => Command(ask, $$""","user":"{{ask.Actor}}","set":{"mood":"{{ask.Number}}"}""")),
        new("conversation.setAttributes: a participant's", (scene, ask) => Command(ask, $$""","user":"{{scene.Bystander}}","set":{"mood":"{{ask.Number}}"}""")),
        new("conversation.delete", (_, ask) => Command(ask)) { Place = Place.Doomed },
        new("conversation.add", (scene, ask) => Users(ask, scene.Newcomer(ask))),
        new("conversation.remove: a participant", (_, ask) => Users(ask, ask.Target)) { Spare = Spare.Member },
        new("conversation.remove: an owner", (_, ask) => Users(ask, ask.Target)) { Spare = Spare.Owner },
        new("conversation.leave", (_, ask) => Command(ask))
        {
            Wave = 3,
            Undo = (scene, ask) =>
            [
                (scene.Owner, Methods.AddParticipants, Users(ask, ask.Actor)),
                (scene.Owner, Methods.ChangePermissions, Permit(ask, ask.Actor, scene.PermissionsOf(ask.Actor))),
            ],
        },
        SetPermissions("less for a participant", Permissions.Read, Spare.Member),
        SetPermissions("editAny for a participant", PermissionPresets.Member | Permissions.EditAny, Spare.Member),
        SetPermissions("owner for a participant", PermissionPresets.Member | Permissions.Owner, Spare.Member),
        SetPermissions("less for an owner", PermissionPresets.Member, Spare.Owner),
        Moderate("conversation.mute: a participant", Spare.Member),
        Moderate("conversation.mute: an owner", Spare.Owner),
        Moderate("conversation.unmute: a participant", Spare.Muted),
        Moderate("conversation.unmute: an owner", Spare.MutedOwner),
        Moderate("conversation.ban: a participant", Spare.Member),
        Moderate("conversation.ban: an owner", Spare.Owner),
        Moderate("conversation.unban", Spare.Banned),
        Moderate("conversation.allow: a participant", Spare.Member),
        Moderate("conversation.allow: an owner", Spare.Owner),
        Moderate("conversation.disallow: a participant", Spare.Allowed),
        Moderate("conversation.disallow: an owner", Spare.AllowedOwner),
        new("conversation.invite", (scene, ask) => Users(ask, scene.Newcomer(ask))),
        new("conversation.withdrawInvitations: another's", (_, ask) => Users(ask, ask.Target)) { Spare = Spare.Invited },
        new("conversation.approve", (_, ask) => Users(ask, ask.Target)) { Spare = Spare.Asking },
        new("conversation.decline", (_, ask) => Users(ask, ask.Target)) { Spare = Spare.Asking },
        new("conversation.join", (_, ask) => Command(ask)) { Moves = true },
        new("conversation.declineInvitation", (_, ask) => Command(ask)) { Moves = true },
        new("room.join", (_, ask) => Of(ask)) { Moves = true },
        new("room.leave", (_, ask) => Of(ask))
        {
            Wave = 3,
            Undo = (scene, ask) =>
            [
                (ask.Actor, Methods.JoinRoom, Of(ask)),
                (scene.Owner, Methods.ChangePermissions, Permit(ask, ask.Actor, scene.PermissionsOf(ask.Actor))),
            ],
        },
    ];

    /// <summary>What only who is in it can come to.</summary>
    public static IReadOnlyList<Operation> OfInsiders { get; } =
    [
        new("conversation.invite: where membersInvite", (scene, ask) => Users(ask, scene.Newcomer(ask))) { Place = Place.Inviting },
        new("conversation.withdrawInvitations: his own", (scene, ask) => Users(ask, scene.Newcomer(ask)))
        {
            Place = Place.Inviting,
            Before = (scene, ask) => (Methods.InviteParticipants, Users(ask, scene.Newcomer(ask))),
        },
    ];

    /// <summary>What only who is not in it can come to.</summary>
    public static IReadOnlyList<Operation> OfOutsiders { get; } =
    [
        new("conversation.join: where it is public", (_, ask) => Command(ask)) { Place = Place.Public, Moves = true },
        new("conversation.join: where it is public and approval", (_, ask) => Command(ask)) { Place = Place.Approval, Moves = true },
    ];

    private static Operation Update(string what, Func<Ask, string> change) => new($"conversation.update: {what}", (_, ask) => Command(ask, $",{change(ask)}"));

    /// <summary>Turns a setting, and back.</summary>
    private static Operation Switch(string setting, Func<Scene, bool> now) =>
        new($"conversation.update: {setting}", (scene, ask) => Command(ask, $""","{setting}":{Json(!now(scene))}"""))
        {
            Wave = 1,
            Undo = (scene, ask) => [(scene.Owner, Methods.UpdateConversation, Command(ask, $""","{setting}":{Json(now(scene))}"""))],
        };

    private static Operation SetPermissions(string what, Permissions permissions, Spare spare) =>
        new($"conversation.setPermissions: {what}", (_, ask) => Permit(ask, ask.Target, permissions)) { Spare = spare };

    private static Operation Moderate(string name, Spare spare) => new(name, (_, ask) => Users(ask, ask.Target)) { Spare = spare };

    private static IEnumerable<(string User, string Method, string Params)> NewcomersAsBefore(Scene scene, Ask ask) =>
        [(scene.Owner, Methods.UpdateConversation, Command(ask, $""","defaultPermissions":{Names(PermissionPresets.Member)}"""))];

    private static string Edit(Ask ask) => Command(ask, $$""","message":"{{ask.Message}}","content":{"parts":[{"type":"text/plain","body":"{{ask.Number}}"}]}""");

    private static string Of(Ask ask, string more = "") => $$"""{"conversation":"{{ask.Conversation}}"{{more}}}""";

    private static string Command(Ask ask, string more = "") => Of(ask, $""","commandId":"{Guid.NewGuid()}"{more}""");

    private static string Users(Ask ask, string user) => Command(ask, $""","users":["{user}"]""");

    private static string Permit(Ask ask, string user, Permissions permissions) =>
        Command(ask, $$""","participants":[{"user":"{{user}}","permissions":{{Names(permissions)}}}]""");

    private static string Names(Permissions permissions) => System.Text.Json.JsonSerializer.Serialize(permissions);

    private static string Json(bool yes) => yes ? "true" : "false";
}
