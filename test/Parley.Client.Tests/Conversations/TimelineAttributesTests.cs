using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Conversations;

public sealed class TimelineAttributesTests
{
    private const Permissions Member = Permissions.Read | Permissions.Send;

    private static readonly ConversationId Conversation = ConversationId.New();

    /// <summary>Of the conversation "mood" is set, set anew, removed and set, and "place" once; bob has a nick, goes, and comes back.</summary>
    private static readonly LogEntry[] History =
    [
        new ConversationCreated(Alice, ConversationKind.Group, "lunch", Member, [new Participant(Alice), new Participant(Bob)]).Happened(Conversation, 1),
        Set(null, ("mood", "sunny")).Happened(Conversation, 2),
        Set(Bob, ("nick", "bobby"), ("rank", "cook")).Happened(Conversation, 3),
        Set(null, ("mood", "rainy"), ("place", "roof")).Happened(Conversation, 4),
        new AttributesChanged(Alice, null, null, ["mood"]).Happened(Conversation, 5),
        new AttributesChanged(Bob, Bob, new Dictionary<string, string> { ["nick"] = "bob" }, ["rank"]).Happened(Conversation, 6),
        new ParticipantLeft(Bob).Happened(Conversation, 7),
        new ParticipantsAdded(Alice, [new Participant(Bob), new Participant(Carol)]).Happened(Conversation, 8),
        Set(null, ("mood", "windy")).Happened(Conversation, 9),
        Set(Bob, ("rank", "guest")).Happened(Conversation, 10),
        new ParticipantsRemoved(Alice, [Carol]).Happened(Conversation, 11),
    ];

    [Fact]
    [Trait("Row", "B14")]
    [Trait("Row", "B12")]
    public void Attributes_are_what_was_set_last_and_not_removed()
    {
        Assert.Equal([("mood", "sunny")], Of(Story(2).Attributes));
        Assert.Equal([("mood", "rainy"), ("place", "roof")], Of(Story(4).Attributes));
        Assert.Equal([("place", "roof")], Of(Story(5).Attributes));
        Assert.Equal([("mood", "windy"), ("place", "roof")], Of(Story(11).Attributes));
        Assert.Equal([("nick", "bobby"), ("rank", "cook")], Of(Story(5).Participants![Bob].Attributes));
        Assert.Equal([("nick", "bob")], Of(Story(6).Participants![Bob].Attributes));
        Assert.Empty(Story(6).Participants![Alice].Attributes!);
    }

    [Fact]
    public void Who_comes_back_has_none_and_a_newcomer_neither()
    {
        Assert.Empty(Story(8).Participants![Bob].Attributes!);
        Assert.Empty(Story(8).Participants![Carol].Attributes!);
        Assert.Equal([("rank", "guest")], Of(Story(11).Participants![Bob].Attributes));
    }

    /// <summary>A state, the attributes on two pages that were read any time after it, and the entries after the state: the same as all entries.</summary>
    [Fact]
    public void When_they_were_read_after_the_state_makes_no_difference()
    {
        for (var at = 1; at <= History.Length; at++)
        {
            for (var first = at; first <= History.Length; first++)
            {
                for (var second = first; second <= History.Length; second++)
                {
                    var attributes = Story(first).Attributes!.Where(one => string.CompareOrdinal(one.Key, "n") < 0)
                        .Concat(Story(second).Attributes!.Where(one => string.CompareOrdinal(one.Key, "n") >= 0)).ToDictionary();
                    var timeline = Timeline.At(StateAt(at), Alice).WithAttributes(attributes, TellsOf(Story(first), user => user == Alice).Concat(TellsOf(Story(second), user => user != Alice)));
                    foreach (var entry in History.Skip(at)) timeline = timeline.Apply(entry).Timeline;

                    Assert.Equal(Of(Story(History.Length).Attributes), Of(timeline.Attributes));
                    Assert.Equal(Story(History.Length).Participants!.Values, timeline.Participants!.Values);
                }
            }
        }
    }

    [Fact]
    public void What_nobody_told_stays_unknown_whatever_is_changed()
    {
        var timeline = Timeline.At(StateAt(3), Alice);
        Assert.Equal((null, null), ((object?)timeline.Attributes, (object?)timeline.Participants![Bob].Attributes));

        foreach (var entry in History.Skip(3).Take(3)) timeline = timeline.Apply(entry).Timeline;

        Assert.Equal((null, null), ((object?)timeline.Attributes, (object?)timeline.Participants![Bob].Attributes));
        Assert.Equal([("nick", "bob")], Of(timeline.WithAttributes(null, [new ParticipantAttributes(Bob, Story(6).Participants![Bob].Attributes!)]).Participants![Bob].Attributes));
        Assert.Null(timeline.WithAttributes(null, []).Attributes);
        Assert.Null(timeline.WithAttributes(new Dictionary<string, string>()).Participants![Bob].Attributes);
    }

