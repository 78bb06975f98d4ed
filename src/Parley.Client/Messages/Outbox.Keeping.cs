using Microsoft.Extensions.Logging;

namespace Parley.Client;

/// <content>What it has the store know, and when: before a message is sent, and before its sender is told that it is not.</content>
internal sealed partial class Outbox
{
    /// <summary>Between two attempts to tell the store something.</summary>
    private static readonly TimeSpan StorePause = TimeSpan.FromSeconds(1);

    private readonly OutboxRecords? _records = options.Store is { } store ? new OutboxRecords(store) : null;
    private Task? _opening;
    private Task _lastTurn = Task.CompletedTask;

    /// <summary>What this installation is called: what the program says, or the store knows.</summary>
    public DeviceId Device { get; private set; } = options.DeviceId;

    /// <summary>Whose the store is; null before the first session, and without one.</summary>
    public UserId? Owner => _records?.Owner;

    /// <summary>Reads what an earlier client left in the store, once; nothing where there is no store.</summary>
    /// <exception cref="LocalStoreException">The store cannot be used. Asked again, it is tried again.</exception>
    public Task OpenAsync(CancellationToken cancel)
    {
        if (_records is null) return Task.CompletedTask;
        Task opening;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_ended, typeof(ParleyClient));
            opening = _opening is null or { IsFaulted: true } ? _opening = LoadAsync(_records) : _opening;
        }

        return opening.WaitAsync(cancel);
    }

    /// <summary>Why no session of this user may use the store: what waits in it is another's. Null when he may.</summary>
    public LocalStoreException? Obstacle(UserId user) => _records?.Owner is { } owner && owner != user
        ? new LocalStoreException(LocalStoreFailure.OtherUser, $"The store is {owner}'s, and the token is {user}'s. Give each user a store of his own.")
        : null;

    /// <summary>Whether there is a store.</summary>
    public bool Keeps => _records is not null;

    /// <summary>Whether it failed when it was last written to, of what nobody awaits.</summary>
    private bool _storeFails;

    private async Task LoadAsync(OutboxRecords records)
    {
        var kept = await records.OpenAsync(options.GivenDevice, options.DeviceId, _clock.GetUtcNow()).ConfigureAwait(false);
        lock (_gate)
        {
            Device = kept.Device;
            foreach (var (chosen, older) in kept.Moved) _moved[chosen] = older;
            foreach (var one in kept.Items)
            {
                var (item, left) = (one.Item, one.Left == LeavesDevice.Perhaps);
                _order = Math.Max(_order, item.Order);
                item.Deadline = DeadlineAfter(TimeSpan.Zero);
                (item.Copies, item.IsMarked, item.MayHaveLanded) = (left ? 1 : 0, left, left);
                // Who sent it is gone.
                item.Reported = true;
                // It was being written when its conversation got another id.
                if (item.Lane is { } chosen && _moved.TryGetValue(chosen, out var now)) item.Move(now);
                if (!left && item.Source is { } source && _moved.TryGetValue(source, out var there)) item.MoveSource(there);
                if (item is OutgoingMessage message)
                {
                    ClientTelemetry.HandedIn(message, _clock);
                    hooks.Entered(message);
                }

                LaneOf(item.Lane).State.Add(item);
            }

            CountSleep();
            foreach (var lane in _lanes.Values.ToArray()) Pump(lane);
        }
    }

    /// <summary>Takes one in; completes when the store has it, if there is one.</summary>
    private async Task<Lane> EnterAsync(Outgoing item, SenderWaits waits, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var (before, turn) = TakeTurn();
        (Lane Lane, LeavesDevice Leaves, IReadOnlyList<OutgoingChange> Covered) entry;
        try
        {
            await OpenAsync(cancel).ConfigureAwait(false);
            await before.ConfigureAwait(false);
            entry = Enter(item, waits);
        }
        finally
        {
            // Also when this one gave up: who comes after it waits for those before it.
            if (turn is not null) _ = before.ContinueWith(static (_, its) => ((TaskCompletionSource)its!).SetResult(), turn, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        if (_records is not null) await KeepAsync(_records, item, entry.Leaves, entry.Covered).ConfigureAwait(false);
        else Replace(entry.Lane, item, entry.Covered);
        return entry.Lane;
    }

    /// <summary>Whom to wait for, and what to complete afterwards: those who come before the store is open are in line in the order of their calls, and so is who comes while they still wait.</summary>
    private (Task Before, TaskCompletionSource? Turn) TakeTurn()
    {
        lock (_gate)
        {
            if (_records is null || (_opening is { IsCompletedSuccessfully: true } && _lastTurn.IsCompleted)) return (Task.CompletedTask, null);
            var (before, turn) = (_lastTurn, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            _lastTurn = turn.Task;
            return (before, turn);
        }
    }

    private (Lane Lane, LeavesDevice Leaves, IReadOnlyList<OutgoingChange> Covered) Enter(Outgoing item, SenderWaits waits)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_ended, typeof(ParleyClient));
            if (item.Lane is { } chosen && _moved.TryGetValue(chosen, out var older)) item.Move(older);
            if (item.Source is { } source && _moved.TryGetValue(source, out var there)) item.MoveSource(there);
            var lane = LaneOf(item.Lane);
            (item.Order, item.At, item.Deadline) = (++_order, _clock.GetUtcNow(), DeadlineAfter(TimeSpan.Zero));
            item.HasEntered = true;
            item.IsKept = item.IsMarked = _records is null;
            item.Reported = waits == SenderWaits.ForStore;
            if (item is OutgoingMessage message) ClientTelemetry.HandedIn(message, _clock);
            hooks.Entered(item);
            IReadOnlyList<OutgoingChange> covered = item is OutgoingChange change ? lane.State.CoveredBy(change) : [];
            // In line before the store has it: who comes later is sent later.
            lane.State.Add(item);
            Pump(lane);
            // Where it is about to be sent, one write says both.
            return (lane, _link is null || item.NeedsUpload || Awaits(item) ? LeavesDevice.No : LeavesDevice.Perhaps, covered);
        }
    }

    private async Task KeepAsync(OutboxRecords records, Outgoing item, LeavesDevice leaves, IReadOnlyList<OutgoingChange> covered)
    {
        try
        {
            var moves = item.Moves;
            await records.PutAsync(item, leaves, covered).ConfigureAwait(false);
            lock (_gate)
            {
                // A conversation may have got another id while it was written. It is kept, for the next client moves it too; and it is written anew before it leaves.
                (item.IsKept, item.IsMarked) = (true, leaves == LeavesDevice.Perhaps && item.Moves == moves);
                Replace(LaneOf(item.Lane), item, covered);
                Pump(LaneOf(item.Lane));
            }
        }
        catch (Exception error)
        {
            var failure = error as LocalStoreException ?? new LocalStoreException(LocalStoreFailure.Unavailable, $"The store failed: {error.Message}", error);
            lock (_gate)
            {
                var lane = LaneOf(item.Lane);
                lane.State.NotKept(item, failure);
                Pump(lane);
            }

            throw failure;
        }
    }

    private void Replace(Lane lane, Outgoing item, IReadOnlyList<OutgoingChange> covered)
    {
        if (covered.Count == 0) return;
        lock (_gate)
        {
            // What has begun to leave meanwhile stands for itself. Its record is written again with that, after the write that took it away.
            foreach (var earlier in lane.State.CoveredBy((OutgoingChange)item).Intersect(covered)) OutboxLane.Replace(earlier, (OutgoingChange)item);
            Pump(lane);
        }
    }

    private async Task MarkAsync(OutboxRecords records, Lane lane, Outgoing item)
    {
        TimeSpan? again = null;
        try
        {
            await records.PutAsync(item, LeavesDevice.Perhaps).ConfigureAwait(false);
            Worked();
        }
        catch (Exception failure)
        {
            Failed(failure);
            again = Now + StorePause;
        }

        lock (_gate)
        {
            OutboxLane.Marked(item, again);
            Pump(lane);
        }
    }

    private async Task OwnAsync(OutboxRecords records, Link link, UserId user)
    {
        try
        {
            await records.OwnAsync(user).ConfigureAwait(false);
            Worked();
        }
        catch (Exception failure)
        {
            // Nothing is sent; the next session asks the store again.
            Failed(failure);
            link.Abort();
            return;
        }

        lock (_gate)
        {
            if (_session == link) Use(link);
        }
    }

    /// <summary>Tells what the store knows, too: what is not sent must not be sent by the next client. What is on the log may be sent again, and is not recorded again.</summary>
    private async Task TellAsync(Lane lane, Task before, OutboxRecords records, OutboxStep.Report report)
    {
        if (Holds(report)) lane.Forgetting++;
        await before.ConfigureAwait(false);
        if (IsMade(report)) Tell(report);
        var isForgotten = !IsOver(report) || await ForgetAsync(records, lane, report.Item).ConfigureAwait(false);
        // It is there still, and nothing at the server would stop the next client.
        if (!IsMade(report)) Tell(isForgotten || !MayComeBack(report) ? report : report with { Result = new SendResult.Unknown("the store failed, and the next client may send it.") });
        lock (_gate)
        {
            if (!isForgotten)
            {
                lane.Unforgotten.Add(report);
                if (!lane.ForgetsLater) _ = ForgetLaterAsync(records, lane);
                lane.ForgetsLater = true;
            }
            else if (Holds(report))
            {
                lane.Forgetting--;
                Pump(lane);
            }
        }
    }

    /// <summary>Has the store forget one, with all of its lane that it could not forget before: in one write, for what came later must not be gone while those are there.</summary>
    /// <returns>False when the store failed.</returns>
    private async Task<bool> ForgetAsync(OutboxRecords records, Lane lane, Outgoing? item)
    {
        OutboxStep.Report[] late;
        lock (_gate) late = [.. lane.Unforgotten];
        try
        {
            await records.RemoveAsync([.. late.Select(report => report.Item), .. item is null ? Array.Empty<Outgoing>() : [item]]).ConfigureAwait(false);
            Worked();
        }
        catch (Exception failure)
        {
            Failed(failure);
            return false;
        }

        if (late.Length == 0) return true;
        lock (_gate)
        {
            foreach (var report in late.Where(lane.Unforgotten.Remove))
            {
                // Its sender heard that nobody knows.
                if (MayComeBack(report)) Tell(report with { Late = true });
                if (Holds(report)) lane.Forgetting--;
            }

            Pump(lane);
        }

        return true;
    }

    /// <summary>Tries until the store has forgotten all of a lane that is over, or the client ends.</summary>
    private async Task ForgetLaterAsync(OutboxRecords records, Lane lane)
    {
        while (true)
        {
            await Task.Delay(StorePause, _clock, CancellationToken.None).ConfigureAwait(false);
            lock (_gate)
            {
                lane.ForgetsLater = !_ended && lane.Unforgotten.Count > 0;
                if (!lane.ForgetsLater) return;
            }

            await ForgetAsync(records, lane, item: null).ConfigureAwait(false);
        }
    }

    /// <summary>What waits goes on waiting, and the program hears of it: nobody else awaits this write.</summary>
    private void Failed(Exception failure)
    {
        bool isNews;
        lock (_gate) (isNews, _storeFails) = (!_storeFails, true);
        Log.NotStored(_logger, failure);
        if (isNews) hooks.StoreFailed(LocalStoreException.Of(failure));
    }

    private void Worked()
    {
        lock (_gate) _storeFails = false;
    }

    private static bool IsMade(OutboxStep.Report report) => report.Result is SendResult.Recorded or SendResult.Answered;

    /// <summary>Whether no later client has anything to do with it.</summary>
    private static bool IsOver(OutboxStep.Report report) => report.Result is not SendResult.Unknown { IsLast: false };

    /// <summary>Whether what is behind it waits until the store has forgotten it: asked again by the next client, it would come behind what was later.</summary>
    private static bool Holds(OutboxStep.Report report) => !IsMade(report) && IsOver(report);

    /// <summary>Whether the next client would bring about what did not come about, if the store still had it: all but what the server fenced.</summary>
    private static bool MayComeBack(OutboxStep.Report report) =>
        report.Result is SendResult.Refused || (report.Result is SendResult.NotSent && !(report.Item.LeftDevice && report.Item.Fence is not null));

    /// <summary>What a sender waits for.</summary>
    private enum SenderWaits
    {
        /// <summary>How it ends.</summary>
        ForOutcome,

        /// <summary>That it is kept; how it ends he hears as late.</summary>
        ForStore,
    }
}
