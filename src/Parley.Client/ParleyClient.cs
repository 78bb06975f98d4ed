using System.Text.Json;
using System.Threading.Channels;

namespace Parley.Client;

/// <summary>One user on one device, connected to a Parley server; it reconnects by itself and catches up.</summary>
/// <remarks>
/// Safe for use from any thread. Events are raised one at a time, in order, on a thread of the client's own; a listener that takes
/// long delays later events and nothing else, and may call and await anything of the client. Positions live in memory, and so does the outbox without a <see cref="ParleyClientOptions.Store"/>:
/// a new process starts where the user's delivered cursors are, so it hears again of what was not acknowledged.
/// </remarks>
public sealed class ParleyClient : IAsyncDisposable
{
    private readonly Connection _connection;
    private readonly ContentHttp _http;
    private readonly Follower _follower;
    private readonly Outbox _outbox;
    private readonly Acknowledger _acknowledger;
    private readonly PeopleWatch _people;
    private readonly Listeners _listeners;
    private readonly EntryStreams _streams = new();
    private readonly Channel<Happening> _happenings = Channel.CreateUnbounded<Happening>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Lock _gate = new();
    private readonly List<LiveConversation> _live = [];
    private readonly Typists _typists = new();
    private readonly TypingSignals _typing;
    private readonly ITimer _typingTimer;
    private readonly long _start;
    private readonly bool _acknowledges;
    private readonly Task _telling;
    private volatile SessionOpened? _session;
    private string? _resumedSince;

    /// <summary>Makes a client that is not connected yet.</summary>
    /// <exception cref="ArgumentException">The options cannot work.</exception>
    public ParleyClient(ParleyClientOptions options)
        : this(options, Random.Shared.NextDouble)
    {
    }

