using System.Diagnostics;
using Parley.Delivery;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary>The journal's item that appends: whatever waits in <see cref="ConversationLog"/> when its transaction begins.</summary>
internal sealed class AppendBatch : JournalItem
{
    /// <summary>The most requests of one batch.</summary>
    public const int MaxRequests = 1_000;

    /// <summary>The most bytes of one batch's texts and names; only a request that is larger by itself may exceed it.</summary>
    public const int MaxBytes = 1024 * 1024;

    private readonly ConversationLog _log;
    private readonly Database _database;
    private readonly TimeProvider _clock;
    private readonly List<Slot> _slots;
    private int _bytes;

    public AppendBatch(ConversationLog log, Database database, TimeProvider clock)
        : this(log, database, clock, [])
    {
    }

    private AppendBatch(ConversationLog log, Database database, TimeProvider clock, List<Slot> slots) =>
        (_log, _database, _clock, _slots) = (log, database, clock, slots);

    /// <summary>A request with its decision and, after the write, its verdict.</summary>
    internal sealed class Slot(Lane lane, LogRequest request, Decision? decision, long revision, long actorRevision)
    {
        public Lane Lane => lane;

        public LogRequest Request => request;

        public Decision? Decision => decision;

        public long Revision => revision;

        public long ActorRevision => actorRevision;

        public AppendRow? Row { get; set; }

        public AppendVerdict Verdict { get; set; }

        /// <summary>Where a run of the batch recorded it, although nobody knows yet whether that run was committed.</summary>
        public Sequence Tried { get; set; }

        /// <summary>Those whose invitation or request it settled.</summary>
        public IReadOnlyList<UserId> Settled { get; set; } = [];

        /// <summary>How many were in the conversation after it, where it changed that. Of a batch that ran again it is what the run said that recorded it.</summary>
        public int Participants { get; set; }

        /// <summary>For a cancellation: the entry that landed after all.</summary>
        public RecordedEntry? Found { get; set; }
    }

    public override JournalLane Lane => JournalLane.Appends;

    public IReadOnlyList<Slot> Slots => _slots;

    public override bool HasWork => _slots.Count > 0;

    public override IEnumerable<ActivityContext> Causes => _slots.Select(slot => slot.Request.Origin.Trace);

    /// <summary>How many requests it holds while it is being filled.</summary>
    public int Count => _slots.Count;

    /// <summary>Whether a request found no room.</summary>
    public bool IsFull { get; private set; }

    public bool HasRoom(LogRequest request)
    {
        IsFull |= _slots.Count >= MaxRequests || (_slots.Count > 0 && _bytes + request.Bytes > MaxBytes);
        return !IsFull;
    }

    public void Add(Lane lane, LogRequest request, Decision? decision)
    {
        _bytes += request.Bytes;
        _slots.Add(new Slot(lane, request, decision, lane.Rules!.Revision, lane.Rules.Known.GetValueOrDefault(request.Actor)?.Person.Revision ?? 0));
    }

    public override void Start()
    {
        _log.Fill(this);
        foreach (var slot in _slots) slot.Row = RowOf(slot);
        if (HasWork) StorageMetrics.Appended(_slots.Count);
    }

