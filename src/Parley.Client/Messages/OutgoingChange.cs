namespace Parley.Client;

/// <summary>A change on its way that is no message.</summary>
internal sealed class OutgoingChange : Outgoing
{
    public OutgoingChange(Change change, TimeSpan deadline)
    {
        Change = change;
        Deadline = deadline;
    }

    public Change Change { get; private set; }

    public override ConversationId? Lane => Change.Conversation;

    public override MessageId? Fence => Change.Request is ForwardMessage forward ? forward.Message : null;

    /// <summary>Whether another one, said before, need not be said when this is: the cursor only moves forward.</summary>
    public bool Covers(OutgoingChange earlier) => (Change.Request, earlier.Change.Request) switch
    {
        (MarkRead { UpTo: { } upTo }, MarkRead { UpTo: { } before }) => before <= upTo,
        (MarkDelivered now, MarkDelivered before) => before.UpTo <= now.UpTo,
        _ => false,
    };

    public override void Move(ConversationId to) => Change = Change.Kind.Move(Change, to);

    protected override ParleyException NotSent(SendResult.NotSent result) => new ChangeNotSentException(Change, result.Reason, result.Why);

    protected override ParleyException Unknown(SendResult.Unknown result) => new ChangeUnknownException(Change, result.Why);
}
