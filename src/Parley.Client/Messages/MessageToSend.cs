namespace Parley.Client;

/// <summary>A message before and while it is sent, made by <see cref="Messages.Create"/>: its id is there at once, and its <see cref="State"/> says how far it is. For a screen that shows a message before the server has it.</summary>
/// <remarks>
/// It is sent once. What failed is stale (S30): <see cref="Clone"/> makes another one that says the same. But what was never in line can be handed in again, and is pending meanwhile: one of its files is not there, the store cannot be opened, or its
/// sender gave up while the store was opening. What becomes of it with its recipients its timeline tells.
/// </remarks>
public sealed class MessageToSend
{
    private readonly Messages _messages;
    private int _handedIn;

    internal MessageToSend(Messages messages, ConversationId conversation, MessageContent content, SendOptions options)
    {
        (_messages, Conversation, Content, Options) = (messages, conversation, content, options);
        Id = options.Id ?? MessageId.New();
    }

    /// <summary>It is further than before, or failed. Raised as the events of <see cref="ParleyClient"/> are, one at a time and in order with them. Who awaits <see cref="SendAsync"/> does not wait for listeners, nor they for him (S06).</summary>
    public event EventHandler<MessageStateEventArgs>? StateChanged;

    /// <summary>Its id.</summary>
    public MessageId Id { get; }

    /// <summary>Where it goes; where that turns out to be an older conversation, it goes there (<see cref="Change.Create"/>).</summary>
    public ConversationId Conversation { get; }

    /// <summary>What it says.</summary>
    public MessageContent Content { get; }

    /// <summary>How it is sent.</summary>
    public SendOptions Options { get; }

    /// <summary><see cref="MessageState.Pending"/> until it is <see cref="MessageState.Sent"/> or <see cref="MessageState.NotSent"/>; <see cref="MessageState.Unknown"/> until that is known of one that nobody answered for.</summary>
    public MessageState State { get; private set; } = MessageState.Pending;

    /// <summary>Its entry when it was recorded; null before.</summary>
    public LogEntry? Entry { get; private set; }

    /// <summary>Why it was not sent, or that nobody knows yet: network, capability, a refusal with its code, or the store (S26, S29). Null in every other state.</summary>
    public ParleyException? Failure { get; private set; }

    /// <summary>Sends it, and completes when it is on the log. See <see cref="Messages.SendAsync(ConversationId, MessageContent, SendOptions, CancellationToken)"/>.</summary>
    /// <exception cref="InvalidOperationException">It was handed in before, and was in line.</exception>
    /// <inheritdoc cref="Messages.SendAsync(ConversationId, MessageContent, SendOptions, CancellationToken)"/>
    public Task<LogEntry> SendAsync(CancellationToken cancel = default)
    {
        HandIn();
        return _messages.SendMadeAsync(this, cancel);
    }

    /// <summary>Hands it in, and completes when the store has it. See <see cref="Messages.QueueAsync"/>.</summary>
    /// <exception cref="InvalidOperationException">It was handed in before, and was in line.</exception>
    /// <inheritdoc cref="Messages.QueueAsync"/>
    public Task QueueAsync(CancellationToken cancel = default)
    {
        HandIn();
        return _messages.QueueMadeAsync(this, cancel);
    }

    /// <summary>A message of its own that says the same to the same, with a new id, not sent yet.</summary>
    public MessageToSend Clone() => new(_messages, Conversation, Content, Options with { Id = null });

    internal void Hear(ParleyClient client, SendResult result, ParleyException? failure)
    {
        var now = result switch
        {
            SendResult.Recorded => MessageState.Sent,
            SendResult.Unknown => MessageState.Unknown,
            _ => MessageState.NotSent,
        };
        if (now == State) return;
        var before = State;
        (State, Entry, Failure) = (now, (result as SendResult.Recorded)?.Entry, failure);
        client.Call(StateChanged, this, nameof(StateChanged), new MessageStateEventArgs(before, now));
    }

    /// <summary>It failed before it was in line, which only the caller was told.</summary>
    internal void NotHandedIn() => Volatile.Write(ref _handedIn, 0);

    private void HandIn()
    {
        if (Interlocked.Exchange(ref _handedIn, 1) != 0)
            throw new InvalidOperationException($"The message {Id} was handed in before, and a message is sent once. Clone() makes another one that says the same, with an id of its own.");
    }
}

/// <summary>A message got further, or failed.</summary>
public sealed class MessageStateEventArgs : EventArgs
{
    internal MessageStateEventArgs(MessageState before, MessageState state) => (Before, State) = (before, state);

    /// <summary>What it was.</summary>
    public MessageState Before { get; }

    /// <summary>What it is.</summary>
    public MessageState State { get; }
}
