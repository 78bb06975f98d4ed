using Parley.Delivery;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Receipts;

/// <summary><c>receipt.delivered</c>.</summary>
internal sealed class MarkDeliveredHandler(CursorQueue cursors)
{
    public void Handle(Caller caller, MarkDelivered command, Origin origin)
    {
        if (command.UpTo < new Sequence(1)) origin.Refuse(Refusals.InvalidParams.Because("$.upTo: expected 1 or more"));
        else cursors.Post(new CursorMove(new ConversationKey(caller.App, command.Conversation), caller.User, command.UpTo, Sequence.None, origin));
    }
}

/// <summary><c>receipt.read</c>.</summary>
internal sealed class MarkReadHandler(CursorQueue cursors, Journal journal, WriteAdmission admission, Database database, ReceiptAnnouncer announcer, TimeProvider clock)
{
    public void Handle(Caller caller, MarkRead command, Origin origin)
    {
        var key = new ConversationKey(caller.App, command.Conversation);
        switch (command)
        {
            case { UpTo: null, Messages: null, All: true }:
                cursors.Post(CursorMove.OfAll(key, caller.User, origin));
                break;
            case { UpTo: { Value: >= 1 } upTo, Messages: null, All: false }:
                // Who has read it has received it.
                cursors.Post(new CursorMove(key, caller.User, upTo, upTo, origin));
                break;
            case { UpTo: null, Messages: { Count: >= 1 and <= MarkRead.MaxMessages } messages, All: false }:
                if (admission.Check(pending: 0) is { } refusal) origin.Refuse(refusal);
                else journal.Post(new ReadMessagesItem(database, key, caller.User, new HashSet<MessageId>(messages), origin, announcer, clock));
                break;
            case { UpTo: null, Messages.Count: > MarkRead.MaxMessages, All: false }:
                origin.Refuse(Refusals.TooLarge.Because($"$.messages: at most {MarkRead.MaxMessages}"));
                break;
            default:
                origin.Refuse(Refusals.InvalidParams.Because("give one of upTo (1 or more), messages (1 to 100) and all (true)"));
                break;
        }
    }
}
