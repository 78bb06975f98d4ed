using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Parley.Client;

/// <summary>Follows every conversation of the user: puts what comes into sequence, notices what is missing, and reads it from the log.</summary>
/// <remarks>
/// A push is a hint, the log is the truth: whatever was dropped, here or there, is found by comparing sequences. What the program is
/// to hear goes to <paramref name="happened"/> under one lock, so its order is the log's.
/// </remarks>
internal sealed partial class Follower(ParleyClientOptions options, Action<Happening> happened)
{
    /// <summary>An answer may overtake the entries before it; they are a moment behind, so no read is worth it yet.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(150);

    private readonly ILogger _logger = (ILogger?)options.LoggerFactory?.CreateLogger<Follower>() ?? NullLogger.Instance;
    private readonly TimeProvider _clock = options.TimeProvider;
    private readonly Lock _gate = new();
    private readonly Dictionary<ConversationId, FollowedConversation> _followed = [];
    private readonly List<Piece> _ready = [];
    private Link? _link;
    private UserId? _user;
    private Guid? _epoch;
    private string? _since;
    private long _recency;
    private bool _changesAreComplete;
    private bool _wasListed;

    /// <summary>How fast the client may read on its own account.</summary>
    public Pace Pace { get; } = new(options.TimeProvider);

    public (Guid? Epoch, string? Since) Resume()
    {
        // Whom to follow is told by a list of all conversations, once in each run.
        lock (_gate) return (_epoch, options.FollowPresence && !_wasListed ? null : _since);
    }

    /// <summary>The session is open: compares what changed with what is kept, then reads what is missing, newest first.</summary>
    public void Opened(Link link, SessionOpened session)
    {
        lock (_gate)
        {
            _user = session.User;
            if (options.Receive == ReceiveMode.AnswersOnly) return;
            if (session.Reset || (_epoch is { } epoch && epoch != session.Epoch))
            {
                var opened = _followed.Values.Where(one => one.Opened > 0).ToArray();
                _followed.Clear();
                foreach (var one in opened) _followed[one.Id] = new FollowedConversation(one.Id) { Opened = one.Opened };
                happened(new Happening.Reset(null));
                ForgetFlags();
            }

            (_link, _epoch, _changesAreComplete) = (link, session.Epoch, false);
            BeginFlags();
            foreach (var one in _followed.Values) (one.Track.IsReading, one.HearsVisits, one.Visitors) = (false, false, null);
            Register(session.Changes);
        }

        _ = CatchUpAsync(link, session.Changes);
    }

    public void Lost()
    {
        lock (_gate) _link = null;
    }

    /// <summary>An entry came, as a notification or inside an answer.</summary>
    public void Landed(LogEntry entry)
    {
        lock (_gate)
        {
            if (_link is null) return;
            var one = Follow(entry.Conversation);
            one.Recency = ++_recency;
            if (one.Track.Applied is null && _changesAreComplete && IsFirst(one, entry)) StartAtFirst(one, entry);
            one.Track.Offer(entry, _ready);
            Release(one);
            if (one.Track.Applied is null && _changesAreComplete) ReadOn(one, Grace);
            else ReadIfBehind(one, Grace);
        }
    }

    /// <summary>Keeps a conversation's cursors fresh across reconnects while the program has it open.</summary>
    public void Open(ConversationId conversation)
    {
        lock (_gate) Follow(conversation).Opened++;
    }

    public void Close(ConversationId conversation)
    {
        lock (_gate) Follow(conversation).Opened--;
    }

    private void Register(InboxChanges changes)
    {
        happened(new Happening.Listed(changes.Conversations));
        foreach (var change in changes.Conversations)
        {
            var one = Follow(change.Conversation);
            one.Recency = ++_recency;
            Register(one, change);
            TellFlags(change);
            one.Track.SawHead(change.Head);
            // What reached no device of the user yet is to reach this one; what came before is history, read when it is looked at.
            Start(one, change.DeliveredUpTo < change.Head ? change.DeliveredUpTo : change.Head);
            TellEnding(one);
            if (one.Opened == 0) continue;
            happened(new Happening.Cursors(new CursorsMoved(one.Id, _user!.Value, change.DeliveredUpTo, change.ReadUpTo, ReadAhead: null, At: null)));
            if (!change.Deleted) happened(new Happening.Removals(one.Id, change.Removals));
        }
    }

