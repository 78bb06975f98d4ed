using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Parley.Content;
using Parley.Conversations;
using Parley.Delivery;
using Parley.Egress;
using Parley.Gateway;
using Parley.Identity;
using Parley.Inbox;
using Parley.Messages;
using Parley.Moderation;
using Parley.People;
using Parley.Presence;
using Parley.Receipts;
using Parley.Retention;
using Parley.Storage;

namespace Parley.Hosting;

/// <summary>What a node is made from.</summary>
internal sealed record NodeSettings(
    StorageOptions Storage, AppsOptions Apps, GatewayOptions Gateway, LimitsOptions Limits, TimeProvider Clock, IMeterFactory Meters, ILoggerFactory Loggers)
{
    public KeySetsOptions KeySets { get; init; } = new();

    public EgressOptions Egress { get; init; } = new();

    public RoomsOptions Rooms { get; init; } = new();

    public PresenceOptions Presence { get; init; } = new();

    public ContentOptions Content { get; init; } = new();

    /// <summary>Who is asked before a message is recorded, beside the hooks of apps.</summary>
    public IReadOnlyList<IMessageInterceptor> Interceptors { get; init; } = [];

    /// <summary>Who is asked about what was uploaded, beside the hooks of apps (A24).</summary>
    public IReadOnlyList<IContentInterceptor> ContentInterceptors { get; init; } = [];

    /// <summary>How often the node looks which lists of words others put.</summary>
    public TimeSpan WordListsEvery { get; init; } = WordListCache.Every;

    /// <summary>How often the node looks whom others suspended.</summary>
    public TimeSpan StandingEvery { get; init; } = StandingWatch.Every;
}

/// <summary>One running server: every part, put together in the order in which a message meets them, from the database outwards.</summary>
internal sealed partial class ParleyNode : IAsyncDisposable
{
    private readonly NodeSettings _settings;
    private readonly Ballast _ballast;
    private readonly Journal _journal;
    private readonly ReceiptAnnouncer _announcer;
    private readonly RoomAnnouncer _roomAnnouncer;
    private readonly RoomPresence _rooms;
    private readonly EgressClient _egress;
    private readonly KeySets _keySets;
    private readonly StandingWatch _standing;
    private readonly Eraser _eraser;
    private readonly WordListCache _wordLists;
    private readonly Heartbeat _heartbeat;
    private readonly ContentParts _content;
    private volatile StorageException? _fatal;

