namespace Parley.Client;

/// <summary>What the outbox must do next for one conversation.</summary>
internal abstract record OutboxStep
{
    /// <summary>Upload the files of it that are not.</summary>
    public sealed record Upload(OutgoingMessage Message) : OutboxStep;

    /// <summary>Put its request on the wire.</summary>
    public sealed record Send(Outgoing Item) : OutboxStep;

    /// <summary>Put <c>message.cancel</c> on the wire.</summary>
    public sealed record Cancel(Outgoing Item) : OutboxStep;

    /// <summary>Have the store say that it may have left the device.</summary>
    public sealed record Mark(Outgoing Item) : OutboxStep;

    /// <summary>Tell the sender. After <see cref="SendResult.Unknown"/> a message may be told of once more, when it is settled after all.</summary>
    /// <param name="Item">Which.</param>
    /// <param name="Result">What.</param>
    /// <param name="Late">Whether its sender was told before that it was unknown, or had given up.</param>
    public sealed record Report(Outgoing Item, SendResult Result, bool Late) : OutboxStep
    {
        /// <summary>Of a message: it.</summary>
        public OutgoingMessage Message => (OutgoingMessage)Item;
    }

    /// <summary>Nothing before this time, unless something happens.</summary>
    public sealed record Wait(TimeSpan Until) : OutboxStep;

    /// <summary>Nothing is left.</summary>
    public sealed record Idle : OutboxStep;
}

/// <summary>What is to happen in one conversation, messages and other changes: a state machine without clock, socket or thread.</summary>
/// <remarks>
/// Only the first is ever on the wire, so its refusal, retry or loss cannot let a later one pass it (G6). What never left the device
/// fails when its time is over; a message that left is cancelled, and until the answer to that it is unknown (G9). Another change that
/// left cannot be cancelled: it is unknown, and that is its end. A message of low priority is not sent again where there are too many.
/// </remarks>
/// <param name="settleTimeout">How long a sender waits for the answer to a cancel.</param>
/// <param name="backoff">How long to rest after so many refusals.</param>
/// <param name="awaits">Whether one waits for what another lane has to do first; null where none does.</param>
internal sealed class OutboxLane(TimeSpan settleTimeout, Func<int, TimeSpan> backoff, Func<Outgoing, bool>? awaits = null)
{
    private readonly Queue<Outgoing> _waiting = new();
    private readonly Queue<OutboxStep.Report> _reports = new();
    private Outgoing? _first;

    /// <summary>What is not settled yet, in the order added.</summary>
    public IReadOnlyList<Outgoing> Unsettled() =>
        [.. (_first is null ? _waiting : _waiting.Prepend(_first)).Where(message => !message.IsDone)];

    /// <summary>Puts one at the end.</summary>
    public void Add(Outgoing message) => _waiting.Enqueue(message);

    /// <summary>Takes into account that more time passed than was counted. Who waited longer waited at least as long as those behind, whatever the clock said when each came: the longest waiting expire first.</summary>
    /// <param name="by">When the time of one is over, as it is known now. It only ever brings that forward.</param>
    public void Hasten(Func<Outgoing, TimeSpan> by)
    {
        var latest = TimeSpan.MaxValue;
        foreach (var item in Unsettled().Reverse())
        {
            if (by(item) is var its && its < latest) latest = its;
            if (latest < item.Deadline) item.Deadline = latest;
        }
    }

    /// <summary>The next thing to do. What it answers counts as done; ask until it answers <see cref="OutboxStep.Wait"/> or <see cref="OutboxStep.Idle"/>.</summary>
    /// <param name="now">The time, from any fixed start.</param>
    /// <param name="line">Whether there is a connection.</param>
    public OutboxStep Next(TimeSpan now, OutboxLine line)
    {
        Advance(now);
        if (_reports.TryDequeue(out var report)) return report;
        if (_first is not { } first) return new OutboxStep.Idle();

        if (line == OutboxLine.Up && first is { UnderWay: false, IsKept: true, IsBeingMarked: false, IsUploading: false } && first.RestUntil <= now && awaits?.Invoke(first) != true)
        {
            if (first is OutgoingMessage { NeedsUpload: true } withFiles)
            {
                first.IsUploading = true;
                return new OutboxStep.Upload(withFiles);
            }

            if (!first.IsMarked)
            {
                first.IsBeingMarked = true;
                return new OutboxStep.Mark(first);
            }

            first.UnderWay = true;
            if (first.Settling) return new OutboxStep.Cancel(first);
            first.Copies++;
            return new OutboxStep.Send(first);
        }

        return new OutboxStep.Wait(WakeUp(first, now));
    }

    /// <summary>The server answered with its entry, to a send or to a cancel.</summary>
    public void Recorded(Outgoing message, LogEntry entry) => Finish(message, message is OutgoingMessage ? new SendResult.Recorded(entry) : new SendResult.Answered(entry));

    /// <summary>The server did it, and said this.</summary>
    public void Answered(OutgoingChange change, object answer) => Finish(change, new SendResult.Answered(answer));

