using System.Data.Common;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Parley.Delivery;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Gateway;

/// <summary>A request that was started and will be answered once, whichever way it came.</summary>
/// <param name="command">What it asks.</param>
internal abstract partial class Request(HandledCommand command) : Origin
{
    private static readonly object Answered = new();

    /// <summary>Until it is answered its span, or null when it has none; then <see cref="Answered"/>. One field, because there is a request per message.</summary>
    private object? _state;

    /// <summary>Who asks; null where a method of the platform is asked.</summary>
    public abstract Caller Caller { get; }

    /// <summary>The backend that asks; null for everybody else.</summary>
    public virtual PlatformCaller? Platform => null;

    /// <summary>Ends when nobody waits for the answer any more. Only reads look at it.</summary>
    public abstract CancellationToken Cancel { get; }

    public override ActivityContext Trace => (Volatile.Read(ref _state) as Activity)?.Context ?? default;

    protected HandledCommand Asked => command;

    protected abstract RealtimeGateway Gateway { get; }

    /// <summary>What the operator finds it under in the log.</summary>
    protected abstract string Name { get; }

    /// <summary>How it is asked, as spans name it.</summary>
    protected abstract string System { get; }

    private bool IsAnswered => Volatile.Read(ref _state) == Answered;

    public override void Answer(EncodedEntry entry) => Answer(entry.Json);

    public override void Answer(ReadOnlyMemory<byte> json)
    {
        if (IsFirst(null)) Finish(json);
    }

    public override void Refuse(Refusal refusal)
    {
        if (!IsFirst(refusal)) return;
        if (refusal == Refusals.Internal && refusal.Detail is null)
        {
            // What failed did not know whose request it was, and logged its reason without this name.
            Log.FailedInside(Gateway.Logger, Name, command.Name);
            refusal = refusal.Because(Name);
        }

        Finish(refusal);
    }

    /// <summary>Counts it as a message; null, or the refusal.</summary>
    public Refusal? TakeSend(ConversationId conversation) => Gateway.SendLimits.Take(Caller, conversation);

    /// <summary>Counts it as a message to each of several users; null, or the refusal.</summary>
    public Refusal? TakeSends(int recipients) => Gateway.SendLimits.TakeMany(Caller, recipients);

    /// <summary>Starts it; nothing that goes wrong in a handler leaves here.</summary>
    public void Start(ReadOnlySpan<byte> json)
    {
        var around = Activity.Current;
        var span = RequestTraces.Begin(command.Name, System);
        _state = span;
        try
        {
            command.Start(this, json);
        }
        catch (Exception failure)
        {
            Fail(failure);
        }
        finally
        {
            // What it started keeps the span; what the same loop does next is none of its parts.
            if (span is not null) Activity.Current = around;
        }
    }

    /// <summary>Lets a read go on by itself once it has its turn among those of the node.</summary>
    public void FollowRead(Func<Task> read) => Follow(ReadAsync(read));

    /// <summary>What an exception of a handler means for the client; logged under the request's name.</summary>
    /// <param name="logger">Where to.</param>
    /// <param name="failure">What was thrown.</param>
    /// <param name="request">The request's name.</param>
    /// <param name="method">What it asked.</param>
    /// <param name="ended">Whether nobody waits for the answer any more.</param>
    public static Refusal Explain(ILogger logger, Exception failure, string request, string method, CancellationToken ended)
    {
        if (failure is DbException or StorageException { Failure: StorageFailure.Unavailable })
        {
            Log.Unavailable(logger, failure, request, method);
            return Refusals.Unavailable.Because(request);
        }

        if (failure is StorageException { Failure: StorageFailure.Full or StorageFailure.CommitUnknown } storage)
        {
            Log.Unavailable(logger, failure, request, method);
            return storage.Refusal;
        }

        if (failure is not OperationCanceledException || !ended.IsCancellationRequested) Log.Failed(logger, failure, request, method);
        return Refusals.Internal.Because(request);
    }

    /// <summary>Lets the answer leave. Called once.</summary>
    protected abstract void Finish(ReadOnlyMemory<byte> json);

    /// <summary>Lets the refusal leave. Called once, and then the other is not.</summary>
    protected abstract void Finish(Refusal refusal);

    private async Task ReadAsync(Func<Task> read)
    {
        if (!await Gateway.ReadSlots.EnterAsync(Cancel))
        {
            Refuse(Refusals.RateLimited.After(ReadSlots.Patience).Because("the reads of this server"));
            return;
        }

        try
        {
            await read();
        }
        finally
        {
            Gateway.ReadSlots.Leave();
        }
    }

    private void Follow(Task reading)
    {
        if (reading.IsCompletedSuccessfully && IsAnswered) return;
        _ = FollowAsync(reading);
    }

    private async Task FollowAsync(Task reading)
    {
        try
        {
            await reading;
            if (IsAnswered) return;
            Log.NotAnswered(Gateway.Logger, Name, command.Name);
            Refuse(Refusals.Internal.Because(Name));
        }
        catch (Exception failure)
        {
            Fail(failure);
        }
    }

    private void Fail(Exception failure)
    {
        if (IsAnswered)
        {
            Log.FailedAfterwards(Gateway.Logger, failure, Name, command.Name);
            return;
        }

        Refuse(Explain(Gateway.Logger, failure, Name, command.Name, Cancel));
    }

    /// <summary>A second answer would release the request twice and confuse the client: it is a bug, and harms nobody but the one who finds it in the log.</summary>
    private bool IsFirst(Refusal? refusal)
    {
        var before = Interlocked.Exchange(ref _state, Answered);
        if (before != Answered)
        {
            (before as Activity)?.Answered(refusal);
            return true;
        }

        Log.AnsweredTwice(Gateway.Logger, Name, command.Name);
        return false;
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 201, Level = LogLevel.Error, Message = "Request {Request} ({Method}) was answered twice")]
        public static partial void AnsweredTwice(ILogger logger, string request, string method);

        [LoggerMessage(EventId = 202, Level = LogLevel.Error, Message = "Request {Request} ({Method}) ended without an answer")]
        public static partial void NotAnswered(ILogger logger, string request, string method);

        [LoggerMessage(EventId = 203, Level = LogLevel.Error, Message = "Request {Request} ({Method}) failed after it was answered")]
        public static partial void FailedAfterwards(ILogger logger, Exception failure, string request, string method);

        [LoggerMessage(EventId = 204, Level = LogLevel.Error, Message = "Request {Request} ({Method}) failed for the reason logged before")]
        public static partial void FailedInside(ILogger logger, string request, string method);

        [LoggerMessage(EventId = 214, Level = LogLevel.Error, Message = "Request {Request} ({Method}) failed")]
        public static partial void Failed(ILogger logger, Exception failure, string request, string method);

        [LoggerMessage(EventId = 215, Level = LogLevel.Warning, Message = "Request {Request} ({Method}) could not reach the database")]
        public static partial void Unavailable(ILogger logger, Exception failure, string request, string method);
    }
}
