using Parley.Delivery;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary>What those are told whose requests brought no news: found recorded before, cancelled, or impossible under the lock.</summary>
internal static class LogAnswers
{
    private static readonly HashSet<Refusal> Mutes = [Refusals.Muted, Refusals.MutedInApp, Refusals.ConversationMuted];

    public static void Tell(AppendBatch.Slot slot)
    {
        var origin = slot.Request.Origin;
        if (slot is { Request: Visit visit, Verdict.Result: AppendResult.Recorded }) visit.Done();
        else if (slot.Request is Cancellation) origin.Answer(OfCancellation(slot.Request, slot.Found));
        else if (slot.Verdict.Result == AppendResult.Duplicate) Earlier(slot.Request, slot.Verdict.Earlier!);
        else if (Refused(slot) is { } refusal) origin.Refuse(refusal);
    }

    /// <summary>What the rules refuse. Of a message that is not sent or forwarded because somebody is muted, his other devices are told too, and nobody else (A42).</summary>
    public static void Refuse(LogRequest request, Refusal refusal, Fanout fanout)
    {
        request.Origin.Refuse(refusal);
        if (request is not (SendAppend or ForwardAppend) || !Mutes.Contains(refusal)) return;
        var told = new MessageRefused(request.Key.Conversation, new MessageId(request.Command), refusal.Code, refusal.Detail, (long?)refusal.RetryAfter?.TotalMilliseconds);
        var notification = OriginAnswers.Notification(Methods.MessageRefused, told, ProtocolJson.Lenient.MessageRefused);
        fanout.Tell(new UserKey(request.Key.App, request.Actor), notification, request.Origin.Subscriber);
    }

    /// <summary>The first answer, to who asks the same again; nothing, to anybody else.</summary>
    public static void Earlier(LogRequest request, RecordedEntry earlier)
    {
        if (!IsSame(request, earlier)) request.Origin.Refuse(Refusals.IdInUse);
        else if (request is Cancellation) request.Origin.Answer(OfCancellation(request, earlier));
        else request.Origin.Answer(Encode(request, earlier));
    }

    /// <summary>Whether an entry is what this request asked for, rather than another use of its id.</summary>
    /// <remarks>Of a message that was recalled nobody knows what it said: its sender gets its place, whatever he says now.</remarks>
    public static bool IsSame(LogRequest request, RecordedEntry earlier) =>
        earlier.Actor == request.Actor && (request is not Append append || earlier.Digest is not { } digest || digest.AsSpan().SequenceEqual(append.Digest));

    /// <summary>Null when it goes on: recorded, or to be decided again.</summary>
    private static Refusal? Refused(AppendBatch.Slot slot) => slot.Verdict.Result switch
    {
        AppendResult.Fenced => Refusals.Cancelled,
        AppendResult.Full => slot.Decision?.TooMany ?? Refusals.Full,
        AppendResult.Exhausted => Refusals.Full.Because("the last sequence is taken"),
        AppendResult.Gone => Refusals.NotFound,
        _ => null,
    };

    private static ReadOnlyMemory<byte> OfCancellation(LogRequest request, RecordedEntry? entry) =>
        entry is null ? "{}"u8.ToArray() : (byte[])[.. "{\"entry\":"u8, .. Encode(request, entry).Json.Span, (byte)'}'];

    private static EncodedEntry Encode(LogRequest request, RecordedEntry entry) => new(request.Key, entry.Sequence, entry.At, entry.Event);
}
