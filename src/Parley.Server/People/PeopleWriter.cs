using Parley.Delivery;
using Parley.Identity;
using Parley.Storage;

namespace Parley.People;

/// <summary>Hands changes to people to the journal, and tells those concerned when they are durable.</summary>
/// <param name="database">Where.</param>
/// <param name="journal">Who writes.</param>
/// <param name="admission">Whether more is taken.</param>
/// <param name="fanout">Who tells.</param>
/// <param name="changed">Called with what is durable before it is answered, so that what this node keeps in memory does not contradict the answer.</param>
/// <param name="watching">Who else wants to know of a user, and may.</param>
/// <param name="clock">What time it is.</param>
internal sealed class PeopleWriter(
    Database database, Journal journal, WriteAdmission admission, Fanout fanout, Action<PeopleChanged> changed, Func<UserKey, IReadOnlyList<UserKey>> watching, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<UserKey, Queue<PeopleItem>> _turns = [];

    /// <summary>What a user changes of his own. Refused when he is suspended, also when he became it a moment ago.</summary>
    /// <param name="caller">Who.</param>
    /// <param name="origin">Who is answered.</param>
    /// <param name="scope">What the change concerns beside him.</param>
    /// <param name="change">Called with his row, as it is under the lock.</param>
    public void Post(Caller caller, Origin origin, Scope scope, Func<Session, UserRow, DateTimeOffset, CancellationToken, ValueTask<Outcome<PeopleChanged>>> change) =>
        Post(caller.Key, origin, admission.CheckGrowth(pending: 0, long.MaxValue), async (session, cancel) =>
        {
            var now = clock.Now();
            var row = await LockAsync(session, caller.Key, scope, now, cancel);
            if (row.IsSuspended(now)) return Refusals.Suspended;
            return await change(session, row, now, cancel);
        });

    /// <summary>What the platform changes of a user. It does not grow the database much, and suspending and deleting go on while the disk is nearly full.</summary>
    /// <param name="user">Of whom.</param>
    /// <param name="origin">Who is answered.</param>
    /// <param name="change">Called with his row, which is made for it, as it is under the lock.</param>
    /// <param name="alsoHeld">Others whose rows the change touches; nobody when it is null.</param>
    /// <param name="conversations">Those whose rules it changes; none when it is null.</param>
    public void PostFor(
        UserKey user, Origin origin, Func<Session, UserRow, DateTimeOffset, CancellationToken, ValueTask<Outcome<PeopleChanged>>> change,
        Func<Session, CancellationToken, ValueTask<List<UserId>>>? alsoHeld = null, Func<Session, CancellationToken, ValueTask<List<ConversationKey>>>? conversations = null) =>
        Post(user, origin, admission.Check(pending: 0), async (session, cancel) =>
        {
            var now = clock.Now();
            if (conversations is not null) await database.AppendAsync(session, [], await conversations(session, cancel), now, cancel);
            var others = alsoHeld is null ? [] : await alsoHeld(session, cancel);
            return await change(session, await LockUsersAsync(session, user, others, UserLock.Judge, now, cancel), now, cancel);
        });

    private void Post(UserKey user, Origin origin, Refusal? closed, ChangePeople change)
    {
        if (closed is { } refusal) origin.Refuse(refusal);
        else Enqueue(user, new PeopleItem(origin, change, changed, news => Tell(news, origin), () => Done(user)));
    }

    /// <summary>What is changed of one user is written and told one after another, in the order in which it was asked, however many the journal writes at once.</summary>
    private void Enqueue(UserKey user, PeopleItem item)
    {
        lock (_gate)
        {
            if (_turns.TryGetValue(user, out var waiting))
            {
                waiting.Enqueue(item);
                return;
            }

            _turns.Add(user, new Queue<PeopleItem>(0));
        }

        journal.Post(item);
    }

    private void Done(UserKey user)
    {
        PeopleItem? next;
        lock (_gate)
        {
            if (!_turns[user].TryDequeue(out next)) _turns.Remove(user);
        }

        if (next is not null) journal.Post(next);
    }

    private async ValueTask<UserRow> LockAsync(Session session, UserKey user, Scope scope, DateTimeOffset now, CancellationToken cancel)
    {
        if (scope.Peers.Count > 0)
        {
            var conversations = await Directs.OfAsync(database, session, user, scope.Peers, cancel);
            await database.AppendAsync(session, [], conversations, now, cancel);
        }

        return await LockUsersAsync(session, user, scope.Peers, scope.Hold, now, cancel);
    }

    private async ValueTask<UserRow> LockUsersAsync(
        Session session, UserKey user, IReadOnlyList<UserId> others, UserLock hold, DateTimeOffset now, CancellationToken cancel)
    {
        await UserRow.EnsureAsync(session, user, now, cancel);
        // Only he is judged. What stands between him and others is decided with his word held, and of a creation both are.
        if (hold == UserLock.Judge) await database.HoldAsync(session, [user], UserLock.Judge, cancel);
        await database.HoldAsync(session, [user, .. others.Select(other => user with { User = other })], UserLock.Change, cancel);
        return (await UserRow.FindAsync(session, user, cancel))!;
    }

    private void Tell(PeopleChanged news, Origin origin)
    {
        foreach (var signal in news.Signals) fanout.Tell(signal.To, signal.Notification, origin.Subscriber);
        if (news.Shown is not var (user, profile)) return;
        var told = news.Signals.Select(signal => signal.To).ToHashSet();
        foreach (var watcher in watching(user))
        {
            if (!told.Contains(watcher)) fanout.Tell(watcher, profile, origin.Subscriber);
        }
    }
}

/// <summary>What a change concerns beside the user who makes it.</summary>
/// <param name="Peers">The others, whose direct conversations with him are locked too.</param>
/// <param name="Hold">What is held of himself; of the others their lists are.</param>
internal sealed record Scope(IReadOnlyList<UserId> Peers, UserLock Hold)
{
    /// <summary>His own row, and nothing that a message is decided on.</summary>
    public static readonly Scope Own = new([], UserLock.Change);
}
