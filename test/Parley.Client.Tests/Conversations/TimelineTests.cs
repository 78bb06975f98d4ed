using FsCheck.Fluent;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Conversations;

public sealed class TimelineTests
{
    private const Permissions Member = Permissions.Read | Permissions.Send;

    private static readonly ConversationId Conversation = ConversationId.New();

    [Fact]
    public void An_entry_applied_twice_changes_nothing()
    {
        var timeline = Story(3);

        Assert.Same(timeline, timeline.Apply(History[2]).Timeline);
        Assert.Null(timeline.Apply(History[2]).Gap);
    }

    [Fact]
    [Trait("Row", "G4")]
    public void An_entry_that_is_ahead_is_a_gap_that_says_what_is_missing()
    {
        var timeline = Story(3);

        var step = timeline.Apply(History[6]);

        Assert.Same(timeline, step.Timeline);
        Assert.Equal(new TimelineGap(new Sequence(4), new Sequence(6)), step.Gap);
    }

    [Fact]
    public void A_skipped_range_is_one_placeholder_and_no_gap()
    {
        var timeline = Story(3).Apply(new SkippedRange(new Sequence(2), new Sequence(6), "hidden")).Timeline;

        Assert.Equal(new TimelinePlaceholder(new Sequence(4), new Sequence(6), "hidden"), timeline.Items[^1]);
        Assert.Null(timeline.Apply(History[6]).Gap);
    }

    [Fact]
    public void A_skipped_range_that_was_applied_changes_nothing_and_one_that_is_ahead_is_a_gap()
    {
        var timeline = Story(3);

        Assert.Equal(new TimelineStep(timeline, null), timeline.Apply(new SkippedRange(new Sequence(2), new Sequence(3), "hidden")));
        Assert.Equal(new TimelinePlaceholder(new Sequence(4), new Sequence(4), "hidden"),
            timeline.Apply(new SkippedRange(new Sequence(4), new Sequence(4), "hidden")).Timeline.Items[^1]);
        var ahead = timeline.Apply(new SkippedRange(new Sequence(6), new Sequence(8), "hidden"));
        Assert.Equal(new TimelineStep(timeline, new TimelineGap(new Sequence(4), new Sequence(5))), ahead);
    }

    [Fact]
    public void Participants_come_and_go()
    {
        Assert.Equal([Alice, Bob], Story(1).Participants!.Keys);
        Assert.Equal([Alice, Bob, Carol], Story(5).Participants!.Keys);
        Assert.Equal([Alice, Carol], Story(8).Participants!.Keys);
        Assert.Equal(2, Story(8).ParticipantCount);
        Assert.Equal([Member | Permissions.Owner, Member, Member], Story(5).Participants!.Values.Select(one => one.Permissions));
        Assert.False(Story(8).HasLeft);
        Assert.True(Story(8).Apply(new ParticipantsRemoved(Carol, [Alice]).Happened(Conversation, 9)).Timeline.HasLeft);
    }

    [Fact]
    public void Only_who_is_in_it_is_counted_out()
    {
        var gone = new ParticipantsRemoved(Alice, [Bob, Carol]).Happened(Conversation, 4);
        var many = Timeline.At(StateAt(3) with { Participants = null, ParticipantCount = 300 }, Alice);

        Assert.Equal(1, Story(3).Apply(gone).Timeline.ParticipantCount);
        Assert.Equal(298, many.Apply(gone).Timeline.ParticipantCount);
    }

