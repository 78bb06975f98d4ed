using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Parley.Delivery;
using Parley.People;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary>The only writer of entries: queues per conversation, lets the rules decide, records through the journal, then tells the fan-out.</summary>
/// <remarks>
/// A conversation is in one batch at a time; what comes meanwhile waits in arrival order. What changes rules is the last of its conversation
/// in a batch, so what waits behind it is decided on the new rules. A refusal on cached rules is final only after the database was asked
/// again, and then only if the request's id stands for nothing: a retry gets its first answer whatever has become of the rules.
/// </remarks>
internal sealed partial class ConversationLog(
    Database database, ConversationStore store, CreationGround ground, ConversationReader reader, Journal journal, Fanout fanout,
    WriteAdmission admission, RoomsOptions rooms, RoomPresence presence, RoomAnnouncer announcer, Eraser eraser, Func<AppId, Earlier> earlier, TimeProvider clock,
    ILogger<ConversationLog> logger)
{
    private static readonly Meter Meter = new("Parley");
    private static readonly Counter<long> Recorded = Meter.CreateCounter<long>("parley.entries", "{entry}", "Entries recorded.");

    private static readonly Counter<long> DecidedAgain =
        Meter.CreateCounter<long>("parley.entries.stale", "{entry}", "Appends decided again because the rules had changed on another node.");

    private readonly Lock _gate = new();
    private readonly Lanes _lanes = new();
    private readonly Queue<Lane> _ready = new();
    private readonly Queue<(Lane Lane, long Since)> _loading = new();
    private bool _batchPosted;
    private int _pending;

    /// <summary>Takes a request; returns at once. Its origin is answered later, exactly once.</summary>
    public void Record(LogRequest request)
    {
        if (!_turns.Any || !Follows(request)) Enter(request);
    }

    private void Enter(LogRequest request)
    {
        Refusal? refusal;
        lock (_gate)
        {
            refusal = Admission();
            if (refusal is null)
            {
                var lane = _lanes.Of(request.Key);
                lane.Waiting.AddLast(request);
                _pending++;
                if (lane.State == LaneState.Idle) MakeReady(lane);
            }
        }

        if (refusal is not null) request.Origin.Refuse(refusal);
    }

    /// <summary>What becomes of what an app's messages said before they are edited.</summary>
    public Earlier EarlierOf(AppId app) => earlier(app);

    /// <summary>Why <see cref="Record"/> would take nothing now; null when it would.</summary>
    public Refusal? Closed()
    {
        lock (_gate) return Admission();
    }

    /// <summary>Work is refused at the door or kept: nothing admitted is dropped (G24).</summary>
    private Refusal? Admission()
    {
        while (_loading.TryPeek(out var gone) && (gone.Lane.State != LaneState.Loading || gone.Lane.Since != gone.Since)) _loading.Dequeue();
        var oldest = Math.Min(
            _ready.TryPeek(out var ready) ? ready.Since : long.MaxValue,
            _loading.TryPeek(out var loading) ? loading.Since : long.MaxValue);
        return admission.CheckGrowth(_pending, oldest);
    }

    private void MakeReady(Lane lane)
    {
        lane.State = LaneState.Ready;
        lane.Since = clock.GetTimestamp();
        _ready.Enqueue(lane);
        EnsureBatch();
    }

    private void EnsureBatch()
    {
        if (_batchPosted || _ready.Count == 0) return;
        _batchPosted = true;
        journal.Post(new AppendBatch(this, database, clock));
    }

    /// <summary>Moves what waits into a batch, deciding each request in turn.</summary>
    public void Fill(AppendBatch batch)
    {
        List<(LogRequest, Refusal)>? refused = null;
        lock (_gate)
        {
            _batchPosted = false;
            while (!batch.IsFull && _ready.TryDequeue(out var lane)) FillFrom(lane, batch, ref refused);
            EnsureBatch();
        }

        if (refused is not null) TellEach(refused, one => LogAnswers.Refuse(one.Item1, one.Item2, fanout));
    }

    private void FillFrom(Lane lane, AppendBatch batch, ref List<(LogRequest, Refusal)>? refused)
    {
        var before = batch.Count;
        HashSet<Guid>? keys = null;
        var visited = false;
        var next = LaneState.Idle;
        while (lane.Waiting.First is { Value: var request } && next == LaneState.Idle)
        {
            if (!batch.HasRoom(request)) next = LaneState.Ready;
            else if (request is Creation creation) next = batch.Count > before ? LaneState.InFlight : Create(lane, creation);
            else if (TryDecide(lane, request) is not { } outcome) next = LaneState.Loading;
            else if (outcome.Refusal is { } refusal)
            {
                if (request.Recheck == Recheck.Done)
                {
                    Take(lane);
                    (refused ??= []).Add((request, refusal));
                    continue;
                }

                request.Recheck = Recheck.Needed;
                next = LaneState.Loading;
            }
            else if (outcome.Value!.Decision is { } decision && Pace(lane, request, decision) is { } wait)
            {
                Take(lane);
                (refused ??= []).Add((request, Refusals.RateLimited.After(wait).Because("messages and attributes in this room")));
            }
            // Who came or left before it is in the room, or is not, only when that is written.
            else if (visited && outcome.Value.Decision is { ChangesRules: true }) next = LaneState.InFlight;
            // A key is in a batch once: the second copy finds the first one recorded.
            else if (!(keys ??= []).Add(request.Command)) next = LaneState.InFlight;
            else
            {
                Take(lane);
                batch.Add(lane, request, outcome.Value!.Decision);
                // What was looked for under the ids behind it may be there soon.
                for (var behind = lane.Waiting.First; behind is { Value.Recheck: Recheck.Done }; behind = behind.Next) behind.Value.Recheck = Recheck.NotYet;
                visited |= request is Visit;
                if (outcome.Value.Decision?.ChangesRules ?? request is not Visit) next = LaneState.InFlight;
            }
        }

        if (batch.Count > before)
        {
            lane.InFlight++;
            lane.State = LaneState.InFlight;
        }
        else if (next == LaneState.Loading) Load(lane);
        else if (next == LaneState.Ready) MakeReady(lane);
        else lane.State = next;
    }

    /// <summary>How long until a room takes another message or change of attributes; null when it takes this one, and anywhere else.</summary>
    private TimeSpan? Pace(Lane lane, LogRequest request, Decision decision)
    {
        if (request.IsCounted || !decision.IsPaced || !lane.Rules!.IsPaced(request.Actor)) return null;
        lane.Pace ??= new RoomPace(rooms.SendsPerSecond, clock);
        if (lane.Pace.TakeOrWait(request.Priority) is { } wait) return wait;
        request.IsCounted = true;
        return null;
    }

    private void Take(Lane lane)
    {
        lane.Waiting.RemoveFirst();
        _pending--;
    }

    private LaneState Create(Lane lane, Creation creation)
    {
        // It counts as waiting until it is done: the journal takes creations one by one.
        lane.Waiting.RemoveFirst();
        lane.InFlight++;
        journal.Post(new CreationItem(creation, lane, this, ground, reader, fanout, presence, clock.Now()));
        return LaneState.InFlight;
    }

    /// <summary>As <see cref="Decide"/>; a rule that throws is a bug, which costs the request and not its whole conversation.</summary>
    private Outcome<Decided>? TryDecide(Lane lane, LogRequest request)
    {
        try
        {
            return Decide(lane, request);
        }
        catch (Exception exception)
        {
            Log.RuleFailed(logger, exception);
            return Refusals.Internal;
        }
    }

    /// <summary>What the rules say; null when they must be read first.</summary>
    private Outcome<Decided>? Decide(Lane lane, LogRequest request)
    {
        if (lane.Rules is not { } rules || request.Recheck == Recheck.Needed || !rules.Covers(request.Needed)) return null;
        var now = clock.Now();
        switch (request)
        {
            case Append append:
                var outcome = append.Decide(rules, now);
                return (Suspended(outcome.Refusal) ?? outcome.Refusal) is { } refusal ? refusal : new Decided(outcome.Value);
            case Visit visit:
                var not = visit.Decide(rules);
                // Whom the server takes out does nothing himself.
                return ((visit.Step == VisitStep.Expire ? null : Suspended(not)) ?? not) is { } reason ? reason : new Decided(null);
            case Cancellation cancellation:
                return rules.Cancel(cancellation.Actor) is { } never ? never : new Decided(null);
            default:
                throw new InvalidOperationException($"no rule decides a {request.GetType().Name}");
        }

        // Where he may know of nothing, a suspended user learns nothing either.
        Refusal? Suspended(Refusal? otherwise) => otherwise == Refusals.NotFound ? null : rules.CannotAct(request.Actor, now);
    }

    private sealed record Decided(Decision? Decision);

    /// <summary>Tells everybody what was recorded, in sequence per conversation, then lets the conversations go on.</summary>
    public void Committed(AppendBatch batch)
    {
        Recorded.Add(batch.Slots.Count(AppendBatch.IsNews));
        if (batch.Slots.Any(slot => slot.Decision?.Event is MessageRecalled or ConversationDeleted)) eraser.Ask();
        TellEach(batch.Slots, slot =>
        {
            if (AppendBatch.IsNews(slot)) Publish(slot);
            else LogAnswers.Tell(slot);
        });
        lock (_gate)
        {
            for (var index = batch.Slots.Count - 1; index >= 0; index--)
            {
                var slot = batch.Slots[index];
                if (slot.Decision?.ChangesRules ?? false) slot.Lane.Forget();
                else if (slot.Request is Visit visit) slot.Lane.Forget(visit.Actor);
                if (slot.Verdict.Result != AppendResult.Stale) continue;
                // Back to the front in the old order, to be decided on the rules as they are now.
                slot.Lane.Forget();
                slot.Request.Recheck = Recheck.NotYet;
                slot.Lane.Waiting.AddFirst(slot.Request);
                _pending++;
                DecidedAgain.Add(1);
            }

            Finish(batch);
        }
    }

    private void Publish(AppendBatch.Slot slot)
    {
        // Before others have it, and whoever asked is answered.
        slot.Request.Recorded();
        var published = AppendBatch.Published(slot);
        fanout.Publish(published);
        if (slot.Decision is not { ForgetsLeavers: true, Joining: < 0 } decision || published.Leaving is not { } leaving) return;
        UserId[] gone = [.. decision.Involved.Where(one => one.Standing == Standing.Joined).Select(one => one.User).Intersect(leaving)];
        announcer.PutOut(slot.Request.Key, gone, slot.Participants);
    }

    public void Failed(AppendBatch batch, StorageException failure)
    {
        Log.BatchFailed(logger, batch.Count, failure.Failure, failure);
        TellEach(batch.Slots, slot => slot.Request.Origin.Refuse(failure.Refusal));
        lock (_gate)
        {
            foreach (var slot in batch.Slots) slot.Lane.Forget();
            Finish(batch);
        }
    }

    /// <summary>Tells everybody of several. One who cannot be told is a bug that must keep nobody else waiting, and no conversation.</summary>
    private void TellEach<T>(IReadOnlyList<T> those, Action<T> tell)
    {
        try
        {
            JournalItem.TellEach(those, tell);
        }
        catch (AggregateException exception)
        {
            Log.NotTold(logger, exception);
        }
    }

    private void Finish(AppendBatch batch)
    {
        foreach (var lane in batch.Slots.Select(slot => slot.Lane).Distinct()) Finish(lane);
    }

    /// <summary>A creation is done; what waits behind it goes on.</summary>
    public void Created(Lane lane)
    {
        lock (_gate)
        {
            _pending--;
            Finish(lane);
        }
    }

    private void Finish(Lane lane)
    {
        if (--lane.InFlight == 0) Release(lane);
    }

    /// <summary>A batch became two; a conversation that is in both goes on when both are done.</summary>
    public void Divided(AppendBatch first, AppendBatch second)
    {
        lock (_gate)
        {
            foreach (var lane in second.Slots.Select(slot => slot.Lane).Intersect(first.Slots.Select(slot => slot.Lane))) lane.InFlight++;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A conversation could not be read")]
        public static partial void NotRead(ILogger logger, Exception exception);

        [LoggerMessage(2, LogLevel.Error, "A batch of {Count} appends failed: {Failure}")]
        public static partial void BatchFailed(ILogger logger, int count, StorageFailure failure, Exception exception);

        [LoggerMessage(4, LogLevel.Error, "A rule failed")]
        public static partial void RuleFailed(ILogger logger, Exception exception);

        [LoggerMessage(3, LogLevel.Error, "Somebody could not be told what became of a request")]
        public static partial void NotTold(ILogger logger, Exception exception);
    }
}
