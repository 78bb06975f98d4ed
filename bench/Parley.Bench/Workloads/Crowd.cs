using System.Diagnostics;
using System.Net.Sockets;

namespace Parley.Bench;

/// <summary>Thousands of users, each on a connection of his own, served by one thread. Whatever they do, their pings are answered meanwhile.</summary>
internal sealed class Crowd : IDisposable
{
    private const int Request = 2;
    private const int WarmUpUsers = 500;
    private const int WarmUpBuffer = 4 * 1024;
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(20);

    private readonly LoadedServer _server;
    private readonly int _buffer;
    private readonly CancellationToken _cancel;
    private readonly string[] _users;
    private readonly RawConnection?[] _connections;
    private readonly Epoll _epoll = new();

    private Crowd(LoadedServer server, string[] users, int buffer, CancellationToken cancel)
    {
        (_server, _buffer, _users, _cancel) = (server, buffer, users, cancel);
        _connections = new RawConnection?[users.Length];
    }

    /// <summary>Is told what one of them received: from behind its <c>jsonrpc</c> on, and valid until it returns.</summary>
    public delegate void Told(int who, ReadOnlySpan<byte> message);

    /// <summary>Opens sessions of users nobody has seen before.</summary>
    /// <param name="server">Where.</param>
    /// <param name="name">Of the workload; the users are of that name.</param>
    /// <param name="size">How many.</param>
    /// <param name="buffer">Bytes to begin with for each direction of a connection.</param>
    /// <param name="cancel">Ends whatever they do.</param>
    public static Crowd Open(LoadedServer server, string name, int size, int buffer, CancellationToken cancel)
    {
        const int BetweenLooks = 1_000;
        var run = Guid.NewGuid().ToString("N")[..8];
        var crowd = new Crowd(server, [.. Enumerable.Range(0, size).Select(i => $"{name}-{run}-{i}")], buffer, cancel);
        foreach (var (who, connection) in server.Open(crowd._users, buffer).Index())
        {
            crowd.Put(who, connection);
            while (who % BetweenLooks == 0 && crowd.Receive(TimeSpan.Zero, Ignore))
            {
                // Until all that has arrived is taken.
            }
        }

        return crowd;
    }

    /// <summary>Lets users come and go until the server is warm, and says how much memory it takes when they are gone, in KiB.</summary>
    public static long WarmUp(LoadedServer server, string name, CancellationToken cancel)
    {
        using (var warm = Open(server, name, Math.Min(WarmUpUsers, server.Plan.IdleConnections), WarmUpBuffer, cancel)) warm.Listen(Settle, Ignore);
        Thread.Sleep(Settle);
        return ProcessTree.ResidentKb(server.ServerProcess);
    }

    public int Size => _users.Length;

    /// <summary>When what is being told was received.</summary>
    public long Now { get; private set; }

    public UserId User(int who) => new(_users[who]);

    /// <summary>His connection; null while he has none.</summary>
    public RawConnection? this[int who] => _connections[who];

    /// <summary>For when what is received does not matter.</summary>
    public static void Ignore(int who, ReadOnlySpan<byte> message)
    {
    }

    /// <summary>Breaks his connection, without a word.</summary>
    public void Leave(int who)
    {
        _connections[who]?.Dispose();
        _connections[who] = null;
    }

    /// <summary>Opens a session for who has left.</summary>
    public void Return(int who) => Put(who, _server.Open([_users[who]], _buffer).Single());

    /// <summary>Waits until something arrives, for a while, and takes what has arrived; false when nothing has.</summary>
    public bool Receive(TimeSpan atMost, Told told)
    {
        _cancel.ThrowIfCancellationRequested();
        var ready = _epoll.Wait(atMost < LongestWait ? atMost : LongestWait);
        for (var i = 0; i < ready; i++)
        {
            var who = _epoll[i];
            if (_connections[who] is not { } connection) continue;
            try
            {
                connection.Fill();
            }
            catch (SocketException failure)
            {
                throw new BenchException($"{_users[who]}: {failure.Message}.");
            }

            Now = Stopwatch.GetTimestamp();
            while (connection.TryReadFrame(out var frame))
            {
                while (ServerMessages.TryNext(ref frame, out var message)) told(who, message);
            }
        }

        return ready > 0;
    }

