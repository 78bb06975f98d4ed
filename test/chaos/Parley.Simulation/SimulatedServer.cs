using System.Globalization;
using System.Text.Json;
using Parley.Conversations;

namespace Parley.Simulation;

/// <summary>Mistakes that a server may make, each of which must be found.</summary>
internal enum PlantedMistake
{
    None,

    /// <summary>A message is acknowledged before it is committed.</summary>
    AcknowledgesBeforeCommit,

    /// <summary>A message that was recorded before is recorded again.</summary>
    RecordsTwice,

    /// <summary>Catching up begins one entry too late.</summary>
    CatchesUpOneTooLate,

    /// <summary>Cursors go wherever they were asked to go last.</summary>
    LetsCursorsGoBack,

    /// <summary>The id of a message goes with what it said when that is taken back.</summary>
    ForgetsIdsOfRecalled,

    /// <summary>A change that was made before is made again.</summary>
    ChangesTwice,

    /// <summary>Two people who have a conversation get another one.</summary>
    MakesSecondDirect,
}

/// <summary>The server's rules over tables in memory: group commit, answers before pushes, sessions that are lost with it. What is committed survives its crashes, and nothing else.</summary>
internal sealed partial class SimulatedServer
{
    private static readonly SessionLimits Limits = new(128 * 1024, 100, MessageContent.MaxCodePoints, 25);

    private readonly World _world;
    private readonly PlantedMistake _mistake;
    private readonly Dictionary<ConversationId, SimulatedLog> _logs = [];
    private readonly RequestDigest _digests = new(new byte[32]);
    private readonly Guid _epoch;
    private readonly Dictionary<WorldLink, UserId> _sessions = [];
    private readonly int _page;
    private List<Write> _waiting = [];
    private bool _isCommitting;
    private long _changes;
    private int _run;

    public SimulatedServer(World world, IReadOnlyList<SimulatedLog> logs, PlantedMistake mistake)
    {
        (_world, _mistake) = (world, mistake);
        (_epoch, _page) = (world.NewId(), world.Random.Next(1, 8));
        foreach (var log in logs) Add(log);
    }

    public bool IsUp { get; private set; } = true;

    /// <summary>How often it refuses for the moment, dies as it has committed, and leaves entries out for somebody who is slow.</summary>
    public Troubles Troubles { get; set; } = Troubles.None;

    public IReadOnlyCollection<SimulatedLog> Logs => _logs.Values;

    /// <summary>Everything that is not committed is gone, every connection with it.</summary>
    public void Crash()
    {
        (IsUp, _waiting, _isCommitting) = (false, [], false);
        _run++;
        foreach (var link in _sessions.Keys.ToArray()) link.Cut();
        _sessions.Clear();
    }

    public void Start() => IsUp = true;

    public void Lost(WorldLink link) => _sessions.Remove(link);

    /// <summary>Somebody asks for something; he is told an answer or a <see cref="Refusal"/>.</summary>
    public void Asked(WorldLink link, object request, Action<object> answer)
    {
        if (!IsUp)
        {
            link.Cut();
            return;
        }

        if (request is OpenSession open) answer(Open(link, open));
        else if (!_sessions.TryGetValue(link, out var user)) link.Cut();
        else if (_world.Chance(Troubles.Refusals)) answer(Refusals.Overloaded with { RetryAfter = _world.Between(20, 500) });
        else if (request is SendMessage or CancelMessage or EditMessage or RecallMessage or CreateConversation or MarkDelivered or MarkRead) Enqueue(new Write(link, user, request, answer));
        else answer(Read(user, request));
    }

    private SessionOpened Open(WorldLink link, OpenSession open)
    {
        var user = new UserId(open.Token);
        // First those who tell, then what is told: nothing is missed in between.
        _sessions[link] = user;
        var reset = open.Epoch is { } epoch && epoch != _epoch;
        return new SessionOpened(
            1, "simulation", _world.Clock, "demo", user, _epoch, _world.Clock.AddDays(1), reset, Limits, [], ChangesOf(user, reset ? null : open.Since));
    }

    private object Read(UserId user, object request) => request switch
    {
        ReadChanges changes => ChangesOf(user, changes.Since),
        SyncConversations sync => Sync(sync),
        GetConversation get => LogOf(user, get.Conversation) is { } log ? StateOf(log, user) : Refusals.NotFound,
        GetConversations get => new ConversationStates([.. get.Conversations.Select(one => LogOf(user, one)).OfType<SimulatedLog>().Select(log => StateOf(log, user))]),
        ReadEntries read => Page(_logs[read.Conversation], read.After ?? Sequence.None),
        _ => Refusals.InvalidRequest,
    };

