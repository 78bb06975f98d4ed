namespace Parley.Chaos.Tests;

/// <summary>Makes histories that are right and otherwise as chance wants them: the checker must find nothing in any of them.</summary>
/// <remarks>
/// A small model of the server, one step after another: it records, answers or loses the answer, pushes, drops connections, moves cursors.
/// What a client may see late, out of order or not at all according to the protocol, it does.
/// </remarks>
internal sealed class RightHistory(int seed)
{
    private const int Steps = 300;
    private const int Users = 4;

    private readonly Random _random = new(seed);
    private readonly List<Attempt> _attempts = [];
    private readonly List<PageSeen> _pages = [];
    private readonly List<CursorSeen> _cursors = [];
    private readonly List<PushStream> _streams = [];
    private readonly List<Room> _rooms = [];
    private long _time;

    public History Make()
    {
        var users = Enumerable.Range(0, Users).Select(i => new UserId($"user-{i}")).ToList();
        for (var i = 0; i < 3; i++) _rooms.Add(new Room(ConversationId.New(), users.ToDictionary(user => user, _ => default((long, long)))));
        foreach (var user in users) Connect(user);
        for (var step = 0; step < Steps; step++)
        {
            var (user, room) = (users[_random.Next(Users)], _rooms[_random.Next(_rooms.Count)]);
            switch (_random.Next(8))
            {
                case 0: Connect(user); break;
                case 1: Receive(user, room); break;
                case 2: _pages.Add(new PageSeen(user, room.Id, Tick(), room.Log.Count)); break;
                default: Send(user, room); break;
            }
        }

        foreach (var room in _rooms)
        {
            foreach (var (user, (delivered, read)) in room.Cursors) _cursors.Add(new CursorSeen(CursorSource.Kept, Observer: null, room.Id, user, delivered, read));
        }

        return new History(_attempts, _rooms.ToDictionary(room => room.Id, room => (IReadOnlyList<Entry>)room.Log), _streams,
            [.. _rooms.SelectMany(room => users.Select(user => new Timeline(user, room.Id, [.. room.Log])))], _pages, _cursors)
        {
            Outcomes = new Outcomes(Ok: _attempts.Count, Fail: 0, Unknown: 0),
        };
    }

    private void Send(UserId user, Room room)
    {
        var (message, invoked) = (MessageId.New(), Tick());
        var attempt = new Attempt(user, _attempts.Count + 1, room.Id, message, $"text {invoked}", invoked, Ending.Fenced, []);
        if (_random.Next(10) == 0)
        {
            _attempts.Add(attempt);
            return;
        }

        // Several in one millisecond have one time.
        room.Log.Add(new Entry(room.Log.Count + 1, _time / 4, message, user, attempt.Text));
        var sequence = (long)room.Log.Count;
        var answers = Enumerable.Range(0, _random.Next(1, 3)).Select(_ => new Answer(sequence, Tick())).ToList();
        _attempts.Add(attempt with { Ending = _random.Next(6) == 0 ? Ending.Landed : Ending.Acknowledged, Answers = answers });
        foreach (var (reader, stream) in room.Open)
        {
            // Who is behind is told a head instead, and what he gets later joins that.
            if (reader == user) stream.Add(new Seen(Told.Answered, sequence, message));
            else if (_random.Next(12) == 0) stream.Add(new Seen(Told.Head, sequence, default));
            else stream.Add(new Seen(Told.Pushed, sequence, message));
        }
    }

    private void Connect(UserId user)
    {
        foreach (var room in _rooms)
        {
            var items = new List<Seen>();
            room.Open[user] = items;
            _streams.Add(new PushStream(user, _streams.Count + 1, room.Id, room.Log.Count, items));
        }
    }

    private void Receive(UserId user, Room room)
    {
        var (delivered, read) = room.Cursors[user];
        var upTo = _random.Next(1, room.Log.Count + 1);
        var reads = _random.Next(2) == 0;
        _cursors.Add(new CursorSeen(CursorSource.Asked, user, room.Id, user, upTo, reads ? upTo : 0));
        room.Cursors[user] = (Math.Max(delivered, upTo), reads ? Math.Max(read, upTo) : read);
        foreach (var observer in room.Open.Keys.Where(_ => _random.Next(3) > 0))
            _cursors.Add(new CursorSeen(CursorSource.Told, observer, room.Id, user, room.Cursors[user].Delivered, room.Cursors[user].Read));
    }

    private long Tick() => ++_time;

    private sealed record Room(ConversationId Id, Dictionary<UserId, (long Delivered, long Read)> Cursors)
    {
        public List<Entry> Log { get; } = [new Entry(1, At: 0, default, Sender: null, Text: null)];

        public Dictionary<UserId, List<Seen>> Open { get; } = [];
    }
}
