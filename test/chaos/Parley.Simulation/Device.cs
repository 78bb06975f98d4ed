using System.Diagnostics.CodeAnalysis;
using Parley.Client;

namespace Parley.Simulation;

/// <summary>A device with a program on it that uses the SDK's own outbox, follower and acknowledger. The program may die and be started again; its disk stays.</summary>
internal sealed class Device(World world, SimulatedServer server, UserId user, string name, Recorder recorder)
{
    private readonly WorldDisk _disk = new();
    private Run? _run;
    private int _runs;

    public UserId User => user;

    /// <summary>Whether a program runs that has opened its store.</summary>
    public bool IsReady => _run is { IsReady: true };

    /// <summary>The present connection, while its session is open.</summary>
    public WorldLink? Link => _run?.Link;

    /// <summary>Whether nothing waits here, and everything there is was told.</summary>
    public bool IsAtRest => _run is { } run && run.IsAtRest(server);

    public void Start()
    {
        if (_run is not null) return;
        var told = recorder.Begin(user, $"{name}-{++_runs}");
        _run = new Run(this, world, server, new WorldStore(world, _disk), told);
    }

    /// <summary>As <c>kill -9</c>.</summary>
    public void Crash()
    {
        _run?.Crash();
        _run = null;
    }

    /// <summary>Loses the connection.</summary>
    public void Cut() => _run?.CutLink();

    public void Send(ConversationId conversation, string text) => _run?.Send(conversation, text);

    public void Read(ConversationId conversation)
    {
        if (Link is not { } link || _run is not { } run || run.Told.LastOf(conversation) is not { } last) return;
        recorder.Asks(conversation, user, last, last);
        link.Post(Wire.MarkRead, new MarkRead(conversation, last), _ => { });
    }

    /// <summary>Looks how far the conversation goes.</summary>
    public void Look(ConversationId conversation)
    {
        if (Link is not { } link) return;
        var asked = world.Now;
        link.Post(Wire.ReadEntries, new ReadEntries(conversation, After: Sequence.None, Limit: 1), answer =>
        {
            if (answer.Value is { } page) recorder.Looked(user, conversation, asked, page.Head);
        });
    }

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
        private readonly Backoff _backoff;
        private readonly Queue<Happening> _happenings = new();
        private readonly DeviceId _id;
        private bool _isTelling;
        private bool _isOver;
        private WorldLink? _line;

        public Run(Device device, World world, SimulatedServer server, WorldStore store, ToldRun told)
        {
            (_device, _world, _server, _store, Told, _id) = (device, world, server, store, told, new DeviceId(told.Name.Split('-')[0]));
            var options = new ParleyClientOptions
            {
                Endpoint = new Uri("ws://simulation"), TokenProvider = _ => ValueTask.FromResult(device.User.Value), DeviceId = _id, Store = store,
                SendTimeout = TimeSpan.FromSeconds(20), SettleTimeout = TimeSpan.FromSeconds(20), TimeProvider = new WorldClock(world),
            };
            _backoff = new Backoff(world.Random.NextDouble);
            _acknowledger = new Acknowledger(options.TimeProvider);
            _follower = new Follower(options, Happened);
            _outbox = new Outbox(options, new OutboxHooks(_ => { }, Reported, _follower.Landed, (_, _) => { }), world.Random.NextDouble);
            _ = OpenAsync();
        }

        public ToldRun Told { get; }

        public bool IsReady { get; private set; }

        public WorldLink? Link { get; private set; }

        public void Send(ConversationId conversation, string text)
        {
            if (!IsReady) return;
            var id = new MessageId(_world.NewId());
            var kept = _outbox.QueueAsync(new OutgoingMessage(conversation, id, MessageContent.OfText(text), TimeSpan.Zero), CancellationToken.None);
            _device.HandIn(conversation, id, text, kept);
        }

        public void CutLink() => _line?.Cut();

        public void Crash()
        {
            (_isOver, IsReady) = (true, false);
            _store.Crash();
            _line?.Cut();
        }

        public bool IsAtRest(SimulatedServer server) =>
            IsReady && Link is not null && _happenings.Count == 0 && server.Logs.Where(log => log.Users.Contains(_device.User)).All(log =>
                _outbox.Unsettled(log.Conversation).Count == 0 && log.Cursors[_device.User].DeliveredUpTo == log.Head && Told.IsAt(log.Conversation, log.Head));

        private async Task OpenAsync()
        {
            await _outbox.OpenAsync(CancellationToken.None).ConfigureAwait(false);
            IsReady = !_isOver;
            Connect();
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
        private void Happened(Happening happening)
        {
            if (_isOver) return;
            _happenings.Enqueue(happening);
            if (_isTelling) return;
            _isTelling = true;
            _world.In(_world.Between(0, 5), Tell);
        }

        private void Tell()
        {
            if (_isOver) return;
            Told.Hear(_happenings.Dequeue(), out var entry, out var origin);
            if (entry is not null)
            {
                _device.Acknowledges(entry);
                _acknowledger.HandedOver(entry.Conversation, entry.Sequence, origin);
            }

            _isTelling = _happenings.Count > 0;
            if (_isTelling) _world.In(_world.Chance(0.05) ? _world.Between(0, 300) : TimeSpan.Zero, Tell);
        }
    }

    private void Acknowledges(LogEntry entry) => recorder.Asks(entry.Conversation, user, entry.Sequence, Sequence.None);

    private void HandIn(ConversationId conversation, MessageId id, string text, Task kept) => recorder.HandsIn(user, conversation, id, text, kept);

    private void Report(OutboxStep.Report report) => recorder.Reported(report);
}
