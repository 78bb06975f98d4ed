namespace Parley.Client;

/// <content>Muting, banning, and who may speak when nobody else may.</content>
public sealed partial class Conversations
{
    /// <summary>Forbids participants to send, whatever else they may: before a time, or for good.</summary>
    /// <param name="conversation">Which.</param>
    /// <param name="users">Whom.</param>
    /// <param name="until">When they may again, by the server's clock; null for never.</param>
    /// <param name="cancel">Stops asking.</param>
    /// <returns>The entry.</returns>
    public Task<LogEntry> MuteAsync(ConversationId conversation, IReadOnlyList<UserId> users, DateTimeOffset? until = null, CancellationToken cancel = default) =>
        MakeAsync(Change.Mute(conversation, users, until), cancel);

    /// <summary>Forbids participants to send for a while, by the server's clock, whatever this device's says.</summary>
    /// <param name="conversation">Which.</param>
    /// <param name="users">Whom.</param>
    /// <param name="time">How long from now.</param>
    /// <param name="cancel">Stops asking.</param>
    /// <returns>The entry.</returns>
    public Task<LogEntry> MuteForAsync(ConversationId conversation, IReadOnlyList<UserId> users, TimeSpan time, CancellationToken cancel = default) =>
        MuteAsync(conversation, users, _client.Options.TimeProvider.GetUtcNow() + _client.ServerTimeOffset + time, cancel);

    /// <summary>Lets them send again.</summary>
    /// <returns>The entry.</returns>
    public Task<LogEntry> UnmuteAsync(ConversationId conversation, IReadOnlyList<UserId> users, CancellationToken cancel = default) =>
        MakeAsync(Change.Unmute(conversation, users), cancel);

    /// <summary>Puts users out, who cannot come back before <see cref="UnbanAsync"/>, whoever lets them in. Who never was in it can be banned too.</summary>
    /// <returns>The entry.</returns>
    public Task<LogEntry> BanAsync(ConversationId conversation, IReadOnlyList<UserId> users, CancellationToken cancel = default) =>
        MakeAsync(Change.Ban(conversation, users), cancel);

    /// <summary>Lets them come back; it does not bring them back.</summary>
    /// <returns>The entry.</returns>
    public Task<LogEntry> UnbanAsync(ConversationId conversation, IReadOnlyList<UserId> users, CancellationToken cancel = default) =>
        MakeAsync(Change.Unban(conversation, users), cancel);

    /// <summary>Lets participants send while everybody is muted (<see cref="MuteAllAsync"/>); not those who are muted themselves.</summary>
    /// <returns>The entry.</returns>
    public Task<LogEntry> AllowAsync(ConversationId conversation, IReadOnlyList<UserId> users, CancellationToken cancel = default) =>
        MakeAsync(Change.Allow(conversation, users), cancel);

    /// <summary>Takes them off the allow list.</summary>
    /// <returns>The entry.</returns>
    public Task<LogEntry> DisallowAsync(ConversationId conversation, IReadOnlyList<UserId> users, CancellationToken cancel = default) =>
        MakeAsync(Change.Disallow(conversation, users), cancel);
}
