namespace Parley.Client;

/// <content>Rooms, which people join and leave as they like.</content>
public sealed partial class Conversations
{
    /// <summary>A new room, in which the user is, and which he owns. Anybody of the app finds it with <see cref="ListPublicAsync"/>.</summary>
    public async Task<ConversationState> CreateRoomAsync(string? title = null, CancellationToken cancel = default) =>
        await CreateAsync(new CreateConversation(ConversationId.New(), ConversationKind.Room, [], title), cancel).ConfigureAwait(false);

    /// <summary>Comes into a room. He is in it until he leaves it, or has had no connection for two minutes: then <see cref="JoinRoomAsync"/> again.</summary>
    /// <returns>The room as it is now. Its last ten entries are read with <see cref="ReadEntriesAsync"/> or <see cref="OpenAsync"/>; what is said from now on comes by itself.</returns>
    public async Task<ConversationState> JoinRoomAsync(ConversationId room, CancellationToken cancel = default) =>
        (await _requests.AskAsync(Wire.JoinRoom, new JoinRoom(room), cancel, joined => _follower.CameIn(joined.Conversation)).ConfigureAwait(false)).Conversation;

    /// <summary>Leaves a room; <see cref="ParleyClient.ConversationEnded"/> says so, here and on the user's other devices.</summary>
    /// <exception cref="ParleyRefusedException">He is not in it.</exception>
    public async Task LeaveRoomAsync(ConversationId room, CancellationToken cancel = default)
    {
        // Who is out cannot leave: to be told so when asked again says that the first time did it.
        await _requests.AskAsync(
            Wire.LeaveRoom, new LeaveRoom(room), cancel, done: refusal => Follower.EndOf(refusal) is null ? null : new RoomLeft()).ConfigureAwait(false);
        _follower.WentOut(room);
    }
}
