using System.Diagnostics.CodeAnalysis;
using Parley.Client;

namespace Parley.Simulation;

/// <summary>A device with a program on it that uses the SDK's own outbox, follower and acknowledger. The program may die and be started again; its disk stays.</summary>
internal sealed class Device(World world, SimulatedServer server, UserId user, string name, Recorder recorder)
{
    private readonly WorldDisk _disk = new();
    private readonly ToldDevice _told = recorder.Device(user, name);
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
    public void Look()
    {
        foreach (var log in server.Logs.Where(log => log.Users.Contains(user))) recorder.Kept(_told, log, _disk.Kept(log.Conversation));
    }

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
            _outbox = new Outbox(options, new OutboxHooks(_ => { }, Reported, _follower.Landed, (_, _) => { }), world.Random.NextDouble);
            _kept = new KeptState(options, store, () => device.User, Happened, _follower.LookAt);
            world.Watch(OpenAsync());
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

        public string? Unrest(SimulatedServer server)
        {
            if (!IsReady) return "the store is not open";
            if (Link is null) return "there is no session";
            if (_isTelling) return "something is to be told";
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

    private void HandIn(ConversationId conversation, MessageId id, string text, Task kept) => recorder.HandsIn(user, conversation, id, text, kept);

    private void Report(OutboxStep.Report report) => recorder.Reported(report);
}
