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

    private readonly Buckets<ConversationKey> _ofBackends = new(
        new Rate(limits.SendsPerConversationByApiKeysPerSecond, Math.Max(1, 2 * limits.SendsPerConversationByApiKeysPerSecond)), clock);

    private readonly Buckets<AppId> _apps = new(new Rate(limits.SendsPerAppPerSecond, Math.Max(1, limits.SendsPerAppPerSecond)), clock);

    /// <summary>Counts one message, or refuses it and counts nothing.</summary>
    public Refusal? Take(Caller caller, ConversationId conversation)
    {
        var key = new ConversationKey(caller.App, conversation);
        // A backend speaks for many: it is bounded by what a conversation and the app can bear.
        var (users, conversations) = caller.Platform is null ? (_users, _conversations) : (null, _ofBackends);
        if (users?.TakeOrWait(caller.Key) is { } userWait) return Refusals.RateLimited.After(userWait).Because("messages of this user");
        if (conversations.TakeOrWait(key) is { } conversationWait)
        {
            users?.Return(caller.Key);
            return Refusals.RateLimited.After(conversationWait).Because("messages in this conversation");
        }

        if (_apps.TakeOrWait(caller.App) is { } appWait)
        {
            users?.Return(caller.Key);
            conversations.Return(key);
            return Refusals.RateLimited.After(appWait).Because("messages of this app");
        }

        return null;
    }

    /// <summary>Counts one message to each of several users, or refuses it and counts nothing. More than a user may send at once he sends when he has sent nothing for a while, and waits afterwards.</summary>
    public Refusal? TakeMany(Caller caller, int recipients)
    {
        var users = caller.Platform is null ? _users : null;
        if (users?.TakeOrWait(caller.Key, recipients) is { } userWait) return Refusals.RateLimited.After(userWait).Because("messages of this user");
        if (_apps.TakeOrWait(caller.App, recipients) is not { } appWait) return null;
        users?.Return(caller.Key, recipients);
        return Refusals.RateLimited.After(appWait).Because("messages of this app");
    }

    public void Prune()
    {
        _users.Prune();
        _conversations.Prune();
        _ofBackends.Prune();
        _apps.Prune();
    }
}
