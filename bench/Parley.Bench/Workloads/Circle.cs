using System.Diagnostics;

namespace Parley.Bench;

/// <summary>What changes in a <see cref="Circle"/>.</summary>
internal enum CircleMode
{
    /// <summary>What somebody says of himself.</summary>
    Statuses,

    /// <summary>Whether he is there: his connection breaks, and he comes back when everybody has been told.</summary>
    ComingAndGoing,
}

/// <summary>W7: users in a circle, each of whom follows those next to him, and a hundred changes a second among them, whatever becomes of the ones before.</summary>
internal sealed class Circle : IDisposable
{
    private const int Buffer = 4 * 1024;
    private const int ChangesPerSecond = 100;
    private const int Ring = 4096;
    private const int AskingAtOnce = 32;

    // Longer than the server's grace.
    private static readonly TimeSpan Away = TimeSpan.FromSeconds(6.5);

    // The server's grace, and the half minute after which it writes, and a little.
    private static readonly TimeSpan LastSeenIsWritten = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(10);

    private readonly LoadedServer _server;
    private readonly CircleMode _mode;
    private readonly Crowd _crowd;
    private readonly long[] _sentAt = new long[Ring];
    private readonly Queue<(int User, long Since)> _away = new();
    private readonly Thread _thread;
    private volatile Traffic _traffic = new();
    private volatile bool _resting;
    private volatile bool _ending;
    private volatile Exception? _failure;
    private int _changes;
    private long _told;

    private Circle(LoadedServer server, CircleMode mode, Crowd crowd)
    {
        (_server, _mode, _crowd) = (server, mode, crowd);
        _thread = new Thread(Run) { Name = "generator" };
    }

    private static ReadOnlySpan<byte> Text => "\"text\":\""u8;

    /// <summary>How much more the server takes for each of them, with those whom he follows.</summary>
    public double KbPerConnection { get; private init; }

    /// <summary>What the server and its database wrote to the disk while it was measured, in bytes.</summary>
    public long Written { get; private set; }

    /// <summary>Opens the connections, then lets everybody follow those behind him; nothing changes yet.</summary>
    public static Circle Open(LoadedServer server, CircleMode mode, CancellationToken cancel)
    {
        var emptyKb = Crowd.WarmUp(server, "w7-warm", cancel);
        SeeThatWritingIsSeen(server);
        var warm = Stopwatch.GetTimestamp();
        var crowd = Crowd.Open(server, "w7", server.Plan.Circle, Buffer, cancel);
        for (var first = 1; first <= server.Plan.Followers; first += GetPresence.MaxUsers)
        {
            var next = Enumerable.Range(first, Math.Min(GetPresence.MaxUsers, server.Plan.Followers + 1 - first)).ToList();
            crowd.AskAll(who =>
            {
                var some = next.Select(behind => crowd.User((who + behind) % crowd.Size));
                return Crowd.RequestText(Methods.SubscribePresence, new SubscribePresence([.. some]), ProtocolJson.Lenient.SubscribePresence);
            }, AskingAtOnce, Crowd.Ignore, Crowd.Ignore);
        }

        // Who warmed it up was seen last a while ago, and that is written down.
        crowd.Listen(LastSeenIsWritten - Stopwatch.GetElapsedTime(warm), Crowd.Ignore);
        return new Circle(server, mode, crowd) { KbPerConnection = Math.Round((ProcessTree.ResidentKb(server.ServerProcess) - emptyKb) / (double)crowd.Size, 2) };
    }

    /// <summary>Changes and counts until the measuring is over.</summary>
    /// <exception cref="BenchException">Somebody was not told of a status, or it reached the disk.</exception>
    public async Task<IReadOnlyList<Window>> MeasureAsync(LoadedServer server, CancellationToken cancel)
    {
        _thread.Start();
        // Until as many come back as leave.
        if (_mode == CircleMode.ComingAndGoing) await Task.Delay(Away, TimeProvider.System, cancel);
        var written = new WrittenBytes(server.Processes);
        var windows = await server.MeasureAsync(traffic => _traffic = Failure() ?? traffic, cancel);
        Written = written.Count();
        // A database of its own writes what it pleases, of the time before too.
        if (_mode == CircleMode.Statuses && server.Processes.Count == 1 && Written > 0) throw new BenchException($"{Written} bytes were written for what is kept in memory only.");
        await RestAsync(cancel);
        return windows;
    }

