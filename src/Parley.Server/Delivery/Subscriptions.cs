using System.Diagnostics.CodeAnalysis;
using Parley.Storage;

namespace Parley.Delivery;

/// <summary>Which connections of this node receive which conversations.</summary>
/// <remarks>
/// A connection is registered under its user first, then his conversations are read, then it follows them. What entries say about his
/// memberships in between is remembered and wins over what was read, so that a removal is never lost to a slower read.
/// </remarks>
internal sealed class Subscriptions
{
    private readonly Lock _gate = new();
    private readonly Dictionary<UserKey, List<Subscription>> _users = [];
    private readonly Dictionary<ConversationKey, Channel> _channels = [];

    /// <summary>Makes a connection known under its user. Called once, before <see cref="Follow"/>.</summary>
    public void Register(Subscriber subscriber)
    {
        lock (_gate)
        {
            if (!_users.TryGetValue(subscriber.User, out var subscriptions)) _users[subscriber.User] = subscriptions = [];
            subscriptions.Add(new Subscription(subscriber));
        }
    }

    /// <summary>Subscribes a registered connection to the conversations that were read for it.</summary>
    public void Follow(Subscriber subscriber, IEnumerable<ConversationId> conversations)
    {
        lock (_gate)
        {
            if (Find(subscriber) is not { Meanwhile: { } meanwhile } subscription) return;
            foreach (var conversation in conversations)
            {
                var key = new ConversationKey(subscriber.User.App, conversation);
                if (!meanwhile.ContainsKey(key)) Add(subscription, key);
            }

            foreach (var (key, change) in meanwhile)
            {
                if (change == Membership.Joined) Add(subscription, key);
            }

            subscription.Meanwhile = null;
        }
    }

    /// <summary>Forgets a connection. Harmless when it is not known.</summary>
    public void Unregister(Subscriber subscriber)
    {
        lock (_gate)
        {
            if (Find(subscriber) is not { } subscription) return;
            foreach (var key in subscription.Following) RemoveFromChannel(subscriber, key);
            var others = _users[subscriber.User];
            others.Remove(subscription);
            if (others.Count == 0) _users.Remove(subscriber.User);
        }
    }

    /// <summary>The channel of a conversation somebody here receives.</summary>
    public bool TryFind(ConversationKey key, [NotNullWhen(true)] out Channel? channel)
    {
        lock (_gate) return _channels.TryGetValue(key, out channel);
    }

    /// <summary>The channel of a conversation that users join, if any of them is connected here.</summary>
    public bool TryJoin(ConversationKey key, IReadOnlyList<UserId> users, [NotNullWhen(true)] out Channel? channel)
    {
        lock (_gate)
        {
            foreach (var subscription in Of(key.App, users)) Change(subscription, key, Membership.Joined);
            return _channels.TryGetValue(key, out channel);
        }
    }

    /// <summary>Ends users' reception of a conversation.</summary>
    public void Leave(ConversationKey key, IReadOnlyList<UserId> users)
    {
#if PLANTED_BUGS
        if (PlantedBugs.LeavesLater(() => Leave(key, users))) return;
#endif
        lock (_gate)
        {
            foreach (var subscription in Of(key.App, users)) Change(subscription, key, Membership.Left);
        }
    }

    /// <summary>Ends everybody's reception of a conversation.</summary>
    public void End(ConversationKey key)
    {
        lock (_gate)
        {
            if (!_channels.TryGetValue(key, out var channel)) return;
            var users = channel.Subscribers.Select(subscriber => subscriber.User.User).Distinct().ToArray();
            foreach (var subscription in Of(key.App, users).ToArray()) Change(subscription, key, Membership.Left);
        }
    }

    /// <summary>The connections of a user on this node.</summary>
    public IReadOnlyList<Subscriber> Of(UserKey user)
    {
        lock (_gate)
        {
            return _users.TryGetValue(user, out var subscriptions) ? [.. subscriptions.Select(subscription => subscription.Subscriber)] : [];
        }
    }

    private IEnumerable<Subscription> Of(AppId app, IReadOnlyList<UserId> users) =>
        users.SelectMany(user => _users.GetValueOrDefault(new UserKey(app, user)) ?? Enumerable.Empty<Subscription>());

    private Subscription? Find(Subscriber subscriber) =>
        _users.GetValueOrDefault(subscriber.User)?.Find(subscription => subscription.Subscriber == subscriber);

    private void Change(Subscription subscription, ConversationKey key, Membership change)
    {
        if (subscription.Meanwhile is { } meanwhile) meanwhile[key] = change;
        if (change == Membership.Joined)
        {
            Add(subscription, key);
        }
        else if (subscription.Following.Remove(key))
        {
            RemoveFromChannel(subscription.Subscriber, key);
        }
    }

    private void Add(Subscription subscription, ConversationKey key)
    {
        if (!subscription.Following.Add(key)) return;
        if (!_channels.TryGetValue(key, out var channel)) _channels[key] = channel = new Channel(key);
        channel.Subscribers = [.. channel.Subscribers, subscription.Subscriber];
    }

    private void RemoveFromChannel(Subscriber subscriber, ConversationKey key)
    {
        if (!_channels.TryGetValue(key, out var channel)) return;
        channel.Subscribers = [.. channel.Subscribers.Where(other => other != subscriber)];
        if (channel.Subscribers.Length == 0) _channels.Remove(key);
    }

    private enum Membership
    {
        Joined,
        Left,
    }

    private sealed class Subscription(Subscriber subscriber)
    {
        public Subscriber Subscriber => subscriber;

        public HashSet<ConversationKey> Following { get; } = [];

        /// <summary>What entries said while his conversations were being read; null afterwards.</summary>
        public Dictionary<ConversationKey, Membership>? Meanwhile { get; set; } = [];
    }
}