    private ParleyNode(
        NodeSettings settings, Database database, Ballast ballast, Installation installation, IReadOnlyList<(UserKey User, ConversationId Room)> present)
    {
        var (clock, loggers) = (settings.Clock, settings.Loggers);
        _settings = settings;
        (Database, Installation, _ballast) = (database, installation, ballast);

        _journal = new Journal(database, OnFatal, clock, loggers.CreateLogger<Journal>());
        _egress = new EgressClient(new AddressGuard(settings.Egress), clock);
        _keySets = new KeySets(settings.Apps, settings.KeySets, _egress, clock, loggers.CreateLogger<KeySet>(), settings.Meters);
        var apps = new AppDirectory(settings.Apps, name => installation.Apps[name], _keySets.Find);
        ReceiptAudience ReceiptsOf(AppId app) => apps.OptionsOf(app).Receipts;
        Reader = new ConversationReader(database, ReceiptsOf);
        Subscriptions = new Subscriptions();
        var fanout = new Fanout(Subscriptions, Reader.BetweenAsync, clock, loggers.CreateLogger<Fanout>());
        WhoMayMessage WhoMayMessage(AppId app) =>
            apps.OptionsOf(app).OnlyContactsMayMessage ? Parley.People.WhoMayMessage.Contacts : Parley.People.WhoMayMessage.Anybody;
        var store = new ConversationStore(database, WhoMayMessage);
        var disk = new DiskSpace(settings.Storage, ballast, () => DiskSpace.FreeBytes(settings.Storage), clock);
        var admission = new WriteAdmission(_journal, disk, settings.Storage, clock);
        _rooms = new RoomPresence(Subscriptions, settings.Rooms, clock, loggers.CreateLogger<RoomPresence>());
        _roomAnnouncer = new RoomAnnouncer(fanout, clock, loggers.CreateLogger<RoomAnnouncer>());
        _eraser = new Eraser(database, clock, loggers.CreateLogger<Eraser>());
        Log = new ConversationLog(
            database, store, new CreationGround(database, WhoMayMessage), Reader, _journal, fanout, admission, settings.Rooms, _rooms, _roomAnnouncer, _eraser,
            app => apps.OptionsOf(app).Messages.KeepVersions ? Earlier.Kept : Earlier.Forgotten, clock,
            loggers.CreateLogger<ConversationLog>());
        var digest = new RequestDigest(installation.Key);
        var commands = new ConversationCommands(Log, digest);
        var tokens = new PageTokens(installation);
        _announcer = new ReceiptAnnouncer(fanout, clock, loggers.CreateLogger<ReceiptAnnouncer>(), ReceiptsOf);
        var cursors = new CursorQueue(_journal, admission, _announcer, clock);
        var inbox = new InboxStore(database);
        People = new PeopleReader(database, clock);
        var changes = new ReadChangesHandler(inbox, People, tokens);
        Typists = new Typists(fanout, clock, loggers.CreateLogger<Typists>());
        var lastSeen = new LastSeenQueue(_journal, settings.Presence, clock, loggers.CreateLogger<LastSeenQueue>());
        var hidden = new HiddenFrom(People.BlockersAsync);
        Presence = new PresenceBoard(settings.Presence, hidden.MaySee, lastSeen, clock, loggers.CreateLogger<PresenceBoard>());
        var newUsers = new NewUsers(People, _journal, admission, clock);
        _wordLists = new WordListCache(database, app => apps.OptionsOf(app).Moderation, settings.WordListsEvery, clock, loggers.CreateLogger<WordListCache>());
        var hooks = apps.All.Where(app => app.Options.Moderation.Hook.Url is not null)
            .ToFrozenDictionary(app => app.Id, app => new MessageHook(app.Options.Moderation.Hook, _egress, clock, loggers.CreateLogger<MessageHook>()));
        Interceptors = new Interceptors(settings.Interceptors, app => hooks.GetValueOrDefault(app), apps.NameOf, clock, loggers.CreateLogger<Interceptors>());
        var contentInterceptors = new ContentInterceptors(settings.ContentInterceptors, app => hooks.GetValueOrDefault(app), apps.NameOf, clock, loggers.CreateLogger<ContentInterceptors>());
        _content = new ContentParts(settings, database, _journal, installation, apps.OptionsOf, contentInterceptors, _eraser);
        var moderator = new Moderator(_wordLists, Interceptors, Log, store, (draft, reason, origin) => new HoldingOrigin(origin, draft, reason, database, _journal, clock));
        var policies = new ConcurrentDictionary<AppId, MessagePolicy>();
        var people = new PeopleWriter(database, _journal, admission, fanout, Peopled, Presence.FollowersOf, clock);

        MessagePolicy Policies(AppId app) => policies.GetOrAdd(app, one => MessagePolicy.Of(apps.OptionsOf(one)));

        void Peopled(PeopleChanged changed)
        {
            Log.Forget(changed.Stale);
            if (changed.Judged is { } judged)
            {
                Log.Forget(judged);
                newUsers.Forget(judged);
            }

            foreach (var (blocker, blocked, isBlocked) in changed.Blocks)
            {
                hidden.Change(blocker, blocked, isBlocked);
                Presence.Reconsider(blocked, blocker);
            }

            if (changed.Erased is { } erased)
            {
                Presence.Erase(erased);
                _eraser.Ask();
            }

            if (changed.Ends is { } ended) Gateway!.Sessions.End(ended);
        }

        Handlers = new Handlers(
            new CreateConversationHandler(Log, digest, app => apps.OptionsOf(app).RoomsMadeBy),
            new ChangeParticipantsHandler(commands),
            new SettingsHandler(commands),
            new ModerateHandler(commands),
            new JoinHandler(commands),
            new RoomHandler(Log, Reader, Subscriptions, _roomAnnouncer, _rooms),
            new ReadConversationsHandler(Reader, tokens, installation),
            new ListConversationsHandler(new ConversationLists(database), clock),
            new SendMessageHandler(Log, moderator, digest, Typists, Policies),
            new SendOnlineHandler(Log, moderator, fanout, Policies, clock),
            new SendToHandler(Log, moderator, digest, People, Typists, Policies, apps.OptionsOf),
            new ChangeMessageHandler(Log, moderator, digest, Policies),
            new RemoveMessagesHandler(_journal, admission, database, fanout, clock),
            new CancelMessageHandler(Log),
            new MessageHistoryHandler(new MessageHistory(database)),
            new ListVersionsHandler(database),
            new MarkDeliveredHandler(cursors),
            new MarkReadHandler(cursors, _journal, admission, database, _announcer, clock),
            new ReadAllHandler(cursors, database),
            new GetReceiptsHandler(database, ReceiptsOf),
            changes,
            new ListInboxHandler(inbox, tokens),
            new UpdateInboxHandler(_journal, admission, database, fanout, clock),
            new CountUnreadHandler(inbox),
            new ReadAppHandler(installation, clock),
            new SetPresenceHandler(Presence),
            new ReadPresenceHandler(Presence, new LastSeenStore(database), hidden.LearnAsync, clock),
            new TypingHandler(Log, Typists, settings.Presence, clock),
            new PeopleHandlers(
                new ReadUsersHandler(People, people, apps.OptionsOf, clock),
                new UpdateUserHandler(people),
                new DevicesHandler(() => Gateway!.Sessions),
                new ChangeContactHandler(people, database),
                new ListContactsHandler(People, tokens),
                new ChangeBlocksHandler(people, database),
                new ListBlocksHandler(People),
                new AccountsHandler(People, people, tokens, apps.OptionsOf, clock),
                new StandingHandler(people, database)),
            new ModerationHandlers(
                _wordLists,
                new WordListsHandler(database, _journal, admission, _wordLists, clock),
                new ReportMessageHandler(_journal, admission, database, clock),
                new ReportsHandler(database, _journal, admission, tokens, clock),
                new HeldHandler(database, _journal, admission, Log, tokens, clock)),
            _content.Handlers);

        var verifier = new TokenVerifier(apps, clock, loggers.CreateLogger<TokenVerifier>(), settings.Meters);
        var opening = new SessionOpening(Subscriptions, Presence, Reader, changes, newUsers, installation, settings.Gateway, settings.Content, clock);
        Gateway = new RealtimeGateway(
            Routes.Bind(Handlers), new SessionPorts(verifier.VerifyAsync, newUsers.PassAsync, opening.OpenAsync, End)
            {
                AtOnce = app => apps.OptionsOf(app).SingleSession ? SessionsAtOnce.One : SessionsAtOnce.Several,
            },
            Options.Create(settings.Gateway),
            Options.Create(settings.Limits), Heap.OfProcess, clock, settings.Meters, loggers.CreateLogger<RealtimeGateway>());
        Http = new HttpGateway(Gateway, new ApiKeys(apps));
        HttpContent = _content.Endpoints(Http, settings);

        Retention = new RetentionWorker(
            database, _journal, fanout, [.. apps.All.SelectMany(app => KeptFor.Of(app.Id, app.Options.Retention))], clock, loggers.CreateLogger<RetentionWorker>());
        _standing = new StandingWatch(People, Gateway.Sessions.End, settings.StandingEvery, clock, loggers.CreateLogger<StandingWatch>());
        _journal.Start();
        _rooms.Start(present, Handlers.Rooms.Expire);
        _keySets.Start();
        _standing.Start();
        Retention.Start();
        _eraser.Ask();
        _heartbeat = new Heartbeat(Gateway);
        _content.Collector.Start();
    }