    /// <summary>One conversation at a time, so that there are pages.</summary>
    private InboxChanges ChangesOf(UserId user, string? since)
    {
        var after = since is null ? 0 : long.Parse(since, CultureInfo.InvariantCulture);
        var changed = _logs.Values.Where(log => log.Users.Contains(user) && ChangeOf(log, user) > after).OrderBy(log => ChangeOf(log, user)).ToList();
        var told = changed.Take(1).Select(log => new ConversationChange(log.Conversation, log.Kind, 1, log.Head, log.Cursors[user].DeliveredUpTo, log.Cursors[user].ReadUpTo)).ToList();
        var upTo = changed.Count > 1 ? ChangeOf(changed[0], user) : _changes;
        return new InboxChanges(told, Token(upTo), More: changed.Count > 1);
    }

    private static long ChangeOf(SimulatedLog log, UserId user) => Math.Max(log.Changed, log.CursorsChanged.GetValueOrDefault(user));

    /// <summary>No more in one answer than a page has, whatever it is of.</summary>
    private ConversationsSynced Sync(SyncConversations sync)
    {
        var (room, told) = (_page, new List<SyncedConversation>());
        foreach (var one in sync.Positions.Select(position => Sync(position, sync.Since)))
        {
            List<LogEntry> entries = [.. one.Entries.Take(room)];
            told.Add(one with { Entries = entries, More = one.More || entries.Count < one.Entries.Count });
            room -= entries.Count;
        }

        return new ConversationsSynced(told);
    }

    private SyncedConversation Sync(SyncPosition position, string? since)
    {
        var log = _logs[position.Conversation];
        if (position.After > log.Head) return new SyncedConversation(log.Conversation, SyncStatus.Reset, log.Head, new Sequence(1), [], More: false);
        var page = Page(log, position.After);
        var known = since is null ? 0 : long.Parse(since, CultureInfo.InvariantCulture);
        var people = log.Users.Where(user => since is null || log.CursorsChanged.GetValueOrDefault(user) > known)
            .Select(user => new ParticipantState(user, Permissions.Read, log.Cursors[user].DeliveredUpTo, log.Cursors[user].ReadUpTo)).ToList();
        return new SyncedConversation(log.Conversation, SyncStatus.Ok, log.Head, new Sequence(1), page.Entries, page.More, since is null ? people : null, since is null ? null : people);
    }

    private EntriesPage Page(SimulatedLog log, Sequence after)
    {
        var from = (int)after.Value + (_mistake == PlantedMistake.CatchesUpOneTooLate && after > Sequence.None ? 1 : 0);
        var entries = log.Entries.Skip(from).Take(_page).ToList();
        return new EntriesPage(log.Conversation, entries, null, log.Head, new Sequence(1), More: from + entries.Count < log.Entries.Count);
    }

    private void Enqueue(Write write)
    {
        if (_mistake == PlantedMistake.AcknowledgesBeforeCommit && write.Request is SendMessage send && LogOf(write.User, send.Conversation) is { } log && log.Find(send.Message) is null)
        {
            var place = log.Head.Value + 1 + _waiting.Count(one => one.Request is SendMessage other && other.Conversation == send.Conversation);
            write.Answer(new LogEntry(send.Conversation, new Sequence(place), _world.Clock, new MessageSent(send.Message, write.User, send.Content)));
            write = write with { Answer = _ => { }, At = _world.Clock };
        }

        _waiting.Add(write);
        CommitNext();
    }

    /// <summary>Whatever waits is one transaction, as soon as the one before it is durable.</summary>
    private void CommitNext()
    {
        if (_isCommitting || _waiting.Count == 0) return;
        _isCommitting = true;
        var run = _run;
        _world.In(_world.Between(0.2, 6), () =>
        {
            if (run != _run) return;
            // A crash before this moment took all of it; one after it takes only the answers.
            var batch = _waiting;
            _waiting = [];
            var told = batch.ConvertAll(Apply);
            if (_world.Chance(Troubles.CrashesAfterCommit))
            {
                Crash();
                return;
            }

            foreach (var tell in told) tell();
            _isCommitting = false;
            CommitNext();
        });
    }

    /// <summary>Makes a change, and answers what is to be told of it once it is durable.</summary>
    private Action Apply(Write write) => write.Request switch
    {
        SendMessage send => Send(write, send),
        CancelMessage cancel => Cancel(write, cancel),
        EditMessage edit => Change(write, edit.Conversation, edit.CommandId, edit.Message, edit.Content),
        RecallMessage recall => Change(write, recall.Conversation, recall.CommandId, recall.Message, content: null),
        CreateConversation create => Create(write, create),
        MarkDelivered delivered => Move(write, delivered.Conversation, delivered.UpTo, Sequence.None),
        MarkRead read => Move(write, read.Conversation, Sequence.None, read.UpTo!.Value),
        _ => throw new InvalidOperationException($"Nothing is written for {write.Request}."),
    };

