using Parley.Storage;

namespace Parley.Conversations;

/// <summary>The rules as signals need them, which are decided beside the queue: typing, coming into rooms.</summary>
internal sealed partial class ConversationLog
{
    /// <summary>The rules as they are kept, where they cover this user; null when they do not. For signals, and never the reason of a refusal.</summary>
    public Conversation? KeptRules(ConversationKey key, UserId user)
    {
        lock (_gate) return _lanes.Of(key).Rules is { } rules && rules.Covers(new Needed([user])) ? rules : null;
    }

    /// <summary>The rules as they are now, for signals; null when there is no such conversation.</summary>
    public async ValueTask<Conversation?> ReadRulesAsync(ConversationKey key, UserId user, CancellationToken cancel)
    {
        Lane lane;
        Conversation? kept;
        int forgotten;
        lock (_gate)
        {
            lane = _lanes.Of(key);
            (kept, forgotten) = (lane.Rules, lane.Forgotten);
        }

        var rules = await store.LoadAsync(key, [new Needed([user])], cancel);
        lock (_gate)
        {
            // What was committed meanwhile may not be in them, and what a message's read found meanwhile may be newer.
            if (rules is not null && lane.Forgotten == forgotten && ReferenceEquals(lane.Rules, kept)) lane.Keep(rules);
        }

        return rules;
    }

    /// <summary>Counts a signal that says as much as a message towards what a room takes; null when there is room for it, and anywhere else.</summary>
    public Refusal? Pace(ConversationKey key, Conversation rules, UserId user)
    {
        if (!rules.IsPaced(user)) return null;
        lock (_gate)
        {
            var lane = _lanes.Of(key);
            lane.Pace ??= new RoomPace(rooms.SendsPerSecond, clock);
            return lane.Pace.TakeOrWait(MessagePriority.Normal) is { } wait ? Refusals.RateLimited.After(wait).Because("messages and attributes in this room") : null;
        }
    }

    /// <summary>Lets go of rules that were changed by something else than an entry, so that no signal is decided on them any more.</summary>
    public void Forget(IReadOnlyList<ConversationKey> keys)
    {
        lock (_gate)
        {
            foreach (var key in keys) _lanes.Of(key).Forget();
        }
    }

    /// <summary>Lets go of what is kept of somebody, wherever he is: his standing in the app is another.</summary>
    public void Forget(UserKey user)
    {
        lock (_gate)
        {
            foreach (var lane in _lanes.All)
            {
                if (lane.Key.App == user.App && lane.Rules?.Known.ContainsKey(user.User) == true) lane.Forget(user.User);
            }
        }
    }
}
