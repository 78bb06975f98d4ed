using Parley.Conversations;
using Parley.Delivery;
using Parley.Identity;
using Parley.Moderation;
using Parley.Presence;
using Parley.Storage;

namespace Parley.Messages;

/// <summary><c>message.send</c> and <c>message.forward</c>.</summary>
internal sealed class SendMessageHandler(ConversationLog log, Moderator moderator, RequestDigest digest, Typists typists, Func<AppId, MessagePolicy> policies)
{
    private readonly Action<ConversationKey, UserId> _recorded = typists.Sent;

    /// <inheritdoc cref="ConversationLog.Closed"/>
    public Refusal? Closed() => log.Closed();

    public void Handle(Caller caller, SendMessage command, Origin origin)
    {
        var policy = policies(caller.App);
        if ((policy.Closed ?? ContentRules.Check(command.Content, policy.Types) ?? ContentRules.Check(command.Notification)) is { } refusal)
        {
            origin.Refuse(refusal);
            return;
        }

        var key = new ConversationKey(caller.App, command.Conversation);
        var named = digest.Of(command);
        if (moderator.IsIdle(caller.App)) log.Record(new SendAppend(key, caller.User, command, command.Content, named, _recorded, origin));
        else Moderate(new SendDraft(key, caller.User, named, command, _recorded), origin);
    }

    /// <summary>Apart, so that a message of an app without moderation pays for none.</summary>
    private void Moderate(SendDraft draft, Origin origin) =>
        moderator.Record(draft, content => ContentRules.Check(content, policies(draft.Key.App).Types), origin);

    public void Handle(Caller caller, ForwardMessage command, Origin origin)
    {
        if (policies(caller.App).Closed is { } refusal)
        {
            origin.Refuse(refusal);
            return;
        }

        var named = digest.Of(Methods.ForwardMessage, [command.From.ToString(), command.Original.ToString()]);
        var draft = new ForwardDraft(new ConversationKey(caller.App, command.Conversation), caller.User, named, command, _recorded) { Check = Check };
        if (moderator.IsIdle(caller.App)) log.Record(draft.Append(null, origin));
        else moderator.Record(draft, Check, origin);

        Refusal? Check(MessageContent content) => ContentRules.Check(content, policies(caller.App).Types);
    }
}

/// <summary><c>message.edit</c> and <c>message.recall</c>.</summary>
internal sealed class ChangeMessageHandler(ConversationLog log, Moderator moderator, RequestDigest digest, Func<AppId, MessagePolicy> policies)
{
    public void Handle(Caller caller, EditMessage command, Origin origin)
    {
        var policy = policies(caller.App);
        if ((policy.Closed ?? ContentRules.Check(command.Content, policy.Types)) is { } refusal)
        {
            origin.Refuse(refusal);
            return;
        }

        var draft = new EditDraft(new ConversationKey(caller.App, command.Conversation), caller.User, digest.Of(command), command, policy.Limits);
        if (moderator.IsIdle(caller.App)) log.Record(draft.Append(null, origin));
        else moderator.Record(draft, content => ContentRules.Check(content, policy.Types), origin);
    }

    public void Handle(Caller caller, RecallMessage command, Origin origin)
    {
        if (command.Force && caller.Platform is null)
        {
            origin.Refuse(Refusals.PermissionDenied.Because("$.force: for backends"));
            return;
        }

        var force = command.Force ? RecallForce.Platform : RecallForce.None;
        var named = digest.Of(Methods.RecallMessage, [command.Message.ToString(), RequestDigest.Text(command.Force)]);
        log.Record(new ChangeAppend(
            new ConversationKey(caller.App, command.Conversation), command.CommandId, caller.User, named, new Needed([caller.User], Message: command.Message), bytes: 0,
            (rules, now) => rules.Recall(caller.User, command.Message, policies(caller.App).Limits, force, now), origin));
    }
}

/// <summary><c>message.cancel</c>.</summary>
internal sealed class CancelMessageHandler(ConversationLog log)
{
    public void Handle(Caller caller, CancelMessage command, Origin origin) =>
        log.Record(new Cancellation(new ConversationKey(caller.App, command.Conversation), command.Message, caller.User, origin));
}

/// <summary>What an app lets its users do with messages.</summary>
/// <param name="Types">The MIME types it takes; none for all.</param>
/// <param name="Limits">How long, and how often, messages are changed.</param>
internal sealed record MessagePolicy(IReadOnlyCollection<string> Types, MessageLimits Limits)
{
    /// <summary>Why nothing is sent in this app; null where it is.</summary>
    public Refusal? Closed { get; private init; }

    public static MessagePolicy Of(AppOptions app) =>
        new([.. app.Messages.Types], new MessageLimits(app.Messages.Edits, app.Messages.EditWithin, app.Messages.Recall ? app.Messages.RecallWithin : null))
        {
            Closed = app.Messaging ? null : Refusals.NotCapable.Because("this app has none"),
        };
}
