using Parley.Conversations;
using Parley.People;

namespace Parley.Tests.Conversations;

/// <summary>The rules of a conversation, without a server: alice owns the group, bob talks, carol left, dave was never in it.</summary>
public sealed class ConversationRulesTests
{
    private const Permissions Talk = Permissions.Read | Permissions.Send;

    private static readonly UserId Alice = new("alice");
    private static readonly UserId Bob = new("bob");
    private static readonly UserId Carol = new("carol");
    private static readonly UserId Dave = new("dave");

    private static readonly Conversation Group = new(ConversationKind.Group, Revision: 7, Talk, Owners: 1, new Dictionary<UserId, Participation>
    {
        [Alice] = new(Alice, 1, Talk | Permissions.ManageParticipants | Permissions.Owner, Standing.Joined),
        [Bob] = new(Bob, 2, Talk, Standing.Joined),
        [Carol] = new(Carol, 3, Permissions.Read, Standing.Left),
        [Dave] = Participation.Never(Dave),
    });

    [Fact]
    public void Only_who_is_in_it_and_may_send_sends()
    {
        var decision = Send(Group, Bob).Value!;

        Assert.Equal([Group.Known[Bob]], decision.Involved);
        Assert.Equal((0, 1, false), (decision.Joining, decision.Counted, decision.ChangesRules));
        Assert.Equal(Refusals.PermissionDenied, Send(With(Group.Known[Bob] with { Permissions = Permissions.Read }), Bob).Refusal);
        Assert.Equal(Refusals.NotParticipant, Send(Group, Carol).Refusal);
        Assert.Equal(Refusals.NotFound, Send(Group, Dave).Refusal);
    }

    [Fact]
    public void Who_manages_adds_those_who_are_not_in_it_and_each_once()
    {
        var decision = Group.Add(Alice, [Dave, Bob, Carol, Dave]).Value!;

        Assert.Equal([Dave, Carol], Assert.IsType<ParticipantsAdded>(decision.Event).Participants.Select(one => one.User));
        Assert.Equal([Alice, Dave, Carol], decision.Involved.Select(one => one.User));
        Assert.Equal((2, Talk, 5_000, true, 0), (decision.Joining, decision.Newcomers, decision.AtMost, decision.ChangesRules, decision.Counted));
        Assert.Equal(Refusals.Full, decision.TooMany);
        Assert.Equal(Refusals.AlreadyParticipant, Group.Add(Alice, [Bob]).Refusal);
        Assert.Equal(Refusals.PermissionDenied, Group.Add(Bob, [Dave]).Refusal);
    }

    [Fact]
    public void Who_manages_removes_others_who_are_in_it()
    {
        var decision = Group.Remove(Alice, [Bob, Bob]).Value!;

        Assert.Equal([Bob], Assert.IsType<ParticipantsRemoved>(decision.Event).Users);
        Assert.Equal([Alice, Bob], decision.Involved.Select(one => one.User));
        Assert.Equal((-1, int.MaxValue), (decision.Joining, decision.AtMost));
        Assert.Equal(Refusals.PermissionDenied, Group.Remove(Bob, [Alice]).Refusal);
    }

    [Fact]
    public void Who_is_not_in_it_cannot_be_removed_and_nobody_removes_himself()
    {
        var (left, never, self) = (Group.Remove(Alice, [Bob, Carol]).Refusal!, Group.Remove(Alice, [Dave]).Refusal!, Group.Remove(Alice, [Bob, Alice]).Refusal!);

        Assert.All([left, never, self], refusal => Assert.Equal(Refusals.InvalidParams, refusal));
        Assert.Equal(("carol is not a participant", "dave is not a participant"), (left.Detail, never.Detail));
        Assert.Equal("use conversation.leave to remove yourself", self.Detail);
    }

    [Fact]
    [Trait("Row", "PM-03")]
    public void Only_owners_remove_owners()
    {
        var manager = Group.Known[Bob] with { Permissions = Talk | Permissions.ManageParticipants };
        var owner = manager with { Permissions = manager.Permissions | Permissions.Owner };

        Assert.Equal(Refusals.PermissionDenied, With(manager).Remove(Bob, [Alice]).Refusal);
        Assert.NotNull(With(manager, Group.Known[Carol] with { Standing = Standing.Joined }).Remove(Bob, [Carol]).Value);
        Assert.NotNull(With(owner).Remove(Bob, [Alice]).Value);
    }

    [Fact]
    [Trait("Row", "PM-03")]
    public void Whoever_is_in_it_leaves_but_the_last_owner_only_when_nobody_stays()
    {
        Assert.Equal((-1, int.MaxValue), Leaving(Group, Bob));
        Assert.Equal((0, 1), Leaving(Group, Alice));
        Assert.Equal((-1, int.MaxValue), Leaving(Group with { Owners = 2 }, Alice));
        var last = Group.Leave(Alice).Value!;
        Assert.Equal((new ConversationDeleted(Alice), Refusals.LastOwner, true), (last.Event, last.TooMany, last.ConcernsAll));
        Assert.Equal(new ParticipantLeft(Alice), (Group with { Owners = 2 }).Leave(Alice).Value!.Event);
        Assert.Equal(Refusals.NotParticipant, Group.Leave(Carol).Refusal);
        Assert.Equal(Refusals.NotFound, Group.Leave(Dave).Refusal);

        static (int Joining, int AtMost) Leaving(Conversation conversation, UserId user)
        {
            var decision = conversation.Leave(user).Value!;
            return (decision.Joining, decision.AtMost);
        }
    }