    /// <summary>Its files are uploaded; or they are not, and are gone on with at that time.</summary>
    public static void Uploaded(OutgoingMessage message, TimeSpan? again)
    {
        message.IsUploading = false;
        message.Refusals = again is null ? 0 : message.Refusals + 1;
        message.RestUntil = again ?? TimeSpan.Zero;
    }

    /// <summary>Its files cannot be uploaded.</summary>
    public void NotUploaded(OutgoingMessage message, SendResult why) => Finish(message, why);

    /// <summary>What one that is added, or about to be, makes superfluous: said before, of less, and never sent.</summary>
    public IReadOnlyList<OutgoingChange> CoveredBy(OutgoingChange change) =>
        [.. Unsettled().OfType<OutgoingChange>().Where(earlier => earlier != change && earlier is { Copies: 0, UnderWay: false, IsBeingMarked: false } && change.Covers(earlier))];

    /// <summary>One need not be sent any more, because another one says it too; it ends as that does.</summary>
    public static void Replace(OutgoingChange earlier, OutgoingChange by)
    {
        (earlier.IsDone, earlier.IsReplaced) = (true, true);
        by.Replaced.Add(earlier);
    }

    /// <summary>Takes out all that wait behind the first: they belong elsewhere.</summary>
    public IReadOnlyList<Outgoing> TakeWaiting()
    {
        Outgoing[] taken = [.. _waiting.Where(message => !message.IsDone)];
        _waiting.Clear();
        return taken;
    }

    /// <summary>Puts in those of another lane, in the order in which all were handed in.</summary>
    public void Merge(IEnumerable<Outgoing> others)
    {
        Outgoing[] all = [.. _waiting.Concat(others).OrderBy(message => message.Order)];
        _waiting.Clear();
        foreach (var message in all) _waiting.Enqueue(message);
    }

    /// <summary>The server fenced the message's id.</summary>
    public void Fenced(Outgoing message) =>
        Finish(message, new SendResult.NotSent(FailureReason.Network, "no answer came in time, and it was cancelled before it was recorded."));

    /// <summary>The server refused a send or a cancel.</summary>
    public void Refused(Outgoing message, Refusal refusal, TimeSpan now, OutboxRequest request)
    {
        if (message.IsDone) return;
        // Its send was refused while its cancel is under way already: the answer to that decides.
        if (request == OutboxRequest.Send && message.Settling && IsForLater(refusal)) return;

        if (request == OutboxRequest.Send && message.Priority == MessagePriority.Low && refusal == Refusals.RateLimited)
        {
            // Later it matters even less, and what is behind it waits. Of several copies an earlier one may have landed, which only a cancel tells.
            if (message.Copies == 1) Finish(message, new SendResult.Refused(refusal));
            else message.Deadline = now;
        }
        else if (IsForLater(refusal))
        {
            message.UnderWay = false;
            message.MayHaveLanded |= refusal == Refusals.OutcomeUnknown;
            message.RestUntil = now + (refusal.RetryAfter ?? backoff(message.Refusals));
            message.Refusals++;
        }
        else if (refusal == Refusals.Cancelled)
        {
            Finish(message, new SendResult.NotSent(FailureReason.Cancelled, "its id was cancelled."));
        }
        else if (request == OutboxRequest.Cancel)
        {
            Finish(message, new SendResult.Unknown($"no answer came in time, and cancelling it was refused: {refusal.Code}.") { IsLast = true });
        }
        else
        {
            Finish(message, new SendResult.Refused(refusal));
        }
    }

    /// <summary>The connection is gone, and with it the answer to what was under way.</summary>
    public void Lost()
    {
        if (_first is not { UnderWay: true } first) return;
        first.UnderWay = false;
        first.MayHaveLanded = true;
    }

    /// <summary>Its sender does not wait any more: one that never left is dropped, a message that left is settled as if its time were over, and what cannot be cancelled goes on.</summary>
    public void GiveUp(Outgoing message, TimeSpan now)
    {
        // One that another stands for ends as that does, and its sender hears of it as late.
        message.Reported |= message.IsReplaced;
        if (message.IsDone) return;
        message.Reported = true;
        if (message.Fence is not null) message.Deadline = now;
        // Others wait for what it says for them too.
        if (message.Replaced.Count > 0) return;
        if (!message.LeftDevice) Finish(message, new SendResult.NotSent(FailureReason.Cancelled, "it was given up before it left the device."));
    }

    /// <summary>The store did not take it.</summary>
    public void NotKept(Outgoing message, LocalStoreException failure) => Finish(message, new SendResult.NotKept(failure));

    /// <summary>The store was told that it may leave the device; or it was not, and is to be told at that time.</summary>
    public static void Marked(Outgoing message, TimeSpan? again)
    {
        message.IsBeingMarked = false;
        if (again is { } later) message.RestUntil = later;
        else message.IsMarked = true;
    }