    public Database Database { get; }

    public Installation Installation { get; }

    public ConversationReader Reader { get; }

    public PeopleReader People { get; }

    public Subscriptions Subscriptions { get; }

    public PresenceBoard Presence { get; }

    public Typists Typists { get; }

    public ConversationLog Log { get; }

    /// <summary>Who is asked before a message is recorded.</summary>
    public Interceptors Interceptors { get; }

    public RetentionWorker Retention { get; }

    public Handlers Handlers { get; }

    public RealtimeGateway Gateway { get; }

    public HttpGateway Http { get; }

    public ContentEndpoints HttpContent { get; }

    public ContentParts Content => _content;

    /// <summary>Whether something is being written, or waits for it, at this moment.</summary>
    public bool IsWriting => _journal.Oldest != long.MaxValue;

    /// <summary>Whether something is being written, answered or sent at this moment.</summary>
    public bool IsBusy
    {
        get
        {
            if (IsWriting) return true;
            var connections = new List<Connection>();
            Gateway.Sessions.CopyTo(connections);
            return connections.Exists(connection => connection.Queue.Unsent > 0 || connection.Intake.UnderWay > 0);
        }
    }

    /// <summary>Why nothing can be acknowledged any more; null while all is well.</summary>
    public StorageException? Fatal => _fatal;

