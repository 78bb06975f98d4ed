using System.Text;
using System.Text.Json.Nodes;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Messages;

/// <summary>An outbox on a store, one run of it after the other, with messages and other changes of several conversations, one of which turns out to have another id; a server, and a wire; on one thread, driven by dice.</summary>
internal sealed class KeptOutboxWorld : IAsyncDisposable
{
    private const int Items = 40;

    private readonly int[] _dice;
    private readonly OneThreadClock _clock = new();
    private readonly MemoryStore _store = new();
    private readonly ConversationId _chosen = ConversationId.New();
    private readonly ConversationId _older = ConversationId.New();
    private readonly ConversationId _lunch = ConversationId.New();
    private readonly KeptOutboxServer _server;
    private readonly List<Handed> _handed = [];
    private readonly Dictionary<string, List<SendResult>> _reports = [];
    private readonly HashSet<string> _silent = [];
    private Outbox _outbox = null!;
    private MortalStore _mortal = null!;
    private KeptOutboxLink? _link;
    private int _thrown;
    private int _runs;
    private bool _mayDie = true;
    private Task _entering = Task.CompletedTask;

    public KeptOutboxWorld(int[] dice)
    {
        _dice = dice;
        _server = new KeptOutboxServer(_chosen, _older);
        Start();
    }

    public void Run()
    {
        HandIn(new OutgoingChange(Change.Create(new CreateConversation(_chosen, ConversationKind.Direct, [Bob])), default), _chosen, isCreation: true);
        for (var turn = 0; turn < 400; turn++)
        {
            if (_handed.Count < Items && Throw() < 25) HandIn();
            if (Throw() < 6) Cut();
            if (_link is null && Throw() < 30) Connect();
            if (_link is { Waiting.Count: > 0 } && Throw() < 70) Serve();
            if (Throw() < 2) Restart();
            _clock.Move(TimeSpan.FromSeconds(Throw() < 8 ? 15 : 1));
            if (_mortal.IsDead) Restart();
        }

        // The weather clears: everything ends.
        _mayDie = false;
        for (var turn = 0; turn < 300; turn++)
        {
            if (_link is null) Connect();
            while (_link!.Waiting.TryDequeue(out var call)) Answer(call, never: false);
            _clock.Move(TimeSpan.FromSeconds(1));
        }
    }

    public void Check()
    {
        Assert.Empty(_outbox.Waiting());
        foreach (var (under, log) in new[] { _chosen, _older, _lunch, default }.Select(under => (under, _server.Log.GetValueOrDefault(RealOf(under), []))))
        {
            // In the order in which all was handed in, and nothing twice. That two ids are one conversation nobody knows before the answer.
            var handed = _handed.Where(one => one.Under == under).Select(one => one.Name).ToList();
            Assert.Equal(handed.Where(log.Contains), log.Where(handed.Contains));
        }

        foreach (var one in _handed.Where(one => one.IsKept && one.Conversation != _chosen && !one.IsRead))
        {
            var isDone = _server.Log.GetValueOrDefault(one.Conversation, []).Contains(one.Name);
            var last = _reports.GetValueOrDefault(one.Name, []).LastOrDefault();
            // Who died as it told has told nobody; all else is done, or its end was told as it is.
            if (last is null) Assert.True(isDone || _silent.Contains(one.Name), $"{one.Name} is lost");
            if (last is SendResult.Recorded or SendResult.Answered) Assert.True(isDone, $"{one.Name} is told as done");
            if (last is SendResult.Refused or SendResult.NotSent) Assert.False(isDone, $"{one.Name} is told as not done");
            if (last is SendResult.Unknown unknown) Assert.True(unknown.IsLast, $"{one.Name} was never settled");
        }

        foreach (var conversation in new[] { _older, _lunch })
        {
            var reads = _handed.Where(one => one is { IsRead: true, IsKept: true } && one.Conversation == conversation && !_silent.Contains(one.Name));
            var told = reads.Where(one => _reports.GetValueOrDefault(one.Name, []).LastOrDefault() is null or SendResult.Answered).Select(one => one.UpTo).DefaultIfEmpty().Max();
            // A read that was replaced and then died untold is covered by the one in its place, whose end is told.
            if (reads.All(one => _reports.GetValueOrDefault(one.Name, []).LastOrDefault() is null or SendResult.Answered)) Assert.True(_server.ReadUpTo.GetValueOrDefault(conversation) >= told, $"{told} is not read");
        }
    }

    public int Runs => _runs;

    public async ValueTask DisposeAsync()
    {
        await _mortal.DisposeAsync();
        await _store.DisposeAsync();
    }

    private int Throw() => _dice[_thrown++ % _dice.Length];

