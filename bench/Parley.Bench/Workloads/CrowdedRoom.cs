using System.Diagnostics;

namespace Parley.Bench;

/// <summary>W8: thousands come into a room at once, and then one of them talks, at a fixed rate whatever becomes of the messages before. Of what the room took
/// everybody must receive everything, in order and once; else there is no result.</summary>
internal sealed class CrowdedRoom : IDisposable
{
    private const int Buffer = 4 * 1024;
    private const int TextLength = 200;
    private const int PerSecond = 20;
    private const int Talker = 0;
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(2);

    private readonly LoadedServer _server;
    private readonly Crowd _crowd;
    private readonly long _emptyKb;
    private readonly ConversationId _room;
    private readonly SendTemplate _template;
    private readonly List<Said> _said = [];
    private readonly long[] _heads;

    private CrowdedRoom(LoadedServer server, Crowd crowd, ConversationId room, long emptyKb)
    {
        (_server, _crowd, _room, _emptyKb) = (server, crowd, room, emptyKb);
        _template = new SendTemplate(room, 0, new string('x', TextLength));
        _heads = new long[crowd.Size];
    }

    /// <summary>Opens the connections and makes the room; nobody is in it yet.</summary>
    public static CrowdedRoom Open(LoadedServer server, CancellationToken cancel)
    {
        var size = server.Plan.Visitors + 1;
        var emptyKb = Crowd.WarmUp(server, "w8-warm", cancel);
        var crowd = Crowd.Open(server, "w8", size, Buffer, cancel);
        var room = ConversationId.New();
        // Who made it could send as much as he likes, so it is not he who talks.
        using var owner = server.OpenQuietly($"w8-owner-{room.Value:N}", Buffer, out _);
        owner.Ask(Methods.CreateConversation, new CreateConversation(room, ConversationKind.Room, []), ProtocolJson.Lenient.CreateConversation);
        owner.Ask(Methods.LeaveRoom, new LeaveRoom(room), ProtocolJson.Lenient.LeaveRoom);
        return new CrowdedRoom(server, crowd, room, emptyKb);
    }

    /// <summary>Everybody comes in at once, several times, and stays the last time.</summary>
    public Result MeasureJoining(string system)
    {
        Join();
        var storms = _server.Repeat(() =>
        {
            Leave();
            return Join();
        });
        _crowd.Listen(Settle, Crowd.Ignore);
        return WithMemory(Result.Of("W8", "joining at once", _crowd.Size, system, storms) with
        {
            Seconds = Result.Median(storms, storm => storm.Traffic.Answered.TotalSeconds),
            SignalSeconds = Result.Median(storms, storm => storm.Length.TotalSeconds),
        });
    }

    /// <summary>One talks, as much as a room takes.</summary>
    public Result MeasureTalking(string system)
    {
        Talk(_server.Plan.WarmUp);
        var windows = _server.Repeat(() => Talk(_server.Plan.Talk));
        return WithMemory(Result.Of("W8", $"{PerSecond} messages/s", _crowd.Size, system, windows));
    }

    public void Dispose() => _crowd.Dispose();

    private Result WithMemory(Result result)
    {
        var residentKb = ProcessTree.ResidentKb(_server.ServerProcess);
        return result with
        {
            RssKbPerConnection = Math.Round((residentKb - _emptyKb) / (double)_crowd.Size, 2),
            ResidentMb = residentKb / 1024,
            PeakResidentMb = ProcessTree.PeakResidentKb(_server.ServerProcess) / 1024,
        };
    }

