using System.Diagnostics.CodeAnalysis;
using Parley.Client;

namespace Parley.Simulation;

/// <summary>A device with a program on it that uses the SDK's own outbox, follower and acknowledger. The program may die and be started again; its disk stays.</summary>
internal sealed class Device(World world, SimulatedServer server, UserId user, string name, Recorder recorder)
{
    private readonly WorldDisk _disk = new();
    private readonly ToldDevice _told = recorder.Device(user, name);
    private readonly Dictionary<UserId, ConversationId> _directs = [];
    private readonly List<(ConversationId Conversation, MessageId Message)> _sent = [];
    private Run? _run;
    private int _runs;

    public UserId User => user;

    /// <summary>Whether a program runs that has opened its store.</summary>
    public bool IsReady => _run is { IsReady: true };

    /// <summary>The present connection, while its session is open.</summary>
    public WorldLink? Link => _run?.Link;

    /// <summary>Whether nothing waits here, and everything there is was told.</summary>
    public bool IsAtRest => Unrest is null;

    /// <summary>What is not at rest; null when all is.</summary>
    public string? Unrest => _run is { } run ? run.Unrest(server) : "no program runs";

    public void Start()
    {
        if (_run is not null) return;
        _told.Begins(_disk.Positions());
        _run = new Run(this, world, server, new WorldStore(world, _disk), _told.Begin($"{name}-{++_runs}"));
    }

    /// <summary>As <c>kill -9</c>.</summary>
    public void Crash()
    {
        _run?.Crash();
        _run = null;
    }

    /// <summary>Loses the connection.</summary>
    public void Cut() => _run?.CutLink();

    /// <summary>Looks at what is on the disk, when everything is at rest.</summary>
    public void LookAtDisk()
    {
        foreach (var log in server.Logs.Where(log => log.Users.Contains(user))) recorder.Kept(_told, log, _disk.Kept(log.Conversation));
    }

    /// <summary>The direct conversations that were asked for here, by the ids that were chosen here.</summary>
    public IReadOnlyCollection<ConversationId> Directs => _directs.Values;

    public void Send(ConversationId conversation, string text)
    {
        if (_run is not { IsReady: true } run) return;
        var id = new MessageId(world.NewId());
        _sent.Add((conversation, id));
        recorder.HandsIn(_told, conversation, id, text, run.Send(conversation, id, text));
    }

    /// <summary>Asks for the conversation with somebody, whether there is one or not; once for each.</summary>
    public void Create(UserId other)
    {
        if (other == user || _directs.ContainsKey(other) || _run is not { IsReady: true } run) return;
        var chosen = new ConversationId(world.NewId());
        world.Watch(CreateAsync(other, chosen, run.Queue(Client.Change.Create(new CreateConversation(chosen, ConversationKind.Direct, [other])))));
    }

    private async Task CreateAsync(UserId other, ConversationId chosen, Task kept)
    {
        await kept.ConfigureAwait(false);
        _directs[other] = chosen;
    }

    /// <summary>Edits a message, or takes it back: one that was sent here, whether or not that is known, or one that the program was told of.</summary>
    public void Change(ConversationId conversation, string text)
    {
        if (_run is not { IsReady: true } run) return;
        var told = run.Told.EntriesOf(conversation).TakeLast(4).Select(entry => entry.Event).OfType<MessageSent>().Select(sent => (Conversation: run.NameOf(conversation, _directs.Values), sent.Message)).ToList();
        var some = _sent.Count > 0 && world.Chance(0.5) ? _sent.TakeLast(2).ToList() : told;
        if (some.Count == 0) return;
        var (named, message) = world.OneOf(some);
        Change(run, named, message, world.Chance(0.5) ? text : null);
    }

    /// <summary>Takes back what its user said last, as far as the program was told.</summary>
    public void TakeBack(ConversationId conversation)
    {
        if (_run is { IsReady: true } run && run.Told.EntriesOf(conversation).Select(entry => entry.Event).OfType<MessageSent>().LastOrDefault(sent => sent.Sender == user) is { } last)
            Change(run, conversation, last.Message, text: null);
    }

    private void Change(Run run, ConversationId named, MessageId message, string? text)
    {
        var command = new CommandId(world.NewId());
        recorder.HandsIn(_told, named, command);
        world.Watch(run.Queue(text is null ? Client.Change.Recall(new RecallMessage(named, command, message)) : Client.Change.Edit(new EditMessage(named, command, message, MessageContent.OfText(text)))));
    }

