namespace Parley.Client;

/// <summary>Creating conversations, looking at them, and changing who takes part.</summary>
/// <remarks>Every change carries an id made once, so that asking again after a reconnect changes nothing twice.</remarks>
public sealed class Conversations
{
    private readonly ParleyClient _client;
    private readonly Requests _requests;
    private readonly Follower _follower;
    private readonly TypingSignals _typing;

    internal Conversations(ParleyClient client, Requests requests, Follower follower, TypingSignals typing) =>
        (_client, _requests, _follower, _typing) = (client, requests, follower, typing);

    /// <summary>The conversation with one other person: there is one per pair, for ever, made now if need be.</summary>
    public async Task<ConversationState> DirectAsync(UserId with, CancellationToken cancel = default) =>
        await CreateAsync(new CreateConversation(ConversationId.New(), ConversationKind.Direct, [with]), cancel).ConfigureAwait(false);

    /// <summary>A new group of the user and others.</summary>
    public async Task<ConversationState> CreateGroupAsync(IReadOnlyList<UserId> others, string? title = null, CancellationToken cancel = default) =>
        await CreateAsync(new CreateConversation(ConversationId.New(), ConversationKind.Group, others, title), cancel).ConfigureAwait(false);

    /// <summary>A new conversation, every choice made by the program. Asking again with the same id gets the same conversation.</summary>
    /// <returns>It; of a direct one, perhaps under an older id than asked for.</returns>
    public async Task<ConversationState> CreateAsync(CreateConversation request, CancellationToken cancel = default)
    {
        var answer = await _requests.AskAsync(Wire.CreateConversation, request, cancel, created => _follower.Landed(created.Entry)).ConfigureAwait(false);
        return answer.Conversation;
    }

    /// <summary>A conversation as it is now.</summary>
    public Task<ConversationState> GetAsync(ConversationId conversation, CancellationToken cancel = default) =>
        _requests.AskAsync(Wire.GetConversation, new GetConversation(conversation), cancel);

    /// <summary>A page of the log.</summary>
    public Task<EntriesPage> ReadEntriesAsync(ReadEntries request, CancellationToken cancel = default) =>
        _requests.AskAsync(Wire.ReadEntries, request, cancel);

    /// <summary>Adds people to a group.</summary>
    /// <returns>The entry.</returns>
    public Task<LogEntry> AddAsync(ConversationId conversation, IReadOnlyList<UserId> users, CancellationToken cancel = default) =>
        _requests.AskAsync(Wire.AddParticipants, new AddParticipants(conversation, CommandId.New(), users), cancel, _follower.Landed);

    /// <summary>Removes people from a group.</summary>
    /// <returns>The entry.</returns>
    public Task<LogEntry> RemoveAsync(ConversationId conversation, IReadOnlyList<UserId> users, CancellationToken cancel = default) =>
        _requests.AskAsync(Wire.RemoveParticipants, new RemoveParticipants(conversation, CommandId.New(), users), cancel, _follower.Landed);

    /// <summary>Leaves a group.</summary>
    /// <returns>The entry; it is the last of this conversation that comes.</returns>
    public Task<LogEntry> LeaveAsync(ConversationId conversation, CancellationToken cancel = default) =>
        _requests.AskAsync(Wire.LeaveConversation, new LeaveConversation(conversation, CommandId.New()), cancel, _follower.Landed);

    /// <summary>Says that the user types, rests or gives up; made to be called at every key. A message ends it by itself.</summary>
    /// <remarks>Goes out at most once in three seconds, only while connected, and is never repeated: it completes at once when there is nothing to say.</remarks>
    /// <exception cref="ParleyRefusedException">He may not send there.</exception>
    public Task SetTypingAsync(ConversationId conversation, TypingState state = TypingState.Started, CancellationToken cancel = default) =>
        _typing.SayAsync(conversation, state, cancel);

    /// <summary>Opens a conversation: its newest entries now, and a <see cref="Timeline"/> that stays up to date until it is disposed.</summary>
    /// <exception cref="ParleyRefusedException">The conversation is not the user's.</exception>
    public async Task<LiveConversation> OpenAsync(ConversationId conversation, CancellationToken cancel = default)
    {
        var live = new LiveConversation(_client, conversation);
        try
        {
            await live.LoadAsync(cancel).ConfigureAwait(false);
            return live;
        }
        catch
        {
            live.Dispose();
            throw;
        }
    }
}
