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

    private async Task LoadAsync(OutboxRecords records)
    {
        var (device, messages) = await records.OpenAsync(options.GivenDevice, options.DeviceId).ConfigureAwait(false);
        lock (_gate)
        {
            Device = device;
            foreach (var kept in messages)
            {
                _order = Math.Max(_order, kept.Order);
                var (request, age) = (kept.Request, _clock.GetUtcNow() - kept.At);
                var message = new OutgoingMessage(request.Conversation, request.Message, request.Content, DeadlineAfter(age), SendOptions.Of(request))
                {
                    Order = kept.Order,
                    At = kept.At,
                    Copies = kept.Left == LeavesDevice.Perhaps ? 1 : 0,
                    IsMarked = kept.Left == LeavesDevice.Perhaps,
                    // Who sent it is gone.
                    Reported = true,
                    Trace = ClientTelemetry.HandedIn(_clock),
                };
                entered(message);
                LaneOf(request.Conversation).State.Add(message);
            }

            foreach (var lane in _lanes.Values.ToArray()) Pump(lane);
        }
    }

    /// <summary>Takes a message in; completes when the store has it, if there is one.</summary>
    private async Task<(Lane Lane, OutgoingMessage Message)> EnterAsync(
        ConversationId conversation, MessageId id, MessageContent content, SendOptions? how, SenderWaits waits, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var (before, turn) = TakeTurn();
        (Lane Lane, OutgoingMessage Message, LeavesDevice Leaves) entry;
        try
        {
            await OpenAsync(cancel).ConfigureAwait(false);
            await before.ConfigureAwait(false);
            entry = Enter(conversation, id, content, how, waits);
        }
        finally
        {
            // Also when this one gave up: who comes after it waits for those before it.
            if (turn is not null) _ = before.ContinueWith(static (_, its) => ((TaskCompletionSource)its!).SetResult(), turn, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        if (_records is not null) await KeepAsync(_records, entry.Lane, entry.Message, entry.Leaves).ConfigureAwait(false);
        return (entry.Lane, entry.Message);
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

    private (Lane Lane, OutgoingMessage Message, LeavesDevice Leaves) Enter(ConversationId conversation, MessageId id, MessageContent content, SendOptions? how, SenderWaits waits)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_ended, typeof(ParleyClient));
            var lane = LaneOf(conversation);
            var message = new OutgoingMessage(conversation, id, content, DeadlineAfter(TimeSpan.Zero), how)
            {
                Order = ++_order, At = _clock.GetUtcNow(), IsKept = _records is null, IsMarked = _records is null, Reported = waits == SenderWaits.ForStore,
                Trace = ClientTelemetry.HandedIn(_clock),
            };
            entered(message);
            // In line before the store has it: who comes later is sent later.
            lane.State.Add(message);
            Pump(lane);
            // Where it is about to be sent, one write says both.
            return (lane, message, _link is null ? LeavesDevice.No : LeavesDevice.Perhaps);
        }
    }

    private async Task KeepAsync(OutboxRecords records, Lane lane, OutgoingMessage message, LeavesDevice leaves)
    {
        try
        {
            await records.PutAsync(message, leaves).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            var failure = error as LocalStoreException ?? new LocalStoreException(LocalStoreFailure.Unavailable, $"The store failed: {error.Message}", error);
            lock (_gate)
            {
                lane.State.NotKept(message, failure);
                Pump(lane);
            }

            throw failure;
        }

        lock (_gate)
        {
            (message.IsKept, message.IsMarked) = (true, leaves == LeavesDevice.Perhaps);
            Pump(lane);
        }
    }

    private async Task MarkAsync(OutboxRecords records, Lane lane, OutgoingMessage message)
    {
        TimeSpan? again = null;
        try
        {
            await records.PutAsync(message, LeavesDevice.Perhaps).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            Log.NotStored(_logger, failure);
            again = Now + StorePause;
        }

        lock (_gate)
        {
            OutboxLane.Marked(message, again);
            Pump(lane);
        }
    }

    private async Task OwnAsync(OutboxRecords records, Link link, UserId user)
    {
        try
        {
            await records.OwnAsync(user).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            // Nothing is sent; the next session asks the store again.
            Log.NotStored(_logger, failure);
            link.Abort();
            return;
        }

        lock (_gate)
        {
            if (_session == link) Use(link);
        }
    }

    /// <summary>Tells what the store knows, too: what is not sent must not be sent by the next client. What is on the log may be sent again, and is not recorded again.</summary>
    private async Task TellAsync(Task before, OutboxRecords records, OutboxStep.Report report)
    {
        await before.ConfigureAwait(false);
        try
        {
            if (report.Result is SendResult.Recorded) Tell(report);
            if (report.Result is not SendResult.Unknown) await records.RemoveAsync(report.Message).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            Log.NotStored(_logger, failure);
            // It is there still, and nothing at the server would stop the next client.
            if (!report.Message.LeftDevice) report = report with { Result = new SendResult.Unknown("the store failed, and the next client may send it.") };
        }

        if (report.Result is not SendResult.Recorded) Tell(report);
    }

    /// <summary>What a sender waits for.</summary>
    private enum SenderWaits
    {
        /// <summary>How it ends.</summary>
        ForOutcome,

        /// <summary>That it is kept; how it ends he hears as late.</summary>
        ForStore,
    }
}