    [Fact]
    [Trait("Row", "A39")]
    public void A_message_goes_from_pending_to_sent_to_delivered_to_read()
    {
        var id = MessageId.New();
        var timeline = Story(3).Send(id, MessageContent.OfText("and?"));
        Assert.Equal(MessageState.Pending, Assert.Single(timeline.Outgoing).State);

        timeline = timeline.Apply(Alice.Says(Conversation, 4, "and?", id)).Timeline;
        Assert.Empty(timeline.Outgoing);
        Assert.Equal(MessageState.Sent, StateOfLast(timeline));

        timeline = timeline.Move(Bob, new Sequence(4), new Sequence(3));
        Assert.Equal(MessageState.Delivered, StateOfLast(timeline));
        Assert.Same(timeline, timeline.Move(Bob, new Sequence(2), new Sequence(1)));

        timeline = timeline.Move(Bob, new Sequence(4), new Sequence(4));
        Assert.Equal(MessageState.Read, StateOfLast(timeline));
    }

    [Fact]
    public void A_message_that_is_sent_again_is_shown_once_and_leaves_the_others_alone()
    {
        var (first, second) = (MessageId.New(), MessageId.New());
        var timeline = Story(3).Send(first, MessageContent.OfText("and?")).Send(second, MessageContent.OfText("hello?"));

        timeline = timeline.Send(first, MessageContent.OfText("and?"));

        Assert.Equal([second, first], timeline.Outgoing.Select(one => one.Message));
    }

    [Fact]
    public void A_message_that_will_not_arrive_stays_marked_until_it_is_dropped()
    {
        var (first, second) = (MessageId.New(), MessageId.New());
        var timeline = Story(3).Send(first, MessageContent.OfText("and?")).Send(second, MessageContent.OfText("hello?"));
        Assert.Same(timeline, timeline.Settle(MessageId.New(), MessageState.Unknown));
        Assert.Same(timeline, timeline.Drop(MessageId.New()));

        timeline = timeline.Settle(first, MessageState.NotSent).Settle(second, MessageState.Unknown);
        Assert.Equal([(first, MessageState.NotSent), (second, MessageState.Unknown)], timeline.Outgoing.Select(one => (one.Message, one.State)));

        Assert.Equal([second], timeline.Drop(first).Outgoing.Select(one => one.Message));
    }

    [Fact]
    public void A_message_that_nobody_else_can_receive_stays_sent()
    {
        var timeline = Story(3).Apply(new ParticipantLeft(Bob).Happened(Conversation, 4)).Timeline
            .Apply(Alice.Says(Conversation, 5, "anybody?")).Timeline;

        Assert.Equal(MessageState.Sent, StateOfLast(timeline));
    }

    [Fact]
    public void In_a_group_all_must_have_it_and_who_joins_later_changes_nothing()
    {
        var timeline = Story(6).Move(Bob, new Sequence(6), new Sequence(6));
        var first = (TimelineMessage)timeline.Items[1];
        var last = (TimelineMessage)timeline.Items[5];

        Assert.Equal(MessageState.Read, timeline.StateOf(first));
        Assert.Equal((Alice, MessageState.Sent), (last.Sender, timeline.StateOf(last)));
        timeline = timeline.Move(Carol, default, default, [new Sequence(6)]);
        Assert.Equal(MessageState.Read, timeline.StateOf(last));
    }

    [Fact]
    public void What_others_said_after_my_cursor_is_unread()
    {
        var timeline = Story(8);
        Assert.Equal((2, new Sequence(3)), (timeline.UnreadCount, timeline.FirstUnread));

        timeline = timeline.Move(Alice, new Sequence(8), new Sequence(3));
        Assert.Equal((1, new Sequence(7)), (timeline.UnreadCount, timeline.FirstUnread));

        Assert.Null(timeline.Move(Alice, new Sequence(8), new Sequence(7)).FirstUnread);
    }

    [Fact]
    public void What_others_said_is_delivered_to_me_and_read_when_I_read_it_and_not_when_they_do()
    {
        var timeline = Story(3).Move(Bob, new Sequence(3), new Sequence(3));
        Assert.Equal((MessageState.Delivered, Sequence.None), (StateOfLast(timeline), timeline.ReadUpTo));

        timeline = timeline.Move(Alice, new Sequence(3), new Sequence(3));
        Assert.Equal((MessageState.Read, new Sequence(3)), (StateOfLast(timeline), timeline.ReadUpTo));
    }

