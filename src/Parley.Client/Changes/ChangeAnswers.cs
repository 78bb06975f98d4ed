namespace Parley.Client;

/// <summary>What the client does with the answers to changes, at their place among the notifications: whoever asked, in this run or an earlier one.</summary>
internal sealed class ChangeAnswers(Follower follower, Func<UserId?> me, Action<Happening> happened)
{
    public void Landed(Change change, object answer)
    {
        switch (answer)
        {
            // Who asks to be let in, or declines an invitation, is not in it: the entry is not of a log that he reads.
            case LogEntry { Event: not ParticipantJoined } when change.Request is JoinConversation or DeclineInvitation:
                break;
            case LogEntry entry:
                follower.Landed(entry);
                break;
            case ConversationCreatedAnswer created:
                if (created.Entry is { } first) follower.Landed(first);
                follower.Answered(created.Conversation.Conversation, created.Conversation.Own.Flags);
                break;
            case MessagesRemoved removed:
                follower.Removed(removed);
                break;
            case InboxFlags flags when change.Conversation is { } conversation:
                follower.Answered(conversation, flags);
                happened(new Happening.ShelvedHere(conversation, flags));
                break;
            case Contact contact:
                happened(new Happening.AnsweredOf(Contacts: [contact]));
                break;
            case BlockList list:
                happened(new Happening.AnsweredOf(Blocks: list.Users));
                break;
            case OwnProfile own:
                happened(new Happening.AnsweredOf([own.Profile]));
                break;
            case ReceiptCursors cursors when change.Conversation is { } conversation && me() is { } user:
                // The answer stands for the notification, which goes to the user's other devices only.
                happened(new Happening.Cursors(new CursorsMoved(conversation, user, cursors.DeliveredUpTo, cursors.ReadUpTo, cursors.ReadAhead, At: null)));
                break;
        }
    }
}