    /// <summary>The client ends: everything is reported as what is known of it now.</summary>
    /// <param name="stays">Whether a store keeps them for the next client.</param>
    public void End(Afterwards stays)
    {
        if (_first is { } first) Finish(first, Final(first, stays));
        while (_waiting.TryDequeue(out var message)) Finish(message, Final(message, stays));
    }

    private static SendResult Final(Outgoing message, Afterwards stays)
    {
        if (stays == Afterwards.Stays) return new SendResult.Unknown("the client was closed; it is kept, and the next client with this store goes on with it.");
        return message.LeftDevice
            ? new SendResult.Unknown("the client was closed before the answer came.")
            : new SendResult.NotSent(FailureReason.Cancelled, "the client was closed before it left the device.");
    }

    /// <summary>An answer that time or another connection may change. A token that ended does not make a message wrong.</summary>
    private static bool IsForLater(Refusal refusal) => refusal.Retry == RetryPolicy.Later || refusal == Refusals.Unauthorized;

    private void Advance(TimeSpan now)
    {
        if (_first is { } first) Expire(first, now);
        if (_first is { IsDone: true }) _first = null;

        // All have the same patience, so the longest waiting expire first (see Hasten).
        foreach (var waiting in _waiting)
        {
            if (waiting.Deadline > now) break;
            Expire(waiting, now);
        }

        while (_waiting.TryPeek(out var next) && (next.IsDone || _first is null))
        {
            _waiting.Dequeue();
            if (!next.IsDone) _first = next;
        }
    }

    private void Expire(Outgoing message, TimeSpan now)
    {
        // What is not kept yet has a caller who waits for that.
        if (message.IsDone || !message.IsKept || message.Deadline > now) return;
        if (!message.LeftDevice)
        {
            Finish(message, new SendResult.NotSent(FailureReason.Network, "there was no connection, and it never left the device."));
            return;
        }

        if (message.Fence is null)
        {
            ExpireForGood(message, now);
            return;
        }

        if (!message.Settling)
        {
            message.Settling = true;
            message.ReportBy = settleTimeout == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : message.Deadline + settleTimeout;
            // Behind the unanswered send, on the same connection: the server decides them in this order.
            message.UnderWay = false;
            message.RestUntil = TimeSpan.Zero;
            message.Refusals = 0;
        }

        if (!message.Reported && message.ReportBy <= now)
        {
            _reports.Enqueue(new OutboxStep.Report(message, new SendResult.Unknown("no answer came in time, nor could it be cancelled yet."), Late: false));
            message.Reported = true;
        }
    }

    /// <summary>Nothing at the server would stop a copy that is still on its way, so nobody can know any more; what is asked at this moment may still be answered.</summary>
    private void ExpireForGood(Outgoing message, TimeSpan now)
    {
        if (message.UnderWay && message.ReportBy == TimeSpan.MaxValue && settleTimeout != Timeout.InfiniteTimeSpan) message.ReportBy = message.Deadline + settleTimeout;
        if (message.UnderWay && message.ReportBy > now) return;
        Finish(message, message.UnderWay || message.MayHaveLanded
            ? new SendResult.Unknown("no answer came in time, and it cannot be cancelled.") { IsLast = true }
            : new SendResult.NotSent(FailureReason.Network, "the server put it off until its time was over."));
    }

    private void Finish(Outgoing message, SendResult result)
    {
        if (message.IsDone) return;
        message.IsDone = true;
        Report(message, result);
    }

    private void Report(Outgoing message, SendResult result)
    {
        foreach (var replaced in message.Replaced) Report(replaced, result);
        _reports.Enqueue(new OutboxStep.Report(message, result, Late: message.Reported));
        message.Reported = true;
    }

    private TimeSpan WakeUp(Outgoing first, TimeSpan now)
    {
        // Whoever keeps it asks again.
        if (!first.IsKept) return TimeSpan.MaxValue;
        var wake = NextReport(first, now);
        if (!first.UnderWay && first.RestUntil > now && first.RestUntil < wake) wake = first.RestUntil;
        foreach (var next in _waiting)
        {
            if (next.IsDone || !next.IsKept) continue;
            if (NextReport(next, now) is var its && its < wake) wake = its;
            if (next.Deadline > now) break;
        }

        return wake;
    }

    /// <summary>When something is to be said of it that time alone brings about. One that waits may have left in an earlier run, and be over its time already.</summary>
    private static TimeSpan NextReport(Outgoing message, TimeSpan now) => message.Deadline > now ? message.Deadline : message.Reported && message.Fence is not null ? TimeSpan.MaxValue : message.ReportBy;
}

/// <summary>Whether there is a connection to send on.</summary>
internal enum OutboxLine
{
    Down,
    Up,
}

/// <summary>What becomes of messages that are not settled when their client ends.</summary>
internal enum Afterwards
{
    Ends,
    Stays,
}

/// <summary>Which of a message's two requests an answer is for.</summary>
internal enum OutboxRequest
{
    Send,
    Cancel,
}
