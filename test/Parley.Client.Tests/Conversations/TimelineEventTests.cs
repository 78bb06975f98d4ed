using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Conversations;

/// <summary>What each event changes in a timeline: alice looks at a group of hers with bob and carol.</summary>
public sealed class TimelineEventTests
{
    private static readonly ConversationId Conversation = ConversationId.New();

    private static readonly UserId Dave = new("dave");

    private static readonly Timeline Group = Timeline.Empty(Conversation, Alice).Apply(new ConversationCreated(
        Alice, ConversationKind.Group, "lunch", PermissionPresets.Member, [new Participant(Alice, PermissionPresets.Owner), new Participant(Bob), new Participant(Carol)],
        new ConversationSettings("daily", Distinct: true)).Happened(Conversation, 1)).Timeline;

    [Fact]
    public void It_begins_with_the_settings_it_was_made_with_or_the_usual()
    {
        var plain = Timeline.Empty(Conversation, Alice).Apply(new ConversationCreated(Alice, ConversationKind.Broadcast, null, Permissions.Read, [new Participant(Alice)])
            .Happened(Conversation, 1)).Timeline;

        Assert.Equal((ConversationKind.Group, PermissionPresets.Member, new ConversationSettings("daily", Distinct: true)), (Group.Kind, Group.DefaultPermissions, Group.Settings));
        Assert.Equal((ConversationKind.Broadcast, Permissions.Read, new ConversationSettings()), (plain.Kind, plain.DefaultPermissions, plain.Settings));
    }

    [Fact]
    [Trait("Row", "V18")]
    [Trait("Row", "V36")]
    public void Settings_that_an_event_names_are_taken_and_the_others_stay()
    {
        var data = CustomData.Parse("""{"a":1}""");
        var all = After(Group, new ConversationChanged(Alice, "dinner", "nightly", "fish", data, true, true, true, true, true, Permissions.Read));
        Assert.Equal(("dinner", Permissions.Read), (all.Title, all.DefaultPermissions));
        Assert.Equal(new ConversationSettings("nightly", "fish", data, HistoryVisibility.All, true, true, true, true, true, true), all.Settings);

        var one = After(all, new ConversationChanged(Alice, Muted: false));
        Assert.Equal((all.Title, all.DefaultPermissions, all.Settings! with { Muted = false }), (one.Title, one.DefaultPermissions, one.Settings));

        var none = After(all, new ConversationChanged(Alice, "", "", "", CustomData.Empty, false, false, false, false, false));
        Assert.Equal((null, new ConversationSettings(Distinct: true)), (none.Title, none.Settings));
    }

    [Fact]
    public void A_deleted_conversation_says_so()
    {
        Assert.False(Group.IsDeleted);
        Assert.True(After(Group, new ConversationDeleted(Alice)).IsDeleted);
    }

    [Fact]
    public void Permissions_are_those_of_the_event_and_only_of_whom_it_names()
    {
        var after = After(Group, new PermissionsChanged(Alice, [new Participant(Bob, PermissionPresets.Admin), new Participant(Dave, PermissionPresets.Admin)]));

        Assert.Equal([PermissionPresets.Owner, PermissionPresets.Admin, PermissionPresets.Member], after.Participants!.Values.Select(one => one.Permissions));
    }

    [Fact]
    public void Who_is_muted_or_allowed_is_so_until_an_event_says_otherwise()
    {
        var until = new DateTimeOffset(2026, 11, 20, 9, 0, 0, TimeSpan.Zero);
        var muted = After(Group, new ParticipantsMuted(Alice, [Bob], until));
        Assert.Equal([null, until, null], muted.Participants!.Values.Select(one => one.MutedUntil));
        Assert.All(After(muted, new ParticipantsUnmuted(Alice, [Bob])).Participants!.Values, one => Assert.Null(one.MutedUntil));

        var allowed = After(Group, new ParticipantsAllowed(Alice, [Carol]));
        Assert.Equal([false, false, true], allowed.Participants!.Values.Select(one => one.IsAllowed));
        Assert.All(After(allowed, new ParticipantsDisallowed(Alice, [Carol])).Participants!.Values, one => Assert.False(one.IsAllowed));
    }

    [Fact]
    public void Who_joins_is_in_it_with_what_newcomers_may_and_reads_from_there()
    {
        var after = After(Group, new ParticipantJoined(Dave, InvitedBy: Bob));

        Assert.Equal([Alice, Bob, Carol, Dave], after.Participants!.Keys);
        Assert.Equal((4, PermissionPresets.Member, new Sequence(1)), (after.ParticipantCount, after.Participants[Dave].Permissions, after.Participants[Dave].ReadUpTo));
        Assert.Equal(Permissions.Send, After(Group, new ParticipantJoined(Dave, Permissions.Send)).Participants![Dave].Permissions);
    }

