using Parley.Client.Testing.Transport;

namespace Parley.Client.Testing;

/// <summary>What goes wrong between clients and the server: of all clients (<see cref="ParleyTestServer.Faults"/>), or of one user (<see cref="ParleyTestServer.FaultsOf(string)"/>).</summary>
/// <remarks>
/// Both hold: a client of alice has the faults of alice and those of all. What is counted (<em>the next two</em>) is counted over all clients it is of, and used up first where it is of one user. It is the wire that fails: the server is
/// right, and a fault proves that a program copes. Methods are those that are asked on a WebSocket and those that are asked over HTTP, as the SDK asks about content; the parts of a file that goes up or comes down have no method, and there are no pushes over HTTP.
/// Safe for use from any thread.
/// </remarks>
public sealed class Faults
{
    private readonly Lock _gate = new();
    private readonly Faults? _all;
    private readonly Network _network;
    private readonly List<(string Method, Lost What)> _cuts = [];
    private readonly List<(Refusal Refusal, string? Method)> _refusals = [];
    private int _drops;
    private int _copies;
    private TimeSpan _delay;
    private bool _offline;
    private TaskCompletionSource? _paused;

    internal Faults(Network network, Faults? all) => (_network, _all) = (network, all);

    private enum Lost
    {
        Request,
        Answer,
    }

    /// <summary>Whether nobody can connect.</summary>
    public bool IsOffline
    {
        get
        {
            lock (_gate) return _offline || _all is { IsOffline: true };
        }
    }