    private async Task CatchUpAsync(Link link, InboxChanges changes)
    {
        var span = ClientTelemetry.CatchingUp();
        try
        {
            while (changes.More)
            {
                if (await PatientlyAsync(link, Wire.ReadChanges, new ReadChanges(changes.Since)).ConfigureAwait(false) is not { Value: { } page }) return;
                changes = page;
                lock (_gate)
                {
                    if (link != _link) return;
                    Register(page);
                }
            }

            FollowedConversation[] wanted;
            lock (_gate)
            {
                if (link != _link) return;
                (_since, _changesAreComplete, _wasListed) = (changes.Since, true, true);
                FlagsAreListed(changes.Since);
                happened(new Happening.ListedAll { Epoch = _epoch!.Value, Since = changes.Since });
                LookOn();
                foreach (var one in _followed.Values.Where(one => one is { LacksStart: false, Track: { Applied: null, FirstHeld: not null } })) StartAtFirst(one, null);
                foreach (var one in _followed.Values.Where(IsToFind)) ReadOn(one, TimeSpan.Zero);
                wanted = [.. _followed.Values.Where(IsToSync).OrderByDescending(one => one.Recency)];
                foreach (var one in wanted) one.Track.IsReading = true;
            }

            var behind = new List<FollowedConversation>();
            foreach (var alike in wanted.GroupBy(one => one.KnownSince))
            {
                foreach (var some in alike.Chunk(SyncConversations.MaxPositions)) behind.AddRange(await SyncAsync(link, some, alike.Key, changes.Since).ConfigureAwait(false));
            }

            await SyncOnAsync(link, behind, changes.Since).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // A bug. The next session catches up from the same positions.
            Log.CatchUpFailed(_logger, error);
        }
        finally
        {
            span?.End();
        }
    }

    /// <summary>Only a head was heard of it, or nothing at all of what the program has open: perhaps it is the user's no more.</summary>
    private static bool IsToFind(FollowedConversation one) =>
        one.Track.Applied is null && (one.Track.Head > Sequence.None || (one.Opened > 0 && one.Ended is null));

    /// <summary>Of a room that the user is out of nothing is kept, so nothing is said to have changed: it is asked for.</summary>
    private static bool IsToSync(FollowedConversation one) =>
        one.Track.Applied is not null && (one.Track.IsBehind || one.Receipts.IsWaiting || one.Opened > 0 || one is { IsRoom: true, Ended: null });

    /// <param name="link">The connection.</param>
    /// <param name="some">Conversations whose participants are known equally well.</param>
    /// <param name="since">How well: the token from when on they are to be told; null for all of them.</param>
    /// <param name="now">The token from when on they are to be told the next time.</param>
    /// <returns>Those of which there is more, while an answer brings anything at all.</returns>
    private async Task<IReadOnlyList<FollowedConversation>> SyncAsync(Link link, IReadOnlyList<FollowedConversation> some, string? since, string now)
    {
        SyncConversations request;
        lock (_gate)
        {
            if (link != _link) return [];
            request = new SyncConversations(_epoch!.Value, [.. some.Select(one => new SyncPosition(one.Id, one.Track.Applied ?? Sequence.None))], since);
        }

        var answer = await PatientlyAsync(link, Wire.SyncConversations, request).ConfigureAwait(false);
        lock (_gate)
        {
            if (link != _link) return [];
            var synced = answer.Value?.Conversations ?? [];
            foreach (var one in synced) Synced(one, now);
            var more = synced.Any(one => one.Entries.Count > 0 || one.Skipped is { Count: > 0 }) ? synced.Where(one => one.More).Select(one => one.Conversation).ToHashSet() : [];
            var left = new List<FollowedConversation>();
            foreach (var one in some)
            {
                if (answer.Refusal is not null) one.KnownSince = null;
                if (more.Contains(one.Id) && one.Track.IsBehind && _followed.GetValueOrDefault(one.Id) == one)
                {
                    left.Add(one);
                    continue;
                }

                one.Track.IsReading = false;
                ReadIfBehind(one, TimeSpan.Zero);
            }

            return left;
        }
    }

