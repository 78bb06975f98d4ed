using System.Text.Json;
using System.Threading.Channels;

namespace Parley.Client;

/// <summary>One user on one device, connected to a Parley server; it reconnects by itself and catches up.</summary>
/// <remarks>
/// Safe for use from any thread. Events are raised one at a time, in order, on a thread of the client's own or on <see cref="ParleyClientOptions.SynchronizationContext"/>; a listener that takes
/// long delays later events and nothing else, and may call and await anything of the client. Listeners are called in the order they were added; one that throws is reported by <see cref="ListenerFailed"/>. One that is
/// added or removed while an event is raised hears, or does not hear, the next one. With a <see cref="ParleyClientOptions.Store"/> a new process tells what came since the last one's listeners were called; without one positions
/// and the outbox live in memory, and it starts where the user's delivered cursors are, so it hears again of what was not acknowledged.
/// </remarks>
public sealed partial class ParleyClient : IAsyncDisposable
{
    private readonly Connection _connection;
    private readonly ContentHttp _http;
    private readonly Follower _follower;
    private readonly Outbox _outbox;
    private readonly Acknowledger _acknowledger;
    private readonly PeopleWatch _people;
    private readonly KeptState? _kept;
    private readonly Listeners _listeners;
    private readonly EntryStreams _streams = new();
    private readonly Channel<Happening> _happenings = Channel.CreateUnbounded<Happening>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Lock _gate = new();
    private readonly List<LiveConversation> _live = [];
    private readonly List<ConversationList> _lists = [];
    private readonly Typists _typists = new();
    private readonly TypingSignals _typing;
    private readonly ITimer _typingTimer;
    private readonly long _start;
    private readonly bool _acknowledges;
    private readonly Task _telling;
    private volatile SessionOpened? _session;
    private int _untold;
    private string? _resumedSince;

    /// <summary>Makes a client that is not connected yet.</summary>
    /// <exception cref="ArgumentException">The options cannot work.</exception>
    public ParleyClient(ParleyClientOptions options)
        : this(options, options?.Uniform ?? Random.Shared.NextDouble)
    {
    }

