using System.Text.Json;
using Parley.Client;

namespace Parley.Simulation;

/// <summary>A device's connection to the server: each direction in order, each thing after a time of its own. Once it is cut nothing arrives any more, on either side.</summary>
internal sealed class WorldLink(World world, SimulatedServer server, Action ended) : Link
{
    private readonly Dictionary<long, Action> _unanswered = [];
    private TimeSpan _upBusy;
    private TimeSpan _downBusy;
    private long _lastCall;

    /// <summary>How long something takes at most; a bad line has more.</summary>
    public double Latency { get; set; } = world.Chance(0.2) ? 400 : 30;

    public bool IsCut { get; private set; }

    /// <summary>Who is told on this side, once the session is open.</summary>
    public Action<string, byte[]> Notified { get; set; } = (_, _) => { };

    public override void Post<TRequest, TAnswer>(Method<TRequest, TAnswer> method, TRequest request, Action<Answer<TAnswer>> done)
    {
        var call = _lastCall++;
        if (IsCut)
        {
            // Not from within: who posts holds his lock.
            world.In(TimeSpan.Zero, () => done(default));
            return;
        }

        _unanswered[call] = () => done(default);
        Up(() => server.Asked(this, Read(method.Name, request!), answer => Down(() =>
        {
            if (!_unanswered.Remove(call)) return;
            done(answer is Refusal refusal ? new Answer<TAnswer>(null, refusal) : new Answer<TAnswer>((TAnswer)answer, null));
        })));
    }

    public override Task<Answer<TAnswer>> AskAsync<TRequest, TAnswer>(Method<TRequest, TAnswer> method, TRequest request, CancellationToken cancel)
    {
        // Whoever waits goes on within the event that brings the answer.
        var answered = new TaskCompletionSource<Answer<TAnswer>>();
        Post(method, request, answered.SetResult);
        return answered.Task;
    }

    public override void Abort() => Cut();

    /// <summary>Something goes to the server.</summary>
    public void Up(Action arrives) => _upBusy = Carry(arrives, _upBusy);

    /// <summary>Something comes from the server.</summary>
    public void Down(Action arrives) => _downBusy = Carry(arrives, _downBusy);

    /// <summary>Ends it. The device notices a little later, and the server forgets the session.</summary>
    public void Cut()
    {
        if (IsCut) return;
        IsCut = true;
        server.Lost(this);
        world.In(world.Between(0, 200), () =>
        {
            foreach (var lost in _unanswered.Values.ToArray()) lost();
            _unanswered.Clear();
            ended();
        });
    }

    /// <summary>What the server reads of what was kept as bytes.</summary>
    private static object Read(string method, object request) => (method, request) switch
    {
        (Methods.EditMessage, RawJson raw) => JsonSerializer.Deserialize(raw.Bytes.Span, ProtocolJson.Lenient.EditMessage)!,
        (Methods.RecallMessage, RawJson raw) => JsonSerializer.Deserialize(raw.Bytes.Span, ProtocolJson.Lenient.RecallMessage)!,
        (Methods.CreateConversation, RawJson raw) => JsonSerializer.Deserialize(raw.Bytes.Span, ProtocolJson.Lenient.CreateConversation)!,
        (Methods.MarkRead, RawJson raw) => JsonSerializer.Deserialize(raw.Bytes.Span, ProtocolJson.Lenient.MarkRead)!,
        _ => request,
    };

    private TimeSpan Carry(Action arrives, TimeSpan busy)
    {
        if (IsCut) return busy;
        var at = world.Now + world.Between(0.5, Latency);
        if (at < busy) at = busy;
        world.In(at - world.Now, () =>
        {
            if (!IsCut) arrives();
        });
        return at;
    }
}
