using Parley.Delivery;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Presence;

/// <summary><c>presence.set</c> and <c>presence.device</c>.</summary>
internal sealed class SetPresenceHandler(PresenceBoard board)
{
    public void Handle(Caller caller, SetPresence command, Origin origin)
    {
        if (PresenceRules.Check(command) is { } refusal) origin.Refuse(refusal);
        else board.Choose(caller.Key, command, origin.Subscriber, own => origin.Answer(own, ProtocolJson.Lenient.PresenceState));
    }

    public void Handle(Caller caller, SetDevicePresence command, Origin origin)
    {
        if (command.Status is not (PresenceStatus.Online or PresenceStatus.Away))
            origin.Refuse(Refusals.InvalidParams.Because("$.status: expected online or away"));
        else if (board.SetDevice(caller.Key, command.Status, origin.Subscriber, own => origin.Answer(own, ProtocolJson.Lenient.PresenceState)) is null)
            origin.Refuse(Refusals.NotFound.Because("this connection does not receive"));
    }
}

/// <summary><c>presence.get</c>, <c>presence.subscribe</c>, <c>presence.unsubscribe</c> and <c>presence.subscriptions</c>.</summary>
internal sealed class ReadPresenceHandler(
    PresenceBoard board, LastSeenStore store, Func<UserKey, CancellationToken, ValueTask> learn, TimeProvider clock)
{
    private const int DefaultSeconds = 24 * 60 * 60;

    public async Task HandleAsync(Caller caller, GetPresence query, Origin origin, CancellationToken cancel)
    {
        if (Check(query.Users) is { } refusal)
        {
            origin.Refuse(refusal);
            return;
        }

        var recalled = await RecallAsync(caller.Key, query.Users, cancel);
        origin.Answer(new Presences(board.Look(caller.Key, query.Users, recalled)), ProtocolJson.Lenient.Presences);
    }

    public async Task HandleAsync(Caller caller, SubscribePresence command, Origin origin, CancellationToken cancel)
    {
        var seconds = command.Seconds ?? DefaultSeconds;
        var refusal = Check(command.Users)
            ?? (seconds is < 1 or > SubscribePresence.MaxSeconds ? Refusals.InvalidParams.Because($"$.seconds: expected 1 to {SubscribePresence.MaxSeconds}") : null);
        if (refusal is null)
        {
            var recalled = await RecallAsync(caller.Key, command.Users, cancel);
            refusal = board.Subscriptions.Subscribe(
                caller.Key, command.Users, clock.Now() + TimeSpan.FromSeconds(seconds), recalled, origin.Subscriber,
                subscribed => origin.Answer(subscribed, ProtocolJson.Lenient.PresenceSubscribed));
        }

        if (refusal is not null) origin.Refuse(refusal);
    }

    public void Handle(Caller caller, UnsubscribePresence command, Origin origin)
    {
        if (Check(command.Users) is { } refusal) origin.Refuse(refusal);
        else origin.Answer(new PresenceUnsubscribed(board.Subscriptions.Unsubscribe(caller.Key, command.Users, origin.Subscriber)), ProtocolJson.Lenient.PresenceUnsubscribed);
    }

    public void Handle(Caller caller, ListPresenceSubscriptions query, Origin origin)
    {
        var limit = query.Limit ?? GetPresence.MaxUsers;
        if (limit is < 1 or > GetPresence.MaxUsers) origin.Refuse(Refusals.InvalidParams.Because($"$.limit: expected 1 to {GetPresence.MaxUsers}"));
        else origin.Answer(board.Subscriptions.List(caller.Key, query.After, limit), ProtocolJson.Lenient.PresenceSubscriptionPage);
    }

    private static Refusal? Check(IReadOnlyList<UserId> users) => users.Count switch
    {
        0 => Refusals.InvalidParams.Because($"$.users: expected 1 to {GetPresence.MaxUsers}"),
        > GetPresence.MaxUsers => Refusals.TooLarge.Because($"$.users: at most {GetPresence.MaxUsers}"),
        _ => null,
    };

    private async Task<IReadOnlyDictionary<UserKey, DateTimeOffset>> RecallAsync(UserKey viewer, IReadOnlyList<UserId> users, CancellationToken cancel)
    {
        // Before anything is said: from whom he is hidden.
        await learn(viewer, cancel);
        var unknown = board.Unknown(viewer, users);
        if (unknown.Count == 0) return new Dictionary<UserKey, DateTimeOffset>();
        return (await store.ReadAsync(viewer.App, unknown, cancel)).ToDictionary(one => new UserKey(viewer.App, one.User), one => one.At);
    }
}
