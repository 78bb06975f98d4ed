using Parley.Conversations;

namespace Parley.Tests.Conversations;

/// <summary>What a <see cref="Life"/> is lived on: something that takes requests of a conversation's people and remembers.</summary>
internal interface IGround
{
    Task<ConversationId> CreateAsync(UserId creator, CreateConversation command);

    /// <summary>Asks for an entry: a change, or a message.</summary>
    Task<Outcome<LogEntry>> AskAsync(UserId actor, object command);

    /// <summary>Hides messages from who asks.</summary>
    Task<Outcome<MessagesRemoved>> RemoveAsync(UserId user, RemoveMessages command);

    /// <summary>Moves the cursors of who asks: <see cref="MarkRead"/> or <see cref="MarkDelivered"/>.</summary>
    Task<Outcome<ReceiptCursors>> MarkAsync(UserId user, object command);

    /// <summary>Blocks somebody, or does so no more: <see cref="AddBlocks"/> or <see cref="RemoveBlocks"/>.</summary>
    Task<Outcome<BlockList>> BlockAsync(UserId user, object command);

    Task<Outcome<ConversationState>> StateAsync(UserId user, ConversationId conversation);

    Task<Outcome<EntriesPage>> EntriesAsync(UserId user, ReadEntries query);

    Task<Outcome<AttributesPage>> AttributesAsync(UserId user, GetAttributes query);

    /// <summary>A device of somebody is back: whether the conversation changed since it was there, and what came after its position.</summary>
    /// <param name="user">Whose.</param>
    /// <param name="position">What it has.</param>
    /// <param name="since">The token of its last session; null before the first.</param>
    /// <param name="knownSince">The token after which it has to be told who changed; null for everybody.</param>
    Task<Return> ReturnAsync(UserId user, SyncPosition position, string? since, string? knownSince);
}

/// <summary>What a device is told that is back.</summary>
/// <param name="Change">How the conversation stands with its user; null when nothing of it changed.</param>
/// <param name="Synced">What came after its position.</param>
/// <param name="Token">For the next time.</param>
internal sealed record Return(ConversationChange? Change, SyncedConversation Synced, string Token);

/// <summary>A node with its database.</summary>
internal class ServerGround(TestServer server) : IGround
{
    protected TestServer Server => server;

    public Task<ConversationId> CreateAsync(UserId creator, CreateConversation command) => Server.MakeAsync(command, creator.Value);

    public Task<Outcome<LogEntry>> AskAsync(UserId actor, object command) => Server.AskAsync<LogEntry>(Server.As(actor.Value), command);

    public Task<Outcome<MessagesRemoved>> RemoveAsync(UserId user, RemoveMessages command) => Server.AskAsync<MessagesRemoved>(Server.As(user.Value), command);

    public Task<Outcome<ReceiptCursors>> MarkAsync(UserId user, object command) => Server.AskAsync<ReceiptCursors>(Server.As(user.Value), command);

    public Task<Outcome<BlockList>> BlockAsync(UserId user, object command) => Server.AskAsync<BlockList>(Server.As(user.Value), command);

    public Task<Outcome<ConversationState>> StateAsync(UserId user, ConversationId conversation) =>
        Server.AskAsync<ConversationState>(Server.As(user.Value), new GetConversation(conversation));

    public Task<Outcome<EntriesPage>> EntriesAsync(UserId user, ReadEntries query) => Server.EntriesAsync(user.Value, query);

    public Task<Outcome<AttributesPage>> AttributesAsync(UserId user, GetAttributes query) => Server.AskAsync<AttributesPage>(Server.As(user.Value), query);

    public async Task<Return> ReturnAsync(UserId user, SyncPosition position, string? since, string? knownSince)
    {
        var caller = Server.As(user.Value);
        // What changed first, as a session opens with it: what changes from here on is told again.
        var changes = (await Server.Node.Handlers.Changes.ReadAsync(caller.Key, since, CancellationToken.None)).Value!;
        var answer = await Server.AskAsync<ConversationsSynced>(caller, new SyncConversations(Server.Node.Installation.Epoch, [position], knownSince));
        return new Return(changes.Conversations.SingleOrDefault(change => change.Conversation == position.Conversation), answer.Value!.Conversations.Single(), changes.Since);
    }
}
