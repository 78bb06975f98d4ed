namespace Parley.Client;

/// <summary>Creating conversations, looking at them, changing them, and who takes part.</summary>
/// <remarks>
/// Every change carries an id made once, so that asking again after a reconnect changes nothing twice. A change answers the entry that records it; who may ask for what is in
/// docs/guide/permissions.md. What the server will not do throws <see cref="ParleyRefusedException"/>; what got no answer in time throws <see cref="ParleyConnectionException"/>, and may have been done.
/// </remarks>
public sealed partial class Conversations
{
    private readonly ParleyClient _client;
    private readonly Requests _requests;
    private readonly Follower _follower;
    private readonly TypingSignals _typing;
    private readonly Changes _changes;

    internal Conversations(ParleyClient client, Requests requests, Follower follower, TypingSignals typing, Changes changes) =>
        (_client, _requests, _follower, _typing, _changes) = (client, requests, follower, typing, changes);

    /// <summary>The conversation with one other person: there is one per pair, for ever, made now if need be.</summary>
    public async Task<ConversationState> DirectAsync(UserId with, CancellationToken cancel = default) =>
        await CreateAsync(new CreateConversation(ConversationId.New(), ConversationKind.Direct, [with]), cancel).ConfigureAwait(false);

    /// <summary>A new group of the user and others.</summary>
    public async Task<ConversationState> CreateGroupAsync(IReadOnlyList<UserId> others, string? title = null, CancellationToken cancel = default) =>
        await CreateAsync(new CreateConversation(ConversationId.New(), ConversationKind.Group, others, title), cancel).ConfigureAwait(false);

    /// <summary>The user's notes to himself: one conversation, for ever, made now if need be.</summary>
    /// <exception cref="InvalidOperationException">The client was never connected, so it does not know who the user is.</exception>
    public async Task<ConversationState> NotesAsync(CancellationToken cancel = default) =>
        await CreateAsync(new CreateConversation(ConversationId.New(), ConversationKind.Direct, [Me]), cancel).ConfigureAwait(false);

    /// <summary>The one group of exactly these people: found, or made now. It stops being that one as soon as somebody comes or goes.</summary>
    /// <param name="others">Everybody but the user; at least one.</param>
    /// <param name="title">What it is called if it is made; another title than it has already is <see cref="CreationOutcome.Conflict"/>, and changes nothing.</param>
    /// <param name="cancel">Stops asking.</param>
    public async Task<ConversationCreatedAnswer> CreateDistinctAsync(IReadOnlyList<UserId> others, string? title = null, CancellationToken cancel = default) =>
        await AskToCreateAsync(new CreateConversation(ConversationId.New(), ConversationKind.Group, others, title, Distinct: true), cancel).ConfigureAwait(false);

    /// <summary>A new broadcast: the user writes, the others read until he lets them write.</summary>
    public async Task<ConversationState> CreateBroadcastAsync(IReadOnlyList<UserId> others, string? title = null, CancellationToken cancel = default) =>
        await CreateAsync(new CreateConversation(ConversationId.New(), ConversationKind.Broadcast, others, title), cancel).ConfigureAwait(false);

    /// <summary>A new conversation, every choice made by the program. Asking again with the same id gets the same conversation.</summary>
    /// <returns>It; of a direct one, perhaps under an older id than asked for.</returns>
    public async Task<ConversationState> CreateAsync(CreateConversation request, CancellationToken cancel = default)
    {
        var answer = await AskToCreateAsync(request, cancel).ConfigureAwait(false);
        return answer.Conversation;
    }

    /// <summary>A conversation as it is now.</summary>
    public Task<ConversationState> GetAsync(ConversationId conversation, CancellationToken cancel = default) =>
        _requests.AskAsync(Wire.GetConversation, new GetConversation(conversation), cancel, Answered);

    /// <summary>As <see cref="GetAsync"/>, for the client itself: the program does not learn from it how it stands in the inbox.</summary>
    internal Task<ConversationState> LookAtAsync(ConversationId conversation, CancellationToken cancel) =>
        _requests.AskAsync(Wire.GetConversation, new GetConversation(conversation), cancel, _follower.Described);

    /// <summary>Where a time begins: the first entry recorded then or later, of those the user sees; null when nothing was. What <see cref="ReadEntriesAsync"/> begins with to jump to a day.</summary>
    public async Task<Sequence?> FindAsync(ConversationId conversation, DateTimeOffset at, CancellationToken cancel = default) =>
        (await _requests.AskAsync(Wire.FindEntry, new FindEntry(conversation, at), cancel).ConfigureAwait(false)).Sequence;

    /// <summary>Several conversations as they are now, in the order asked; those the user was never in, and deleted ones, are left out.</summary>
    /// <param name="conversations">1 to <see cref="GetConversations.MaxConversations"/>.</param>
    /// <param name="cancel">Stops asking.</param>
    public async Task<IReadOnlyList<ConversationState>> GetManyAsync(IReadOnlyList<ConversationId> conversations, CancellationToken cancel = default)
    {
        var answer = await _requests.AskAsync(Wire.GetConversations, new GetConversations(conversations), cancel, several =>
        {
            foreach (var state in several.Conversations) Answered(state);
        }).ConfigureAwait(false);
        return answer.Conversations;
    }

    /// <summary>A page of the log.</summary>
    public Task<EntriesPage> ReadEntriesAsync(ReadEntries request, CancellationToken cancel = default) =>
        _requests.AskAsync(Wire.ReadEntries, request, cancel, _follower.Described);

    /// <summary>Says that the user types, rests or gives up; made to be called at every key. A message ends it by itself.</summary>
    /// <remarks>Goes out at most once in three seconds, only while connected, and is never repeated: it completes at once when there is nothing to say.</remarks>
    /// <exception cref="ParleyRefusedException">He may not send there.</exception>
    public Task SetTypingAsync(ConversationId conversation, TypingState state = TypingState.Started, CancellationToken cancel = default) =>
        _typing.SayAsync(conversation, state, cancel);

    /// <summary>Opens a conversation: its newest entries now, and a <see cref="Timeline"/> that stays up to date until it is disposed.</summary>
    /// <remarks>
    /// Without a connection it is shown as the device knows it. One that was handed in (<see cref="Change.Create"/>) and is still to be made is shown as it will be, with what waits for it, and goes on when it is made, also under another id.
    /// </remarks>
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

    private UserId Me => _client.Session?.User ?? throw new InvalidOperationException("The client was never connected, so it does not know who the user is.");

    private Task<ConversationCreatedAnswer> AskToCreateAsync(CreateConversation request, CancellationToken cancel) =>
        _changes.MakeAsync<ConversationCreatedAnswer>(Change.Create(request), cancel);

    private void Answered(ConversationState state)
    {
        _follower.Answered(state.Conversation, state.Own.Flags);
        _follower.Described(state);
    }

    private Task<LogEntry> MakeAsync(Change change, CancellationToken cancel) => _changes.MakeAsync<LogEntry>(change, cancel);
}
