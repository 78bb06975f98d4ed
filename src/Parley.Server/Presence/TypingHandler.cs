using Parley.Conversations;
using Parley.Delivery;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Presence;

/// <summary><c>typing.set</c>: whoever may send may be seen typing. The rules are those that sends are decided on, and read where none are kept.</summary>
internal sealed class TypingHandler(ConversationLog log, Typists typists, PresenceOptions options, TimeProvider clock)
{
    public async Task HandleAsync(Caller caller, SetTyping command, Origin origin, CancellationToken cancel)
    {
        var key = new ConversationKey(caller.App, command.Conversation);
        var rules = log.KeptRules(key, caller.User);
        // What is kept may let somebody pass a moment too long. It refuses nobody: that takes a look.
        if (rules is null || rules.MaySend(caller.User, clock.Now()) is not null) rules = await log.ReadRulesAsync(key, caller.User, cancel);
        var refusal = rules is null ? Refusals.NotFound : rules.MaySend(caller.User, clock.Now());
        if (refusal is not null)
        {
            origin.Refuse(refusal);
            return;
        }

        if (rules!.Participants <= options.TypingParticipants) typists.Hear(key, caller.User, command.State, origin.Subscriber);
        origin.Answer(new TypingTaken(), ProtocolJson.Lenient.TypingTaken);
    }
}
