using Parley.Delivery;
using Parley.Storage;

namespace Parley.Presence;

/// <summary>Who follows whom. A subscription belongs to a user, so that all his devices are told; whom he follows is not.</summary>
internal sealed class PresenceSubscriptions(PresenceBoard board, PresenceOptions options, TimeProvider clock)
{
    private static readonly TimeSpan WhenFull = TimeSpan.FromMinutes(1);

    private int _count;

    /// <summary>How many there are on this node.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Subscribes; the refusal, and then nothing was done. Those subscribed to already get the new time.</summary>
    /// <param name="viewer">Who asks.</param>
    /// <param name="users">To whom.</param>
    /// <param name="until">When it ends.</param>
    /// <param name="recalled">When they were seen last, of those of whom only the disk knows.</param>
    /// <param name="by">The connection that asked, which is answered and not told.</param>
    /// <param name="answer">Called with what was subscribed to, before any change of it is told.</param>
    public Refusal? Subscribe(
        UserKey viewer, IReadOnlyList<UserId> users, DateTimeOffset until, IReadOnlyDictionary<UserKey, DateTimeOffset> recalled,
        Subscriber? by, Action<PresenceSubscribed> answer) => InSubscribing(viewer, me =>
    {
        End(me, clock.Now());
        UserKey[] targets = [.. users.Distinct().Select(user => new UserKey(viewer.App, user))];
        var fresh = targets.Count(target => board.Find(target) is not { } known || !me.Following.ContainsKey(known));
        if (me.Following.Count + fresh > SubscribePresence.MaxSubscriptions)
            return Refusals.TooLarge.Because($"$.users: at most {SubscribePresence.MaxSubscriptions} subscriptions in all");
        if (Interlocked.Add(ref _count, fresh) > options.Subscriptions)
        {
            Interlocked.Add(ref _count, -fresh);
            return Refusals.Overloaded.After(WhenFull).Because("subscriptions of this server");
        }

        var states = Array.ConvertAll(targets, target => board.StateOf(viewer, target, recalled));
        TellOthers(me, by, Methods.PresenceSubscribed, new PresenceSubscriptionsMade([.. targets.Select(target => target.User)], until), ProtocolJson.Lenient.PresenceSubscriptionsMade);
        answer(new PresenceSubscribed(states, until));
        for (var index = 0; index < targets.Length; index++) Follow(me, targets[index], until, states[index], recalled);
        return null;
    });

    /// <summary>Ends subscriptions; how many are left.</summary>
    public int Unsubscribe(UserKey viewer, IReadOnlyList<UserId> users, Subscriber? by) => InSubscribing(viewer, me =>
    {
        var ended = new List<UserId>();
        foreach (var user in users)
        {
            if (board.Find(new UserKey(viewer.App, user)) is { } person && Unfollow(me, person)) ended.Add(user);
        }

        if (ended.Count > 0) TellOthers(me, by, Methods.PresenceUnsubscribed, new PresenceSubscriptionsEnded(ended), ProtocolJson.Lenient.PresenceSubscriptionsEnded);
        return me.Following.Count;
    });

    /// <summary>A page of a user's subscriptions, in the order of their ids.</summary>
    public PresenceSubscriptionPage List(UserKey viewer, UserId? after, int limit) => InSubscribing(viewer, me =>
    {
        End(me, clock.Now());
        var page = me.Following
            .Select(one => new PresenceSubscription(one.Key.Key.User, one.Value))
            .Where(one => after is not { } last || string.CompareOrdinal(one.User.Value, last.Value) > 0)
            .OrderBy(one => one.User.Value, StringComparer.Ordinal)
            .Take(limit + 1)
            .ToArray();
        return new PresenceSubscriptionPage(page.Length > limit ? page[..limit] : page, me.Following.Count, page.Length > limit);
    });

    /// <summary>Ends what has ended, and all of a user who has been gone for long.</summary>
    public void Prune(Person person)
    {
        lock (person.Subscribing)
        {
            if (person.Following.Count == 0) return;
            bool isGone;
            lock (person.Gate) isGone = person.Receivers.Length == 0 && clock.GetElapsedTime(person.GoneSince) >= options.KeepSubscriptions;
            End(person, isGone ? DateTimeOffset.MaxValue : clock.Now());
        }
    }

    /// <summary>Follows somebody. If he changed since the answer was made, the follower is told: he was not one yet when the others were.</summary>
    private void Follow(Person me, UserKey target, DateTimeOffset until, PresenceState answered, IReadOnlyDictionary<UserKey, DateTimeOffset> recalled) =>
        board.InGate(target, person =>
        {
            board.Recall(person, recalled);
            person.AddFollower(me, until);
            me.Following[person] = until;
            var now = board.Visible(me.Key, person);
            if (now != answered && person != me) PresenceBoard.Tell(me, PresenceBoard.Notification(now));
            return person;
        });

    private bool Unfollow(Person me, Person person)
    {
        if (!me.Following.Remove(person)) return false;
        Interlocked.Decrement(ref _count);
        lock (person.Gate)
        {
            person.RemoveFollower(me);
            board.ForgetUnused(person);
        }

        return true;
    }

    private void End(Person me, DateTimeOffset now)
    {
        foreach (var (person, until) in me.Following)
        {
            // Removing while enumerating is what a dictionary allows.
            if (until <= now) Unfollow(me, person);
        }
    }

    private T InSubscribing<T>(UserKey user, Func<Person, T> act)
    {
        while (true)
        {
            var me = board.InGate(user, static person => person);
            lock (me.Subscribing)
            {
                lock (me.Gate)
                {
                    if (me.IsForgotten) continue;
                    me.IsSubscribing = true;
                }

                try
                {
                    return act(me);
                }
                finally
                {
                    lock (me.Gate)
                    {
                        me.IsSubscribing = false;
                        board.ForgetUnused(me);
                    }
                }
            }
        }
    }

    private static void TellOthers<T>(Person me, Subscriber? by, string method, T what, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        if (Array.Exists(me.Receivers, receiver => receiver != by)) PresenceBoard.Tell(me, OriginAnswers.Notification(method, what, type), by);
    }
}
