namespace Parley;

/// <summary>Notification <c>message.expired</c>: messages of this user went, because they are older than the app keeps them, before they were delivered to everybody they were for.</summary>
/// <remarks>
/// A signal, once for each conversation and time that something went there, to the devices that are connected then; of what was delivered nothing is told. Who was added later was not sent them, and
/// who left is not waited for. In rooms, and where more than 200 take part, nobody is told.
/// </remarks>
/// <param name="Conversation">Where.</param>
/// <param name="UpTo">Everything up to this sequence is gone, whoever sent it.</param>
/// <param name="Count">How many messages of his.</param>
/// <param name="Messages">The newest of them, up to <see cref="MaxMessages"/>, oldest first.</param>
public sealed record MessagesExpired(ConversationId Conversation, Sequence UpTo, int Count, IReadOnlyList<MessageId> Messages)
{
    /// <summary>The most messages that are named.</summary>
    public const int MaxMessages = 100;
}