    /// <summary>Takes what arrives in the next while.</summary>
    public void Listen(TimeSpan time, Told told)
    {
        var started = Stopwatch.GetTimestamp();
        for (TimeSpan left; (left = time - Stopwatch.GetElapsedTime(started)) > TimeSpan.Zero;) Receive(left, told);
    }

    /// <summary>Takes what arrives until it is enough.</summary>
    /// <param name="progress">How much of it there is; it may stand still for a while, but not for long.</param>
    /// <param name="enough">How much is wanted.</param>
    /// <param name="told">Takes it.</param>
    /// <param name="what">It is.</param>
    /// <param name="meanwhile">Done in between; says how long there is time until it is to be done again.</param>
    public void ReceiveUntil(Func<long> progress, long enough, string what, Told told, Func<TimeSpan>? meanwhile = null)
    {
        var (seen, moved) = (progress(), Stopwatch.GetTimestamp());
        while (true)
        {
            var wait = meanwhile?.Invoke() ?? LongestWait;
            if (progress() >= enough) return;
            try
            {
                Receive(wait, told);
            }
            catch (BenchException failure)
            {
                throw new BenchException($"{failure.Message} {progress()} of {enough} {what} by then.");
            }

            if (progress() != seen) (seen, moved) = (progress(), Stopwatch.GetTimestamp());
            else if (Stopwatch.GetElapsedTime(moved) > Patience) throw new BenchException($"{seen} of {enough} {what}, and no more for {Patience.TotalSeconds} s.");
        }
    }

    /// <summary>Everybody asks for something; who is told to wait does, and asks again.</summary>
    /// <param name="request">What one asks for.</param>
    /// <param name="atOnce">How many ask before others were answered.</param>
    /// <param name="answered">Is told each answer.</param>
    /// <param name="told">Is told what else comes.</param>
    /// <returns>How long each waited for his answer, and how often somebody was told to wait.</returns>
    public (Histogram Took, long Refused) AskAll(Func<int, byte[]> request, int atOnce, Told answered, Told told)
    {
        var took = new Histogram();
        var askedAt = new long[Size];
        var again = new PriorityQueue<int, long>();
        var (asked, answers, refused) = (0, 0, 0L);
        ReceiveUntil(() => answers, Size, "were answered", (who, message) =>
        {
            if (!ServerMessages.IsAnswer(message)) told(who, message);
            else if (ServerMessages.Wait(message) is { } wait)
            {
                refused++;
                again.Enqueue(who, Now + (long)(wait.TotalSeconds * Stopwatch.Frequency));
            }
            else
            {
                answers++;
                took.Add(Stopwatch.GetElapsedTime(askedAt[who], Now));
                answered(who, message);
            }
        }, meanwhile: () =>
        {
            for (; asked < Size && asked - answers < atOnce; asked++)
            {
                askedAt[asked] = Stopwatch.GetTimestamp();
                _connections[asked]!.SendText(request(asked));
            }

            while (again.TryPeek(out var who, out var due) && due <= Stopwatch.GetTimestamp()) _connections[again.Dequeue()]!.SendText(request(who));
            return again.Count > 0 ? TimeSpan.FromMilliseconds(1) : LongestWait;
        });
        return (took, refused);
    }

    /// <summary>The bytes of a request for <see cref="AskAll"/>.</summary>
    public static byte[] RequestText<T>(string method, T parameters, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
        RawConnection.RequestText(Request, method, parameters, type);

    public void Dispose()
    {
        foreach (var connection in _connections) connection?.Dispose();
        _epoll.Dispose();
    }

    private void Put(int who, RawConnection connection)
    {
        _connections[who] = connection;
        _epoll.Watch(connection.Socket, who);
    }
}