    internal ParleyClient(ParleyClientOptions options, Func<double> uniform)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Problem() is { } problem) throw new ArgumentException(problem, nameof(options));
        Options = options = options.Copy();
        _acknowledges = options is { AcknowledgeDelivery: true, Receive: ReceiveMode.Everything };
        Teller = new Teller(options);
        _listeners = new Listeners(options.LoggerFactory, failure => _listeners!.Call(ListenerFailed, this, nameof(ListenerFailed), failure));
        _acknowledger = new Acknowledger(options.TimeProvider, (conversation, upTo) => _ = _kept is not null && Happened(new Happening.Acknowledged(conversation, upTo)));
        _follower = new Follower(options, Followed);
        var answers = new ChangeAnswers(_follower, () => _session?.User, happening => Happened(happening));
        var outboxHooks = new OutboxHooks(Entered, report => Happened(report.Item is OutgoingMessage ? new Happening.Settled(report) : new Happening.ChangeSettled(report)), _follower.Landed, answers.Landed)
        {
            StoreFailed = failure => Happened(new Happening.StoreFailed(failure)),
        };
        _outbox = new Outbox(options, outboxHooks, uniform);
        if (options is { Store: { } store, Receive: ReceiveMode.Everything }) _kept = new KeptState(options, store, () => Me, Happened, _follower.LookAt);
        var hooks = new ConnectionHooks(
            Resume, _follower.Outdated, () => Presence!.Choice, () => _outbox.Device, session => _outbox.Obstacle(session.User), Opened, Notified, Lost, change => Happened(new Happening.StateChanged(change)));
        _connection = new Connection(options, hooks, uniform);
        var requests = new Requests(_connection, options, uniform);
        _typing = new TypingSignals(requests, options.TimeProvider);
        Changes = new Changes(_outbox, requests, answers);
        Conversations = new Conversations(this, requests, _follower, _typing, Changes);
        Messages = new Messages(_outbox, requests, _streams, _follower, Changes);
        Inbox = new Inbox(this, requests, _follower, Changes);
        Receipts = new Receipts(this, requests, Changes);
        Presence = new Presence(this, requests, _follower.Pace);
        _http = new ContentHttp(options, _connection.Tokens);
        Content = new Content(options, _http, () => _session, () => _connection.ServerTimeOffset, uniform);
        _outbox.Uploads = Content;
        _start = options.TimeProvider.GetTimestamp();
        _typingTimer = options.TimeProvider.CreateTimer(_ => Happened(new Happening.TimePassed()), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Users = new Users(this, requests, Changes);
        Contacts = new Contacts(this, requests, Changes);
        Blocks = new Blocks(this, requests, Changes);
        _people = new PeopleWatch(Users, Contacts, Blocks, options, Happened);
        _telling = Task.Run(TellAsync);
        options.Made?.Invoke(this);
    }

    /// <summary>Where the connection stands now; <see cref="StateChanged"/> tells each change in order, a little later.</summary>
    public ConnectionState State => _connection.State;

    /// <summary>What the server said when it opened the last session: user, app, limits; null before the first.</summary>
    public SessionOpened? Session => _session;

    /// <summary>How far the server's clock is ahead of this device's.</summary>
    public TimeSpan ServerTimeOffset => _connection.ServerTimeOffset;

    /// <summary>Conversations: create, look at, change, open.</summary>
    public Conversations Conversations { get; }

    /// <summary>Messages: send, receive, cancel.</summary>
    public Messages Messages { get; }

    /// <summary>Everything else that changes something, handed in without waiting for the answer.</summary>
    public Changes Changes { get; }

    /// <summary>The list of the user's conversations with what is unread.</summary>
    public Inbox Inbox { get; }

    /// <summary>Saying what was read.</summary>
    public Receipts Receipts { get; }

    /// <summary>How people can be reached.</summary>
    public Presence Presence { get; }

    /// <summary>Profiles: the own and those of others; the user's devices.</summary>
    public Users Users { get; }

    /// <summary>The user's contacts, and requests to be one.</summary>
    public Contacts Contacts { get; }

    /// <summary>Pictures and files: uploading and fetching them.</summary>
    public Content Content { get; }

    /// <summary>Whom the user blocks.</summary>
    public Blocks Blocks { get; }

    internal ParleyClientOptions Options { get; }

    /// <summary>Runs what calls the program.</summary>
    internal Teller Teller { get; }

    /// <summary>What happened and was not told to the end yet.</summary>
    // In this order: what is handed over is counted by the teller before it is not counted here any more.
    internal int Untold => Volatile.Read(ref _untold) + Teller.Waiting;

    /// <summary>Starts connecting, and completes when the session is open. From then on the client reconnects by itself.</summary>
    /// <remarks>Calling it again while connected or connecting only waits. Cancelling stops waiting, not connecting. After the client closed for good it starts anew. In the background it ends the rest that <see cref="EnterBackground"/> asked for.</remarks>
    /// <exception cref="ParleyConnectionException">The server ended it for good: a refused token, another connection of the same device.</exception>
    public async Task ConnectAsync(CancellationToken cancel = default)
    {
        await OpenStoreAsync(cancel).ConfigureAwait(false);
        _connection.Start();
        await _connection.OpenAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>All entries from now on, own ones included, in sequence per conversation, each once. Buffering starts with this call, not with the enumeration.</summary>
    /// <param name="cancel">Ends the stream.</param>
    /// <exception cref="OperationCanceledException">It was cancelled. When the client is disposed the stream just ends.</exception>
    public IAsyncEnumerable<LogEntry> ReceiveEntriesAsync(CancellationToken cancel = default) => _streams.Open((_, _) => true, cancel);

    /// <summary>Closes the connection and ends everything: unsent messages fail, unanswered ones are unknown, and both stay in the store, where there is one, for the next client; uploads stay where they are, streams end.</summary>
    /// <remarks>
    /// Waits for the listener that is being called; so a listener must not wait for this. With a <see cref="ParleyClientOptions.SynchronizationContext"/> it waits for no listener, and what was not told by then is not told any more.
    /// </remarks>
    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _connection.DisposeAsync().ConfigureAwait(false);
        _people.Dispose();
        await _outbox.EndAsync().ConfigureAwait(false);
        _happenings.Writer.TryComplete();
        await _telling.ConfigureAwait(false);
        Teller.End();
        if (_kept is not null) await _kept.EndAsync().ConfigureAwait(false);
        _streams.Complete();
        _acknowledger.Dispose();
        Presence.Dispose();
        await _typingTimer.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Whose client it is, as the last session said, or the store; null before either does.</summary>
    internal UserId? Me => _session?.User ?? _outbox.Owner;

    /// <summary>Opens the store, once, and goes on from what is in it; nothing where there is none.</summary>
    /// <exception cref="LocalStoreException">It cannot be used. Asked again, it is tried again.</exception>
    internal async Task OpenStoreAsync(CancellationToken cancel)
    {
        await _outbox.OpenAsync(cancel).ConfigureAwait(false);
        if (_kept is not null) await _kept.OpenAsync(Restore).WaitAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>What is kept on the device, open; null where nothing is.</summary>
    /// <exception cref="LocalStoreException">It cannot be used.</exception>
    internal async Task<KeptState?> KeptAsync(CancellationToken cancel)
    {
        await OpenStoreAsync(cancel).ConfigureAwait(false);
        return _kept;
    }

    internal void Add(LiveConversation live)
    {
        lock (_gate) _live.Add(live);
    }

    /// <summary>Keeps its cursors fresh from now on: the server knows of it.</summary>
    internal void Follow(LiveConversation live)
    {
        lock (_gate)
        {
            if (!_live.Contains(live)) return;
            live.Followed = live.Id;
            _follower.Open(live.Id);
        }
    }

    internal void Remove(LiveConversation live)
    {
        lock (_gate)
        {
            if (_live.Remove(live) && live.Followed is { } followed) _follower.Close(followed);
        }
    }

    internal void Add(ConversationList list)
    {
        lock (_gate) _lists.Add(list);
    }

    internal void Remove(ConversationList list)
    {
        lock (_gate) _lists.Remove(list);
    }

    internal void Call<T>(EventHandler<T>? listeners, object sender, string name, T args)
        where T : EventArgs => _listeners.Call(listeners, sender, name, args);

    /// <summary>Calls listeners of another kind: each is handed to <paramref name="call"/>.</summary>
    internal void CallEach<T>(T? listeners, string name, Action<T> call)
        where T : Delegate => _listeners.CallEach(listeners, name, call);

    internal bool Happened(Happening happening)
    {
        Interlocked.Increment(ref _untold);
        if (_happenings.Writer.TryWrite(happening)) return true;
        Interlocked.Decrement(ref _untold);
        return false;
    }

    private void Entered(Outgoing item)
    {
        switch (item)
        {
            case OutgoingMessage message:
                _typing.Sent(message.Conversation);
                Happened(new Happening.Queued(message.Conversation, message.Message, message.Content));
                break;
            case OutgoingChange { Change.Request: CreateConversation asked }:
                Happened(new Happening.Asked(asked.Conversation));
                break;
            case OutgoingChange change when Me is { } me && change.ReadBy(me) is { } read:
                Happened(new Happening.ReadHere(read));
                break;
        }
    }

    private void Followed(Happening happening)
    {
        Presence.Hear(happening);
        Happened(happening);
    }

    private void Restore(KeptHistory history)
    {
        _follower.Restore(history);
        if (_acknowledges) _acknowledger.Restore(history);
        _people.Restore(history.Since);
    }

    private (Guid? Epoch, string? Since) Resume()
    {
        var resume = _follower.Resume();
        _resumedSince = resume.Since;
        return resume;
    }

    private void Opened(Link link, SessionOpened session)
    {
        _session = session;
        _people.Opened(session, _resumedSince);
        _follower.Opened(link, session);
        _outbox.Opened(link, session.User);
        Presence.Opened();
        if (_connection.IsInBackground) Presence.SayDevice(link, PresenceStatus.Away);
        if (_acknowledges) _acknowledger.Opened(link);
    }

    private void Notified(Incoming notification)
    {
        if (notification.Method == Methods.Typing) Typed(notification);
        else if (!Presence.Notified(notification) && !_people.Notified(notification)) _follower.Notified(notification);
    }

    private void Typed(Incoming notification)
    {
        try
        {
            if (JsonSerializer.Deserialize(notification.Body.Span, ProtocolJson.Lenient.TypingChanged) is { } told) Happened(new Happening.Typed(told));
        }
        catch (JsonException)
        {
            // Nothing is lost but a moment.
        }
    }

    private void Lost()
    {
        _follower.Lost();
        _outbox.Lost();
        _acknowledger.Lost();
    }
}