    /// <summary>
    /// How long, by the virtual clock, what the server says is under way: answers and pushes alike, in their order; each as long as was set when it began. Proves what a program shows meanwhile, and that its timeouts are long enough.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than nothing.</exception>
    public TimeSpan Delay
    {
        get
        {
            lock (_gate) return _all is { } all && all.Delay > _delay ? all.Delay : _delay;
        }

        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            lock (_gate) _delay = value;
        }
    }

    /// <summary>Ends every connection now, as a router that restarts does. Clients come back by themselves. Proves that what was under way ends well.</summary>
    public void Disconnect() => _network.Cut(this);

    /// <summary>Ends every connection, and lets none begin until <see cref="GoOnline"/>. A second time it does nothing. Proves what a program does without a network, for however long.</summary>
    public void GoOffline()
    {
        lock (_gate) _offline = true;
        Disconnect();
    }

    /// <summary>Lets connections begin again; a client comes back when its wait is over, so move the clock. Where the clients of all users are offline, one user's stay so.</summary>
    public void GoOnline()
    {
        lock (_gate) _offline = false;
    }

    /// <summary>
    /// Lets nothing through any more, in neither direction, and ends nothing: neither side is told, as where a phone leaves its cell. Whoever connects waits. A second time it does nothing. Proves that a program does not wait for ever;
    /// the pings of a client's WebSocket go by the system's clock, though, so that it notices by itself after half a minute of real time only. A client that is disposed of meanwhile is cut off.
    /// </summary>
    public void Pause()
    {
        lock (_gate) _paused ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Lets through what waits, in its order, and what comes.</summary>
    public void Resume()
    {
        TaskCompletionSource? paused;
        lock (_gate) (paused, _paused) = (_paused, null);
        paused?.SetResult();
    }

    /// <summary>The next pushes do not arrive: entries, receipts, presence, whatever is no answer and not about the session itself. Proves that a program does not live on pushes alone: the SDK finds what is missing when a later one comes, or after a reconnect.</summary>
    /// <param name="pushes">How many; in place of what was asked before. Left out, all from now on; 0, none.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is less than none.</exception>
    public void DropPushes(int pushes = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(pushes);
        lock (_gate) _drops = pushes;
    }

    /// <summary>The next pushes arrive twice. Proves that a program which counts, or adds to a list, hears of each thing once.</summary>
    /// <param name="pushes">How many; in place of what was asked before. Left out, all from now on; 0, none.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is less than none.</exception>
    public void DuplicatePushes(int pushes = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(pushes);
        lock (_gate) _copies = pushes;
    }

    /// <summary>
    /// When the server answers the next request of this method, the connection ends in place of the answer: it was carried out and committed, and whoever asked does not know. Over HTTP that is an <see cref="HttpRequestException"/> of this
    /// request alone. Proves that what is sent again happens once. Asked several times, it happens as often.
    /// </summary>
    /// <param name="method">A method of the protocol, as <c>message.send</c> (<see cref="Methods"/>).</param>
    /// <exception cref="ArgumentException">Clients have no such method.</exception>
    public void DisconnectBeforeAnswer(string method = Methods.SendMessage) => Add(method, Lost.Answer);

    /// <summary>When a client asks the next request of this method, the connection ends in its place: the server never heard of it. Over HTTP that is an <see cref="HttpRequestException"/> of this request alone. Asked several times, it happens as often.</summary>
    /// <param name="method">A method of the protocol, as <c>message.send</c> (<see cref="Methods"/>).</param>
    /// <exception cref="ArgumentException">Clients have no such method.</exception>
    public void DisconnectBeforeRequest(string method = Methods.SendMessage) => Add(method, Lost.Request);

    /// <summary>The next requests are refused; the server does not hear of them. Proves what a program says to its user, and that the SDK asks again where the refusal says <em>later</em>, after the wait that it names. Asked several times, one after the other.</summary>
    /// <param name="refusal">A row of the catalogue, as <see cref="Refusals.RateLimited"/>; with a wait, <c>Refusals.RateLimited.After(…)</c>.</param>
    /// <param name="requests">How many.</param>
    /// <param name="method">Of which method; left out, any but <c>session.open</c>, those that the SDK asks by itself too.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is less than one.</exception>
    /// <exception cref="ArgumentException">Clients have no such method.</exception>
    public void Refuse(Refusal refusal, int requests = 1, string? method = null)
    {
        ArgumentNullException.ThrowIfNull(refusal);
        ArgumentOutOfRangeException.ThrowIfLessThan(requests, 1);
        if (method is not null) MustBeKnown(method);
        lock (_gate) _refusals.AddRange(Enumerable.Repeat((refusal, method), requests));
    }

    /// <summary>Ends all of these faults: what waits comes through, and nothing fails any more. Clients that are waiting to reconnect wait on.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            (_drops, _copies, _delay, _offline) = (0, 0, TimeSpan.Zero, false);
            _cuts.Clear();
            _refusals.Clear();
        }

        Resume();
    }

    /// <summary>Completes when nothing holds the wire up; null when nothing does.</summary>
    internal Task? Held
    {
        get
        {
            lock (_gate) return _paused?.Task ?? _all?.Held;
        }
    }

    internal bool Covers(Faults one) => this == one || this == one._all;

    internal bool TakesPush()
    {
        lock (_gate)
        {
            if (Counted(ref _drops)) return true;
        }

        return _all?.TakesPush() ?? false;
    }

    internal bool CopiesPush()
    {
        lock (_gate)
        {
            if (Counted(ref _copies)) return true;
        }

        return _all?.CopiesPush() ?? false;
    }

    internal bool CutsRequest(string method) => Cuts(method, Lost.Request);

    internal bool CutsAnswer(string method) => Cuts(method, Lost.Answer);

    internal Refusal? Refusal(string method)
    {
        lock (_gate)
        {
            var index = _refusals.FindIndex(one => one.Method == method || (one.Method is null && method != Methods.OpenSession));
            if (index >= 0)
            {
                var refusal = _refusals[index].Refusal;
                _refusals.RemoveAt(index);
                return refusal;
            }
        }

        return _all?.Refusal(method);
    }

    private bool Cuts(string method, Lost what)
    {
        lock (_gate)
        {
            if (_cuts.Remove((method, what))) return true;
        }

        return _all?.Cuts(method, what) ?? false;
    }

    private void Add(string method, Lost what)
    {
        MustBeKnown(method);
        lock (_gate) _cuts.Add((method, what));
    }

    /// <summary>With a slip of the pen nothing would ever go wrong, and the test would pass.</summary>
    private void MustBeKnown(string method)
    {
        ArgumentException.ThrowIfNullOrEmpty(method);
        if (!_network.Knows(method)) throw new ArgumentException($"Clients have no method {method}.", nameof(method));
    }

    private static bool Counted(ref int left)
    {
        if (left == 0) return false;
        if (left != int.MaxValue) left--;
        return true;
    }
}