    public void Read(ConversationId conversation)
    {
        if (_run is not { IsReady: true } run || run.Told.LastOf(conversation) is not { } last) return;
        recorder.Asks(conversation, user, last, last);
        if (world.Chance(0.5)) world.Watch(run.Queue(Client.Change.MarkRead(conversation, last)));
        else Link?.Post(Wire.MarkRead, new MarkRead(conversation, last), _ => { });
    }

    /// <summary>Looks how far the conversation goes.</summary>
    public void LookAt(ConversationId conversation)
    {
        if (Link is not { } link) return;
        var asked = world.Now;
        link.Post(Wire.ReadEntries, new ReadEntries(conversation, After: Sequence.None, Limit: 1), answer =>
        {
            if (answer.Value is { } page) recorder.Looked(user, conversation, asked, page.Head);
        });
    }

    // What fits whole conversations, what does not, and nothing.
    private static readonly int[] KeptCounts = [1_000, 5, 0];

    /// <summary>One run of the program, put together as <see cref="ParleyClient"/> puts it together.</summary>
    [SuppressMessage("Design", "CA1001", Justification = "A program that is killed disposes of nothing.")]
    private sealed class Run
    {
        private readonly Device _device;
        private readonly World _world;
        private readonly SimulatedServer _server;
        private readonly WorldStore _store;
        private readonly Follower _follower;
        private readonly Outbox _outbox;
        private readonly Acknowledger _acknowledger;
        private readonly KeptState _kept;
        private readonly Backoff _backoff;
        private readonly Queue<Happening> _happenings = new();
        private readonly DeviceId _id;
        private bool _isTelling;
        private bool _isOver;
        private WorldLink? _line;

        public Run(Device device, World world, SimulatedServer server, WorldStore store, ToldRun told)
        {
            (_device, _world, _server, _store, Told, _id) = (device, world, server, store, told, new DeviceId(told.Device.Name));
            var options = new ParleyClientOptions
            {
                Endpoint = new Uri("ws://simulation"), TokenProvider = _ => ValueTask.FromResult(device.User.Value), DeviceId = _id, Store = store,
                SendTimeout = TimeSpan.FromSeconds(20), SettleTimeout = TimeSpan.FromSeconds(20), TimeProvider = new WorldClock(world), KeptEntries = world.OneOf(KeptCounts),
            };
            _backoff = new Backoff(world.Random.NextDouble);
            _acknowledger = new Acknowledger(options.TimeProvider, (conversation, upTo) => Happened(new Happening.Acknowledged(conversation, upTo)));
            _follower = new Follower(options, happening => Happened(happening));
            var answers = new ChangeAnswers(_follower, () => device.User, happening => Happened(happening));
            _outbox = new Outbox(options, new OutboxHooks(_ => { }, Reported, _follower.Landed, answers.Landed), world.Random.NextDouble);
            _kept = new KeptState(options, store, () => device.User, Happened, _follower.LookAt);
            world.Watch(OpenAsync());
        }

        public ToldRun Told { get; }

        public bool IsReady { get; private set; }

        public WorldLink? Link { get; private set; }

        public Task Send(ConversationId conversation, MessageId id, string text) =>
            _outbox.QueueAsync(new OutgoingMessage(conversation, id, MessageContent.OfText(text), TimeSpan.Zero), CancellationToken.None);

        public Task Queue(Change change) => _outbox.QueueAsync(new OutgoingChange(change, TimeSpan.Zero), CancellationToken.None);

        /// <summary>What the program calls a conversation: by the id that it chose, if it chose one.</summary>
        public ConversationId NameOf(ConversationId conversation, IEnumerable<ConversationId> chosen) => chosen.FirstOrDefault(name => _outbox.IdOf(name) == conversation, conversation);

        public void CutLink() => _line?.Cut();

        public void Crash()
        {
            (_isOver, IsReady) = (true, false);
            _store.Crash();
            _line?.Cut();
        }

