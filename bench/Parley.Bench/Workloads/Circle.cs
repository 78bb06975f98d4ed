using System.Buffers.Text;
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

    // Longer than the server's grace.
    private static readonly TimeSpan Away = TimeSpan.FromSeconds(6.5);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(5);

    private readonly LoadedServer _server;
    private readonly CircleMode _mode;
    private readonly string[] _users;
    private readonly RawConnection?[] _connections;
    private readonly long[] _sentAt = new long[Ring];
    private readonly Queue<(int User, long Since)> _away = new();
    private readonly Epoll _epoll = new();
    private readonly Thread _thread;
    private volatile Traffic _traffic = new();
    private volatile bool _ending;
    private volatile Exception? _failure;
    private int _changes;
    private long _now;

    private Circle(LoadedServer server, CircleMode mode, string[] users, RawConnection[] connections)
    {
        (_server, _mode, _users, _connections) = (server, mode, users, connections);
        for (var i = 0; i < connections.Length; i++) _epoll.Watch(connections[i].Socket, i);
        _thread = new Thread(Run) { Name = "generator" };
    }

    private static ReadOnlySpan<byte> Message => "\"jsonrpc\":\"2.0\",\""u8;

    private static ReadOnlySpan<byte> Told => "method\":\"presence\""u8;

    private static ReadOnlySpan<byte> Text => "\"text\":\""u8;

    /// <summary>Opens the connections, then lets everybody follow those behind him; nothing changes yet.</summary>
    public static Circle Open(LoadedServer server, CircleMode mode)
    {
        var run = Guid.NewGuid().ToString("N")[..8];
        string[] users = [.. Enumerable.Range(0, server.Plan.Circle).Select(i => $"w7-{run}-{i}")];
        RawConnection[] connections = [.. server.Open(users, Buffer)];
        for (var i = 0; i < users.Length; i++)
        {
            var next = Enumerable.Range(i + 1, server.Plan.Followers).Select(other => new UserId(users[other % users.Length]));
            foreach (var some in next.Chunk(GetPresence.MaxUsers))
                connections[i].Ask(Methods.SubscribePresence, new SubscribePresence(some), ProtocolJson.Lenient.SubscribePresence);
        }

        return new Circle(server, mode, users, connections);
    }

    /// <summary>Changes and counts until the measuring is over.</summary>
    public async Task<IReadOnlyList<Window>> MeasureAsync(LoadedServer server, CancellationToken cancel)
    {
        _thread.Start();
        // Until as many come back as leave.
        if (_mode == CircleMode.ComingAndGoing) await Task.Delay(Away, TimeProvider.System, cancel);
        var windows = await server.MeasureAsync(traffic => _traffic = _failure is { } failure ? throw new BenchException(failure.ToString()) : traffic, cancel);
        return _failure is { } late ? throw new BenchException(late.ToString()) : windows;
    }

    public void Dispose()
    {
        _ending = true;
        if (_thread.IsAlive) _thread.Join();
        foreach (var connection in _connections) connection?.Dispose();
        _epoll.Dispose();
    }

    private void Run()
    {
        try
        {
            Epoll.WaitPrecisely();
            var began = Stopwatch.GetTimestamp();
            while (!_ending)
            {
                var ready = _epoll.Wait(LongestWait);
                for (var i = 0; i < ready; i++) Receive(_epoll[i]);
                while (Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(_changes / (double)ChangesPerSecond)) Change();
            }
        }
        catch (Exception failure)
        {
            _failure = failure;
        }
    }

    private void Change()
    {
        var number = _changes++;
        if (_mode == CircleMode.Statuses) Say(number);
        else if (number % 2 == 0) Leave(number / 2 % _users.Length);
        else if (_away.TryPeek(out var first) && Stopwatch.GetElapsedTime(first.Since) > Away) Return(_away.Dequeue().User);
    }

    private void Say(int number)
    {
        _sentAt[number % Ring] = Stopwatch.GetTimestamp();
        // Never what was said the time before, or nobody would be told.
        var set = new SetPresence(PresenceStatus.Busy, number.ToString(System.Globalization.CultureInfo.InvariantCulture));
        _connections[number % _users.Length]!.Request(number, Methods.SetPresence, set, ProtocolJson.Lenient.SetPresence);
    }

    private void Leave(int user)
    {
        // Of few, the next to leave may not be back yet.
        if (_connections[user] is not { } connection) return;
        connection.Dispose();
        _connections[user] = null;
        _away.Enqueue((user, Stopwatch.GetTimestamp()));
    }

    private void Return(int user)
    {
        var connection = _server.Open([_users[user]], Buffer).Single();
        _connections[user] = connection;
        _epoll.Watch(connection.Socket, user);
    }

    private void Receive(int user)
    {
        if (_connections[user] is not { } connection) return;
        connection.Fill();
        _now = Stopwatch.GetTimestamp();
        while (connection.TryReadFrame(out var frame))
        {
            if (frame.IndexOf("\"error\":{"u8) >= 0) throw new BenchException($"The server refuses: {System.Text.Encoding.UTF8.GetString(frame)}");
            for (var at = frame.IndexOf(Message); at >= 0; at = frame.IndexOf(Message))
            {
                frame = frame[(at + Message.Length)..];
                if (_mode == CircleMode.Statuses) Time(frame);
                else if (frame.StartsWith(Told)) _traffic.Delivered++;
            }
        }
    }

    /// <summary>An answer, or a signal: how long it took since the change that its text names.</summary>
    private void Time(ReadOnlySpan<byte> message)
    {
        if (!Utf8Parser.TryParse(message[(message.IndexOf(Text) + Text.Length)..], out int number, out _)) throw new BenchException("A change without its number came.");
        var took = Stopwatch.GetElapsedTime(_sentAt[number % Ring], _now);
        if (message.StartsWith(Told))
        {
            _traffic.Delivered++;
            _traffic.EndToEnd.Add(took);
        }
        else
        {
            _traffic.Acknowledged.Add(took);
        }
    }
}