    [Fact]
    public void Older_pages_change_nothing_of_it()
    {
        var timeline = Timeline.At(StateAt(6), Alice).WithAttributes(Story(6).Attributes, TellsOf(Story(6), _ => true));

        timeline = timeline.Prepend(new EntriesPage(Conversation, [.. History.Take(6)], null, new Sequence(6), new Sequence(1), false)).Timeline;

        Assert.Equal([("place", "roof")], Of(timeline.Attributes));
        Assert.Equal([("nick", "bob")], Of(timeline.Participants![Bob].Attributes));
    }

    [Fact]
    public void I_keep_what_the_conversation_had_when_I_left()
    {
        var timeline = Story(10).Apply(new ParticipantsRemoved(Bob, [Alice]).Happened(Conversation, 11)).Timeline;

        Assert.True(timeline.HasLeft);
        Assert.Equal([("mood", "windy"), ("place", "roof")], Of(timeline.Attributes));
        Assert.False(timeline.Participants!.ContainsKey(Alice));
    }

    [Fact]
    public void Those_of_participants_who_are_too_many_to_be_told_are_not_kept()
    {
        var many = Timeline.At(StateAt(3) with { Participants = null, ParticipantCount = 300 }, Alice);

        var timeline = many.WithAttributes(Story(3).Attributes, TellsOf(Story(3), _ => true)).Apply(Set(Bob, ("nick", "b")).Happened(Conversation, 4)).Timeline;

        Assert.Null(timeline.Participants);
        Assert.Equal([("mood", "sunny")], Of(timeline.Attributes));
    }

    [Fact]
    public void A_direct_conversation_has_none()
    {
        var timeline = Timeline.At(StateAt(3) with { Kind = ConversationKind.Direct }, Alice);

        Assert.Empty(timeline.Attributes!);
        Assert.All(timeline.Participants!.Values, one => Assert.Empty(one.Attributes!));
    }

    [Fact]
    public void Participants_are_the_same_when_their_attributes_are()
    {
        var bob = Story(3).Participants![Bob];

        Assert.Equal(bob, Timeline.At(StateAt(3), Alice).WithAttributes(null, [new ParticipantAttributes(Bob, Pairs(("rank", "cook"), ("nick", "bobby")))]).Participants![Bob]);
        Assert.All(
            [bob with { Attributes = null }, bob with { Attributes = bob.Attributes!.Remove("rank") }, bob with { Attributes = bob.Attributes!.SetItem("rank", "guest") }],
            other => Assert.NotEqual(bob, other));
    }

    private static AttributesChanged Set(UserId? user, params (string Name, string Value)[] set) => new(user ?? Alice, user, Pairs(set), null);

    private static Dictionary<string, string> Pairs(params (string Name, string Value)[] pairs) => pairs.ToDictionary(one => one.Name, one => one.Value);

    private static IEnumerable<(string, string)> Of(IEnumerable<KeyValuePair<string, string>>? attributes) => attributes!.Select(one => (one.Key, one.Value));

    private static Timeline Story(int entries) =>
        History.Take(entries).Aggregate(Timeline.Empty(Conversation, Alice), (timeline, entry) => timeline.Apply(entry).Timeline);

    /// <summary>What a page tells of participants: who is in it and has some.</summary>
    private static IEnumerable<ParticipantAttributes> TellsOf(Timeline then, Func<UserId, bool> which) =>
        then.Participants!.Values.Where(one => which(one.User) && one.Attributes!.Count > 0).Select(one => new ParticipantAttributes(one.User, one.Attributes!));

    private static ConversationState StateAt(int head)
    {
        var story = Story(head);
        return new ConversationState(Conversation, ConversationKind.Group, "lunch", History[0].At, 1, new Sequence(head), new Sequence(1), Member,
            story.ParticipantCount, [.. story.Participants!.Values.Select(one => new ParticipantState(one.User, one.Permissions, one.DeliveredUpTo, one.ReadUpTo))],
            new OwnParticipation(Member, Sequence.None, Sequence.None));
    }
}
