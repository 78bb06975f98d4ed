using Parley.Delivery;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Inbox;

/// <summary><c>inbox.update</c> and <c>inbox.markUnread</c>.</summary>
internal sealed class UpdateInboxHandler(Journal journal, WriteAdmission admission, Database database, Fanout fanout, TimeProvider clock)
{
    public void Handle(Caller caller, UpdateInbox command, Origin origin)
    {
        if ((command.SilencedUntil ?? command.Pinned ?? command.Archived ?? command.Hidden ?? (object?)command.Draft) is null)
            origin.Refuse(Refusals.InvalidParams.Because("expected something to change"));
        else if (command.Draft is { } draft && (TextSize.CodePoints(draft) > MessageContent.MaxCodePoints || TextSize.Bytes(draft) > MessageContent.MaxTextBytes))
            origin.Refuse(Refusals.TooLarge.Because($"$.draft: at most {MessageContent.MaxCodePoints} code points and {MessageContent.MaxTextBytes} bytes"));
        else Post(caller, command.Conversation, command, unreadFrom: null, origin);
    }

    public void Handle(Caller caller, MarkUnread command, Origin origin) => Post(caller, command.Conversation, change: null, command.From, origin);

    private void Post(Caller caller, ConversationId conversation, UpdateInbox? change, Sequence? unreadFrom, Origin origin)
    {
        if (admission.Check(pending: 0) is { } refusal) origin.Refuse(refusal);
        else journal.Post(new InboxFlagsItem(database, new ConversationKey(caller.App, conversation), caller.User, change, unreadFrom, fanout, clock, origin));
    }
}