    /// <summary>Reads on in many conversations at once, as much as one answer takes, in the order in which they were asked for: one after the other they would be as many requests as there are conversations.</summary>
    private async Task SyncOnAsync(Link link, List<FollowedConversation> behind, string now)
    {
        while (behind.Count > 1)
        {
            List<FollowedConversation> some = [];
            lock (_gate)
            {
                if (link != _link) return;
                var missing = 0L;
                foreach (var one in behind.TakeWhile(one => one.KnownSince == behind[0].KnownSince).Take(SyncConversations.MaxPositions))
                {
                    some.Add(one);
                    missing += one.Track.Head.Value - one.Track.Applied!.Value.Value;
                    if (missing >= SyncConversations.MaxEntries) break;
                }
            }

            behind.RemoveRange(0, some.Count);
            behind.InsertRange(0, await SyncAsync(link, some, some[0].KnownSince, now).ConfigureAwait(false));
        }

        lock (_gate)
        {
            if (link != _link) return;
            foreach (var last in behind)
            {
                last.Track.IsReading = false;
                ReadIfBehind(last, TimeSpan.Zero);
            }
        }
    }

    private void Synced(SyncedConversation synced, string now)
    {
        if (!_followed.TryGetValue(synced.Conversation, out var one)) return;
        switch (synced.Status)
        {
            case SyncStatus.Reset:
                Reset(one, synced.Head);
                break;
            case SyncStatus.NotFound:
                Refused(one, Refusals.NotFound);
                break;
            case SyncStatus.Deleted:
                Refused(one, Refusals.ConversationDeleted);
                break;
            case SyncStatus.Unknown:
                one.Track.CorrectHead(one.Track.Applied ?? Sequence.None);
                break;
            case SyncStatus.Ok:
                one.Track.SawHead(synced.Head);
                TailIsAt(one, synced.Tail);
                if (synced.ParticipantCount is { } count && !one.HearsVisits) one.Visitors = (synced.Head, count);
                ClientTelemetry.Read(synced.Entries.Count);
                one.Track.Offer(synced.Entries, synced.Skipped, _ready);
                Release(one);
                TellEnding(one);
                Participants(one, synced, now);
                break;
        }
    }

    private void Participants(FollowedConversation one, SyncedConversation synced, string now)
    {
        foreach (var other in synced.Participants ?? synced.ChangedParticipants ?? [])
        {
            // Where an app does not tell cursors, they are unknown.
            if ((other.DeliveredUpTo, other.ReadUpTo) is not ({ } delivered, { } read)) continue;
            var at = other.ReadAt > other.DeliveredAt || other.DeliveredAt is null ? other.ReadAt : other.DeliveredAt;
            happened(new Happening.Cursors(new CursorsMoved(one.Id, other.User, delivered, read, other.ReadAhead, at)));
            if (other.User == _user) continue;
            if (other.JoinedAt is { } joined) Joined(one, [other.User], joined);
            Tell(one, one.Receipts.Moved(other.User, new Reach(delivered, read, other.ReadAhead, other.DeliveredAt, other.ReadAt, AheadAt: null)));
        }

        if (synced.Participants is { } all) one.Receipts.Participants(all.Select(other => other.User).Where(user => user != _user));
        // A group may have grown too large to be told of, or the user have left it: then nobody is known the next time.
        one.KnownSince = synced.Participants is not null || (synced.ChangedParticipants is not null && one.KnownSince is not null) ? now : null;
    }

