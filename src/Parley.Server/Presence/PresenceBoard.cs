using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Parley.Delivery;
using Parley.Storage;

namespace Parley.Presence;

/// <summary>How everybody on this node can be reached, and who is told. In memory: coming and going writes nothing that anybody waits for.</summary>
/// <remarks>
/// Each person has a lock of his own, under which he is brought up to date and his followers are told, so that they hear it in order and nobody
/// else waits. What one of them is told is bytes made once. See docs/internals/presence.md.
/// </remarks>
internal sealed class PresenceBoard : IAsyncDisposable
{
    private static readonly TimeSpan PruneEvery = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<UserKey, Person> _persons = new();
    private readonly PresenceOptions _options;
    private readonly MaySee _maySee;
    private readonly LastSeenQueue _lastSeen;
    private readonly TimeProvider _clock;
    private readonly Deadlines<Person> _gone;
    private readonly Deadlines<Person> _resting;
    private readonly Deadlines<PresenceBoard> _pruning;

    public PresenceBoard(PresenceOptions options, MaySee maySee, LastSeenQueue lastSeen, TimeProvider clock, ILogger<PresenceBoard> logger)
    {
        (_options, _maySee, _lastSeen, _clock) = (options, maySee, lastSeen, clock);
        Subscriptions = new PresenceSubscriptions(this, options, clock);
        _gone = new Deadlines<Person>(options.Grace, clock, Left, logger);
        _resting = new Deadlines<Person>(options.Interval, clock, Rested, logger);
        _pruning = new Deadlines<PresenceBoard>(PruneEvery, clock, board => board.PruneRegularly(), logger);
        _pruning.Add(this);
    }

    /// <summary>Who follows whom.</summary>
    public PresenceSubscriptions Subscriptions { get; }

    /// <summary>How many users are remembered.</summary>
    public int Count => _persons.Count;

    /// <summary>A connection receives from now on. Its user's other devices and his followers are told if that changes him.</summary>
    /// <param name="subscriber">It.</param>
    /// <param name="remembered">What its device remembers that he chose, which counts where nothing else is remembered.</param>
    public void Connected(Subscriber subscriber, SetPresence? remembered) => InGate(subscriber.User, person =>
    {
        person.Connect(subscriber);
        person.Choice ??= remembered;
        Refresh(person, _clock.Now(), subscriber);
        return person;
    });

    /// <summary>A connection has ended. Harmless when it never was there.</summary>
    public void Disconnected(Subscriber subscriber)
    {
        if (Find(subscriber.User) is not { } person) return;
        lock (person.Gate)
        {
            if (!person.Disconnect(subscriber, _clock.Now(), _clock.GetTimestamp())) return;
        }

        _gone.Add(person);
    }

    /// <summary>A user chooses how he is shown.</summary>
    /// <param name="user">He.</param>
    /// <param name="choice">What <see cref="PresenceRules.Check"/> let pass.</param>
    /// <param name="by">The connection that asked, which is answered and not told.</param>
    /// <param name="answer">Called with himself, in order with what his other devices are told.</param>
    public void Choose(UserKey user, SetPresence choice, Subscriber? by, Action<PresenceState> answer) => InGate(user, person =>
    {
        person.Choice = choice;
        Refresh(person, _clock.Now(), by);
        answer(person.Own);
        return person;
    });

    /// <summary>A connection says whether somebody is there. Null, and nothing happens, when it does not receive.</summary>
    public Person? SetDevice(UserKey user, PresenceStatus status, Subscriber? by, Action<PresenceState> answer)
    {
        if (Find(user) is not { } found) return null;
        lock (found.Gate)
        {
            if (!found.SetDevice(by, status)) return null;
            Refresh(found, _clock.Now(), by);
            answer(found.Own);
            return found;
        }
    }

    /// <summary>How users can be reached, as <paramref name="viewer"/> may know, and as those who follow them were told.</summary>
    /// <param name="viewer">Who asks.</param>
    /// <param name="users">Whom he asks for.</param>
    /// <param name="recalled">What <see cref="Unknown"/> asked for and the disk knows.</param>
    public IReadOnlyList<PresenceState> Look(UserKey viewer, IEnumerable<UserId> users, IReadOnlyDictionary<UserKey, DateTimeOffset> recalled)
    {
        var states = new List<PresenceState>();
        foreach (var key in users.Distinct().Select(user => new UserKey(viewer.App, user))) states.Add(StateOf(viewer, key, recalled));
        return states;
    }

