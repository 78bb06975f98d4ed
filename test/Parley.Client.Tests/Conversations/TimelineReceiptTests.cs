using System.Collections.Immutable;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Conversations;

/// <summary>How far messages got, in a timeline.</summary>
public sealed class TimelineReceiptTests
{
    private static readonly ConversationId Conversation = ConversationId.New();

    [Fact]
    [Trait("Row", "L16"), Trait("Row", "L17"), Trait("Row", "L18"), Trait("Row", "L19"), Trait("Row", "B22")]
    public void Each_recipient_has_a_state_that_goes_forward_only()
    {
        var sent = Story();
        var first = (TimelineMessage)sent.Items[1];
        Assert.Equal("bob Sent, carol Sent", Text(sent.RecipientsOf(first)));

        var delivered = sent.Move(Bob, new Sequence(3), new Sequence(0));
        Assert.Equal("bob Delivered, carol Sent", Text(delivered.RecipientsOf(first)));
        var read = delivered.Move(Bob, new Sequence(3), new Sequence(2));
        Assert.Equal("bob Read, carol Sent", Text(read.RecipientsOf(first)));
        Assert.Equal("bob Delivered, carol Sent", Text(read.RecipientsOf((TimelineMessage)read.Items[2])));
        // A delivery that comes after the reading changes nothing, nor does anything older.
        Assert.Equal("bob Read, carol Sent", Text(read.Move(Bob, new Sequence(1), new Sequence(1)).RecipientsOf(first)));
        // Of somebody else's message the sender is no recipient, and I am one.
        Assert.Equal("alice Sent, carol Sent", Text(sent.RecipientsOf((TimelineMessage)sent.Items[3])));
    }

    [Fact]
    [Trait("Row", "L20")]
    public void Delivery_and_reading_are_of_none_some_or_all_of_the_others()
    {
        var story = Story();
        var message = (TimelineMessage)story.Items[1];
        Assert.Equal((RecipientExtent.None, RecipientExtent.None), Extents(story));
        Assert.Equal((RecipientExtent.Some, RecipientExtent.None), Extents(story = story.Move(Bob, new Sequence(2), default)));
        Assert.Equal((RecipientExtent.Some, RecipientExtent.Some), Extents(story = story.Move(Bob, new Sequence(2), new Sequence(2))));
        Assert.Equal((RecipientExtent.All, RecipientExtent.Some), Extents(story = story.Move(Carol, new Sequence(2), default)));
        // My own cursors say nothing about who else has it.
        Assert.Equal((RecipientExtent.All, RecipientExtent.Some), Extents(story = story.Move(Alice, new Sequence(4), new Sequence(4))));
        Assert.Equal((RecipientExtent.All, RecipientExtent.All), Extents(story.Move(Carol, new Sequence(2), default, [new Sequence(2)])));

        (RecipientExtent, RecipientExtent) Extents(Timeline now) => (now.DeliveryOf(message), now.ReadingOf(message));
    }

    [Fact]
    [Trait("Row", "L15")]
    public void What_I_sent_I_have_read_and_what_others_sent_when_I_did()
    {
        var story = Story();
        Assert.Equal([true, true, false], story.Items.OfType<TimelineMessage>().Select(story.IsRead));

        var read = story.Move(Alice, new Sequence(4), default, [new Sequence(4)]);

        Assert.Equal([true, true, true], read.Items.OfType<TimelineMessage>().Select(read.IsRead));
    }

    [Fact]
    [Trait("Row", "L26"), Trait("Row", "L28")]
    public void A_change_tells_of_all_messages_that_got_further_with_the_states_of_before_and_now()
    {
        var before = Story();
        // From sent to read at once: that is legal.
        var now = before.Move(Bob, new Sequence(4), new Sequence(2)).Move(Carol, new Sequence(3), new Sequence(3));

        var changes = now.RecipientChangesSince(before);

        Assert.Equal([2, 3, 4], changes.Select(change => change.Message.Sequence.Value).Where(sequence => sequence < 4).Append(4));
        Assert.Equal(["bob Sent, carol Sent > bob Read, carol Read", "bob Sent, carol Sent > bob Delivered, carol Read"],
            changes.Take(2).Select(change => $"{Text(change.Before)} > {Text(change.Now)}"));
        Assert.Empty(now.RecipientChangesSince(now));
        Assert.Empty(now.Move(Alice, new Sequence(1), new Sequence(1)).RecipientChangesSince(now));
        // Who comes is no change of how far anything got.
        var grown = now.Apply(new ParticipantsAdded(Alice, [new Participant(new UserId("dave"), null)]).Happened(Conversation, 5)).Timeline;
        Assert.Empty(grown.RecipientChangesSince(now));
    }