    [Fact]
    public void In_a_direct_conversation_nobody_comes_or_goes()
    {
        var direct = Group with { Kind = ConversationKind.Direct };

        Assert.Equal(Refusals.NotForThisKind, direct.Add(Bob, [Dave]).Refusal);
        Assert.Equal(Refusals.NotForThisKind, direct.Remove(Alice, [Bob]).Refusal);
        Assert.Equal(Refusals.NotForThisKind, direct.Leave(Bob).Refusal);
        Assert.Equal("a direct conversation is two people for ever", direct.Leave(Bob).Refusal!.Detail);
        Assert.Equal(Refusals.NotFound, direct.Leave(Dave).Refusal);
    }

    [Fact]
    [Trait("Row", "G9")]
    public void Whoever_was_ever_in_it_settles_his_sends()
    {
        Assert.Null(Group.Cancel(Bob));
        Assert.Null(Group.Cancel(Carol));
        Assert.Equal(Refusals.NotFound, Group.Cancel(Dave));
    }

    [Fact]
    public void Rules_cover_those_who_were_asked_about_and_nobody_else()
    {
        var erin = new UserId("erin");

        Assert.True(Group.Covers(new Needed([Alice, Dave])));
        Assert.True(Group.Covers(new Needed([])));
        Assert.False(Group.Covers(new Needed([Alice, erin])));
        Assert.False(Group.Covers(new Needed([erin, Alice])));
    }

    [Fact]
    public void Two_reads_of_the_same_revision_are_joined_and_the_newer_wins()
    {
        var joined = Group.Known[Carol] with { Revision = 4, Standing = Standing.Joined };
        var newer = Group with { Known = new Dictionary<UserId, Participation> { [Carol] = joined } };

        Assert.Equal(joined, Group.With(newer).Known[Carol]);
        Assert.Equal(Group.Known[Bob], Group.With(newer).Known[Bob]);
        Assert.Equal([Carol], Group.With(newer with { Revision = 8 }).Known.Keys);
    }

    [Fact]
    public void What_the_app_says_comes_before_the_other_one_and_he_before_the_conversation_but_who_is_out_hears_only_that()
    {
        var until = DateTimeOffset.UnixEpoch.AddSeconds(1);
        var (suspended, muted) = (new Person(1, SuspendedUntil: until, MutedUntil: until, Peer: Peer.Blocks), new Person(1, MutedUntil: until, Peer: Peer.Blocks));
        var silent = Group.Known[Bob] with { Permissions = Permissions.Read };
        var mutedHere = silent with { Moderation = new Parley.Conversations.Moderation(until, Allowed: false, Banned: false) };

        Assert.Equal(Refusals.Suspended, Send(Who(Bob, suspended), Bob).Refusal);
        Assert.Equal(Refusals.Suspended, Send(Who(Bob, new Person(1, IsGone: true)), Bob).Refusal);
        Assert.Equal(Refusals.MutedInApp, Send(Who(Bob, muted), Bob).Refusal);
        Assert.Equal("until 1970-01-01T00:00:01.000Z", Send(Who(Bob, muted), Bob).Refusal!.Detail);
        Assert.Equal(Refusals.Blocked, Send(With(mutedHere with { Person = new Person(1, Peer: Peer.Blocks) }), Bob).Refusal);
        Assert.Equal((Refusals.Muted, "until 1970-01-01T00:00:01.000Z"), (Send(With(mutedHere), Bob).Refusal, Send(With(mutedHere), Bob).Refusal!.Detail));
        Assert.Equal(Refusals.NotContact, Send(Who(Bob, new Person(1, Peer: Peer.Stranger)), Bob).Refusal);
        Assert.NotNull(Send(Who(Alice, suspended), Bob).Value);
        Assert.Equal(Refusals.NotParticipant, Send(Who(Carol, suspended), Carol).Refusal);
        Assert.Equal(Refusals.NotFound, Send(Who(Dave, suspended), Dave).Refusal);
    }

    [Fact]
    public void A_suspension_and_a_mute_end_when_their_time_has_come()
    {
        var now = DateTimeOffset.UnixEpoch;
        var rules = Who(Bob, new Person(1, SuspendedUntil: now, MutedUntil: now));

        Assert.NotNull(Send(rules, Bob).Value);
        Assert.Null(rules.CannotAct(Bob, now));
        Assert.Equal(Refusals.Suspended, rules.CannotAct(Bob, now.AddMilliseconds(-1)));
        Assert.Equal("until somebody lifts it", Send(Who(Bob, new Person(1, MutedUntil: MuteParticipants.Forever)), Bob).Refusal!.Detail);
    }

    [Fact]
    public void Two_reads_are_joined_with_what_each_knows_of_people()
    {
        var (before, after) = (new Person(1), new Person(2, IsGone: true));
        var rules = With([.. Group.Known.Values.Select(one => one with { Person = before })]);

        var joined = rules.With(Group with { Known = new Dictionary<UserId, Participation> { [Bob] = Group.Known[Bob] with { Person = after } } });

        Assert.Equal((before, after), (joined.Known[Alice].Person, joined.Known[Bob].Person));
    }

    private static Conversation Who(UserId user, Person person) => With(Group.Known[user] with { Person = person });

    private static Outcome<Decision> Send(Conversation conversation, UserId sender) =>
        conversation.Send(sender, new MessageSent(MessageId.New(), sender, MessageContent.OfText("hi")), DateTimeOffset.UnixEpoch);

    private static Conversation With(params Participation[] changed)
    {
        var known = new Dictionary<UserId, Participation>(Group.Known);
        foreach (var one in changed) known[one.User] = one;
        return Group with { Known = known };
    }
}