        public string? Unrest(SimulatedServer server)
        {
            if (!IsReady) return "the store is not open";
            if (Link is null) return "there is no session";
            if (_isTelling) return "something is to be told";
            if (_outbox.Waiting() is [var first, ..]) return $"{first.Method} is not settled";
            if (_device.Directs.Any(chosen => _outbox.Unsettled(chosen).Count > 0)) return "messages to a direct conversation are not settled";
            foreach (var log in server.Logs.Where(log => log.Users.Contains(_device.User)))
            {
                if (_outbox.Unsettled(log.Conversation).Count > 0) return $"{_outbox.Unsettled(log.Conversation).Count} messages to {log.Conversation} are not settled";
                if (!Told.IsAt(log.Conversation, log.Head)) return $"{log.Conversation} was told up to {Told.LastOf(log.Conversation)} of {log.Head}";
                if (log.Cursors[_device.User].DeliveredUpTo != log.Head) return $"of {log.Conversation} {log.Cursors[_device.User].DeliveredUpTo} is acknowledged, and its head is {log.Head}";
            }

            return null;
        }

        private async Task OpenAsync()
        {
            await _outbox.OpenAsync(CancellationToken.None).ConfigureAwait(false);
            await _kept.OpenAsync(Restore).ConfigureAwait(false);
            IsReady = !_isOver;
            Connect();
        }

        private void Restore(KeptHistory history)
        {
            _follower.Restore(history);
            _acknowledger.Restore(history);
        }

        private void Connect()
        {
            if (_isOver) return;
            if (!_server.IsUp)
            {
                _world.In(_backoff.Next(), Connect);
                return;
            }

            var line = _line = new WorldLink(_world, _server, Ended);
            var (epoch, since) = _follower.Resume();
            line.Post(Wire.OpenSession, new OpenSession(_device.User.Value, _id, epoch, since, Client: "simulation"), answer =>
            {
                if (answer.Value is not { } session || line.IsCut || _isOver) return;
                line.Notified = Notified;
                Link = line;
                _follower.Opened(line, session);
                _outbox.Opened(line, session.User);
                _acknowledger.Opened(line);
            });
        }

        private void Ended()
        {
            if (_isOver) return;
            if (Link is not null)
            {
                Link = null;
                _follower.Lost();
                _outbox.Lost();
                _acknowledger.Lost();
            }

            _world.In(_backoff.Next(), Connect);
        }

        private void Notified(string method, byte[] body)
        {
            if (!_isOver) _follower.Notified(new Incoming(IncomingKind.Notification, 0, method, body));
        }

        private void Reported(OutboxStep.Report report)
        {
            if (!_isOver) _device.Report(report);
        }

        /// <summary>The program hears of it a moment later, one thing after the other.</summary>
        private bool Happened(Happening happening)
        {
            if (_isOver) return false;
            _happenings.Enqueue(happening);
            if (_isTelling) return true;
            _isTelling = true;
            _world.In(_world.Between(0, 5), () => _world.Watch(TellAsync()));
            return true;
        }

        /// <summary>As <see cref="ParleyClient"/> does: what waits is made ready together, and then told one after the other.</summary>
        private async Task TellAsync()
        {
            while (!_isOver && _happenings.Count > 0)
            {
                var batch = new List<Happening>();
                do batch.Add(_happenings.Dequeue());
                while (_happenings.Count > 0 && batch is not [.., Happening.Reset] && !_world.Chance(0.1));

                foreach (var happening in await _kept.ReadyAsync(batch).ConfigureAwait(false))
                {
                    if (_isOver) return;
                    Tell(happening);
                    if (_world.Chance(0.05)) await _world.PassAsync(_world.Between(0, 300)).ConfigureAwait(false);
                }
            }

            _isTelling = false;
        }

        private void Tell(Happening happening)
        {
            Told.Hear(happening, out var entry, out var origin);
            if (entry is not null)
            {
                _device.Acknowledges(entry);
                _acknowledger.HandedOver(entry.Conversation, entry.Sequence, origin);
            }

            // A program may die between the two.
            _kept.Told(happening);
        }
    }

    private void Acknowledges(LogEntry entry) => recorder.Asks(entry.Conversation, user, entry.Sequence, Sequence.None);

    private void Report(OutboxStep.Report report)
    {
        recorder.Reported(report);
        // It was not made, or nobody knows: the program asks for it again when it is wanted again.
        if (report is { Item: OutgoingChange { Change.Request: CreateConversation create }, Result: not SendResult.Answered } && _directs.GetValueOrDefault(create.Participants[0]) == create.Conversation) _directs.Remove(create.Participants[0]);
    }
}
