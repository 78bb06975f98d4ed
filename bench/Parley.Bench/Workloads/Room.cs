using System.Diagnostics;

namespace Parley.Bench;

/// <summary>A group in which one sends and everybody else receives: W2, and the sending of W5. A message is out of the way when it was
/// acknowledged and all copies of it arrived.</summary>
internal sealed class Room : IDisposable, IArrivals
{
    private const int Buffer = 64 * 1024;
    private const int Ring = 4096;
    private const int MaxBatch = 100;
    private const int FillOutstanding = 1_000;

    // Also how soon it goes on that was told to send again.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(60);

    private readonly List<Line> _lines;
    private readonly Slot[] _slots = new Slot[Ring];
    private readonly Epoll _epoll = new();
    private readonly Thread _thread;
    private readonly int _outstandingAtMost;
    private volatile Traffic _traffic = new();
    private volatile int _most;
    private volatile bool _ending;
    private volatile Exception? _failure;
    private uint _last;
    private long _acknowledged;
    private long _now;
    private int _outstanding;
    private long _done;

    private Room(List<Line> lines, string member, int outstanding)
    {
        (_lines, Member, _outstandingAtMost) = (lines, member, outstanding);
        for (var i = 0; i < lines.Count; i++) _epoll.Watch(lines[i].Socket, i);
        _thread = new Thread(Run) { Name = "generator" };
    }

    private Line Sender => _lines[0];

    private int Receivers => _lines.Count - 1;

    /// <summary>Where they are, on Parley.</summary>
    public ConversationId Conversation => ((ParleyLine)Sender).Conversation;

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
        server.Dialect.Introduce(users);
        var lines = server.Dialect.Open(users, Buffer).ToList();
        server.Dialect.Gather(lines, users);
        return new Room(lines, users[1], outstanding);
    }

    /// <summary>How many messages the server has stored, of those that were sent since the beginning; null when it stores none, or has no way to tell.</summary>
    /// <exception cref="BenchException">Fewer than it acknowledged, or more than it was sent.</exception>
    public long? CountStored(LoadedServer server)
    {
        // What the sender asks for is not for the generator to read.
        Stop();
        return server.Dialect.CountStored([Sender]) is { } stored ? Stored.Check(stored, _last, _acknowledged) : null;
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
        var began = Stopwatch.GetTimestamp();
        while (Volatile.Read(ref _outstanding) > 0 && Failure() is null)
        {
            if (Stopwatch.GetElapsedTime(began) > LongestRest) throw new BenchException($"{_outstanding} messages did not arrive everywhere, or were not acknowledged.");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancel);
        }
    }

    private Traffic? Failure() => _failure is { } failure ? throw new BenchException(failure.ToString()) : null;

    public void Dispose()
    {
        Stop();
        foreach (var line in _lines) line.Dispose();
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
            for (var i = 0; i < count; i++) Add(now);
            Sender.Flush();
        }
    }

    private void Add(long now)
    {
        var number = ++_last;
        ref var slot = ref _slots[number % Ring];
        if (slot.Left != 0) throw new BenchException($"Message {slot.Number} is stuck: {slot.Left} copies or answers are missing when {number} is due.");
        slot = new Slot(number, now, Receivers + 1);
        Sender.Add(number);
        _outstanding++;
    }

    private void Receive(int index)
    {
        var line = _lines[index];
        line.Fill();
        _now = Stopwatch.GetTimestamp();
        line.Tell(this);
    }

    public void Acknowledged(uint number)
    {
        _acknowledged++;
        _traffic.Acknowledged.Add(Arrived(number));
    }

    public void Delivered(uint number)
    {
        _traffic.Delivered++;
        _traffic.EndToEnd.Add(Arrived(number));
    }

    public void Refused(uint number, TimeSpan wait, string reason) => throw new BenchException($"The server refuses: {reason}");

    /// <summary>How long it took.</summary>
    private TimeSpan Arrived(uint number)
    {
        ref var slot = ref _slots[number % Ring];
        if (slot.Number != number || slot.Left == 0) throw new BenchException($"Message {number} came too often, or was never sent.");
        if (--slot.Left == 0)
        {
            _outstanding--;
            Volatile.Write(ref _done, _done + 1);
        }

        return Stopwatch.GetElapsedTime(slot.SentAt, _now);
    }

    private record struct Slot(uint Number, long SentAt, int Left);
}