    [Fact]
    public void What_was_said_before_I_joined_is_not_unread()
    {
        var timeline = History.Take(6).Aggregate(Timeline.Empty(Conversation, Carol), (now, entry) => now.Apply(entry).Timeline);

        Assert.Equal((new Sequence(4), 1, new Sequence(6)), (timeline.ReadUpTo, timeline.UnreadCount, timeline.FirstUnread));
    }

    [Fact]
    public void What_I_read_ahead_is_read_also_where_participants_are_too_many_to_be_told()
    {
        var own = new OwnParticipation(Member, new Sequence(7), new Sequence(2), [new Sequence(7)]);
        var timeline = Timeline.At(StateAt(2) with { Participants = null, ParticipantCount = 300, Own = own }, Alice);
        timeline = History.Skip(2).Aggregate(timeline, (now, entry) => now.Apply(entry).Timeline);
        Assert.Equal((1, new Sequence(3)), (timeline.UnreadCount, timeline.FirstUnread));

        timeline = timeline.Move(Alice, default, default, [new Sequence(3)]);

        Assert.Equal(0, timeline.UnreadCount);
        Assert.Equal([new Sequence(3), new Sequence(7)], timeline.ReadAhead);
        Assert.All(timeline.Items.OfType<TimelineMessage>().Where(message => message.Sender != Alice), message => Assert.Equal(MessageState.Read, timeline.StateOf(message)));
        Assert.Same(timeline, timeline.Move(Alice, default, default, [new Sequence(3)]));
    }

    [Fact]
    public void What_somebody_read_ahead_is_remembered_until_his_cursor_is_past_it()
    {
        var timeline = Story(6).Move(Bob, new Sequence(6), new Sequence(3), [new Sequence(3), new Sequence(5), new Sequence(6)]);
        Assert.Equal([new Sequence(5), new Sequence(6)], timeline.Participants![Bob].ReadAhead);

        timeline = timeline.Move(Bob, new Sequence(6), new Sequence(5));
        Assert.Equal([new Sequence(6)], timeline.Participants![Bob].ReadAhead);

        Assert.Empty(timeline.Move(Bob, new Sequence(6), new Sequence(6)).Participants![Bob].ReadAhead);
    }

    [Fact]
    public void Participants_are_the_same_when_everything_about_them_is()
    {
        var bob = Story(6).Move(Bob, new Sequence(6), new Sequence(3), [new Sequence(5)]).Participants![Bob];

        Assert.Equal(bob, Story(6).Move(Bob, new Sequence(6), new Sequence(3), [new Sequence(5)]).Participants![Bob]);
        Assert.All(
        [
            bob with { User = Carol }, bob with { Permissions = Permissions.Read }, bob with { DeliveredUpTo = new Sequence(7) },
            bob with { ReadUpTo = new Sequence(4) }, Story(6).Move(Bob, new Sequence(6), new Sequence(3)).Participants![Bob], null,
        ], other => Assert.NotEqual(bob, other));
    }

    [Fact]
    public void What_was_said_while_I_was_away_is_unread_when_I_come_back()
    {
        var timeline = Story(8).Move(Alice, new Sequence(8), new Sequence(8))
            .Apply(new ParticipantsRemoved(Carol, [Alice]).Happened(Conversation, 9)).Timeline
            .Apply(Carol.Says(Conversation, 10, "she is away")).Timeline
            .Apply(new ParticipantsAdded(Carol, [new Participant(Alice)]).Happened(Conversation, 11)).Timeline;

        Assert.False(timeline.HasLeft);
        Assert.Equal((1, new Sequence(10)), (timeline.UnreadCount, timeline.FirstUnread));
    }

