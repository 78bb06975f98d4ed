using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Parley.Content;
using Parley.Conversations;
using Parley.Delivery;
using Parley.Egress;
using Parley.Gateway;
using Parley.Hosting;
using Parley.Identity;
using Parley.Moderation;
using Parley.Presence;
using Parley.Storage;

namespace Parley.Tests;

/// <summary>A whole node on an empty database of its own; speaks in the words a test reader would use. Apps: demo and other.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    public const string Secret = "a secret of the tests, 32 bytes or more";

    /// <summary>However busy the machine is, and however far a test's clock leaps over what just waits, no test is refused by accident; a test of waiting configures it.</summary>
    private static readonly TimeSpan Patient = TimeSpan.FromDays(10_000);

    private readonly TestDatabase _files;
    private readonly ServiceProvider _services;
    private readonly StorageOptions _storage;
    private readonly ILoggerFactory _loggers;
    private readonly RoomsOptions _rooms = new() { SendsPerSecond = 1_000 };
    private TimeProvider _clock = TimeProvider.System;
    private readonly Action<AppOptions> _configureApps;

    private TestServer(TestDatabase files, ServiceProvider services, StorageOptions storage, Action<AppOptions> configureApps)
    {
        (_files, _services, _storage, _configureApps) = (files, services, storage, configureApps);
        _loggers = LoggerFactory.Create(logging => logging.AddProvider(Log).SetMinimumLevel(LogLevel.Warning));
    }

    public ParleyNode Node { get; private set; } = null!;

    /// <summary>What the node logged: warnings and worse.</summary>
    public RecordedLog Log { get; } = new();

    public Database Database => Faults;

    /// <summary>The database, and what goes wrong in it.</summary>
    public FaultyDatabase Faults { get; private set; } = null!;

    public string ConnectionString => _files.ConnectionString;

    /// <summary>Where the database is, as the commands are told.</summary>
    public StorageOptions Storage => _storage;

    /// <summary>Another key for each row of a statement that makes many.</summary>
    public Sql RandomKey => _storage.Engine == StorageEngine.Sqlite ? Sql.From($"randomblob(16)") : Sql.From($"gen_random_uuid()");

    public AppId App => Node.Installation.Apps["demo"];

    /// <summary>What is taken of uploads. Nothing is collected but when a test says so.</summary>
    public ContentOptions Content { get; } = new() { MinFreeBytes = 0, MinFreePercent = 0, CollectEvery = Timeout.InfiniteTimeSpan };

    /// <summary>Who is asked before a message is recorded, from the next start on.</summary>
    public IReadOnlyList<IMessageInterceptor> Interceptors { get; set; } = [];

    /// <summary>Who is asked about what is uploaded, from the next start on.</summary>
    public IReadOnlyList<IContentInterceptor> ContentInterceptors { get; set; } = [];

    /// <summary>How often nodes look which lists of words others put.</summary>
    public TimeSpan WordListsEvery { get; set; } = Timeout.InfiniteTimeSpan;

    /// <summary>What tests serve on this machine may be reached.</summary>
    private static EgressOptions Local
    {
        get
        {
            var options = new EgressOptions();
            options.AllowedNetworks.Add("127.0.0.1");
            return options;
        }
    }

    /// <summary>How presence is told and kept.</summary>
    public PresenceOptions Presence { get; private init; } = new();

    public static async Task<TestServer> StartAsync(
        Engine engine, Action<StorageOptions>? configure = null, TimeProvider? clock = null, PresenceOptions? presence = null, Action<RoomsOptions>? configureRooms = null,
        Action<AppOptions>? apps = null, Action<ContentOptions>? content = null, IReadOnlyList<IContentInterceptor>? ofContent = null, params IMessageInterceptor[] interceptors)
    {
        var files = await TestDatabase.CreateForServerAsync(engine);
        var storage = new StorageOptions { Engine = engine == Engine.Sqlite ? StorageEngine.Sqlite : StorageEngine.Postgres, FatalErrors = FatalStorageErrors.RefuseWrites, BallastBytes = 0, MaxWait = Patient };
        if (engine == Engine.Sqlite) storage.DataDirectory = Path.GetDirectoryName(new Microsoft.Data.Sqlite.SqliteConnectionStringBuilder(files.ConnectionString).DataSource)!;
        else storage.PostgresConnectionString = files.ConnectionString;
        configure?.Invoke(storage);
        var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var server = new TestServer(files, services, storage, apps ?? (_ => { })) { _clock = clock ?? TimeProvider.System, Presence = presence ?? new PresenceOptions(), Interceptors = interceptors };
        configureRooms?.Invoke(server._rooms);
        server.Content.Directory = Path.Combine(files.Folder, "content");
        content?.Invoke(server.Content);
        server.ContentInterceptors = ofContent ?? [];
        await server.OpenAsync();
        return server;
    }

    /// <summary>Stops and starts again on the same database.</summary>
    public async Task RestartAsync(Action<StorageOptions>? configure = null)
    {
        await CloseAsync();
        configure?.Invoke(_storage);
        await OpenAsync();
    }

    /// <summary>Starts again after <see cref="CloseAsync"/>.</summary>
    public async Task OpenAsync()
    {
        Faults = new FaultyDatabase(Databases.Open(_storage));
        var key = new AppKeyOptions { Secret = Secret };
        var apps = new AppsOptions();
        foreach (var name in new[] { "demo", "other" })
        {
            var app = new AppOptions();
            app.Keys.Add(key);
            _configureApps(app);
            apps.Add(name, app);
        }

        Node = await ParleyNode.StartAsync(
            new NodeSettings(
                _storage, apps, new GatewayOptions { DrainTime = TimeSpan.Zero }, new LimitsOptions(), _clock,
                _services.GetRequiredService<IMeterFactory>(), _loggers)
            {
                Presence = Presence,
                Rooms = _rooms,
                Content = Content,
                ContentInterceptors = ContentInterceptors,
                Interceptors = Interceptors,
                Egress = Local,
                WordListsEvery = WordListsEvery,
                StandingEvery = Timeout.InfiniteTimeSpan,
            },
            Database, CancellationToken.None);
    }

    /// <summary>Stops; the database stays.</summary>
    public async Task CloseAsync()
    {
        await Node.DisposeAsync();
        await Database.DisposeAsync();
    }

    /// <summary>Another node on the same database: only on PostgreSQL.</summary>
    public async Task<(ParleyNode Node, Database Database)> StartAnotherNodeAsync()
    {
        var database = Databases.Open(_storage);
        var node = await ParleyNode.StartAsync(
            new NodeSettings(
                _storage, [], new GatewayOptions { DrainTime = TimeSpan.Zero }, new LimitsOptions(), TimeProvider.System,
                _services.GetRequiredService<IMeterFactory>(), _loggers) { StandingEvery = Timeout.InfiniteTimeSpan, Content = Content, WordListsEvery = WordListsEvery },
            database, CancellationToken.None);
        return (node, database);
    }

    public Caller As(string user, string app = "demo") => new(Node.Installation.Apps[app], new UserId(user), new DeviceId("test"));

    /// <summary>Hands a command to its handler, as the router would.</summary>
    public Task<Outcome<TResult>> AskAsync<TResult>(Caller caller, object command, ParleyNode? node = null)
        where TResult : class
    {
        var origin = new AwaitedOrigin();
        Ask(caller, command, origin, node);
        return origin.AsAsync<TResult>();
    }

    /// <summary>As the other, for tests that bring their own origin, or order several requests.</summary>
    public void Ask(Caller caller, object command, Origin origin, ParleyNode? node = null) => Ask((node ?? Node).Handlers, caller, command, origin);

    /// <summary>As the other, of a node that somebody else started.</summary>
    public static void Ask(Handlers handlers, Caller caller, object command, Origin origin)
    {
        var none = CancellationToken.None;
        switch (command)
        {
            case CreateConversation create: handlers.Create.Handle(caller, create, origin); break;
            case AddParticipants add: handlers.Participants.Handle(caller, add, origin); break;
            case RemoveParticipants remove: handlers.Participants.Handle(caller, remove, origin); break;
            case LeaveConversation leave: handlers.Participants.Handle(caller, leave, origin); break;
            case ChangePermissions change: handlers.Participants.Handle(caller, change, origin); break;
            case AddOwner add: handlers.Participants.Handle(new PlatformCaller(caller.App, "test"), add, origin); break;
            case UpdateConversation update: handlers.Settings.Handle(caller, update, origin); break;
            case DeleteConversation delete: handlers.Settings.Handle(caller, delete, origin); break;
            case SetAttributes set: handlers.Settings.Handle(caller, set, origin); break;
            case GetConversations many: _ = handlers.Conversations.HandleAsync(caller, many, origin, none); break;
            case ListParticipants list: _ = handlers.Lists.HandleAsync(caller, list, origin, none); break;
            case ListPublic list: _ = handlers.Lists.HandleAsync(caller, list, origin, none); break;
            case ListInvitations list: _ = handlers.Lists.HandleAsync(caller, list, origin, none); break;
            case GetAttributes attributes: _ = handlers.Lists.HandleAsync(caller, attributes, origin, none); break;
            case MuteParticipants mute: handlers.Moderation.Handle(caller, mute, origin); break;
            case UnmuteParticipants unmute: handlers.Moderation.Handle(caller, unmute, origin); break;
            case BanParticipants ban: handlers.Moderation.Handle(caller, ban, origin); break;
            case UnbanParticipants unban: handlers.Moderation.Handle(caller, unban, origin); break;
            case AllowParticipants allow: handlers.Moderation.Handle(caller, allow, origin); break;
            case DisallowParticipants disallow: handlers.Moderation.Handle(caller, disallow, origin); break;
            case JoinConversation join: handlers.Joining.Handle(caller, join, origin); break;
            case InviteParticipants invite: handlers.Joining.Handle(caller, invite, origin); break;
            case DeclineInvitation decline: handlers.Joining.Handle(caller, decline, origin); break;
            case WithdrawInvitations withdraw: handlers.Joining.Handle(caller, withdraw, origin); break;
            case ApproveJoins approve: handlers.Joining.Handle(caller, approve, origin); break;
            case DeclineJoins decline: handlers.Joining.Handle(caller, decline, origin); break;
            case UpdateInbox update: handlers.Flags.Handle(caller, update, origin); break;
            case MarkUnread mark: handlers.Flags.Handle(caller, mark, origin); break;
            case JoinRoom join: handlers.Rooms.Handle(caller, join, origin); break;
            case LeaveRoom leave: handlers.Rooms.Handle(caller, leave, origin); break;
            case SendMessage send: handlers.Send.Handle(caller, send, origin); break;
            case ForwardMessage forward: handlers.Send.Handle(caller, forward, origin); break;
            case SendToMany many: handlers.SendTo.Handle(caller, many, origin); break;
            case SendOnline online: _ = handlers.SendOnline.HandleAsync(caller, online, origin, none); break;
            case EditMessage edit: handlers.ChangeMessage.Handle(caller, edit, origin); break;
            case RecallMessage recall: handlers.ChangeMessage.Handle(caller, recall, origin); break;
            case RemoveMessages remove: handlers.RemoveMessages.Handle(caller, remove, origin); break;
            case CancelMessage cancel: handlers.CancelMessage.Handle(caller, cancel, origin); break;
            case MarkDelivered delivered: handlers.Delivered.Handle(caller, delivered, origin); break;
            case ReadAll all: _ = handlers.ReadAll.HandleAsync(caller, all, origin, none); break;
            case GetReceipts get: _ = handlers.Receipts.HandleAsync(caller, get, origin, none); break;
            case MarkRead read: handlers.Read.Handle(caller, read, origin); break;
            case GetConversation get: _ = handlers.Conversations.HandleAsync(caller, get, origin, none); break;
            case ReadEntries entries: _ = handlers.Conversations.HandleAsync(caller, entries, origin, none); break;
            case ListVersions versions: _ = handlers.Versions.HandleAsync(caller, versions, origin, none); break;
            case ListMessages list: _ = handlers.History.HandleAsync(caller, list, origin, none); break;
            case FindEntry find: _ = handlers.History.HandleAsync(caller, find, origin, none); break;
            case SyncConversations sync: _ = handlers.Conversations.HandleAsync(caller, sync, origin, none); break;
            case ReadChanges changes: _ = handlers.Changes.HandleAsync(caller, changes, origin, none); break;
            case ListInbox list: _ = handlers.Inbox.HandleAsync(caller, list, origin, none); break;
            case SetPresence set: handlers.SetPresence.Handle(caller, set, origin); break;
            case SetDevicePresence device: handlers.SetPresence.Handle(caller, device, origin); break;
            case GetPresence presence: _ = handlers.Presence.HandleAsync(caller, presence, origin, none); break;
            case SubscribePresence subscribe: _ = handlers.Presence.HandleAsync(caller, subscribe, origin, none); break;
            case UnsubscribePresence unsubscribe: handlers.Presence.Handle(caller, unsubscribe, origin); break;
            case ListPresenceSubscriptions subscriptions: handlers.Presence.Handle(caller, subscriptions, origin); break;
            case SetTyping typing: _ = handlers.Typing.HandleAsync(caller, typing, origin, none); break;
            case GetContentUrl url: _ = handlers.Content.HandleAsync(caller, url, origin, none); break;
            case GetContent get: _ = handlers.Content.HandleAsync(caller, get, origin, none); break;
            case CountUnread count: _ = handlers.Unread.HandleAsync(caller, count, origin, none); break;
            case ReportMessage or PutWordList or DeleteWordList or GetWordList or ListWordLists or ListReports or ResolveReport or GetModeratedMessage or ListHeld or ReleaseHeld or RejectHeld:
                AskingOfModeration.Ask(handlers.Words, caller, command, origin);
                break;
            default: AskOfPeople(handlers.People, caller, command, origin); break;
        }
    }

    private static void AskOfPeople(PeopleHandlers handlers, Caller caller, object command, Origin origin)
    {
        var none = CancellationToken.None;
        var platform = new PlatformCaller(caller.App, "test");
        switch (command)
        {
            case GetUsers get: _ = handlers.Users.HandleAsync(caller, get, origin, none); break;
            case FindUser find: _ = handlers.Users.HandleAsync(caller, find, origin, none); break;
            case GetOwnProfile me: _ = handlers.Users.HandleAsync(caller, me, origin, none); break;
            case UpdateUser update: handlers.Update.Handle(caller, update, origin); break;
            case ListDevices devices: _ = handlers.Devices.HandleAsync(caller, devices, origin, none); break;
            case EndDevice end: handlers.Devices.Handle(caller, end, origin); break;
            case RequestContact request: handlers.Contacts.Handle(caller, request, origin); break;
            case AcceptContact accept: handlers.Contacts.Handle(caller, accept, origin); break;
            case DeclineContact decline: handlers.Contacts.Handle(caller, decline, origin); break;
            case RemoveContact remove: handlers.Contacts.Handle(caller, remove, origin); break;
            case ListContacts list: _ = handlers.ListContacts.HandleAsync(caller, list, origin, none); break;
            case AddBlocks add: handlers.Blocks.Handle(caller, add, origin); break;
            case RemoveBlocks remove: handlers.Blocks.Handle(caller, remove, origin); break;
            case ListBlocks list: _ = handlers.ListBlocks.HandleAsync(caller, list, origin, none); break;
            // The platform's: of the app of the caller, whoever he is.
            case PutUser put: handlers.Accounts.Handle(platform, put, origin); break;
            case ListUsers list: _ = handlers.Accounts.HandleAsync(platform, list, origin, none); break;
            case SuspendUser suspend: handlers.Standing.Handle(platform, suspend, origin); break;
            case RestoreUser restore: handlers.Standing.Handle(platform, restore, origin); break;
            case MuteUser mute: handlers.Standing.Handle(platform, mute, origin); break;
            case UnmuteUser unmute: handlers.Standing.Handle(platform, unmute, origin); break;
            case DeactivateUser deactivate: handlers.Standing.Handle(platform, deactivate, origin); break;
            case DeleteUser delete: handlers.Standing.Handle(platform, delete, origin); break;
            default: throw new ArgumentException($"no handler takes {command.GetType().Name}", nameof(command));
        }
    }

    /// <summary>Hands requests to the log while the database is busy with another conversation, so that they come into one batch; their answers.</summary>
    public async Task<Outcome<LogEntry>[]> TogetherAsync(ConversationId other, Func<IEnumerable<Task<Outcome<LogEntry>>>> ask)
    {
        var (reached, released) = Faults.HoldCommits();
        var holding = SendAsync("alice", other, "holds the database");
        await reached;
        Faults.Batches.Clear();
        var asked = ask().ToArray();
        released.SetResult();
        await holding;
        return await Task.WhenAll(asked).WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
    }

    /// <summary>Hands a request to the log itself.</summary>
    public Task<Outcome<LogEntry>> RecordAsync(Func<Origin, LogRequest> request)
    {
        var origin = new AwaitedOrigin();
        Node.Log.Record(request(origin));
        return origin.AsAsync<LogEntry>();
    }

    public async Task<ConversationState> StateAsync(string user, ConversationId conversation) =>
        (await AskAsync<ConversationState>(As(user), new GetConversation(conversation))).Value!;

    public Task<Outcome<LogEntry>> SendAsync(string sender, ConversationId to, string text, MessageId? message = null) =>
        AskAsync<LogEntry>(As(sender), new SendMessage(to, message ?? MessageId.New(), MessageContent.OfText(text)));

    public Task<Outcome<ConversationCreatedAnswer>> CreateAsync(string creator, CreateConversation command) =>
        AskAsync<ConversationCreatedAnswer>(As(creator), command);

    /// <summary>A direct conversation of two, or a group of which the first is the owner.</summary>
    public async Task<ConversationId> ConversationOfAsync(params string[] users)
    {
        var kind = users.Length == 2 ? ConversationKind.Direct : ConversationKind.Group;
        var created = await CreateAsync(users[0], new CreateConversation(ConversationId.New(), kind, [.. users.Skip(1).Select(user => new UserId(user))]));
        return created.Value!.Conversation.Conversation;
    }

    public Task<Outcome<LogEntry>> AddAsync(string actor, ConversationId to, params string[] users) =>
        AskAsync<LogEntry>(As(actor), new AddParticipants(to, CommandId.New(), [.. users.Select(user => new UserId(user))]));

    public Task<Outcome<LogEntry>> RemoveAsync(string actor, ConversationId from, params string[] users) =>
        AskAsync<LogEntry>(As(actor), new RemoveParticipants(from, CommandId.New(), [.. users.Select(user => new UserId(user))]));

    public Task<Outcome<LogEntry>> LeaveAsync(string user, ConversationId conversation) =>
        AskAsync<LogEntry>(As(user), new LeaveConversation(conversation, CommandId.New()));

    public Task<Outcome<MessageCancelled>> CancelAsync(string sender, ConversationId conversation, MessageId message) =>
        AskAsync<MessageCancelled>(As(sender), new CancelMessage(conversation, message));

    public Task<Outcome<EntriesPage>> EntriesAsync(string user, ReadEntries query) => AskAsync<EntriesPage>(As(user), query);

    public Task<Outcome<ReceiptCursors>> DeliveredAsync(string user, ConversationId conversation, long upTo) =>
        AskAsync<ReceiptCursors>(As(user), new MarkDelivered(conversation, new Sequence(upTo)));

    public Task<Outcome<ReceiptCursors>> ReadAsync(string user, ConversationId conversation, long upTo) =>
        AskAsync<ReceiptCursors>(As(user), new MarkRead(conversation, new Sequence(upTo)));

    public Task<Outcome<InboxPage>> InboxAsync(string user, ListInbox? query = null) =>
        AskAsync<InboxPage>(As(user), query ?? new ListInbox());

    /// <summary>Changes the database behind the server's back.</summary>
    public Task ChangeAsync(Sql sql) => Database.ChangeAsync(sql);

    /// <summary>A number that a query answers.</summary>
    public Task<long> NumberAsync(Sql sql) => Database.NumberAsync(sql);

    /// <summary>The whole log as a user sees it.</summary>
    public async Task<List<LogEntry>> HistoryAsync(string user, ConversationId conversation)
    {
        var entries = new List<LogEntry>();
        for (; ; )
        {
            var page = (await EntriesAsync(user, new ReadEntries(conversation, After: new Sequence(entries.Count)))).Value!;
            entries.AddRange(page.Entries);
            if (!page.More) return entries;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // A test that failed while it held something must end all the same.
        Faults.LetGo();
        await CloseAsync();
        await _services.DisposeAsync();
        _loggers.Dispose();
        if (_files.Engine == Engine.Postgres) NpgsqlConnection.ClearAllPools();
        await _files.DisposeAsync();
    }
}
