namespace Parley.Tests;

/// <summary>Changes of conversations in the words of a test.</summary>
internal static class Asking
{
    /// <summary>Asks for a change; answers its entry.</summary>
    public static Task<Outcome<LogEntry>> ChangeAsync(this TestServer server, string actor, object command) => server.AskAsync<LogEntry>(server.As(actor), command);

    /// <summary>As the other, where nothing else is expected than that it is done.</summary>
    public static async Task<LogEntry> DoAsync(this TestServer server, string actor, object command)
    {
        var outcome = await server.ChangeAsync(actor, command);
        return outcome.Value ?? throw new InvalidOperationException($"{command} was refused: {outcome.Refusal} {outcome.Refusal?.Detail}");
    }

    /// <summary>An entry as it crosses the wire: records with lists in them are equal by reference only.</summary>
    public static string Json(LogEntry entry) => System.Text.Json.JsonSerializer.Serialize(entry, ProtocolJson.Lenient.LogEntry);

    /// <summary>What is refused of a change.</summary>
    public static async Task<Refusal?> RefusalOfAsync(this TestServer server, string actor, object command) => (await server.ChangeAsync(actor, command)).Refusal;

    /// <summary>Makes a conversation; alice's unless said otherwise.</summary>
    public static async Task<ConversationId> MakeAsync(this TestServer server, CreateConversation wish, string creator = "alice")
    {
        var outcome = await server.CreateAsync(creator, wish);
        return outcome.Value?.Conversation.Conversation ?? throw new InvalidOperationException($"{wish} was refused: {outcome.Refusal} {outcome.Refusal?.Detail}");
    }

    public static CreateConversation GroupOf(params string[] others) => new(ConversationId.New(), ConversationKind.Group, Users(others));

    public static UserId[] Users(params string[] users) => [.. users.Select(user => new UserId(user))];

    /// <summary>A list of a conversation as somebody sees it.</summary>
    public static async Task<ParticipantsPage> ListAsync(this TestServer server, string user, ConversationId conversation, ParticipantList list = ParticipantList.Participants) =>
        (await server.AskAsync<ParticipantsPage>(server.As(user), new ListParticipants(conversation, list))).Value!;

    public static async Task<IReadOnlyList<ConversationPreview>> InvitationsAsync(this TestServer server, string user) =>
        (await server.AskAsync<PreviewPage>(server.As(user), new ListInvitations())).Value!.Conversations;

    public static async Task<IReadOnlyList<ConversationPreview>> PublicAsync(this TestServer server, string user, ConversationKind? kind = null) =>
        (await server.AskAsync<PreviewPage>(server.As(user), new ListPublic(kind))).Value!.Conversations;

    /// <summary>What a participant may do; null for somebody who is not in it.</summary>
    public static async Task<Permissions?> PermissionsOfAsync(this TestServer server, ConversationId conversation, string user) =>
        (await server.StateAsync("alice", conversation)).Participants!.SingleOrDefault(one => one.User.Value == user)?.Permissions;
}
