namespace Parley.Client;

/// <summary>A message on its way.</summary>
internal sealed class OutgoingMessage : Outgoing
{
    private readonly SendOptions? _options;

    public OutgoingMessage(ConversationId conversation, MessageId message, MessageContent content, TimeSpan deadline, SendOptions? options = null)
    {
        (Conversation, Message, Content, _options) = (conversation, message, content, options);
        Deadline = deadline;
    }

    public ConversationId Conversation { get; private set; }

    public MessageId Message { get; }

    /// <summary>What it says, without the files that are to be uploaded.</summary>
    public MessageContent Content { get; private set; }

    /// <summary>What is uploaded before it is sent, in order.</summary>
    public IReadOnlyList<OutgoingFile> Files { get; init; } = [];

    /// <summary>The program's own object of it; null when it has none.</summary>
    public MessageToSend? Handle { get; init; }

    /// <summary>What is remembered of it for those who trace and measure; null when nobody does.</summary>
    public SendTrace? Trace { get; set; }

    /// <summary>Whether it is counted among those that are not settled yet.</summary>
    public bool IsCounted { get; set; }

    public override ConversationId? Lane => Conversation;

    public override MessageId? Fence => Message;

    public override MessagePriority? Priority => _options?.Priority;

    public override bool NeedsUpload => Files.Any(file => file.Part is null);

    /// <summary>The request that asks for it, the same each time; of one with files, when all are uploaded.</summary>
    public SendMessage Request => Asking(Files.Count == 0 ? Content : Content with { Parts = [.. Files.Select(file => file.Part!), .. Content.Parts] });

    /// <summary>The request as the store keeps it: without the files, which it keeps beside it.</summary>
    public SendMessage RequestWithoutFiles => Asking(Content);

    /// <summary>Ends its upload; null while there is none.</summary>
    public Action? StopUploading { get; set; }

    public override void Move(ConversationId to) => (Conversation, Moves) = (to, Moves + 1);

    protected override ParleyException NotSent(SendResult.NotSent result) => new MessageNotSentException(Conversation, Message, result.Reason, result.Why);

    protected override ParleyException Unknown(SendResult.Unknown result) => new MessageUnknownException(Conversation, Message, result.Why);

    private SendMessage Asking(MessageContent content) => new(Conversation, Message, content, _options?.Priority, _options?.ReplyTo, _options?.Notification);
}