    public void Dispose()
    {
        _ending = true;
        if (_thread.IsAlive) _thread.Join();
        _crowd.Dispose();
    }

    /// <summary>Without this a file system of which the system does not count what is written would look like a server that writes nothing.</summary>
    private static void SeeThatWritingIsSeen(LoadedServer server)
    {
        var written = new WrittenBytes(server.Processes);
        using var writer = server.OpenQuietly("w7-writer", Buffer, out _);
        var create = new CreateConversation(ConversationId.New(), ConversationKind.Direct, [new UserId("w7-reader")]);
        writer.Ask(Methods.CreateConversation, create, ProtocolJson.Lenient.CreateConversation);
        if (written.Count() == 0) throw new BenchException($"The system does not count what is written to {Path.GetTempPath()}: let TMPDIR be on a disk.");
    }

    private async Task RestAsync(CancellationToken cancel)
    {
        _resting = true;
        // With those who come and go nobody says who was there to be told.
        if (_mode == CircleMode.ComingAndGoing) return;
        var began = Stopwatch.GetTimestamp();
        do await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, cancel);
        while (Failure() is null && Volatile.Read(ref _told) < Expected && Stopwatch.GetElapsedTime(began) < LongestRest);
        if (Volatile.Read(ref _told) != Expected) throw new BenchException($"{_told} signals came of {_changes} changes, and not {Expected}.");
    }

    private long Expected => (long)Volatile.Read(ref _changes) * _server.Plan.Followers;

    private Traffic? Failure() => _failure is { } failure ? throw new BenchException(failure.ToString()) : null;

    private void Run()
    {
        try
        {
            Epoll.WaitPrecisely();
            var began = Stopwatch.GetTimestamp();
            while (!_ending)
            {
                _crowd.Receive(LongestWait, Take);
                while (!_resting && Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(_changes / (double)ChangesPerSecond)) Change();
            }
        }
        catch (Exception failure)
        {
            _failure = failure;
        }
    }

    private void Change()
    {
        var number = _changes;
        if (_mode == CircleMode.Statuses) Say(number);
        else if (number % 2 == 0) Leave(number / 2 % _crowd.Size);
        else if (_away.TryPeek(out var first) && Stopwatch.GetElapsedTime(first.Since) > Away) Return(_away.Dequeue().User);
        Volatile.Write(ref _changes, number + 1);
    }

    private void Say(int number)
    {
        _sentAt[number % Ring] = Stopwatch.GetTimestamp();
        // Never what was said the time before, or nobody would be told.
        var set = new SetPresence(PresenceStatus.Busy, number.ToString(System.Globalization.CultureInfo.InvariantCulture));
        _crowd[number % _crowd.Size]!.Request(number, Methods.SetPresence, set, ProtocolJson.Lenient.SetPresence);
        _traffic.Changes++;
    }

    private void Leave(int user)
    {
        // Of few, the next to leave may not be back yet.
        if (_crowd[user] is null) return;
        _crowd.Leave(user);
        _away.Enqueue((user, Stopwatch.GetTimestamp()));
        _traffic.Changes++;
    }

    private void Return(int user)
    {
        _crowd.Return(user);
        _traffic.Changes++;
    }

    private void Take(int who, ReadOnlySpan<byte> message)
    {
        var signal = ServerMessages.IsNotification(message, "presence"u8);
        if (signal)
        {
            _traffic.Delivered++;
            Volatile.Write(ref _told, _told + 1);
        }
        else if (!ServerMessages.IsAnswer(message)) return;
        else if (ServerMessages.Wait(message) is not null) throw new BenchException($"The server refuses: {System.Text.Encoding.UTF8.GetString(message)}");

        if (_mode == CircleMode.Statuses) Time(message, signal ? _traffic.EndToEnd : _traffic.Acknowledged);
    }

    /// <summary>How long it took since the change that its text names.</summary>
    private void Time(ReadOnlySpan<byte> message, Histogram into) =>
        into.Add(Stopwatch.GetElapsedTime(_sentAt[ServerMessages.Number(message, Text) % Ring], _crowd.Now));
}