    /// <summary>Until everybody knows that everybody is there, from the room's signals or from his own answer.</summary>
    private Window Join()
    {
        var know = 0;
        var knows = new bool[_crowd.Size];
        return _server.Measure(() =>
        {
            var started = Stopwatch.GetTimestamp();
            var join = Crowd.RequestText(Methods.JoinRoom, new JoinRoom(_room), ProtocolJson.Lenient.JoinRoom);
            var (took, refused) = _crowd.AskAll(_ => join, atOnce: int.MaxValue, (who, answer) =>
            {
                _heads[who] = ServerMessages.Number(answer, "\"head\":"u8);
                Count(who, answer);
            }, Hear);
            var answered = Stopwatch.GetElapsedTime(started);
            _crowd.ReceiveUntil(() => know, _crowd.Size, "know that all are there", Hear);
            return new Traffic { Acknowledged = took, Delivered = _crowd.Size, Refused = refused, Answered = answered };
        });

        void Hear(int who, ReadOnlySpan<byte> message)
        {
            if (ServerMessages.IsNotification(message, "room"u8)) Count(who, message);
        }

        void Count(int who, ReadOnlySpan<byte> message)
        {
            if (knows[who] || ServerMessages.Number(message, "\"participantCount\":"u8) != _crowd.Size) return;
            knows[who] = true;
            know++;
        }
    }

    private void Leave()
    {
        var leave = Crowd.RequestText(Methods.LeaveRoom, new LeaveRoom(_room), ProtocolJson.Lenient.LeaveRoom);
        _crowd.AskAll(_ => leave, atOnce: int.MaxValue, Crowd.Ignore, Crowd.Ignore);
        // What is still said of those who left is no part of the next joining.
        _crowd.Listen(Settle, Crowd.Ignore);
    }

    private Window Talk(TimeSpan time)
    {
        var traffic = new Traffic();
        var (first, count) = (_said.Count, (int)(PerSecond * time.TotalSeconds));
        var arrived = 0L;
        var window = _server.Measure(() =>
        {
            var began = Stopwatch.GetTimestamp();
            _crowd.ReceiveUntil(() => arrived, (long)count * _crowd.Size, "answers and copies arrived", Take, meanwhile: () =>
            {
                while (true)
                {
                    var sent = _said.Count - first;
                    var due = began + (sent * Stopwatch.Frequency / PerSecond);
                    var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
                    if (sent == count || left > TimeSpan.Zero) return sent == count ? time : left;
                    Say(due);
                }
            });
            return traffic;
        });
        // Nothing comes twice.
        _crowd.Listen(Settle, Take);
        return window;

        void Take(int who, ReadOnlySpan<byte> message)
        {
            if (ServerMessages.IsNotification(message, "head"u8)) throw new BenchException("The server is so far behind that it told somebody to read.");
            if (ServerMessages.IsNotification(message, "entry"u8))
            {
                traffic.EndToEnd.Add(Hear(who, message));
                traffic.Delivered++;
                arrived++;
            }
            else if (!ServerMessages.IsAnswer(message)) return;
            else if (ServerMessages.Wait(message) is not null)
            {
                _said[(int)SendTemplate.NumberOf(ServerMessages.Number(message, "id\":"u8))].Refused = true;
                traffic.Refused++;
                arrived += _crowd.Size;
            }
            else
            {
                traffic.Acknowledged.Add(Hear(who, message));
                arrived++;
            }
        }
    }

    private void Say(long due)
    {
        var connection = _crowd[Talker]!;
        _template.Write((uint)_said.Count, connection.Room(_template.Length));
        connection.Wrote(_template.Length);
        connection.SendFrame();
        _said.Add(new Said(due));
    }

    /// <summary>How long a message took to somebody, for whom it must be the next of all that the room took.</summary>
    private TimeSpan Hear(int who, ReadOnlySpan<byte> message)
    {
        var sequence = ServerMessages.Number(message, "\"sequence\":"u8);
        if (sequence != _heads[who] + 1) throw new BenchException($"{sequence} came to {_crowd.User(who)} after {_heads[who]}.");
        _heads[who] = sequence;
        if (!SendTemplate.TryNext(ref message, out var number) || number >= _said.Count) throw new BenchException($"{sequence} is no message of this run.");
        var said = _said[(int)number];
        if (said.Refused) throw new BenchException($"Message {number} was refused, and came all the same.");
        if (said.Sequence is { } known && known != sequence) throw new BenchException($"Message {number} came as {known} and as {sequence}.");
        said.Sequence = sequence;
        return Stopwatch.GetElapsedTime(said.DueAt, _crowd.Now);
    }

    /// <summary>A message.</summary>
    private sealed class Said(long dueAt)
    {
        public long DueAt => dueAt;

        public bool Refused { get; set; }

        public long? Sequence { get; set; }
    }
}
