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

    /// <summary>Of a read of single messages: where these are, as far as who hands it in knows.</summary>
    public IReadOnlyList<Sequence> Ahead { get; init; } = [];

    /// <summary>Of a read: how far the user has read with it; null for anything else.</summary>
    public CursorsMoved? ReadBy(UserId user) =>
        Change.Request is MarkRead { All: false } read ? new CursorsMoved(read.Conversation, user, Sequence.None, read.UpTo ?? Sequence.None, Ahead, At: null) : null;

    public override ConversationId? Source => Change.Request is ForwardMessage forward ? forward.From : null;

    public override void Move(ConversationId to) => (Change, Moves) = (Change.Kind.Move(Change, to), Moves + 1);

    public override void MoveSource(ConversationId to) => (Change, Moves) = (ChangeKinds.ForwardMessage.Of((ForwardMessage)Change.Request with { From = to }), Moves + 1);

    protected override ParleyException NotSent(SendResult.NotSent result) => new ChangeNotSentException(Change, result.Reason, result.Why);

    protected override ParleyException Unknown(SendResult.Unknown result) => new ChangeUnknownException(Change, result.Why);
}