    [Fact]
    public void Who_is_banned_is_out_if_he_was_in()
    {
        var after = After(Group, new ParticipantsBanned(Alice, [Bob, Dave], [Dave]));

        Assert.Equal([Alice, Carol], after.Participants!.Keys);
        Assert.Equal((2, false), (after.ParticipantCount, after.HasLeft));
        Assert.True(After(Group, new ParticipantsBanned(Bob, [Alice])).HasLeft);
        // Of those who are in it nobody went.
        Assert.Equal((Group.Settings, Group.Participants), Of(After(Group, new ParticipantsBanned(Alice, [Dave], [Dave]))));

        static (ConversationSettings?, object?) Of(Timeline timeline) => (timeline.Settings, timeline.Participants);
    }

    [Fact]
    [Trait("Row", "L08")]
    public void Who_comes_or_goes_ends_that_it_is_the_one_group_of_its_people()
    {
        ConversationEvent[] changes =
        [
            new ParticipantsAdded(Alice, [new Participant(Dave)]), new ParticipantJoined(Dave), new ParticipantsRemoved(Alice, [Bob]), new ParticipantLeft(Bob), new ParticipantsBanned(Alice, [Bob]),
        ];

        Assert.True(Group.Settings!.Distinct);
        Assert.All(changes, change => Assert.Equal(new ConversationSettings("daily"), After(Group, change).Settings));
    }

    [Fact]
    public void What_concerns_nobody_who_is_in_it_is_shown_and_changes_nothing_else()
    {
        ConversationEvent[] shown =
        [
            new ParticipantsInvited(Alice, [Dave]), new InvitationDeclined(Dave), new InvitationsWithdrawn(Alice, [Dave]), new JoinRequested(Dave, "please"), new JoinsDeclined(Alice, [Dave]),
            new ParticipantsUnbanned(Alice, [Dave]), new AttributesChanged(Alice, null, new Dictionary<string, string> { ["a"] = "b" }, null),
        ];

        Assert.All(shown, happened =>
        {
            var after = After(Group, happened);
            Assert.Equal((Group.Participants, Group.Settings, Group.Title, Group.ParticipantCount), (after.Participants, after.Settings, after.Title, after.ParticipantCount));
            Assert.Equal(happened, Assert.IsType<TimelineEvent>(after.Items[^1]).Event);
        });
    }

    [Fact]
    public void Where_participants_are_too_many_to_be_told_events_about_them_only_count()
    {
        var many = Timeline.At(new ConversationState(
            Conversation, ConversationKind.Broadcast, "news", default, 1, new Sequence(1), new Sequence(1), Permissions.Read, 300, null,
            new OwnParticipation(PermissionPresets.Owner, default, default), new ConversationSettings()), Alice);

        Assert.Equal((301, null), Counted(After(many, new ParticipantJoined(Dave))));
        Assert.Equal((299, null), Counted(After(many, new ParticipantsBanned(Alice, [Bob]))));
        Assert.Equal((299, null), Counted(After(many, new ParticipantsBanned(Alice, [Bob, Carol, Dave], [Carol, Dave]))));
        Assert.Equal((300, null), Counted(After(many, new ParticipantsBanned(Alice, [Bob], [Bob]))));
        Assert.Equal((300, null), Counted(After(many, new ParticipantsMuted(Alice, [Bob], MuteParticipants.Forever))));

        static (int?, object?) Counted(Timeline timeline) => (timeline.ParticipantCount, timeline.Participants);
    }

    [Fact]
    [Trait("Row", "B32")]
    public void What_was_said_while_I_was_not_in_it_is_one_placeholder_before_what_came_after()
    {
        var back = Group.Apply(new ParticipantsRemoved(Bob, [Alice]).Happened(Conversation, 2)).Timeline
            .Apply(new SkippedRange(new Sequence(3), new Sequence(7), "hidden")).Timeline
            .Apply(new ParticipantsAdded(Bob, [new Participant(Alice)]).Happened(Conversation, 8)).Timeline;

        Assert.Equal([(1, 1), (2, 2), (3, 7), (8, 8)], back.Items.Select(item => (item.From.Value, item.To.Value)));
        Assert.Equal((false, 0, new Sequence(8)), (back.HasLeft, back.UnreadCount, back.Head));
    }

    private static Timeline After(Timeline before, ConversationEvent happened) => before.Apply(happened.Happened(Conversation, before.Head.Value + 1)).Timeline;
}