    private void HandIn()
    {
        var conversation = Throw() switch
        {
            < 40 => _chosen,
            < 50 => _older,
            _ => _lunch,
        };
        var number = _handed.Count + 1;
        var message = _handed.LastOrDefault(one => one.IsMessage && one.Conversation == RealOf(conversation))?.Message ?? MessageId.New();
        Outgoing item = Throw() switch
        {
            < 50 => new OutgoingMessage(conversation, MessageId.New(), MessageContent.OfText($"{number}"), default),
            < 65 => new OutgoingChange(Change.Edit(conversation, message, MessageContent.OfText($"{number}")), default),
            < 72 => new OutgoingChange(Change.Recall(conversation, message), default),
            < 78 => new OutgoingChange(Change.Forward(conversation, _chosen, message), default),
            < 92 => new OutgoingChange(Change.MarkRead(conversation, new Sequence(number)), default),
            _ => new OutgoingChange(Change.Block([new UserId($"user{number}")]), default),
        };
        HandIn(item, item.Lane is null ? default : conversation);
    }

    private void HandIn(Outgoing item, ConversationId under, bool isCreation = false)
    {
        var one = new Handed(NameOf(item), under, isCreation ? _chosen : RealOf(under), item is OutgoingMessage, (item as OutgoingMessage)?.Message ?? default, (item as OutgoingChange)?.Change.Request is MarkRead read ? read.UpTo!.Value.Value : 0, _runs);
        _handed.Add(one);
        _entering = _outbox.QueueAsync(item, CancellationToken.None);
        one.IsKept = _entering.IsCompletedSuccessfully;
        one.Order = item.Order;
    }

    private ConversationId RealOf(ConversationId conversation) => conversation == _chosen ? _older : conversation;

    private static string NameOf(Outgoing item) => item is OutgoingMessage message
        ? $"send {message.Message}"
        : KeptOutboxServer.NameOf(((OutgoingChange)item).Change.Method, JsonNode.Parse(Encoding.UTF8.GetString(((OutgoingChange)item).Change.Json.Span))!);

    private void Start()
    {
        _runs++;
        _mortal = new MortalStore(_store, dies: () => _mayDie && Throw() < 2, isWritten: () => Throw() < 50);
        var mortal = _mortal;
        _outbox = new Outbox(
            new ParleyClientOptions
            {
                Endpoint = new Uri("http://localhost"), TokenProvider = _ => default, Store = mortal, TimeProvider = _clock, SendTimeout = TimeSpan.FromSeconds(60), SettleTimeout = TimeSpan.FromSeconds(10),
            },
            new OutboxHooks(
                _ => { },
                report =>
                {
                    Assert.False(mortal.IsDead && report.Result is not SendResult.Recorded and not SendResult.Answered, "told by the dead");
                    if (!_reports.TryGetValue(NameOf(report.Item), out var told)) _reports[NameOf(report.Item)] = told = [];
                    told.Add(report.Result);
                    if (report.Result is SendResult.Answered { Answer: ConversationCreatedAnswer }) _server.IsCreated = true;
                },
                _ => { },
                (_, _) => { }),
            () => 0.5);
        _entering = _outbox.OpenAsync(CancellationToken.None);
    }

    /// <summary>The process dies, with or without a word, and the next begins.</summary>
    private void Restart()
    {
        // The places of what is settled are given again.
        foreach (var order in _mortal.Forgotten) _silent.Add(_handed.Last(one => one.Order == order).Name);
        if (_link is not null) Cut();
        _clock.Forget();
        Start();
    }

    private void Connect()
    {
        _link = new KeptOutboxLink();
        _outbox.Opened(_link, Alice);
    }

    private void Cut()
    {
        if (_link is not { } link) return;
        (link.IsOver, _link) = (true, null);
        // What was on the wire arrives or does not; no answer does.
        while (link.Waiting.TryDequeue(out var call))
        {
            if (Throw() < 50) _server.Ask(call.Method, call.Json, never: false);
        }

        if (!_mortal.IsDead) _outbox.Lost();
    }

    private void Serve()
    {
        var call = _link!.Waiting.Dequeue();
        var luck = Throw();
        if (luck < 12) call.Done(null, Refusals.RateLimited.After(TimeSpan.FromSeconds(3)));
        else if (luck < 16) call.Done(null, Refusals.OutcomeUnknown);
        else if (luck < 20) Lose(call);
        else Answer(call, never: luck < 28 && call.Method != Methods.CancelMessage);
    }

    private void Lose((string Method, string Json, Action<object?, Refusal?> Done) call)
    {
        _server.Ask(call.Method, call.Json, never: false);
        call.Done(null, Refusals.OutcomeUnknown);
    }

    private void Answer((string Method, string Json, Action<object?, Refusal?> Done) call, bool never)
    {
        var (answer, refusal) = _server.Ask(call.Method, call.Json, never);
        call.Done(answer, refusal);
    }

    /// <summary>What was handed in, and whether the store said that it has it.</summary>
    private sealed record Handed(string Name, ConversationId Under, ConversationId Conversation, bool IsMessage, MessageId Message, long UpTo, int Run)
    {
        public bool IsRead => UpTo > 0;

        public bool IsKept { get; set; }

        public long Order { get; set; }
    }
}
