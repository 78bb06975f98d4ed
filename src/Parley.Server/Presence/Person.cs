using Parley.Delivery;
using Parley.Storage;

namespace Parley.Presence;

/// <summary>One user as this node knows him: his connections, what he chose, what others were told, who is told, and whom he follows.</summary>
/// <remarks>
/// Guarded by <see cref="Gate"/>, but for <see cref="Following"/>, which <see cref="Subscribing"/> guards. A thread that holds a gate takes no other
/// person's lock; one that holds a <see cref="Subscribing"/> may take gates, one at a time.
/// </remarks>
internal sealed class Person(UserKey key, long since)
{
    private readonly List<Line> _lines = new(1);
    private Dictionary<Person, DateTimeOffset>? _followers;
    private (Person Follower, DateTimeOffset Until)[]? _snapshot = [];
    private volatile Subscriber[] _receivers = [];

    public UserKey Key => key;

    public Lock Gate { get; } = new();

    /// <summary>Taken for whole subscriptions, so that what two devices ask at once does not end half done.</summary>
    public Lock Subscribing { get; } = new();

    /// <summary>Whom he follows, and until when.</summary>
    public Dictionary<Person, DateTimeOffset> Following { get; } = [];

    /// <summary>His connections that are open. Replaced whole; read without a lock.</summary>
    public Subscriber[] Receivers => _receivers;

    /// <summary>What he chose; null when nothing is remembered.</summary>
    public SetPresence? Choice { get; set; }

    /// <summary>Himself, as his own devices were told.</summary>
    public PresenceState Own { get; set; } = new(key.User, PresenceStatus.Offline);

    /// <summary>Himself, as he is to others; they may not have been told yet.</summary>
    public PresenceState Seen { get; set; } = new(key.User, PresenceStatus.Offline);

    /// <summary>Himself, as others were told.</summary>
    public PresenceState Told { get; set; } = new(key.User, PresenceStatus.Offline);

    /// <summary>When others saw him last, if that was since he is known here, or was read.</summary>
    public DateTimeOffset? LastSeen { get; set; }

    /// <summary>Whether others were told a moment ago: what changes now is told when that moment has passed.</summary>
    public bool IsResting { get; set; }

    /// <summary>When his last connection ended, or he was named first; by the clock's timestamps.</summary>
    public long GoneSince { get; set; } = since;

    /// <summary>Whether <see cref="Following"/> is being changed: then he is not to be forgotten.</summary>
    public bool IsSubscribing { get; set; }

    /// <summary>Whether nothing is kept of him any more: who holds him must look for him again.</summary>
    public bool IsForgotten { get; set; }

    /// <summary>Whether he was deleted: of who he was nothing is kept.</summary>
    public bool IsErased { get; private set; }

    public bool HasLines => _lines.Count > 0;

    public bool HasFollowers => _followers is { Count: > 0 };

    /// <summary>Whether there is nothing that anybody would miss.</summary>
    public bool IsUnused => !HasLines && !HasFollowers && Choice is null && !IsSubscribing && Following.Count == 0;

    public IEnumerable<PresenceStatus> Devices => _lines.Select(line => line.Status);

    /// <summary>What he is to somebody who may see him: to himself the truth.</summary>
    public PresenceState ToldTo(Person? viewer) => viewer == this ? Own : Told;

    /// <summary>A connection receives. What is left of an older one of the same device goes.</summary>
    public void Connect(Subscriber subscriber)
    {
        _lines.RemoveAll(line => line.EndedAt is not null && line.Subscriber.Device == subscriber.Device);
        _lines.Add(new Line(subscriber));
        _receivers = [.. _receivers, subscriber];
    }

    /// <summary>A connection has ended; its device counts a while longer. False when it was not there.</summary>
    public bool Disconnect(Subscriber subscriber, DateTimeOffset at, long timestamp)
    {
        if (_lines.Find(line => line.Subscriber == subscriber && line.EndedAt is null) is not { } line) return false;
        (line.EndedAt, line.Ended) = (at, timestamp);
        _receivers = [.. _receivers.Where(other => other != subscriber)];
        if (_receivers.Length == 0) GoneSince = timestamp;
        return true;
    }

    /// <summary>When he was seen last is known from the disk. What is known better stands.</summary>
    public void Recall(DateTimeOffset lastSeen)
    {
        LastSeen ??= lastSeen;
        if (Seen.Status == PresenceStatus.Offline) Seen = Seen with { LastSeen = LastSeen };
        if (Told.Status == PresenceStatus.Offline) Told = Told with { LastSeen = LastSeen };
    }

    /// <summary>Forgets what he chose and when he was seen last, for ever.</summary>
    public void Erase()
    {
        (IsErased, Choice, LastSeen) = (true, null, null);
        Seen = Seen with { LastSeen = null };
        Told = Told with { LastSeen = null };
    }

    /// <summary>Forgets devices that have been gone for so long; when the last of them went, if none is left.</summary>
    public DateTimeOffset? Forget(Func<long, bool> isLongAgo)
    {
        DateTimeOffset? last = null;
        foreach (var line in _lines)
        {
            if (line.EndedAt is { } endedAt && isLongAgo(line.Ended) && !(last > endedAt)) last = endedAt;
        }

        _lines.RemoveAll(line => line.EndedAt is not null && isLongAgo(line.Ended));
        return HasLines ? null : last;
    }

    /// <summary>Says whether somebody is at a device. False when it is not connected.</summary>
    public bool SetDevice(Subscriber? subscriber, PresenceStatus status)
    {
        if (_lines.Find(line => line.Subscriber == subscriber && line.EndedAt is null) is not { } line) return false;
        line.Status = status;
        return true;
    }

    public void AddFollower(Person follower, DateTimeOffset until)
    {
        (_followers ??= [])[follower] = until;
        _snapshot = null;
    }

    public bool IsFollowedBy(Person follower) => _followers is not null && _followers.ContainsKey(follower);

    public void RemoveFollower(Person follower)
    {
        if (_followers is null || !_followers.Remove(follower)) return;
        if (_followers.Count == 0) _followers = null;
        _snapshot = null;
    }

    /// <summary>Those who follow him, in an array made when it is first needed after a change: a thousand who come are a thousand entries, not a thousand copies.</summary>
    public (Person Follower, DateTimeOffset Until)[] Followers() =>
        _snapshot ??= _followers is null ? [] : [.. _followers.Select(one => (one.Key, one.Value))];

    private sealed class Line(Subscriber subscriber)
    {
        public Subscriber Subscriber => subscriber;

        public PresenceStatus Status { get; set; } = PresenceStatus.Online;

        public DateTimeOffset? EndedAt { get; set; }

        public long Ended { get; set; }
    }
}