    private Action Send(Write write, SendMessage send)
    {
        if (LogOf(write.User, send.Conversation) is not { } log) return () => write.Answer(Refusals.NotFound);
        var digest = _digests.Of(send);
        var used = log.Find(send.Message);
        if (used is { Place: { } place } && _mistake != PlantedMistake.RecordsTwice)
        {
            var isSame = used.Sender == write.User && used.Digest.AsSpan().SequenceEqual(digest);
            var earlier = log.At(place);
            if (earlier.Event is MessageSent { Recalled: true }) log.SentAfterRecall.Add(send.Message);
            return () => write.Answer(isSame ? earlier : Refusals.IdInUse);
        }

        if (used is { Place: null }) return () => write.Answer(used.Sender == write.User ? Refusals.Cancelled : Refusals.IdInUse);
        var decided = log.Rules.Send(write.User, new MessageSent(send.Message, write.User, send.Content), _world.Clock);
        if (decided.Refusal is { } refusal) return () => write.Answer(refusal);
        return Made(write, log, log.Append((MessageSent)decided.Value!.Event, digest, write.At ?? _world.Clock));
    }

    private Action Cancel(Write write, CancelMessage cancel)
    {
        if (LogOf(write.User, cancel.Conversation) is not { } log) return () => write.Answer(Refusals.NotFound);
        var used = log.Find(cancel.Message);
        if (used is not null && used.Sender != write.User) return () => write.Answer(Refusals.IdInUse);
        if (used is null) log.Fence(cancel.Message, write.User);
        return () => write.Answer(new MessageCancelled(used?.Place is { } place ? log.At(place) : null));
    }

    /// <summary>Something is on a log that was not: who asked is answered first, and then everybody else is told.</summary>
    private Action Made(Write write, SimulatedLog log, LogEntry entry, object? answer = null)
    {
        log.Changed = ++_changes;
        return () =>
        {
            write.Answer(answer ?? entry);
            foreach (var link in SessionsOf(log, except: write.Link)) Push(link, entry);
        };
    }

    private Action Move(Write write, ConversationId conversation, Sequence delivered, Sequence read)
    {
        if (LogOf(write.User, conversation) is not { } log) return () => write.Answer(Refusals.NotFound);
        var before = log.Cursors[write.User];
        var after = _mistake == PlantedMistake.LetsCursorsGoBack
            ? new ReceiptCursors(Larger(delivered, read), read == Sequence.None ? before.ReadUpTo : read)
            : new ReceiptCursors(Larger(before.DeliveredUpTo, Larger(Smaller(delivered, log.Head), Smaller(read, log.Head))), Larger(before.ReadUpTo, Smaller(read, log.Head)));
        if (after == before) return () => write.Answer(after);
        log.Cursors[write.User] = after;
        log.CursorsChanged[write.User] = ++_changes;
        var moved = JsonSerializer.SerializeToUtf8Bytes(
            new ReceiptsMoved(conversation, [new ReceiptMoved(write.User, after.DeliveredUpTo, after.ReadUpTo, _world.Clock)]), ProtocolJson.Lenient.ReceiptsMoved);
        return () =>
        {
            write.Answer(after);
            foreach (var link in SessionsOf(log, except: write.Link)) link.Down(() => link.Notified(Methods.Receipt, moved));
        };
    }

    private void Push(WorldLink link, LogEntry entry)
    {
        // What one who is slow is told instead: something is there to be read.
        if (_world.Chance(Troubles.LeftOut)) link.Down(() => link.Notified(Methods.Head, JsonSerializer.SerializeToUtf8Bytes(new HeadMoved(entry.Conversation, entry.Sequence), ProtocolJson.Lenient.HeadMoved)));
        else link.Down(() => link.Notified(Methods.Entry, JsonSerializer.SerializeToUtf8Bytes(entry, ProtocolJson.Lenient.LogEntry)));
    }

    private List<WorldLink> SessionsOf(SimulatedLog log, WorldLink except) => [.. _sessions.Where(session => session.Key != except && log.Users.Contains(session.Value)).Select(session => session.Key)];

    private static string Token(long change) => change.ToString(CultureInfo.InvariantCulture);

    private static Sequence Larger(Sequence one, Sequence other) => one > other ? one : other;

    private static Sequence Smaller(Sequence one, Sequence other) => one < other ? one : other;

    /// <param name="Link">Who asks.</param>
    /// <param name="User">In whose name.</param>
    /// <param name="Request">For what.</param>
    /// <param name="Answer">Is told.</param>
    /// <param name="At">The time that it was said to be of; null for when it is committed.</param>
    private sealed record Write(WorldLink Link, UserId User, object Request, Action<object> Answer, DateTimeOffset? At = null);
}

/// <summary>How often things go wrong at the server, each from 0 to 1.</summary>
internal sealed record Troubles(double Refusals, double CrashesAfterCommit, double LeftOut)
{
    public static readonly Troubles None = new(0, 0, 0);
}