    [Fact]
    [Trait("Row", "L16")]
    public void Where_the_others_are_too_many_or_unknown_nothing_is_said()
    {
        var state = new ConversationState(
            Conversation, ConversationKind.Group, null, default, 1, new Sequence(1), new Sequence(1), PermissionPresets.Member, 300, Participants: null, new OwnParticipation(PermissionPresets.Member, default, default));
        var large = Timeline.At(state, Alice).Apply(Alice.Says(Conversation, 2, "hi")).Timeline;
        var message = large.Items.OfType<TimelineMessage>().Single();

        Assert.Null(large.RecipientsOf(message));
        Assert.Equal((RecipientExtent.None, RecipientExtent.None), (large.DeliveryOf(message), large.ReadingOf(message)));
        // An app that tells nobody of others' cursors leaves them out.
        var untold = Timeline.At(state with { Participants = [new ParticipantState(Alice, PermissionPresets.Member, default(Sequence), default(Sequence)), new ParticipantState(Bob, PermissionPresets.Member, null, null)] }, Alice);
        Assert.Equal("bob Sent", Text(untold.Apply(Alice.Says(Conversation, 2, "hi")).Timeline.RecipientsOf(message)));
    }

    /// <summary>Who saw him go and come back, and who is told where his cursors are, know the same of him: what was before was not sent to him.</summary>
    [Fact]
    [Trait("Row", "L16")]
    public void Of_who_came_back_a_state_says_what_the_entries_do()
    {
        var back = Story().Apply(new ParticipantLeft(Bob).Happened(Conversation, 5)).Timeline.Apply(new ParticipantsAdded(Alice, [new Participant(Bob)]).Happened(Conversation, 6)).Timeline;
        ConversationState StateOf(Sequence? delivered, Sequence? read) => new(
            Conversation, ConversationKind.Group, null, default, 1, new Sequence(6), new Sequence(1), PermissionPresets.Member, 3,
            [
                new ParticipantState(Alice, PermissionPresets.Member, default(Sequence), default(Sequence)), new ParticipantState(Bob, PermissionPresets.Member, delivered, read, JoinedAt: new Sequence(6)),
                new ParticipantState(Carol, PermissionPresets.Member, default(Sequence), default(Sequence)),
            ],
            new OwnParticipation(PermissionPresets.Member, default, default));
        var first = (TimelineMessage)back.Items[1];

        foreach (var told in new[] { StateOf(new Sequence(1), new Sequence(0)), StateOf(null, null) })
        {
            var fresh = Timeline.At(told, Alice).WithAttributes(null, []);
            Assert.Equal(back.Participants!.Values, fresh.Participants!.Values);
            Assert.Equal("bob Read, carol Sent", Text(fresh.RecipientsOf(first)));
        }

        // Where he is further, that counts.
        Assert.Equal(new Sequence(7), Timeline.At(StateOf(new Sequence(7), new Sequence(7)), Alice).Participants![Bob].ReadUpTo);
    }

    /// <summary>Alice's group with bob and carol; 2 and 3 are hers, 4 is bob's.</summary>
    private static Timeline Story()
    {
        var created = new ConversationCreated(
            Alice, ConversationKind.Group, null, PermissionPresets.Member, [new Participant(Alice, null), new Participant(Bob, null), new Participant(Carol, null)]);
        LogEntry[] log = [created.Happened(Conversation, 1), Alice.Says(Conversation, 2, "one"), Alice.Says(Conversation, 3, "two"), Bob.Says(Conversation, 4, "three")];
        return log.Aggregate(Timeline.Empty(Conversation, Alice), (now, entry) => now.Apply(entry).Timeline);
    }

    private static string? Text(ImmutableSortedDictionary<UserId, RecipientState>? states) =>
        states is null ? null : string.Join(", ", states.Select(one => $"{one.Key} {one.Value}"));
}