    /// <summary>Brings the database to this version's schema, and starts. The database is the caller's to dispose, after the node.</summary>
    /// <exception cref="StorageException">The database cannot be reached or migrated; the message says what to do.</exception>
    public static async Task<ParleyNode> StartAsync(NodeSettings settings, Database database, CancellationToken cancel)
    {
        var storage = settings.Storage;
        var ballast = new Ballast(storage, () => DiskSpace.FreeBytes(storage), settings.Clock, settings.Loggers.CreateLogger<Ballast>());
        // Before anything is written: a disk that filled up while the server was away must not keep it from starting for ever.
        database.WhenFull = ballast.Free;
        await new Migrator(database).MigrateAsync(cancel);
        var installation = await Installation.LoadAsync(database, settings.Apps.Keys, cancel);
        ballast.Start();
        var node = new ParleyNode(settings, database, ballast, installation, await RoomRows.PresentAsync(database, cancel));
        await node._wordLists.StartAsync(cancel);
        return node;
    }

    /// <summary>Whether the database answers, and the node still writes.</summary>
    public async Task<bool> IsReadyAsync(CancellationToken cancel)
    {
        if (_fatal is not null || _journal.IsStopping) return false;
        try
        {
            await using var session = await Database.OpenReaderAsync(cancel);
            await session.QueryAsync($"select 1", _ => 0, cancel);
            return true;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            NodeLog.NotReady(_settings.Loggers.CreateLogger<ParleyNode>(), Database.Explain(exception));
            return false;
        }
    }

    /// <summary>A connection has ended: takes it out of everything.</summary>
    public void End(Subscriber subscriber)
    {
        Typists.Disconnected(subscriber);
        Presence.Disconnected(subscriber);
        Subscriptions.Unregister(subscriber);
        _rooms.Disconnected(subscriber.User);
    }

    private void OnFatal(StorageException failure)
    {
        _fatal = failure;
        NodeLog.Fatal(_settings.Loggers.CreateLogger<ParleyNode>(), failure);
        // After a failed fsync only recovery at the next start knows what is on disk: going on would acknowledge from memory.
        if (_settings.Storage.FatalErrors == FatalStorageErrors.Exit) Environment.FailFast($"Parley stops: {failure.Message}");
    }

    /// <summary>Lets clients go, then stops writing.</summary>
    public async ValueTask DisposeAsync()
    {
        await Gateway.DrainAsync(CancellationToken.None);
        await _heartbeat.DisposeAsync();
        await _standing.DisposeAsync();
        await _wordLists.DisposeAsync();
        await Retention.DisposeAsync();
        await _keySets.DisposeAsync();
        _egress.Dispose();
        await _rooms.DisposeAsync();
        await Typists.DisposeAsync();
        await Presence.DisposeAsync();
        await _eraser.DisposeAsync();
        await _content.DisposeAsync();
        await _journal.DisposeAsync();
        await _roomAnnouncer.DisposeAsync();
        await _announcer.DisposeAsync();
        await _ballast.DisposeAsync();
    }

    private static partial class NodeLog
    {
        [LoggerMessage(1, LogLevel.Critical, "The database may have lost what was acknowledged")]
        public static partial void Fatal(ILogger logger, Exception exception);

        [LoggerMessage(2, LogLevel.Warning, "The database does not answer")]
        public static partial void NotReady(ILogger logger, Exception exception);
    }
}
