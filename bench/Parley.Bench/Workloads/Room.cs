using System.Diagnostics;

namespace Parley.Bench;

/// <summary>A group in which one sends and everybody else receives: W2, and the sending of W5. A message is out of the way when it was
/// acknowledged and all copies of it arrived.</summary>
internal sealed class Room : IDisposable
{
    private const int TextLength = 200;
    private const int Buffer = 64 * 1024;
    private const int Ring = 4096;
    private const int MaxBatch = 100;
    private const int FillOutstanding = 1_000;

    // Also how soon it goes on that was told to send again.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(20);

    private readonly List<RawConnection> _connections;
    private readonly SendTemplate _template;
    private readonly Slot[] _slots = new Slot[Ring];
    private readonly Epoll _epoll = new();
    private readonly Thread _thread;
    private readonly int _outstandingAtMost;
    private volatile Traffic _traffic = new();
    private volatile int _most;
    private volatile bool _ending;
    private volatile Exception? _failure;
    private uint _last;
    private int _outstanding;
    private long _done;

    private Room(List<RawConnection> connections, string member, ConversationId conversation, int outstanding)
    {
        (_connections, Member, Conversation, _outstandingAtMost) = (connections, member, conversation, outstanding);
        _template = new SendTemplate(conversation, 0, new string('x', TextLength));
        for (var i = 0; i < connections.Count; i++) _epoll.Watch(connections[i].Socket, i);
        _thread = new Thread(Run) { Name = "generator" };
    }

    private RawConnection Sender => _connections[0];

    private int Receivers => _connections.Count - 1;

    public ConversationId Conversation { get; }

    /// <summary>One of those who receive.</summary>
    public string Member { get; }

    /// <summary>Opens the connections and makes the group; nothing is sent yet.</summary>
    /// <param name="server">Where.</param>
    /// <param name="name">Of the workload; the receivers are users of that name.</param>
    /// <param name="receivers">How many receive.</param>
    /// <param name="outstanding">Messages that are neither acknowledged nor delivered to all, at most.</param>
    public static Room Open(LoadedServer server, string name, int receivers, int outstanding)
    {
        var run = Guid.NewGuid().ToString("N")[..8];
        var users = Enumerable.Range(0, receivers + 1).Select(i => $"{name}-{run}-{i}").ToList();
        var connections = server.Open(users, Buffer).ToList();
        var create = new CreateConversation(ConversationId.New(), ConversationKind.Group, []);
        connections[0].Ask(Methods.CreateConversation, create, ProtocolJson.Lenient.CreateConversation);
        foreach (var some in users.Skip(1).Chunk(AddParticipants.MaxUsers))
        {
            var add = new AddParticipants(create.Conversation, CommandId.New(), [.. some.Select(user => new UserId(user))]);
            connections[0].Ask(Methods.AddParticipants, add, ProtocolJson.Lenient.AddParticipants);
        }

        return new Room(connections, users[1], create.Conversation, outstanding);
    }

    /// <summary>Sends and counts copies until the measuring is over.</summary>
    public async Task<IReadOnlyList<Window>> MeasureAsync(LoadedServer server, CancellationToken cancel)
    {
        Go(_outstandingAtMost);
        var windows = await server.MeasureAsync(traffic => _traffic = Failure() ?? traffic, cancel);
        await RestAsync(cancel);
        return windows;
    }

    /// <summary>Sends as fast as it goes until so many messages have got through since the beginning.</summary>
    public async Task FillAsync(long messages, CancellationToken cancel)
    {
        Go(FillOutstanding);
        while (Volatile.Read(ref _done) < messages && Failure() is null) await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, cancel);
        await RestAsync(cancel);
    }

    private async Task RestAsync(CancellationToken cancel)
    {
        _most = 0;
        while (Volatile.Read(ref _outstanding) > 0 && Failure() is null) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancel);
    }

    private Traffic? Failure() => _failure is { } failure ? throw new BenchException(failure.ToString()) : null;

    public void Dispose()
    {
        Stop();
        foreach (var connection in _connections) connection.Dispose();
        _epoll.Dispose();
    }

    private void Go(int most)
    {
        _most = most;
        if (!_thread.IsAlive) _thread.Start();
    }

    private void Stop()
    {
        _ending = true;
        if (_thread.IsAlive) _thread.Join();
    }

    private void Run()
    {
        try
        {
            Epoll.WaitPrecisely();
            SendWhatFits();
            while (!_ending)
            {
                var ready = _epoll.Wait(LongestWait);
                for (var i = 0; i < ready; i++) Receive(_epoll[i]);
                SendWhatFits();
            }
        }
        catch (Exception failure)
        {
            _failure = failure;
        }
    }

    private void SendWhatFits()
    {
        var now = Stopwatch.GetTimestamp();
        while (_outstanding < _most)
        {
            var count = Math.Min(MaxBatch, _most - _outstanding);
            for (var i = 0; i < count; i++) Add(now, first: i == 0);
            Sender.Room(1)[0] = (byte)']';
            Sender.Wrote(1);
            Sender.SendFrame();
        }
    }

    private void Add(long now, bool first)
    {
        var number = ++_last;
        ref var slot = ref _slots[number % Ring];
        if (slot.Left != 0) throw new BenchException($"Message {slot.Number} is stuck: {slot.Left} copies or answers are missing when {number} is due.");
        slot = new Slot(number, now, Receivers + 1);
        var request = Sender.Room(_template.Length + 2);
        request[0] = (byte)(first ? '[' : ',');
        _template.Write(number, request[1..]);
        Sender.Wrote(_template.Length + 1);
        _outstanding++;
    }

    private void Receive(int index)
    {
        var connection = _connections[index];
        connection.Fill();
        var now = Stopwatch.GetTimestamp();
        var traffic = _traffic;
        while (connection.TryReadFrame(out var frame))
        {
            if (index == 0 && frame.IndexOf("\"error\":{"u8) >= 0)
                throw new BenchException($"The server refuses: {System.Text.Encoding.UTF8.GetString(frame[..Math.Min(frame.Length, 300)])}");
            while (SendTemplate.TryNext(ref frame, out var number)) Arrived(number, toSender: index == 0, now, traffic);
        }
    }

    private void Arrived(uint number, bool toSender, long now, Traffic traffic)
    {
        ref var slot = ref _slots[number % Ring];
        if (slot.Number != number || slot.Left == 0) throw new BenchException($"Message {number} came too often, or was never sent.");
        var took = Stopwatch.GetElapsedTime(slot.SentAt, now);
        if (toSender) traffic.Acknowledged.Add(took);
        else
        {
            traffic.EndToEnd.Add(took);
            traffic.Delivered++;
        }

        if (--slot.Left > 0) return;
        _outstanding--;
        Volatile.Write(ref _done, _done + 1);
    }

    private record struct Slot(uint Number, long SentAt, int Left);
}
