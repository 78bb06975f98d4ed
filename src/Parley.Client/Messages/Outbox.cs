using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Parley.Client;

/// <summary>Every message that is not settled yet, a lane per conversation. With a store each is durable before it is sent, and what is left is the next client's; without, all live as long as this one.</summary>
/// <param name="options">Timeouts, clock and store.</param>
/// <param name="entered">Hears of every message when it enters, before anything is sent.</param>
/// <param name="reported">Hears how every message ended.</param>
/// <param name="landed">Hears of every entry that an answer brought, before its sender does.</param>
/// <param name="uniform">Draws from [0, 1).</param>
internal sealed partial class Outbox(
    ParleyClientOptions options, Action<OutgoingMessage> entered, Action<OutboxStep.Report> reported, Action<LogEntry> landed, Func<double> uniform)
{
    private readonly ILogger _logger = (ILogger?)options.LoggerFactory?.CreateLogger<Outbox>() ?? NullLogger.Instance;
    private readonly TimeProvider _clock = options.TimeProvider;
    private readonly long _start = options.TimeProvider.GetTimestamp();
    private readonly Lock _gate = new();
    private readonly Dictionary<ConversationId, Lane> _lanes = [];
    private Link? _session;
    private Link? _link;
    private long _order;
    private bool _ended;

    private TimeSpan Now => _clock.GetElapsedTime(_start);

    /// <summary>Queues a message and answers how it ended.</summary>
    /// <exception cref="OperationCanceledException">Given up: dropped when it had not left the device, else unknown and settled behind the scenes.</exception>
    /// <exception cref="LocalStoreException">The store did not take it; it is not sent.</exception>
    public async Task<SendResult> SendAsync(ConversationId conversation, MessageId id, MessageContent content, SendOptions? how, CancellationToken cancel)
    {
        var (lane, message) = await EnterAsync(conversation, id, content, how, SenderWaits.ForOutcome, cancel).ConfigureAwait(false);
        try
        {
            return await message.Outcome.Task.WaitAsync(cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // What never left is not sent by the next client either: the store has forgotten it by then.
            if (GiveUp(lane, message) == GivenUp.Dropped) await message.Outcome.Task.ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Queues a message; completes when the store has it. How it ends is told as late.</summary>
    /// <exception cref="LocalStoreException">The store did not take it; it is not sent.</exception>
    public Task QueueAsync(ConversationId conversation, MessageId id, MessageContent content, SendOptions? how, CancellationToken cancel) =>
        EnterAsync(conversation, id, content, how, SenderWaits.ForStore, cancel);

    /// <summary>What is not settled yet in a conversation, in the order sent.</summary>
    public IReadOnlyList<OutgoingMessage> Unsettled(ConversationId conversation)
    {
        lock (_gate) return _lanes.TryGetValue(conversation, out var lane) ? lane.State.Unsettled() : [];
    }

    /// <summary>A session is open: what waits goes out, once the store knows whose it is.</summary>
    public void Opened(Link link, UserId user)
    {
        lock (_gate)
        {
            _session = link;
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

    private Lane LaneOf(ConversationId conversation) => _lanes.TryGetValue(conversation, out var lane) ? lane : _lanes[conversation] = NewLane();

    private Lane NewLane() => new(new OutboxLane(options.SettleTimeout, attempt => Backoff.Wait(attempt, uniform())));

    private GivenUp GiveUp(Lane lane, OutgoingMessage message)
    {
        lock (_gate)
        {
            lane.State.GiveUp(message, Now);
            Pump(lane);
            return message.IsDone ? GivenUp.Dropped : GivenUp.Settling;
        }
    }

    /// <summary>Does what the lane says until it has nothing to say. Called under the gate.</summary>
    private void Pump(Lane lane)
    {
        while (true)
        {
            // A send that loses its link before it was posted is told so from within Post, so the link is looked at each time.
            var link = _link;
            switch (lane.State.Next(Now, link is null ? OutboxLine.Down : OutboxLine.Up))
            {
                case OutboxStep.Send(var message):
                    message.Trace?.Leaves("send");
                    link!.Post(Wire.SendMessage, message.Request, answer => Answered(lane, link, message, answer));
                    break;
                case OutboxStep.Cancel(var message):
                    message.Trace?.Leaves("cancel");
                    link!.Post(Wire.CancelMessage, new CancelMessage(message.Conversation, message.Message),
                        answer => Cancelled(lane, link, message, answer));
                    break;
                case OutboxStep.Mark(var message):
                    _ = MarkAsync(_records!, lane, message);
                    break;
                case OutboxStep.Report report:
                    if (_records is null || report.Result is SendResult.NotKept || !report.Message.IsKept) Tell(report);
                    else lane.Telling = TellAsync(lane.Telling, _records, report);
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
        Write(report.Message, report.Result);
        ClientTelemetry.Settled(report.Message, report.Result, _clock);
        reported(report);
        report.Message.Outcome.TrySetResult(report.Result);
    }

    private void Answered(Lane lane, Link link, OutgoingMessage message, Answer<LogEntry> answer)
    {
        if (answer.Value is { } entry) landed(entry);
        lock (_gate)
        {
            if (answer.Value is not null) lane.State.Recorded(message, answer.Value);
            else if (answer.Refusal is { } refusal && link == _link) lane.State.Refused(message, refusal, Now, OutboxRequest.Send);
            else if (answer.Refusal is { Retry: RetryPolicy.Never } last) lane.State.Refused(message, last, Now, OutboxRequest.Send);
            Pump(lane);
        }
    }

    private void Cancelled(Lane lane, Link link, OutgoingMessage message, Answer<MessageCancelled> answer)
    {
        if (answer.Value?.Entry is { } entry) landed(entry);
        lock (_gate)
        {
            if (answer.Value is { Entry: { } recorded }) lane.State.Recorded(message, recorded);
            else if (answer.Value is not null) lane.State.Fenced(message);
            else if (answer.Refusal is { } refusal && link == _link) lane.State.Refused(message, refusal, Now, OutboxRequest.Cancel);
            Pump(lane);
        }
    }

    /// <summary>Notes how a message ended, so that who looks after the program can say it of each (A07).</summary>
    private void Write(OutgoingMessage message, SendResult result)
    {
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

    /// <summary>A lane with its alarm clock. It stays when it is empty: conversations are few, and the next message is likely.</summary>
    private sealed class Lane(OutboxLane state)
    {
        public OutboxLane State => state;

        public ITimer? Timer { get; set; }

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

        [LoggerMessage(6, LogLevel.Error, "The store failed. It is tried again; what was settled meanwhile the next client may settle once more.")]
        public static partial void NotStored(ILogger logger, Exception error);
    }
}
