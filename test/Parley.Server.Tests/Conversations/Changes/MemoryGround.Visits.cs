using Parley.Conversations;
using Parley.Storage;

namespace Parley.Tests.Conversations;

/// <content>Coming into a room and leaving it, of which nothing is recorded.</content>
internal partial class MemoryGround
{
    private const Permissions Kept = Permissions.Owner | Permissions.ManageParticipants | Permissions.ManageConversation;

    private protected ConversationKey Key => new(new AppId(1), _id);

    private protected int Count => _rules.Participants;

    private protected bool IsIn(UserId user) => _rules.Known[user].Standing == Standing.Joined;

    private protected bool MayRead(UserId user) => MayNotRead(_rules.Known[user]) is null;

    private protected Refusal? MayEnter(UserId user) => _rules.Enter(user);

    private protected Refusal? MayExit(UserId user) => _rules.Exit(user);

    /// <summary>False when he was in it.</summary>
    private protected bool Enter(UserId user)
    {
        if (IsIn(user)) return false;
        Change(user, one => one with { Permissions = one.Standing == Standing.Left ? one.Permissions : _rules.DefaultPermissions, Standing = Standing.Joined }, 1);
        _places[user].Intervals.Add((Math.Max(1, _log.Count - 9), null));
        (_places[user].Delivered, _places[user].Read) = (new Sequence(_log.Count), new Sequence(_log.Count));
        return true;
    }

    /// <summary>Of who looks after it what he may do is kept.</summary>
    private protected void Exit(UserId user)
    {
        var kept = (_rules.Known[user].Permissions & Kept) != Permissions.None;
        Change(user, one => kept ? one with { Standing = Standing.Left } : Forgotten(one), -1);
        _places[user].Go(_log.Count, _rules.Texts!.Title);
        AttributesOf(user).Clear();
    }

    private static Participation Forgotten(Participation one) => Participation.Never(one.User) with { Moderation = one.Moderation, Pending = one.Pending };

    private void Change(UserId user, Func<Participation, Participation> change, int count) =>
        _rules = _rules with { Known = new Dictionary<UserId, Participation>(_rules.Known) { [user] = change(_rules.Known[user]) }, Participants = _rules.Participants + count };
}
