using Parley.Conversations;
using Parley.Delivery;
using Parley.Identity;
using Parley.Moderation;
using Parley.Storage;

namespace Parley.Messages;

/// <summary><c>message.sendOnline</c>: the rules are those of a message, read where none are kept, and what is told is never written.</summary>
internal sealed class SendOnlineHandler(ConversationLog log, Moderator moderator, Fanout fanout, Func<AppId, MessagePolicy> policies, TimeProvider clock)
{
    public async Task HandleAsync(Caller caller, SendOnline command, Origin origin, CancellationToken cancel)
    {
        var policy = policies(caller.App);
        if ((policy.Closed ?? ContentRules.Check(command.Content, policy.Types) ?? NothingKept(command.Content)) is { } wrong)
        {
            origin.Refuse(wrong);
            return;
        }

        var key = new ConversationKey(caller.App, command.Conversation);
        var rules = log.KeptRules(key, caller.User);
        // What is kept may let somebody pass a moment too long. It refuses nobody: that takes a look.
        if (rules is null || rules.MaySend(caller.User, clock.Now()) is not null) rules = await log.ReadRulesAsync(key, caller.User, cancel);
        var refusal = rules is null ? Refusals.NotFound : rules.MaySend(caller.User, clock.Now()) ?? log.Pace(key, rules, caller.User);
        if (refusal is not null)
        {
            origin.Refuse(refusal);
            return;
        }

        var content = command.Content;
        if (!moderator.IsIdle(caller.App))
        {
            var draft = new SendDraft(key, caller.User, Digest: [], new SendMessage(command.Conversation, command.Message, content), Recorded: static (_, _) => { });
            var moderated = await moderator.CheckAsync(draft, changed => ContentRules.Check(changed, policy.Types) ?? NothingKept(changed));
            if (moderated.Refusal is { } not)
            {
                origin.Refuse(not);
                return;
            }

            content = moderated.Value!;
        }

        var told = new OnlineMessage(command.Conversation, command.Message, caller.User, content, clock.Now());
        fanout.Relay(key, OriginAnswers.Notification(Methods.OnlineMessage, told, ProtocolJson.Lenient.OnlineMessage), origin.Subscriber);
        origin.Answer(new OnlineSent(), ProtocolJson.Lenient.OnlineSent);
    }

    /// <summary>What was uploaded is kept, and may be fetched, for the entry that refers to it; here there is none.</summary>
    private static Refusal? NothingKept(MessageContent content)
    {
        for (var index = 0; index < content.Parts.Count; index++)
        {
            if (content.Parts[index].Content is not null) return Refusals.InvalidParams.Because($"$.content.parts[{index}].content: what was uploaded goes with messages that are recorded");
        }

        return null;
    }
}