    [Fact]
    public void An_event_of_a_newer_server_keeps_its_place()
    {
        using var json = System.Text.Json.JsonDocument.Parse("""{"type":"message.starred","by":"bob"}""");
        var timeline = Story(3).Apply(new UnknownEvent("message.starred", json.RootElement.Clone()).Happened(Conversation, 4)).Timeline;

        Assert.Equal(new Sequence(4), timeline.Head);
        Assert.Equal("message.starred", ((TimelineEvent)timeline.Items[^1]).Event.Type);
    }

    /// <summary>Shuffled, doubled, with holes that are filled from the log: the fold is the one of the log in order.</summary>
    [Fact]
    public void Every_order_with_duplicates_and_gaps_folds_to_the_same()
    {
        var expected = Story(8);
        var orders = Gen.Choose(1, 8).ListOf().ToArbitrary();
        FsCheck.Check.One(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(orders, order =>
        {
            var timeline = Timeline.Empty(Conversation, Alice);
            foreach (var sequence in order.Append(8))
            {
                var step = timeline.Apply(History[sequence - 1]);
                for (var missing = step.Gap?.From.Value ?? 1; missing <= (step.Gap?.To.Value ?? 0); missing++)
                    timeline = timeline.Apply(History[(int)missing - 1]).Timeline;
                timeline = timeline.Apply(History[sequence - 1]).Timeline;
            }

            Same(expected, timeline);
        }));
    }

    [Fact]
    public void A_state_and_the_entries_after_it_fold_to_the_same_as_all_entries()
    {
        for (var at = 1; at <= 8; at++)
        {
            var state = StateAt(at);
            var timeline = Timeline.At(state, Alice).WithAttributes(new Dictionary<string, string>(), []);
            foreach (var entry in History.Skip(at)) timeline = timeline.Apply(entry).Timeline;
            // Scrolled back two entries at a time, with pages that overlap.
            while (!timeline.IsComplete)
            {
                var older = History.Where(entry => entry.Sequence < timeline.First).TakeLast(2).ToList();
                var overlapping = older.Concat(History.Where(entry => entry.Sequence == timeline.First));
                timeline = timeline.Prepend(PageOf([.. overlapping], older.Count > 0 && older[0].Sequence.Value > 1)).Timeline;
            }

            Same(Story(8), timeline);
        }
    }

    [Fact]
    public void A_page_that_does_not_reach_what_is_held_is_a_gap()
    {
        var timeline = Timeline.At(StateAt(8), Alice);

        var step = timeline.Prepend(PageOf([.. History.Take(4)], more: false));

        Assert.Equal(new TimelineGap(new Sequence(5), new Sequence(8)), step.Gap);
        Assert.Same(timeline, step.Timeline);
    }

    [Fact]
    public void A_page_shows_what_it_skips_in_its_place()
    {
        var page = PageOf([History[4], History[7]], more: true) with { Skipped = [new SkippedRange(new Sequence(6), new Sequence(7), "hidden")] };

        var timeline = Timeline.At(StateAt(8), Alice).Prepend(page).Timeline;

        Assert.Equal([(5, 5), (6, 7), (8, 8)], timeline.Items.Select(item => (item.From.Value, item.To.Value)));
        Assert.Equal((new Sequence(5), false), (timeline.First, timeline.IsComplete));
    }

    [Fact]
    public void A_page_with_nothing_older_says_whether_there_is_more()
    {
        var timeline = Timeline.At(StateAt(8), Alice);

        Assert.Equal(new TimelineStep(timeline, null), timeline.Prepend(PageOf([], more: true)));
        Assert.True(timeline.Prepend(PageOf([], more: false)).Timeline.IsComplete);
    }

    [Theory]
    [InlineData(0, 1, true)]
    [InlineData(8, 1, false)]
    [InlineData(8, 8, false)]
    [InlineData(8, 9, true)]
    public void A_log_of_which_nothing_is_kept_has_nothing_older_to_load(long head, long tail, bool complete)
    {
        var state = StateAt(8) with { Head = new Sequence(head), Tail = new Sequence(tail) };

        Assert.Equal(complete, Timeline.At(state, Alice).IsComplete);
    }

