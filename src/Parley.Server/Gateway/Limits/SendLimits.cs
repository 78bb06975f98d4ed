using Parley.Delivery;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Gateway;

/// <summary>How often users, conversations and apps may be sent messages; memory of this node only, so it never fails.</summary>
internal sealed class SendLimits(LimitsOptions limits, TimeProvider clock)
{
    private readonly Buckets<UserKey> _users = new(new Rate(limits.SendsPerUserPerSecond, limits.SendsPerUserBurst), clock);

    private readonly Buckets<ConversationKey> _conversations =
        new(new Rate(limits.SendsPerConversationPerSecond, Math.Max(1, 2 * limits.SendsPerConversationPerSecond)), clock);

    private readonly Buckets<AppId> _apps = new(new Rate(limits.SendsPerAppPerSecond, Math.Max(1, limits.SendsPerAppPerSecond)), clock);

    /// <summary>Counts one message, or refuses it and counts nothing.</summary>
    public Refusal? Take(Caller caller, ConversationId conversation)
    {
        var key = new ConversationKey(caller.App, conversation);
        if (_users.TakeOrWait(caller.Key) is { } userWait) return Refusals.RateLimited.After(userWait).Because("messages of this user");
        if (_conversations.TakeOrWait(key) is { } conversationWait)
        {
            _users.Return(caller.Key);
            return Refusals.RateLimited.After(conversationWait).Because("messages in this conversation");
        }

        if (_apps.TakeOrWait(caller.App) is { } appWait)
        {
            _users.Return(caller.Key);
            _conversations.Return(key);
            return Refusals.RateLimited.After(appWait).Because("messages of this app");
        }

        return null;
    }

    public void Prune()
    {
        _users.Prune();
        _conversations.Prune();
        _apps.Prune();
    }
}