    protected override async ValueTask WriteAsync(Session session, CancellationToken cancel)
    {
        var now = _clock.Now();
        var appends = _slots.Where(slot => slot.Row is not null).ToArray();
        var touched = _slots.Where(slot => slot.Row is null).Select(slot => slot.Request.Key).ToArray();
        var rows = Array.ConvertAll(appends, slot => slot.Row!);
#if PLANTED_BUGS
        PlantedBugs.ForgetKeys(rows);
#endif
        var verdicts = await _database.AppendAsync(session, rows, touched, now, cancel);
        for (var index = 0; index < appends.Length; index++)
        {
            appends[index].Verdict = verdicts[index];
            if (verdicts[index].Result == AppendResult.Recorded) appends[index].Tried = verdicts[index].Sequence;
        }

        await _database.LockAsync(session, [.. _slots.Where(slot => Changes(slot) || slot.Request is Visit).SelectMany(Involved)], cancel);
        foreach (var visits in _slots.Where(slot => slot.Request is Visit).GroupBy(slot => slot.Request.Key))
            await RoomRows.ApplyAsync(session, _database, visits.Key, [.. visits], cancel);
        foreach (var slot in _slots)
        {
            if (slot.Request is Cancellation)
            {
                slot.Found = await ConversationStore.CancelAsync(session, slot.Request.Key, slot.Request.Command, slot.Request.Actor, now, cancel);
            }
            else if (slot is { Row: not null, Decision.HasEffects: true, Verdict.Result: AppendResult.Recorded })
            {
                (slot.Settled, slot.Participants) = await EntryEffects.ApplyAsync(session, _database, slot.Request.Key, slot.Decision!, slot.Verdict.Sequence, slot.Verdict.At, _log.EarlierOf(slot.Request.Key.App), cancel);
            }
        }
    }

    /// <summary>Whether a slot's entry was recorded and changes participations.</summary>
    private static bool Changes(Slot slot) => slot is { Row: not null, Decision.ChangesRules: true, Verdict.Result: AppendResult.Recorded };

    private static IEnumerable<ParticipationKey> Involved(Slot slot) =>
        slot.Decision?.Involved.Select(one => new ParticipationKey(slot.Request.Key, one.User)) ?? [new ParticipationKey(slot.Request.Key, slot.Request.Actor)];

    public override void Committed() => _log.Committed(this);

    public override void Failed(StorageException failure) => _log.Failed(this, failure);

    public override (JournalItem First, JournalItem Second)? Split()
    {
        if (_slots.Count < 2) return null;
        var half = _slots.Count / 2;
        var (first, second) = (Part(_slots.GetRange(0, half)), Part(_slots.GetRange(half, _slots.Count - half)));
        _log.Divided(first, second);
        return (first, second);

        AppendBatch Part(List<Slot> slots) => new(_log, _database, _clock, slots);
    }

    private static AppendRow? RowOf(Slot slot)
    {
        if (slot is not { Request: Append request, Decision: { } decision }) return null;
        var involved = new InvolvedRevision[decision.Involved.Count];
        for (var index = 0; index < involved.Length; index++)
            involved[index] = new InvolvedRevision(decision.Involved[index].User, decision.Involved[index].Revision);
        return new AppendRow(request.Key, request.Command, request.Actor, request.Digest, slot.Revision, involved,
            decision.Joining, decision.AtMost, decision.Counted,
            EventJson.Of(decision.Event))
        {
            ActorRevision = slot.ActorRevision,
            Kinds = (int)decision.Kinds,
            Target = decision.Target is { } target ? new AppendTarget(target.Sequence.Value, target.Version, target.IsRecalled) : null,
        };
    }

    /// <summary>Whether a slot's entry is news: recorded, or found by a batch that ran again where its own earlier run had recorded it.</summary>
    /// <remarks>Nobody was told of the latter yet; but of an older entry, which this request asks for a second time, everybody was.</remarks>
    public static bool IsNews(Slot slot) => slot.Request is Append && slot.Verdict switch
    {
        { Result: AppendResult.Recorded } => true,
        { Result: AppendResult.Duplicate, Earlier: { } earlier } => earlier.Sequence == slot.Tried && LogAnswers.IsSame(slot.Request, earlier),
        _ => false,
    };

    /// <summary>The entry of a slot as it goes out.</summary>
    public static PublishedEntry Published(Slot slot)
    {
        var entry = new EncodedEntry(slot.Request.Key, slot.Verdict.Sequence, slot.Verdict.At, slot.Row!.Event);
        var published = PublishedEntries.Of(entry, slot.Decision!.Event, slot.Request.Origin);
        return slot.Settled is { Count: > 0 } settled ? published with { Told = settled } : published;
    }
}