    [Fact]
    public void A_state_says_what_everybody_read_ahead()
    {
        var state = StateAt(6);
        var timeline = Timeline.At(state with { Participants = [.. state.Participants!.Select(one => one with { ReadAhead = [new Sequence(6)] })] }, Alice);

        Assert.Equal(MessageState.Read, timeline.StateOf((TimelineMessage)Story(6).Items[^1]));
    }

    [Fact]
    public void Entries_that_are_older_than_the_state_do_not_tell_how_it_is()
    {
        // Who may not read is told the state and no head; what he may read later begins with the first entry.
        var state = StateAt(8) with { Head = Sequence.None, Own = new OwnParticipation(Permissions.Send, default, default) };
        var blind = Timeline.At(state, Alice);
        Assert.False(blind.NeedsState);

        Assert.True(blind.Apply(History[0]).Timeline.NeedsState);
        Assert.False(Timeline.At(state with { Own = new OwnParticipation(Member, default, default) }, Alice).Apply(History[0]).Timeline.NeedsState);
    }

    [Fact]
    public void Null_is_refused_by_name()
    {
        var timeline = Story(3);

        Assert.Throws<ArgumentNullException>("state", () => Timeline.At(null!, Alice));
        Assert.Throws<ArgumentNullException>("entry", () => timeline.Apply((LogEntry)null!));
        Assert.Throws<ArgumentNullException>("range", () => timeline.Apply((SkippedRange)null!));
        Assert.Throws<ArgumentNullException>("page", () => timeline.Prepend(null!));
        Assert.Throws<ArgumentNullException>("message", () => timeline.StateOf(null!));
    }

    private static readonly LogEntry[] History =
    [
        new ConversationCreated(Alice, ConversationKind.Group, "lunch", Member, [new Participant(Alice, Member | Permissions.Owner), new Participant(Bob)])
            .Happened(Conversation, 1),
        Alice.Says(Conversation, 2, "hi"),
        Bob.Says(Conversation, 3, "hi!"),
        Alice.Says(Conversation, 4, "let us ask carol"),
        new ParticipantsAdded(Alice, [new Participant(Carol)]).Happened(Conversation, 5),
        Alice.Says(Conversation, 6, "12:30?"),
        Carol.Says(Conversation, 7, "yes"),
        new ParticipantLeft(Bob).Happened(Conversation, 8),
    ];

    private static Timeline Story(int entries) =>
        History.Take(entries).Aggregate(Timeline.Empty(Conversation, Alice), (timeline, entry) => timeline.Apply(entry).Timeline);

    private static ConversationState StateAt(int head)
    {
        var story = Story(head);
        return new ConversationState(Conversation, ConversationKind.Group, "lunch", History[0].At, 1, new Sequence(head), new Sequence(1), Member,
            story.ParticipantCount, [.. story.Participants!.Values.Select(one => new ParticipantState(one.User, one.Permissions, one.DeliveredUpTo, one.ReadUpTo))],
            new OwnParticipation(Member, Sequence.None, Sequence.None));
    }

    private static EntriesPage PageOf(List<LogEntry> entries, bool more) =>
        new(Conversation, entries, null, new Sequence(8), new Sequence(1), more);

    private static MessageState StateOfLast(Timeline timeline) => timeline.StateOf((TimelineMessage)timeline.Items[^1]);

    private static void Same(Timeline expected, Timeline actual)
    {
        Assert.Equal((expected.First, expected.Head, expected.Kind, expected.Title), (actual.First, actual.Head, actual.Kind, actual.Title));
        Assert.Equal((expected.ParticipantCount, expected.HasLeft, expected.ReadUpTo, expected.IsComplete),
            (actual.ParticipantCount, actual.HasLeft, actual.ReadUpTo, actual.IsComplete));
        Assert.Equal(expected.Participants!.Values, actual.Participants!.Values);
        Assert.Equal(expected.Items, actual.Items);
    }
}
