namespace Parley.Client;

/// <summary>What the SDK throws, apart from misuse (<see cref="ArgumentException"/>, <see cref="InvalidOperationException"/>) and cancellation.</summary>
public abstract class ParleyException : Exception
{
    /// <summary>Only the SDK makes these.</summary>
    private protected ParleyException(string message, Exception? inner)
        : base(message, inner)
    {
    }

    /// <summary>Whether asking for the same again may help. Never true for what the server refused for good.</summary>
    public abstract bool IsTransient { get; }

    /// <summary>What kind of reason it has.</summary>
    public abstract FailureReason Reason { get; }
}

/// <summary>Why something did not come about. Later versions may know more.</summary>
public enum FailureReason
{
    /// <summary>There was no connection, or no answer came in time. It may go well later.</summary>
    Network,

    /// <summary>The app, the user, or the one he writes to has no messaging: <see cref="Refusals.NotCapable"/>.</summary>
    Capability,

    /// <summary>The server refused it for another reason, which <see cref="ParleyRefusedException.Refusal"/> says.</summary>
    Refused,

    /// <summary>The program ended it: it closed the client, or the id was cancelled.</summary>
    Cancelled,

    /// <summary>What arrived is not what was sent.</summary>
    Damaged,

    /// <summary>The store on the device failed.</summary>
    Storage,

    /// <summary>A file of this device that was to go with a message is gone, was changed meanwhile, or cannot be read.</summary>
    File,
}

/// <summary>There is no connection, or no answer came in time. Whether a change was made is <em>unknown</em>, not failed. With a <see cref="ParleyClientOptions.Store"/> a change ends with a <see cref="ChangeNotSentException"/> or a <see cref="ChangeUnknownException"/> instead.</summary>
public sealed class ParleyConnectionException : ParleyException
{
    internal ParleyConnectionException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <inheritdoc/>
    public override bool IsTransient => true;

    /// <inheritdoc/>
    public override FailureReason Reason => FailureReason.Network;
}

/// <summary>The server understood and will not do it; asking again unchanged will not help.</summary>
public sealed class ParleyRefusedException : ParleyException
{
    internal ParleyRefusedException(Refusal refusal)
        : base(refusal.ToString(), null) => Refusal = refusal;

    /// <summary>Why. Branch on its <see cref="Refusal.Code"/>.</summary>
    public Refusal Refusal { get; }

    /// <inheritdoc/>
    public override bool IsTransient => Refusal.Retry == RetryPolicy.Later;

    /// <summary><see cref="FailureReason.Capability"/> or <see cref="FailureReason.Refused"/>.</summary>
    public override FailureReason Reason => Refusal == Refusals.NotCapable ? FailureReason.Capability : FailureReason.Refused;
}

/// <summary>What was downloaded is not what was uploaded: its SHA-256 differs. What was written to the destination is not to be used.</summary>
public sealed class ContentDamagedException : ParleyException
{
    internal ContentDamagedException(ContentId content, string expected, string actual)
        : base($"The content {content} is damaged: its SHA-256 is {actual}, and should be {expected}.", null) => (Content, Expected, Actual) = (content, expected, actual);

    /// <summary>The content.</summary>
    public ContentId Content { get; }

    /// <summary>The SHA-256 of what was uploaded, in hexadecimal.</summary>
    public string Expected { get; }

    /// <summary>That of what arrived.</summary>
    public string Actual { get; }

    /// <summary>False: the file at the server is damaged, or something on the way changes it.</summary>
    public override bool IsTransient => false;

    /// <inheritdoc/>
    public override FailureReason Reason => FailureReason.Damaged;
}

/// <summary>The message was not recorded and never will be: it never left the device, or its id is fenced.</summary>
public sealed class MessageNotSentException : ParleyException
{
    internal MessageNotSentException(ConversationId conversation, MessageId message, FailureReason reason, string why)
        : base($"The message {message} was not sent: {why}", null) => (Conversation, MessageId, Reason) = (conversation, message, reason);

    /// <summary>Where it was to go.</summary>
    public ConversationId Conversation { get; }

    /// <summary>The id it had; to send the content after all, make a new one.</summary>
    public MessageId MessageId { get; }

    /// <summary>True: the same content under a new id may arrive.</summary>
    public override bool IsTransient => true;

    /// <summary><see cref="FailureReason.Network"/>, <see cref="FailureReason.Cancelled"/> or <see cref="FailureReason.File"/>.</summary>
    public override FailureReason Reason { get; }
}

/// <summary>The message left the device and no answer came, nor could it be cancelled: it may or may not have been recorded.</summary>
/// <remarks>
/// The SDK goes on settling it while the client lives, and says so once with <see cref="ParleyClient.MessageSettled"/>.
/// Sending the same content under the same id is safe; under a new id it might be there twice.
/// </remarks>
public sealed class MessageUnknownException : ParleyException
{
    internal MessageUnknownException(ConversationId conversation, MessageId message, string why)
        : base($"Whether the message {message} was sent is unknown: {why}", null) => (Conversation, MessageId) = (conversation, message);

    /// <summary>Where it was to go.</summary>
    public ConversationId Conversation { get; }

    /// <summary>Its id.</summary>
    public MessageId MessageId { get; }

    /// <inheritdoc/>
    public override bool IsTransient => true;

    /// <inheritdoc/>
    public override FailureReason Reason => FailureReason.Network;
}