    /// <summary>Those of whom only the disk knows when they were seen last.</summary>
    public IReadOnlyList<UserId> Unknown(UserKey viewer, IEnumerable<UserId> users)
    {
        var unknown = new List<UserId>();
        foreach (var user in users)
        {
            var key = new UserKey(viewer.App, user);
            if (key == viewer || !_maySee(viewer, key) || _lastSeen.Find(key) is not null) continue;
            if (Find(key) is { } person)
            {
                lock (person.Gate)
                {
                    if (person.LastSeen is not null || person.Told.Status != PresenceStatus.Offline) continue;
                }
            }

            unknown.Add(user);
        }

        return unknown;
    }

    /// <summary>Whether one may know of the other has changed: he is told what he may know now, if he follows him.</summary>
    public void Reconsider(UserKey viewer, UserKey seen)
    {
        if (Find(viewer) is not { } follower || Find(seen) is not { } person || follower == person) return;
        lock (person.Gate)
        {
            if (person.IsFollowedBy(follower)) Tell(follower, Notification(Visible(viewer, person)));
        }
    }

    /// <summary>Who follows a user and may know of him, but for himself.</summary>
    public IReadOnlyList<UserKey> FollowersOf(UserKey user)
    {
        if (Find(user) is not { } person) return [];
        var now = _clock.Now();
        lock (person.Gate)
            return [.. person.Followers().Where(one => one.Follower != person && one.Until > now && _maySee(one.Follower.Key, user)).Select(one => one.Follower.Key)];
    }

    /// <summary>A user was deleted: when he was seen last and what he chose are forgotten, and nothing new is kept.</summary>
    public void Erase(UserKey user)
    {
        _lastSeen.Forget(user);
        if (Find(user) is not { } person) return;
        lock (person.Gate)
        {
            person.Erase();
            ForgetUnused(person);
        }
    }

    /// <summary>Forgets what has ended and whom nobody would miss; called every minute or so.</summary>
    public void Prune()
    {
        var kept = new List<Person>();
        foreach (var (_, person) in _persons)
        {
            Subscriptions.Prune(person);
            lock (person.Gate)
            {
                if (person is { Choice: not null, HasLines: false })
                {
                    if (_clock.GetElapsedTime(person.GoneSince) >= _options.KeepStatus) person.Choice = null;
                    else kept.Add(person);
                }

                ForgetUnused(person);
            }
        }

        foreach (var person in kept.OrderBy(person => person.GoneSince).Take(kept.Count - _options.KeptUsers))
        {
            lock (person.Gate)
            {
                if (person.HasLines) continue;
                person.Choice = null;
                ForgetUnused(person);
            }
        }
    }

    /// <summary>Everybody is gone: notes when, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        await _gone.DisposeAsync();
        await _resting.DisposeAsync();
        await _pruning.DisposeAsync();
        var now = _clock.Now();
        foreach (var (key, person) in _persons)
        {
            lock (person.Gate)
            {
                if (person is { IsErased: false, Seen.Status: not PresenceStatus.Offline }) _lastSeen.Note(key, now);
            }
        }

