using Parley.Client.Tests.Support;

namespace Parley.Client.Tests.Messages;

/// <summary>One lane, a server that keeps the protocol's promises, and a wire that keeps none; driven by dice.</summary>
internal sealed class OutboxWorld(int[] dice)
{
    private const int Messages = 12;

    private static readonly ConversationId Conversation = ConversationId.New();

    private readonly OutboxLane _lane = new(TimeSpan.FromSeconds(10), _ => TimeSpan.FromSeconds(1));
    private readonly List<OutgoingMessage> _added = [];
    private readonly List<OutboxStep.Report> _reports = [];
    private readonly List<MessageId> _log = [];
    private readonly HashSet<MessageId> _fenced = [];
    private readonly Queue<(OutboxRequest Request, OutgoingMessage Message)> _wire = [];
    private int _thrown;
    private int _now;
    private OutboxLine _line = OutboxLine.Up;

    public void Run()
    {
        for (var turn = 0; turn < 300; turn++)
        {
            if (_added.Count < Messages && Throw() < 20) Add();
            if (Throw() < 10) Cut();
            if (_line == OutboxLine.Down && Throw() < 30) _line = OutboxLine.Up;
            Pump();
            if (_wire.Count > 0 && Throw() < 60) Serve();
            _now += Throw() < 10 ? 15 : 1;
        }

        // The weather clears: everything ends.
        for (var turn = 0; turn < 200; turn++)
        {
            _line = OutboxLine.Up;
            Pump();
            while (_wire.Count > 0) Answer(_wire.Dequeue());
            _now += 5;
        }
    }

    public void Check()
    {
        Assert.Equal(_log.Distinct(), _log);
        Assert.DoesNotContain(_log, _fenced.Contains);
        Assert.Equal(_added.Select(message => message.Message).Where(_log.Contains), _log);
        foreach (var message in _added)
        {
            var results = _reports.Where(report => report.Message == message).Select(report => report.Result).ToList();
            Assert.InRange(results.Count, 1, 2);
            if (results.Count == 2) Assert.IsType<SendResult.Unknown>(results[0]);
            if (results[^1] is SendResult.Recorded) Assert.Contains(message.Message, _log);
            else Assert.DoesNotContain(message.Message, _log);
        }
    }

    private int Throw() => dice[_thrown++ % dice.Length];

    private void Add()
    {
        var message = new OutgoingMessage(Conversation, MessageId.New(), MessageContent.OfText("hi"), TimeSpan.FromSeconds(_now + 30), new SendOptions { Priority = Throw() < 30 ? MessagePriority.Low : null });
        _added.Add(message);
        _lane.Add(message);
    }

    private void Cut()
    {
        _line = OutboxLine.Down;
        // What was on the wire arrives or does not; no answer does.
        while (_wire.TryDequeue(out var item))
        {
            if (Throw() < 50) Decide(item);
        }

        _lane.Lost();
    }

    private void Pump()
    {
        while (true)
        {
            switch (_lane.Next(TimeSpan.FromSeconds(_now), _line))
            {
                case OutboxStep.Send send: _wire.Enqueue((OutboxRequest.Send, (OutgoingMessage)send.Item)); break;
                case OutboxStep.Cancel cancel: _wire.Enqueue((OutboxRequest.Cancel, (OutgoingMessage)cancel.Item)); break;
                case OutboxStep.Report report: _reports.Add(report); break;
                default: return;
            }
        }
    }

    private void Serve()
    {
        var item = _wire.Dequeue();
        var luck = Throw();
        if (luck < 15) _lane.Refused(item.Message, Refusals.RateLimited.After(TimeSpan.FromSeconds(2)), TimeSpan.FromSeconds(_now), item.Request);
        else if (luck < 25) Decide(item);
        else Answer(item);
    }

    private void Answer((OutboxRequest Request, OutgoingMessage Message) item)
    {
        if (Decide(item)) _lane.Recorded(item.Message, Cast.Alice.Says(Conversation, 1, "hi", item.Message.Message));
        else if (item.Request == OutboxRequest.Cancel) _lane.Fenced(item.Message);
        else _lane.Refused(item.Message, Refusals.Cancelled, TimeSpan.FromSeconds(_now), item.Request);
    }

    /// <summary>What the server does with a request; whether the message is on the log then.</summary>
    private bool Decide((OutboxRequest Request, OutgoingMessage Message) item)
    {
        var id = item.Message.Message;
        if (_log.Contains(id)) return true;
        if (_fenced.Contains(id)) return false;
        if (item.Request == OutboxRequest.Cancel) _fenced.Add(id);
        else _log.Add(id);
        return item.Request == OutboxRequest.Send;
    }
}
