using System.Collections.Concurrent;
using Parley.Storage;

namespace Parley.People;

/// <summary>Lets users in, and makes rows of those who come for the first time: those of many who come together in one transaction.</summary>
/// <remarks>Nobody waits for it, and nothing is lost when it fails: a user exists by being named, and what is stored of him makes his row too.</remarks>
internal sealed class NewUsers(PeopleReader people, Journal journal, WriteAdmission admission, TimeProvider clock)
{
    private const int MaxRows = 500;

    private const int MaxPassed = 20_000;

    private static readonly TimeSpan PassFor = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<UserKey, long> _passed = new();
    private readonly Lock _passing = new();
    private long _decided;
    private readonly Lock _gate = new();
    private readonly Queue<UserKey> _waiting = new();
    private bool _underWay;

    /// <summary>Why a user may not come; null when he may, and then he will have a row.</summary>
    public async ValueTask<Refusal?> ArriveAsync(UserKey user, CancellationToken cancel)
    {
        if (await people.PersonAsync(user, cancel) is { } person) return person.CannotAct(clock.Now());
        Add(user);
        return null;
    }

    /// <summary>As <see cref="ArriveAsync"/>, for a user who asks again and again: what was read a moment ago stands for a moment.</summary>
    /// <remarks>What this node decides about him counts at once. What he writes is judged under its locks, whatever this says.</remarks>
    public async ValueTask<Refusal?> PassAsync(UserKey user, CancellationToken cancel)
    {
        if (_passed.TryGetValue(user, out var since) && clock.GetElapsedTime(since) < PassFor) return null;
        var (now, decided) = (clock.GetTimestamp(), Volatile.Read(ref _decided));
        if (await ArriveAsync(user, cancel) is { } refusal) return refusal;
        lock (_passing)
        {
            // What was decided meanwhile may be about him, and not in what was read.
            if (_decided != decided) return null;
            if (_passed.Count >= MaxPassed) _passed.Clear();
            _passed[user] = now;
        }

        return null;
    }

    /// <summary>Something was decided about a user: he is looked at again.</summary>
    public void Forget(UserKey user)
    {
        lock (_passing)
        {
            Volatile.Write(ref _decided, _decided + 1);
            _passed.TryRemove(user, out _);
        }
    }

    /// <summary>Takes a user who has no row; returns at once.</summary>
    private void Add(UserKey user)
    {
        lock (_gate)
        {
            if (admission.CheckGrowth(_waiting.Count, long.MaxValue) is not null) return;
            _waiting.Enqueue(user);
            if (_underWay) return;
            _underWay = true;
        }

        journal.Post(new Registration(this, clock));
    }

    private List<UserKey> Take()
    {
        lock (_gate)
        {
            var taken = new List<UserKey>(Math.Min(MaxRows, _waiting.Count));
            while (taken.Count < MaxRows && _waiting.TryDequeue(out var user)) taken.Add(user);
            return taken;
        }
    }

    private void Done()
    {
        lock (_gate)
        {
            _underWay = _waiting.Count > 0;
            if (!_underWay) return;
        }

        journal.Post(new Registration(this, clock));
    }

    /// <summary>One transaction of it.</summary>
    private sealed class Registration(NewUsers users, TimeProvider clock) : JournalItem
    {
        private List<UserKey> _users = [];

        public override JournalLane Lane => JournalLane.Alone;

        public override void Start() => _users = users.Take();

        protected override async ValueTask WriteAsync(Session session, CancellationToken cancel)
        {
            // In one order, whoever comes first: two nodes number users at once.
            foreach (var user in _users.OrderBy(user => user.App.Number)) await UserRow.EnsureAsync(session, user, clock.Now(), cancel);
        }

        public override void Committed() => users.Done();

        public override void Failed(StorageException failure) => users.Done();
    }
}