    /// <summary>Whether nothing of it was left out before.</summary>
    private static bool IsFirst(FollowedConversation one, LogEntry entry) => !one.LacksStart || entry.Sequence.Value == 1;

    /// <summary>The first entry of a conversation that nobody told of before: he was added with it, or it was created with him.</summary>
    private void StartAtFirst(FollowedConversation one, LogEntry? entry)
    {
        var first = one.Track.FirstHeld ?? entry!.Sequence;
        if (entry is not null && entry.Sequence < first) first = entry.Sequence;
        Start(one, new Sequence(first.Value - 1));
    }

    /// <summary>Forgets the conversation. Where its log ends now is told by <paramref name="head"/>, or by whatever comes next.</summary>
    private void Reset(FollowedConversation one, Sequence? head)
    {
        var anew = new FollowedConversation(one.Id) { Opened = one.Opened, Recency = one.Recency, IsRoom = one.IsRoom };
        _followed[one.Id] = anew;
        happened(new Happening.Reset(one.Id));
        if (head is { } known) Start(anew, known);
    }

    private FollowedConversation Follow(ConversationId conversation)
    {
        if (!_followed.TryGetValue(conversation, out var one)) _followed[conversation] = one = new FollowedConversation(conversation);
        return one;
    }

    /// <summary>Hands on what is in sequence now.</summary>
    private void Release(FollowedConversation one)
    {
        foreach (var piece in _ready)
        {
            // They are those of a place, and what follows it counts from there.
            TellVisitors(one, new Sequence(piece.From.Value - 1));
            one.Receipts.Passed(piece.To);
            if (piece.Entry is not { } entry)
            {
                happened(new Happening.Skipped(one.Id, piece.Skipped!));
                // Somebody may have left in it.
                one.KnownSince = null;
                continue;
            }

            var own = entry.Event.Actor() == _user;
            happened(new Happening.Entry(entry, own ? EntryOrigin.Own : EntryOrigin.Others));
            Released(one, entry.Sequence, entry.Event);
            switch (entry.Event)
            {
                case MessageSent sent when own:
                    Tell(one, one.Receipts.Sent(new OwnMessage(sent.Message, entry.Sequence)));
                    break;
                case ParticipantsAdded added:
                    Joined(one, [.. added.Participants.Select(participant => participant.User)], entry.Sequence);
                    break;
                case ParticipantJoined joined:
                    Joined(one, [joined.Actor], entry.Sequence);
                    break;
                case ParticipantsRemoved removed:
                    one.Receipts.Gone(removed.Users);
                    break;
                case ParticipantsBanned banned:
                    one.Receipts.Gone(banned.Users);
                    break;
                case ParticipantLeft left:
                    one.Receipts.Gone([left.Actor]);
                    break;
            }
        }

        _ready.Clear();
        if (one.Track.Applied is { } applied) TellVisitors(one, applied);
    }

    private void Tell(FollowedConversation one, IReadOnlyList<ReceiptTold> told)
    {
        if (told.Count == 0) return;
        var marks = one.Receipts.Marks;
        foreach (var receipt in told) happened(new Happening.Receipt(one.Id, receipt, marks));
    }

    private static partial class Log
    {
        [LoggerMessage(10, LogLevel.Warning, "A notification ({Method}) could not be read and was passed over.")]
        public static partial void Unreadable(ILogger logger, string method, Exception? error);

        [LoggerMessage(11, LogLevel.Error, "Catching up failed.")]
        public static partial void CatchUpFailed(ILogger logger, Exception error);

        [LoggerMessage(12, LogLevel.Warning, "A page of entries after {After} brought nothing, though the head is {Head}.")]
        public static partial void NothingThere(ILogger logger, long after, long head);

        [LoggerMessage(13, LogLevel.Warning, "Reading missing entries was refused: {Code}.")]
        public static partial void ReadRefused(ILogger logger, string code);
    }
}
