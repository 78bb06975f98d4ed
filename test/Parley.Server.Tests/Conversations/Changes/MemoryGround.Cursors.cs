using Parley.Conversations;

namespace Parley.Tests.Conversations;

/// <content>How far each of its people is.</content>
internal partial class MemoryGround
{
    public Task<Outcome<ReceiptCursors>> MarkAsync(UserId user, object command) => Task.FromResult(Mark(user, command));

    private Outcome<ReceiptCursors> Mark(UserId user, object command)
    {
        var (own, place) = (_rules.Known[user], _places[user]);
        if ((Gone(own) ?? MayNotRead(own)) is { } refusal) return refusal;
        var (delivered, read) = (place.Delivered, place.Read);
        switch (command)
        {
            case MarkDelivered to:
                delivered = to.UpTo;
                break;
            case MarkRead { All: true }:
                (delivered, read) = (HeadOf(user), HeadOf(user));
                break;
            case MarkRead { UpTo: { } upTo }:
                (delivered, read) = (upTo, upTo);
                break;
            case MarkRead { Messages: { } messages }:
                var found = messages.Select(message => Known(message, user)).Where(one => one is not null && one.Sender != user && ContentKindRules.Counted(one.Kinds) == 1).ToArray();
                if (found.Length < messages.Count) return Refusals.InvalidParams;
                (place.Read, place.Ahead) = ReadAhead.Merge(place.Read, place.Ahead, found.Select(one => one!.Sequence));
                (delivered, read) = (place.Read, place.Read);
                break;
            default:
                throw new ArgumentException($"no cursor is moved by {command.GetType().Name}", nameof(command));
        }

        if (delivered > HeadOf(user)) return Refusals.InvalidParams;
        place.Read = Max(place.Read, read);
        place.Ahead = [.. place.Ahead.Where(sequence => sequence > place.Read)];
        Advance(user, place);
        place.Delivered = Max(Max(place.Delivered, delivered), place.Read);
        return new ReceiptCursors(place.Delivered, place.Read, place.Ahead.Count == 0 ? null : place.Ahead);
    }

    private void Advance(UserId user, Place place)
    {
        if (place.Ahead.Count == 0) return;
        Sequence? unread = null;
        for (var sequence = place.Read.Value + 1; sequence < place.Ahead[^1].Value && unread is null; sequence++)
        {
            if (At(sequence).Event is MessageSent sent && sent.Sender != user && ContentKindRules.Counted(_messages[sent.Message].Kinds) == 1
                && Sees(user, sequence) && !place.Ahead.Contains(new Sequence(sequence))) unread = new Sequence(sequence);
        }

        (place.Read, place.Ahead) = ReadAhead.Advance(place.Read, place.Ahead, unread);
    }

    private static Sequence Max(Sequence one, Sequence other) => one > other ? one : other;
}
