using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Parley.Delivery;
using Parley.Identity;

namespace Parley.Gateway;

/// <summary>A request that was started and will be answered once.</summary>
/// <param name="connection">Who asked, and gets the answer.</param>
/// <param name="id">The bytes of its id; null when it wants no answer.</param>
/// <param name="command">What it asks.</param>
/// <param name="number">Which of the connection's requests it is, for the log.</param>
internal sealed partial class Request(Connection connection, byte[]? id, HandledCommand command, long number) : Origin
{
    private static readonly object Answered = new();

    /// <summary>Until it is answered its span, or null when it has none; then <see cref="Answered"/>. One field, because there is a request per message.</summary>
    private object? _state;

    public Caller Caller => connection.Session.Caller!;

    public override Subscriber? Subscriber => connection.Session.Subscriber;

    public ReadSlots ReadSlots => connection.Gateway.ReadSlots;

    /// <summary>Ends with the connection.</summary>
    public CancellationToken Cancel => connection.Ended;

    public override ActivityContext Trace => (Volatile.Read(ref _state) as Activity)?.Context ?? default;

    private bool IsAnswered => Volatile.Read(ref _state) == Answered;

    /// <summary>What the operator finds it under in the log.</summary>
    private string Name => $"{connection.Id}:{number}";

    public override void Answer(EncodedEntry entry) => Answer(entry.Json);

    public override void Answer(ReadOnlyMemory<byte> json)
    {
        if (!IsFirst(null)) return;
        if (id is not null) connection.Queue.Answer(id, json);
        connection.Intake.Finished(command);
    }

    public override void Refuse(Refusal refusal)
    {
        if (!IsFirst(refusal)) return;
        if (refusal == Refusals.Internal && refusal.Detail is null)
        {
            // What failed did not know whose request it was, and logged its reason without this name.
            Log.FailedInside(connection.Gateway.Logger, Name, command.Name);
            refusal = refusal.Because(Name);
        }

        if (id is not null) connection.Refuse(id, refusal);
        connection.Intake.Finished(command, refusal);
    }

    /// <summary>Counts it as a message; null, or the refusal.</summary>
    public Refusal? TakeSend(ConversationId conversation) => connection.Gateway.SendLimits.Take(Caller, conversation);

    /// <summary>Starts it; nothing that goes wrong in a handler leaves here.</summary>
    public void Start(ReadOnlySpan<byte> json)
    {
        var span = RequestTraces.Begin(command.Name);
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
            // What it started keeps the span; the connection's next request is none of its parts.
            if (span is not null) Activity.Current = null;
        }
    }

    /// <summary>Lets a read go on by itself.</summary>
    public void Follow(Task reading)
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
            Log.NotAnswered(connection.Gateway.Logger, Name, command.Name);
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
            Log.FailedAfterwards(connection.Gateway.Logger, failure, Name, command.Name);
            return;
        }

        Refuse(connection.RefusalOf(failure, Name, command.Name));
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

        Log.AnsweredTwice(connection.Gateway.Logger, Name, command.Name);
        return false;
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 201, Level = LogLevel.Error, Message = "Request {Request} ({Method}) was answered twice")]
        public static partial void AnsweredTwice(ILogger logger, string request, string method);

        [LoggerMessage(EventId = 202, Level = LogLevel.Error, Message = "Request {Request} ({Method}) ended without an answer")]
        public static partial void NotAnswered(ILogger logger, string request, string method);

        [LoggerMessage(EventId = 204, Level = LogLevel.Error, Message = "Request {Request} ({Method}) failed for the reason logged before")]
        public static partial void FailedInside(ILogger logger, string request, string method);

        [LoggerMessage(EventId = 203, Level = LogLevel.Error, Message = "Request {Request} ({Method}) failed after it was answered")]
        public static partial void FailedAfterwards(ILogger logger, Exception failure, string request, string method);
    }
}