        await _lastSeen.FlushAsync();
    }

    /// <summary>Whoever is remembered under this key.</summary>
    internal Person? Find(UserKey key) => _persons.GetValueOrDefault(key);

    /// <summary>Does something with a person under his lock, who is remembered from then on.</summary>
    internal T InGate<T>(UserKey key, Func<Person, T> act)
    {
        while (true)
        {
            var person = _persons.GetOrAdd(key, static (added, clock) => new Person(added, clock.GetTimestamp()), _clock);
            lock (person.Gate)
            {
                // Who forgets him takes him out before he lets go of the lock.
                if (!person.IsForgotten) return act(person);
            }
        }
    }

    /// <summary>Takes a person out of whom nothing is left to know. Called under his lock.</summary>
    internal void ForgetUnused(Person person)
    {
        if (!person.IsUnused || person.IsForgotten) return;
        person.IsForgotten = true;
        _persons.TryRemove(person.Key, out _);
    }

    /// <summary>What somebody may know of a person, whose lock is held.</summary>
    internal PresenceState Visible(UserKey viewer, Person person) =>
        person.Key == viewer ? person.Own
        : _maySee(viewer, person.Key) ? person.Told
        : new PresenceState(person.Key.User, PresenceStatus.Offline);

    /// <summary>What somebody may know of a user who may be remembered or not.</summary>
    internal PresenceState StateOf(UserKey viewer, UserKey user, IReadOnlyDictionary<UserKey, DateTimeOffset> recalled)
    {
        if (Find(user) is { } person)
        {
            lock (person.Gate)
            {
                Recall(person, recalled);
                return Visible(viewer, person);
            }
        }

        return new PresenceState(user.User, PresenceStatus.Offline, LastSeen: viewer != user && _maySee(viewer, user) ? RecalledOf(user, recalled) : null);
    }

    /// <summary>Lets a person, whose lock is held, know what is on the disk or on its way there.</summary>
    internal void Recall(Person person, IReadOnlyDictionary<UserKey, DateTimeOffset> recalled)
    {
        if (person is { LastSeen: null, IsErased: false } && RecalledOf(person.Key, recalled) is { } lastSeen) person.Recall(lastSeen);
    }

    internal static void Tell(Person person, ReadOnlyMemory<byte> notification, Subscriber? except = null)
    {
        foreach (var receiver in person.Receivers)
        {
            if (receiver != except) receiver.Signal(notification);
        }
    }

    internal static ReadOnlyMemory<byte> Notification(PresenceState state) =>
        OriginAnswers.Notification(Methods.Presence, state, ProtocolJson.Lenient.PresenceState);

    private DateTimeOffset? RecalledOf(UserKey user, IReadOnlyDictionary<UserKey, DateTimeOffset> recalled) =>
        _lastSeen.Find(user) ?? (recalled.TryGetValue(user, out var at) ? at : null);

    /// <summary>The grace of a connection of his has passed.</summary>
    private void Left(Person person)
    {
        lock (person.Gate)
        {
            if (person.Forget(ended => _clock.GetElapsedTime(ended) >= _options.Grace) is { } last) Refresh(person, last, null);
            else Refresh(person, _clock.Now(), null);
            ForgetUnused(person);
        }
    }

    /// <summary>The moment after others were told of him has passed.</summary>
    private void Rested(Person person)
    {
        lock (person.Gate)
        {
            person.IsResting = false;
            TellOthers(person);
        }
    }

    /// <summary>Brings a person up to date, and tells who is to know.</summary>
    private void Refresh(Person person, DateTimeOffset at, Subscriber? except)
    {
        var (user, text) = (person.Key.User, string.IsNullOrEmpty(person.Choice?.Text) ? null : person.Choice.Text);
        var status = PresenceRules.Of(person.Devices, person.Choice);
        var own = new PresenceState(user, status, text, person.Own.Since, Chosen: person.Choice?.Status is null ? null : true);
        if (own != person.Own)
        {
            person.Own = own with { Since = at };
            Tell(person, Notification(person.Own), except);
        }

        if (PresenceRules.Seen(status) == PresenceStatus.Offline)
        {
            if (person.Seen.Status == PresenceStatus.Offline) return;
            person.LastSeen = person.IsErased ? null : at;
            person.Seen = new PresenceState(user, PresenceStatus.Offline, LastSeen: person.LastSeen);
            if (!person.IsErased) _lastSeen.Note(person.Key, at);
        }
        else if ((person.Seen.Status, person.Seen.Text) != (status, text))
        {
            person.Seen = new PresenceState(user, status, text, Since: at);
        }

        TellOthers(person);
    }

    private void TellOthers(Person person)
    {
        if (person.IsResting || person.Seen == person.Told) return;
        if ((person.Seen.Status, person.Seen.Text, person.Seen.LastSeen) == (person.Told.Status, person.Told.Text, person.Told.LastSeen))
        {
            // He is as he was before: nobody noticed that he was not.
            person.Seen = person.Told;
            return;
        }

        person.Told = person.Seen;
        if (!person.HasFollowers) return;
        var (notification, now) = (Notification(person.Told), _clock.Now());
        foreach (var (follower, until) in person.Followers())
        {
            if (follower != person && until > now && _maySee(follower.Key, person.Key)) Tell(follower, notification);
        }

        person.IsResting = true;
        _resting.Add(person);
    }

    private void PruneRegularly()
    {
        try
        {
            Prune();
        }
        finally
        {
            _pruning.Add(this);
        }
    }
}
