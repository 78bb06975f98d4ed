namespace Parley.Tests;

/// <summary>A conversation in a test, with the words to change it.</summary>
internal sealed record Group(TestServer Server, ConversationId Id)
{
    public static async Task<Group> OfAsync(TestServer server, CreateConversation command, string creator = "alice")
    {
        var created = await server.CreateAsync(creator, command);
        Assert.Null(created.Refusal);
        return new Group(server, created.Value!.Conversation.Conversation);
    }

    public static Task<Group> OfAsync(TestServer server, params string[] users) =>
        OfAsync(server, new CreateConversation(ConversationId.New(), ConversationKind.Group, Ids(users.Skip(1))), users[0]);

    public static UserId[] Ids(IEnumerable<string> users) => [.. users.Select(user => new UserId(user))];

    public Task<Outcome<LogEntry>> DoAsync(string actor, Func<ConversationId, CommandId, object> command, CommandId? id = null) =>
        Server.AskAsync<LogEntry>(Server.As(actor), command(Id, id ?? CommandId.New()));

    public Task<Outcome<LogEntry>> SayAsync(string sender, string text = "hi", MessagePriority? priority = null) =>
        Server.AskAsync<LogEntry>(Server.As(sender), new SendMessage(Id, MessageId.New(), MessageContent.OfText(text), priority));

    public Task<Outcome<LogEntry>> PermitAsync(string actor, params (string User, Permissions Permissions)[] wishes) =>
        DoAsync(actor, (id, command) => new ChangePermissions(id, command, [.. wishes.Select(wish => new ParticipantPermissions(new UserId(wish.User), wish.Permissions))]));

    public Task<Outcome<LogEntry>> MuteAsync(string actor, string user, DateTimeOffset? until = null) =>
        DoAsync(actor, (id, command) => new MuteParticipants(id, command, [new UserId(user)], until));

    public Task<Outcome<LogEntry>> UnmuteAsync(string actor, string user) => DoAsync(actor, (id, command) => new UnmuteParticipants(id, command, [new UserId(user)]));

    public Task<Outcome<LogEntry>> BanAsync(string actor, string user) => DoAsync(actor, (id, command) => new BanParticipants(id, command, [new UserId(user)]));

    public Task<Outcome<LogEntry>> UnbanAsync(string actor, string user) => DoAsync(actor, (id, command) => new UnbanParticipants(id, command, [new UserId(user)]));

    public Task<Outcome<LogEntry>> AllowAsync(string actor, string user) => DoAsync(actor, (id, command) => new AllowParticipants(id, command, [new UserId(user)]));

    public Task<Outcome<LogEntry>> DisallowAsync(string actor, string user) => DoAsync(actor, (id, command) => new DisallowParticipants(id, command, [new UserId(user)]));

    public Task<Outcome<LogEntry>> UpdateAsync(string actor, Func<UpdateConversation, UpdateConversation> change) =>
        DoAsync(actor, (id, command) => change(new UpdateConversation(id, command)));

    public Task<Outcome<LogEntry>> JoinAsync(string user, string? message = null) => DoAsync(user, (id, command) => new JoinConversation(id, command, message));

    public Task<Outcome<LogEntry>> InviteAsync(string actor, params string[] users) => DoAsync(actor, (id, command) => new InviteParticipants(id, command, Ids(users)));

    public Task<Outcome<LogEntry>> DeleteAsync(string actor) => DoAsync(actor, (id, command) => new DeleteConversation(id, command));

    public Task<Outcome<LogEntry>> AddAsync(string actor, params string[] users) => Server.AddAsync(actor, Id, users);

    public Task<Outcome<LogEntry>> RemoveAsync(string actor, params string[] users) => Server.RemoveAsync(actor, Id, users);

    public Task<Outcome<LogEntry>> LeaveAsync(string user) => Server.LeaveAsync(user, Id);

    public async Task<ConversationState> StateAsync(string user) => await Server.StateAsync(user, Id);

    public Task<Outcome<ConversationState>> GetAsync(string user) => Server.AskAsync<ConversationState>(Server.As(user), new GetConversation(Id));

    public async Task<IReadOnlyList<string>> ListAsync(string user, ParticipantList list) =>
        [.. (await Server.AskAsync<ParticipantsPage>(Server.As(user), new ListParticipants(Id, list))).Value!.Users.Select(one => one.User.Value)];

    public Task<Outcome<RoomJoined>> EnterAsync(string user) => Server.AskAsync<RoomJoined>(Server.As(user), new JoinRoom(Id));

    public Task<Outcome<RoomLeft>> ExitAsync(string user) => Server.AskAsync<RoomLeft>(Server.As(user), new LeaveRoom(Id));
}
