using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Parley.Client;

/// <summary>Every message and every other change that is not settled yet, a lane per conversation and one for what belongs to none. With a store each is durable before it is sent, and what is left is the next client's; without, all live as long as this one.</summary>
/// <param name="options">Timeouts, clock and store.</param>
/// <param name="hooks">Who hears of what.</param>
/// <param name="uniform">Draws from [0, 1).</param>
internal sealed partial class Outbox(ParleyClientOptions options, OutboxHooks hooks, Func<double> uniform)
{
    private readonly ILogger _logger = (ILogger?)options.LoggerFactory?.CreateLogger<Outbox>() ?? NullLogger.Instance;
    private readonly TimeProvider _clock = options.TimeProvider;
    private readonly long _start = options.TimeProvider.GetTimestamp();
    private readonly Lock _gate = new();
    private readonly Dictionary<LaneKey, Lane> _lanes = [];
    private Link? _session;
    private Link? _link;
    private long _order;
    private bool _ended;

    private TimeSpan Now => _clock.GetElapsedTime(_start);

    /// <summary>Queues one and answers how it ended.</summary>
    /// <exception cref="OperationCanceledException">Given up: dropped when it had not left the device, else settled behind the scenes.</exception>
    /// <exception cref="LocalStoreException">The store did not take it; it is not sent.</exception>
    public async Task<SendResult> SendAsync(Outgoing item, CancellationToken cancel)
    {
        var lane = await EnterAsync(item, SenderWaits.ForOutcome, cancel).ConfigureAwait(false);
        try
        {
            return await item.Outcome.Task.WaitAsync(cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // What never left is not sent by the next client either: the store has forgotten it by then.
            if (GiveUp(lane, item) == GivenUp.Dropped) await item.Outcome.Task.ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Queues one; completes when the store has it. How it ends is told as late.</summary>
    /// <exception cref="LocalStoreException">The store did not take it; it is not sent.</exception>
    public Task QueueAsync(Outgoing item, CancellationToken cancel) => EnterAsync(item, SenderWaits.ForStore, cancel);

    /// <summary>The messages that are not settled yet in a conversation, in the order sent.</summary>
    public IReadOnlyList<OutgoingMessage> Unsettled(ConversationId conversation)
    {
        lock (_gate) return _lanes.TryGetValue(new LaneKey(conversation), out var lane) ? [.. lane.State.Unsettled().OfType<OutgoingMessage>()] : [];
    }

    /// <summary>The other changes that are not settled yet, in the order handed in.</summary>
    public IReadOnlyList<Change> Waiting()
    {
        lock (_gate) return [.. _lanes.Values.SelectMany(lane => lane.State.Unsettled()).OfType<OutgoingChange>().OrderBy(item => item.Order).Select(item => item.Change)];
    }

    /// <summary>A session is open: what waits goes out, once the store knows whose it is.</summary>
    public void Opened(Link link, UserId user)
    {
        lock (_gate)
        {
            _session = link;
            CountSleep();
            if (_records is not { Owner: null }) Use(link);
        }

        if (_records is { Owner: null } records) _ = OwnAsync(records, link, user);
    }

    /// <summary>The session's link has ended; what was under way is sent again on the next.</summary>
    public void Lost()
    {
        lock (_gate)
        {
            (_session, _link) = (null, null);
            CountSleep();
            foreach (var lane in _lanes.Values.ToArray())
            {
                lane.State.Lost();
                Pump(lane);
            }
        }
    }

    /// <summary>Reports everything as what is known of it, and takes nothing more. What is in the store stays there.</summary>
    public async Task EndAsync()
    {
        Task[] telling;
        lock (_gate)
        {
            _ended = true;
            (_session, _link) = (null, null);
            foreach (var lane in _lanes.Values.ToArray())
            {
                lane.State.End(_records is null ? Afterwards.Ends : Afterwards.Stays);
                Pump(lane);
            }

            telling = [.. _lanes.Values.Select(lane => lane.Telling)];
        }

        await Task.WhenAll(telling).ConfigureAwait(false);
    }

    private void Use(Link link)
    {
        _link = link;
        foreach (var lane in _lanes.Values.ToArray()) Pump(lane);
    }

    private TimeSpan DeadlineAfter(TimeSpan age)
    {
        if (options.EffectiveSendTimeout == Timeout.InfiniteTimeSpan) return TimeSpan.MaxValue;
        // A clock that was set back, or ahead, must not make it wait for ever.
        var left = options.EffectiveSendTimeout - (age > TimeSpan.Zero ? age : TimeSpan.Zero);
        return Now + (left > TimeSpan.Zero ? left : TimeSpan.Zero);
    }

    /// <summary>What measures how long something takes stands still while the device sleeps, and the time of day does not. It only ever makes the time that is left shorter, so a clock that is set back changes nothing.</summary>
    private void CountSleep()
    {
        var now = _clock.GetUtcNow();
        foreach (var lane in _lanes.Values) lane.State.Hasten(item => DeadlineAfter(now - item.At));
    }

    private Lane LaneOf(ConversationId? conversation) => _lanes.TryGetValue(new LaneKey(conversation), out var lane) ? lane : _lanes[new LaneKey(conversation)] = NewLane();

    private Lane NewLane() => new(new OutboxLane(options.SettleTimeout, attempt => Backoff.Wait(attempt, uniform()), Holds));

    private GivenUp GiveUp(Lane lane, Outgoing message)
    {
        lock (_gate)
        {
            // Its conversation may have got another id meanwhile.
            if (message.Lane is not null) lane = LaneOf(message.Lane);
            lane.State.GiveUp(message, Now);
            Pump(lane);
            return message is { IsDone: true, IsReplaced: false } ? GivenUp.Dropped : GivenUp.Settling;
        }
    }

    /// <summary>Does what the lane says until it has nothing to say. Called under the gate.</summary>
    private void Pump(Lane lane)
    {
        // What a step brings about at once is the next of the one that is at it.
        if (lane.IsPumped) return;
        lane.IsPumped = true;
        try
        {
            PumpAll(lane);
        }
        finally
        {
            lane.IsPumped = false;
        }
    }

    private void PumpAll(Lane lane)
    {
        while (true)
        {
            // A send that loses its link before it was posted is told so from within Post, so the link is looked at each time.
            var link = _link;
            switch (lane.State.Next(Now, link is null || lane.Forgetting > 0 ? OutboxLine.Down : OutboxLine.Up))
            {
                case OutboxStep.Send(OutgoingMessage message):
                    message.Trace?.Leaves("send");
                    link!.Post(Wire.SendMessage, message.Request, answer => Answered(lane, link, message, answer));
                    break;
                case OutboxStep.Send(OutgoingChange change):
                    change.Change.Kind.Post(link!, change.Change, answer => Answered(lane, link!, change, answer));
                    break;
                case OutboxStep.Cancel(var item):
                    (item as OutgoingMessage)?.Trace?.Leaves("cancel");
                    link!.Post(Wire.CancelMessage, new CancelMessage(item.Lane!.Value, item.Fence!.Value), answer => Cancelled(lane, link, item, answer));
                    break;
                case OutboxStep.Upload(var message):
                    _ = UploadAsync(lane, message);
                    break;
                case OutboxStep.Mark(var item):
                    _ = MarkAsync(_records!, lane, item);
                    break;
                case OutboxStep.Report report:
                    (report.Item as OutgoingMessage)?.StopUploading?.Invoke();
                    if (_records is null || report.Result is SendResult.NotKept || !report.Item.IsKept) Tell(report);
                    else lane.Telling = TellAsync(lane, lane.Telling, _records, report);
                    PumpHeld();
                    break;
                case OutboxStep.Wait(var until):
                    Sleep(lane, until);
                    return;
                case OutboxStep.Idle:
                    lane.Timer?.Dispose();
                    lane.Timer = null;
                    return;
            }
        }
    }

    private void Tell(OutboxStep.Report report)
    {
        Write(report.Item, report.Result);
        if (report.Item is OutgoingMessage message) ClientTelemetry.Settled(message, report.Result, _clock);
        hooks.Reported(report);
        report.Item.Outcome.TrySetResult(report.Result);
    }

    private void Answered(Lane lane, Link link, OutgoingMessage message, Answer<LogEntry> answer)
    {
        if (answer.Value is { } entry) hooks.Landed(entry);
        lock (_gate)
        {
            if (answer.Value is not null) lane.State.Recorded(message, answer.Value);
            else if (answer.Refusal is { } refusal && link == _link) lane.State.Refused(message, refusal, Now, OutboxRequest.Send);
            else if (answer.Refusal is { Retry: RetryPolicy.Never } last) lane.State.Refused(message, last, Now, OutboxRequest.Send);
            Pump(lane);
        }
    }

    private void Cancelled(Lane lane, Link link, Outgoing message, Answer<MessageCancelled> answer)
    {
        if (answer.Value?.Entry is { } entry) hooks.Landed(entry);
        lock (_gate)
        {
            if (answer.Value is { Entry: { } recorded }) lane.State.Recorded(message, recorded);
            else if (answer.Value is not null) lane.State.Fenced(message);
            else if (answer.Refusal is { } refusal && link == _link) lane.State.Refused(message, refusal, Now, OutboxRequest.Cancel);
            Pump(lane);
        }
    }

    /// <summary>Notes how one ended, so that who looks after the program can say it of each (A07).</summary>
    private void Write(Outgoing item, SendResult result)
    {
        if (item is not OutgoingMessage message)
        {
            Write((OutgoingChange)item, result);
            return;
        }

        switch (result)
        {
            case SendResult.Recorded(var entry):
                Log.Recorded(_logger, message.Message, message.Conversation, entry.Sequence);
                break;
            case SendResult.Refused(var refusal):
                Log.Refused(_logger, message.Message, message.Conversation, refusal.Code);
                break;
            case SendResult.NotSent(_, var why):
                Log.NotSent(_logger, message.Message, message.Conversation, why);
                break;
            case SendResult.NotKept(var failure):
                Log.NotKept(_logger, message.Message, message.Conversation, failure);
                break;
            case SendResult.Unknown(var why):
                Log.Unknown(_logger, message.Message, message.Conversation, why);
                break;
        }
    }

    private void Sleep(Lane lane, TimeSpan until)
    {
        var wait = until == TimeSpan.MaxValue ? Timeout.InfiniteTimeSpan : until - Now;
        if (wait < TimeSpan.Zero && wait != Timeout.InfiniteTimeSpan) wait = TimeSpan.Zero;
        // Timers count whole milliseconds and must not wake before their time, only to sleep for nothing.
        if (wait > TimeSpan.Zero) wait += TimeSpan.FromMilliseconds(1);
        lane.Timer ??= _clock.CreateTimer(_ => WakeUp(lane), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        lane.Timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private void WakeUp(Lane lane)
    {
        lock (_gate) Pump(lane);
    }

    /// <summary>Whose lane: a conversation's, or that of what belongs to none.</summary>
    private readonly record struct LaneKey(ConversationId? Conversation);

    /// <summary>A lane with its alarm clock. It stays when it is empty: conversations are few, and the next message is likely.</summary>
    private sealed class Lane(OutboxLane state)
    {
        public OutboxLane State => state;

        public ITimer? Timer { get; set; }

        public bool IsPumped { get; set; }

        /// <summary>How many are being forgotten that did not come about: before that nothing more is sent, or the next run would send them after what came later.</summary>
        public int Forgetting { get; set; }

        /// <summary>What is over, and is in the store still because that failed; tried again and again.</summary>
        public List<OutboxStep.Report> Unforgotten { get; } = [];

        /// <summary>Whether somebody is at that.</summary>
        public bool ForgetsLater { get; set; }

        /// <summary>Ends when all that was reported until now is told.</summary>
        public Task Telling { get; set; } = Task.CompletedTask;
    }

    private enum GivenUp
    {
        Dropped,
        Settling,
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Message {Message} to {Conversation} is on the log as {Sequence}.")]
        public static partial void Recorded(ILogger logger, MessageId message, ConversationId conversation, Sequence sequence);

        [LoggerMessage(2, LogLevel.Warning, "Message {Message} to {Conversation} was refused: {Code}.")]
        public static partial void Refused(ILogger logger, MessageId message, ConversationId conversation, string code);

        [LoggerMessage(3, LogLevel.Warning, "Message {Message} to {Conversation} was not sent: {Why}")]
        public static partial void NotSent(ILogger logger, MessageId message, ConversationId conversation, string why);

        [LoggerMessage(4, LogLevel.Warning, "Whether message {Message} to {Conversation} was sent is unknown: {Why}")]
        public static partial void Unknown(ILogger logger, MessageId message, ConversationId conversation, string why);

        [LoggerMessage(5, LogLevel.Error, "The store did not take message {Message} to {Conversation}; it is not sent.")]
        public static partial void NotKept(ILogger logger, MessageId message, ConversationId conversation, Exception error);

        [LoggerMessage(7, LogLevel.Information, "{Method} in {Conversation} is done.")]
        public static partial void Made(ILogger logger, string method, ConversationId? conversation);

        [LoggerMessage(8, LogLevel.Warning, "{Method} in {Conversation} was refused: {Code}.")]
        public static partial void NotMade(ILogger logger, string method, ConversationId? conversation, string code);

        [LoggerMessage(9, LogLevel.Warning, "{Method} in {Conversation} was not sent, or nobody knows: {Why}")]
        public static partial void Unmade(ILogger logger, string method, ConversationId? conversation, string why);

        [LoggerMessage(10, LogLevel.Error, "The store did not take {Method} in {Conversation}; it is not sent.")]
        public static partial void ChangeNotKept(ILogger logger, string method, ConversationId? conversation, Exception error);

        [LoggerMessage(11, LogLevel.Information, "What waited for {Chosen} goes to {Older}, which was there already.")]
        public static partial void Moved(ILogger logger, ConversationId chosen, ConversationId older);

        [LoggerMessage(12, LogLevel.Information, "The files of message {Message} to {Conversation} are not uploaded yet, and are gone on with: {Why}")]
        public static partial void NotUploaded(ILogger logger, MessageId message, ConversationId conversation, string why);

        [LoggerMessage(6, LogLevel.Error, "The store failed. It is tried again; what was settled meanwhile the next client may settle once more.")]
        public static partial void NotStored(ILogger logger, Exception error);
    }
}

/// <summary>Who hears of what the outbox does.</summary>
/// <param name="Entered">Of everything when it enters, before anything is sent; of a message once more when its conversation turned out to have another id, and also of one that an earlier run left.</param>
/// <param name="Reported">How everything ended.</param>
/// <param name="Landed">Of every entry that the answer to a message brought, before its sender does.</param>
/// <param name="Answered">Of the answer to every other change, before who asked does.</param>
internal sealed record OutboxHooks(Action<Outgoing> Entered, Action<OutboxStep.Report> Reported, Action<LogEntry> Landed, Action<Change, object> Answered)
{
    /// <summary>The store did not take something that nobody awaits: once, until it takes something again.</summary>
    public Action<LocalStoreException> StoreFailed { get; init; } = _ => { };
}