    internal ParleyClient(ParleyClientOptions options, Func<double> uniform)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Problem() is { } problem) throw new ArgumentException(problem, nameof(options));
        Options = options;
        _acknowledges = options is { AcknowledgeDelivery: true, Receive: ReceiveMode.Everything };
        _listeners = new Listeners(options.LoggerFactory, failure => _listeners!.Call(ListenerFailed, this, nameof(ListenerFailed), failure));
        _acknowledger = new Acknowledger(options.TimeProvider);
        _follower = new Follower(options, Followed);
        _outbox = new Outbox(
            options,
            message =>
            {
                _typing!.Sent(message.Conversation);
                Happened(new Happening.Queued(message.Conversation, message.Message, message.Content));
            },
            report => Happened(new Happening.Settled(report)),
            _follower.Landed,
            uniform);
        var hooks = new ConnectionHooks(
            Resume, () => Presence!.Choice, () => _outbox.Device, session => _outbox.Obstacle(session.User), Opened, Notified, Lost, change => Happened(new Happening.StateChanged(change)));
        _connection = new Connection(options, hooks, uniform);
        var requests = new Requests(_connection, options, uniform);
        _typing = new TypingSignals(requests, options.TimeProvider);
        Conversations = new Conversations(this, requests, _follower, _typing);
        Messages = new Messages(_outbox, requests, _streams, _follower);
        Inbox = new Inbox(requests, _follower);
        Receipts = new Receipts(this, requests);
        Presence = new Presence(this, requests, _follower.Pace);
        _http = new ContentHttp(options, _connection.Tokens);
        Content = new Content(options, _http, () => _session, () => _connection.ServerTimeOffset, uniform);
        _start = options.TimeProvider.GetTimestamp();
        _typingTimer = options.TimeProvider.CreateTimer(_ => Happened(new Happening.TimePassed()), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Users = new Users(requests);
        Contacts = new Contacts(requests);
        Blocks = new Blocks(requests);
        _people = new PeopleWatch(Users, Contacts, Blocks, options, Happened);
        _telling = Task.Run(TellAsync);
    }

    /// <summary>The connection changed its state.</summary>
    public event EventHandler<ConnectionStateChangedEventArgs>? StateChanged;

    /// <summary>An entry of any conversation, own ones included: in sequence, each once.</summary>
    public event EventHandler<EntryEventArgs>? EntryReceived;

    /// <summary>Somebody else sent a message.</summary>
    public event EventHandler<MessageEventArgs>? MessageReceived;

    /// <summary>This user's message is on the log, whichever of his devices sent it: once on every device.</summary>
    public event EventHandler<MessageEventArgs>? MessageSent;

    /// <summary>A message this client knows to be its user's reached a first device of a recipient: once per message and recipient.</summary>
    public event EventHandler<MessageReceiptEventArgs>? MessageDelivered;

    /// <summary>A message this client knows to be its user's was read: once per message and recipient.</summary>
    public event EventHandler<MessageReceiptEventArgs>? MessageRead;

    /// <summary>Somebody's cursors moved, or are told anew after a reconnect.</summary>
    public event EventHandler<ReceiptMovedEventArgs>? ReceiptMoved;

    /// <summary>Somebody began to type, rests, or stopped; of the own user, on another of his devices. A message of his ends it before it is told.</summary>
    public event EventHandler<TypingEventArgs>? TypingChanged;

    /// <summary>A message that was reported unknown, was given up after it left the device, was queued, or that an earlier client left in the store, is settled: once, and again by the next client where this one was killed as it told.</summary>
    public event EventHandler<MessageSettledEventArgs>? MessageSettled;

    /// <summary>Another device of this user sent a message that was refused because he, or the conversation, is muted. Nobody else is told, and nothing of it is kept.</summary>
    public event EventHandler<MessageRefusedEventArgs>? MessageRefusedElsewhere;

    /// <summary>Messages of this user went, because they are older than the app keeps them, before they were delivered to everybody. Told to who is connected then, and not later.</summary>
    public event EventHandler<MessagesExpiredEventArgs>? MessagesExpired;

    /// <summary>Somebody told something to who is connected, or the user himself did on another of his devices. It is in no timeline and in no history.</summary>
    public event EventHandler<OnlineMessageEventArgs>? OnlineMessageReceived;

    /// <summary>A message says something else now, or was taken back from everybody: by anybody, on any device.</summary>
    public event EventHandler<MessageChangedEventArgs>? MessageChanged;

    /// <summary>The user hid messages from himself, here or on another of his devices. Told while the client is connected; what is read later is without them.</summary>
    public event EventHandler<MessagesRemovedEventArgs>? MessagesRemoved;

    /// <summary>People came into a room that the user is in, or left it.</summary>
    public event EventHandler<RoomChangedEventArgs>? RoomChanged;

    /// <summary>A conversation is over for the user, and no entry told it: it was deleted, or he was taken out, while the client was away or slow, or he is out of a room. Once.</summary>
    public event EventHandler<ConversationEndedEventArgs>? ConversationEnded;

    /// <summary>
    /// A conversation stands in the user's own inbox as another of his devices said. What changed while the client was not connected is told after it is again, and so is what changed while it was
    /// slow: of each conversation that stands otherwise than this client was told or has read, how it stands now. A program that starts reads it from the inbox.
    /// </summary>
    public event EventHandler<InboxChangedEventArgs>? InboxChanged;

    /// <summary>An invitation to the user came, was withdrawn or settled, or what he asked for was; or that happened while the connection was gone, or may have while it was slow. <see cref="Client.Conversations.ListInvitationsAsync"/> tells them.</summary>
    public event EventHandler<InvitationsChangedEventArgs>? InvitationsChanged;

    /// <summary>What is kept of a conversation, or of all, is not this server's history any more.</summary>
    public event EventHandler<HistoryResetEventArgs>? HistoryReset;

    /// <summary>A listener threw.</summary>
    public event EventHandler<ListenerFailedEventArgs>? ListenerFailed;

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

    /// <summary>Starts connecting, and completes when the session is open. From then on the client reconnects by itself.</summary>
    /// <remarks>Calling it again while connected or connecting only waits. Cancelling stops waiting, not connecting. After the client closed for good it starts anew.</remarks>
    /// <exception cref="ParleyConnectionException">The server ended it for good: a refused token, another connection of the same device.</exception>
    public async Task ConnectAsync(CancellationToken cancel = default)
    {
        await _outbox.OpenAsync(cancel).ConfigureAwait(false);
        _connection.Start();
        await _connection.OpenAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>All entries from now on, own ones included, in sequence per conversation, each once. Buffering starts with this call, not with the enumeration.</summary>
    /// <param name="cancel">Ends the stream.</param>
    public IAsyncEnumerable<LogEntry> ReceiveEntriesAsync(CancellationToken cancel = default) => _streams.Open((_, _) => true, cancel);

    /// <summary>Closes the connection and ends everything: unsent messages fail, unanswered ones are unknown, and both stay in the store, where there is one, for the next client; uploads stay where they are, streams end.</summary>
    /// <remarks>Waits for the listener that is being called; so a listener must not wait for this.</remarks>
    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _connection.DisposeAsync().ConfigureAwait(false);
        _people.Dispose();
        await _outbox.EndAsync().ConfigureAwait(false);
        _happenings.Writer.TryComplete();
        await _telling.ConfigureAwait(false);
        _streams.Complete();
        _acknowledger.Dispose();
        Presence.Dispose();
        await _typingTimer.DisposeAsync().ConfigureAwait(false);
    }

    internal void Add(LiveConversation live)
    {
        lock (_gate)
        {
            _live.Add(live);
            _follower.Open(live.Id);
        }
    }

    internal void Remove(LiveConversation live)
    {
        lock (_gate)
        {
            if (_live.Remove(live)) _follower.Close(live.Id);
        }
    }

    internal void Call<T>(EventHandler<T>? listeners, object sender, string name, T args)
        where T : EventArgs => _listeners.Call(listeners, sender, name, args);

    internal bool Happened(Happening happening) => _happenings.Writer.TryWrite(happening);

    private void Followed(Happening happening)
    {
        Presence.Hear(happening);
        Happened(happening);
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

    private async Task TellAsync()
    {
        await foreach (var happening in _happenings.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            foreach (var typing in TypingAfter(happening)) TellAll(new Happening.TypingChangedTo(typing));
            TellAll(happening);
        }
    }

    private void TellAll(Happening happening)
    {
        LiveConversation[] live;
        lock (_gate) live = [.. _live];
        foreach (var conversation in live) conversation.Hear(happening);
        Tell(happening);
    }

    /// <summary>What becomes of those who type, and has to be told before what happened.</summary>
    private IReadOnlyList<TypingChanged> TypingAfter(Happening happening)
    {
        var now = Options.TimeProvider.GetElapsedTime(_start);
        IReadOnlyList<TypingChanged> changes = happening switch
        {
            Happening.Typed(var told) => _typists.Hear(told, now) is { } change ? [change] : [],
            Happening.Entry(var entry, _) => _typists.Hear(entry),
            Happening.TimePassed => _typists.Pass(now),
            Happening.StateChanged({ State: not ConnectionState.Open }) => _typists.Lose(),
            _ => [],
        };
        if (happening is Happening.Typed or Happening.TimePassed)
            _typingTimer.Change(_typists.IsEmpty ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        return changes;
    }

    private void Tell(Happening happening)
    {
        switch (happening)
        {
            case Happening.Entry(var entry, var origin):
                _streams.Write(entry, origin);
                _listeners.Call(EntryReceived, this, nameof(EntryReceived), new EntryEventArgs(entry));
                if (entry.Event is MessageEdited said) _listeners.Call(MessageChanged, this, nameof(MessageChanged), new MessageChangedEventArgs(entry, said.Message, said.Content));
                if (entry.Event is MessageRecalled recalled) _listeners.Call(MessageChanged, this, nameof(MessageChanged), new MessageChangedEventArgs(entry, recalled.Message, content: null));
                if (entry.Event is MessageSent message)
                {
                    var args = new MessageEventArgs(entry, message);
                    if (origin == EntryOrigin.Own) _listeners.Call(MessageSent, this, nameof(MessageSent), args);
                    else _listeners.Call(MessageReceived, this, nameof(MessageReceived), args);
                }

                if (_acknowledges) _acknowledger.HandedOver(entry.Conversation, entry.Sequence, origin);
                break;
            case Happening.Receipt(var conversation, var told):
                var receipt = new MessageReceiptEventArgs(conversation, told);
                if (told.Step == ReceiptStep.Read) _listeners.Call(MessageRead, this, nameof(MessageRead), receipt);
                else _listeners.Call(MessageDelivered, this, nameof(MessageDelivered), receipt);
                break;
            case Happening.Cursors(var moved):
                _listeners.Call(ReceiptMoved, this, nameof(ReceiptMoved), new ReceiptMovedEventArgs(moved));
                break;
            case Happening.RefusedElsewhere(var refused):
                _listeners.Call(MessageRefusedElsewhere, this, nameof(MessageRefusedElsewhere), new MessageRefusedEventArgs(refused));
                break;
            case Happening.Expired(var expired):
                _listeners.Call(MessagesExpired, this, nameof(MessagesExpired), new MessagesExpiredEventArgs(expired));
                break;
            case Happening.ToldOnline(var online):
                _listeners.Call(OnlineMessageReceived, this, nameof(OnlineMessageReceived), new OnlineMessageEventArgs(online));
                break;
            case Happening.Removed(var removed):
                _listeners.Call(MessagesRemoved, this, nameof(MessagesRemoved), new MessagesRemovedEventArgs(removed));
                break;
            case Happening.Room(var changed):
                _listeners.Call(RoomChanged, this, nameof(RoomChanged), new RoomChangedEventArgs(changed));
                break;
            case Happening.Ended(var which, var end):
                _listeners.Call(ConversationEnded, this, nameof(ConversationEnded), new ConversationEndedEventArgs(which, end));
                break;
            case Happening.Shelved(var changed):
                _listeners.Call(InboxChanged, this, nameof(InboxChanged), new InboxChangedEventArgs(changed));
                break;
            case Happening.Invitations(var of):
                _listeners.Call(InvitationsChanged, this, nameof(InvitationsChanged), new InvitationsChangedEventArgs(of));
                break;
            case Happening.Reached(var state):
                Presence.Tell(state);
                break;
            case Happening.TypingChangedTo(var typing):
                _listeners.Call(TypingChanged, this, nameof(TypingChanged), new TypingEventArgs(typing, typing.User == _session?.User));
                break;
            case Happening.Profile(var profile):
                Users.Tell(_listeners, profile);
                break;
            case Happening.ContactMoved(var contact):
                Contacts.Tell(_listeners, contact);
                break;
            case Happening.BlocksMoved(var blocked):
                Blocks.Tell(_listeners, blocked);
                break;
            case Happening.Edited edited:
                edited.Done.TrySetResult();
                break;
            case Happening.StateChanged(var change):
                _listeners.Call(StateChanged, this, nameof(StateChanged), change);
                break;
            case Happening.Reset(var which):
                if (which is null) _acknowledger.Forget();
                _listeners.Call(HistoryReset, this, nameof(HistoryReset), new HistoryResetEventArgs(which));
                break;
            case Happening.Settled({ Late: true, Result: not (SendResult.Unknown or SendResult.NotKept) } report):
                _listeners.Call(MessageSettled, this, nameof(MessageSettled), new MessageSettledEventArgs(report.Message, report.Result));
                break;
        }
    }
}
