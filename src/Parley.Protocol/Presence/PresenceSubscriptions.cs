namespace Parley;

/// <summary><c>presence.get</c>: asks how users can be reached, without subscribing.</summary>
/// <param name="Users">1 to <see cref="MaxUsers"/>; one named twice is answered once.</param>
public sealed record GetPresence(IReadOnlyList<UserId> Users)
{
    /// <summary>The most users of one request.</summary>
    public const int MaxUsers = 100;
}

/// <summary>The answer to <c>presence.get</c>.</summary>
/// <param name="Users">Each user asked for, in the order of the request.</param>
public sealed record Presences(IReadOnlyList<PresenceState> Users);

/// <summary><c>presence.subscribe</c>: asks to be told of changes for a time, on all devices of the user. Again for the same users: the new time counts.</summary>
/// <param name="Users">1 to <see cref="GetPresence.MaxUsers"/>. They are not told.</param>
/// <param name="Seconds">How long, 1 to <see cref="MaxSeconds"/>; a day when absent.</param>
public sealed record SubscribePresence(IReadOnlyList<UserId> Users, int? Seconds = null)
{
    /// <summary>The most subscriptions of a user.</summary>
    public const int MaxSubscriptions = 3_000;

    /// <summary>Thirty days.</summary>
    public const int MaxSeconds = 30 * 24 * 60 * 60;
}

/// <summary>The answer to <c>presence.subscribe</c>: how they can be reached now. Changes follow it.</summary>
/// <param name="Users">Each user asked for, in the order of the request.</param>
/// <param name="Until">When the subscriptions end unless they are asked for again.</param>
public sealed record PresenceSubscribed(IReadOnlyList<PresenceState> Users, DateTimeOffset Until);

/// <summary><c>presence.unsubscribe</c>: asks not to be told of users any more. Harmless for those not subscribed to.</summary>
/// <param name="Users">1 to <see cref="GetPresence.MaxUsers"/>.</param>
public sealed record UnsubscribePresence(IReadOnlyList<UserId> Users);

/// <summary>The answer to <c>presence.unsubscribe</c>.</summary>
/// <param name="Subscriptions">How many are left.</param>
public sealed record PresenceUnsubscribed(int Subscriptions);

/// <summary><c>presence.subscriptions</c>: asks whom the user is subscribed to, in the order of their ids.</summary>
/// <param name="After">The last user of the page before; null for the first page.</param>
/// <param name="Limit">1 to <see cref="GetPresence.MaxUsers"/>, which is meant when absent.</param>
public sealed record ListPresenceSubscriptions(UserId? After = null, int? Limit = null);

/// <summary>The answer to <c>presence.subscriptions</c>.</summary>
/// <param name="Subscriptions">A page of them.</param>
/// <param name="Total">How many there are in all.</param>
/// <param name="More">Whether there is another page after this one.</param>
public sealed record PresenceSubscriptionPage(IReadOnlyList<PresenceSubscription> Subscriptions, int Total, bool More);

/// <summary>One of a user's subscriptions.</summary>
/// <param name="User">To whom.</param>
/// <param name="Until">When it ends.</param>
public sealed record PresenceSubscription(UserId User, DateTimeOffset Until);

/// <summary><c>presence.subscribed</c>: another device of the user subscribed to these users, or made it last longer or shorter.</summary>
/// <param name="Users">To whom.</param>
/// <param name="Until">When it ends.</param>
public sealed record PresenceSubscriptionsMade(IReadOnlyList<UserId> Users, DateTimeOffset Until);

/// <summary><c>presence.unsubscribed</c>: another device of the user ended these subscriptions.</summary>
/// <param name="Users">To whom.</param>
public sealed record PresenceSubscriptionsEnded(IReadOnlyList<UserId> Users);
