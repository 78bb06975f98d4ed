using Parley.Conversations;
using Parley.Delivery;
using Parley.Identity;
using Parley.Presence;
using Parley.Storage;

namespace Parley.Messages;

/// <summary><c>message.send</c>.</summary>
internal sealed class SendMessageHandler(ConversationLog log, RequestDigest digest, Typists typists)
{
    private readonly Action<ConversationKey, UserId> _recorded = typists.Sent;

    /// <inheritdoc cref="ConversationLog.Closed"/>
    public Refusal? Closed() => log.Closed();

    public void Handle(Caller caller, SendMessage command, Origin origin)
    {
        if (ContentRules.Check(command.Content) is { } refusal)
        {
            origin.Refuse(refusal);
            return;
        }

        var key = new ConversationKey(caller.App, command.Conversation);
        log.Record(new SendAppend(key, caller.User, command, digest.Of(command), _recorded, origin));
    }
}

/// <summary><c>message.cancel</c>.</summary>
internal sealed class CancelMessageHandler(ConversationLog log)
{
    public void Handle(Caller caller, CancelMessage command, Origin origin) =>
        log.Record(new Cancellation(new ConversationKey(caller.App, command.Conversation), command.Message, caller.User, origin));
}
