using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Presence;

/// <summary>Who is an acquaintance, whatever the order in which states and entries come.</summary>
[Trait("Row", "B29")]
public class AcquaintancesTests
{
    private static readonly UserId Dave = new("dave");

    private readonly Acquaintances _known = new();
    private readonly ConversationId _lunch = ConversationId.New();
    private readonly ConversationId _dinner = ConversationId.New();

    [Fact]
    public void Conversations_are_read_the_last_changed_first_and_messages_of_before_make_none_nearer()
    {
        Listed(_lunch, _dinner);
        Assert.True(_known.IsListed);
        Hear(Bob.Says(_lunch, 3, "from before"));

        Assert.Equal([_dinner], _known.ToRead(1, fresh: true));
        Read(_lunch, 5, Bob);
        Read(_dinner, 5, Carol, Bob);
        Assert.Equal([Carol, Bob], Nearest());
        Assert.False(_known.HasUnread);
        Hear(Bob.Says(_lunch, 6, "news"));
        Assert.Equal([Bob, Carol], Nearest());
    }

    [Fact]
    public void Entries_that_the_state_shows_already_change_nothing()
    {
        Listed(_lunch);
        Read(_lunch, 5, Bob);

        Assert.False(Hear(new ParticipantsRemoved(Alice, [Bob]).Happened(_lunch, 3)));
        Assert.False(Hear(new ParticipantsRemoved(Bob, [Alice]).Happened(_lunch, 4)));
        Assert.False(Hear(new ParticipantsAdded(Alice, [new Participant(Carol)]).Happened(_lunch, 5)));
        Assert.Equal([Bob], Nearest());
        Assert.True(Hear(new ParticipantsAdded(Alice, [new Participant(Carol)]).Happened(_lunch, 6)));
        Assert.Equal([Bob, Carol], Nearest());
    }

    [Fact]
    public void Who_comes_while_the_state_is_read_is_not_missed()
    {
        Listed(_lunch);
        Assert.Equal([_lunch], _known.ToRead(30, fresh: true));
        Hear(new ParticipantJoined(Carol).Happened(_lunch, 6));
        _known.Learn([_lunch], [State(_lunch, 5, Bob)]);

        Assert.True(_known.HasUnread);
        Read(_lunch, 6, Bob, Carol);
        Assert.Equal([Bob, Carol], Nearest());
    }

    [Fact]
    public void Everybody_who_goes_is_gone_but_not_from_other_conversations()
    {
        Listed(_lunch, _dinner);
        Read(_lunch, 1, Bob, Carol, Dave);
        Read(_dinner, 1, Carol);

        Hear(new ParticipantsRemoved(Alice, [Carol]).Happened(_lunch, 2));
        Hear(new ParticipantLeft(Bob).Happened(_lunch, 3));
        Assert.Equal([Carol, Dave], Nearest().Order());
        Hear(new ParticipantsBanned(Alice, [Dave]).Happened(_lunch, 4));
        Assert.Equal([Carol], Nearest());
        Hear(new ParticipantsRemoved(Carol, [Alice]).Happened(_dinner, 2));
        Assert.Empty(Nearest());
        // She hears nothing more of it, and what she heard before may come again.
        Assert.False(Hear(new ParticipantsAdded(Carol, [new Participant(Bob)]).Happened(_dinner, 2)));
        Assert.True(Hear(new ParticipantsAdded(Carol, [new Participant(Alice)]).Happened(_dinner, 3)));
        Assert.Equal([_dinner], _known.ToRead(30, fresh: true));
    }

    [Fact]
    public void A_conversation_made_meanwhile_is_known_from_its_first_entry_and_no_room_or_broadcast_is()
    {
        Listed();
        Hear(new ConversationCreated(Bob, ConversationKind.Group, null, Permissions.None, [new Participant(Bob), new Participant(Alice)]).Happened(_lunch, 1));
        foreach (var kind in new[] { ConversationKind.Room, ConversationKind.Broadcast })
            Hear(new ConversationCreated(Carol, kind, null, Permissions.None, [new Participant(Carol), new Participant(Alice)]).Happened(ConversationId.New(), 1));

        Assert.Equal([Bob], Nearest());
        Assert.False(_known.HasUnread);
        Hear(new ConversationDeleted(Bob).Happened(_lunch, 2));
        Assert.Empty(Nearest());
    }

    [Fact]
    public void Conversations_that_were_left_or_deleted_or_are_of_another_kind_are_none()
    {
        Listed(_lunch, _dinner);
        Read(_lunch, 1, Bob);
        Read(_dinner, 1, Carol);
        ConversationChange[] changes =
        [
            Change(_lunch) with { Left = true },
            Change(_dinner) with { Deleted = true },
            Change(ConversationId.New()) with { Kind = ConversationKind.Room },
            Change(ConversationId.New()) with { Kind = ConversationKind.Broadcast },
        ];
        _known.Hear(new Happening.Listed(changes), Alice);

        Assert.Empty(Nearest());
        Assert.False(_known.HasUnread);
        Listed(_lunch, _dinner);
        _known.Learn([_lunch, _dinner], [State(_lunch, 1, Bob) with { Own = new OwnParticipation(Permissions.None, default, default, Left: true) }]);
        Assert.False(_known.HasUnread);
    }

    [Fact]
    public void Of_a_group_of_more_than_200_nobody_is_known_until_it_has_shrunk()
    {
        Listed(_lunch);
        UserId[] many = [.. Enumerable.Range(0, 198).Select(number => new UserId($"friend-{number}"))];
        Read(_lunch, 1, [Bob, .. many]);
        Assert.Equal(199, Nearest().Count());

        Hear(new ParticipantsAdded(Bob, [new Participant(Carol), new Participant(Dave)]).Happened(_lunch, 2));
        Assert.Empty(Nearest());
        Hear(new ParticipantLeft(Carol).Happened(_lunch, 3));
        Assert.False(_known.HasUnread);
        Hear(new ParticipantLeft(Dave).Happened(_lunch, 4));
        Assert.Equal([_lunch], _known.ToRead(30, fresh: true));
        Assert.Empty(_known.ToRead(30, fresh: false));
    }

    [Fact]
    public void What_is_skipped_or_reset_is_read_again_and_followed_meanwhile_and_a_restored_server_begins_anew()
    {
        Listed(_lunch, _dinner);
        Read(_lunch, 7, Bob);
        Read(_dinner, 7, Carol);
        Assert.True(_known.Hear(new Happening.Skipped(_lunch, new SkippedRange(new Sequence(8), new Sequence(9), "hidden")), Alice));
        Assert.True(_known.Hear(new Happening.Reset(_dinner), Alice));

        Assert.Equal([_dinner, _lunch], _known.ToRead(30, fresh: false));
        Assert.Equal([Carol, Bob], Nearest());
        // What came before does not know what came after.
        Read(_dinner, 2, Bob);
        Assert.Equal([Bob], Nearest());
        _known.Hear(new Happening.Reset(null), Alice);
        Assert.False(_known.IsListed);
        Assert.Empty(Nearest());
    }

    private void Listed(params ConversationId[] conversations)
    {
        _known.Hear(new Happening.Listed([.. conversations.Select(Change)]), Alice);
        _known.Hear(new Happening.ListedAll(), Alice);
    }

    private bool Hear(LogEntry entry) => _known.Hear(new Happening.Entry(entry, EntryOrigin.Others), Alice);

    private void Read(ConversationId conversation, long head, params UserId[] others)
    {
        _known.ToRead(30, fresh: true);
        _known.Learn([conversation], [State(conversation, head, others)]);
    }

    private IEnumerable<UserId> Nearest() => _known.NearestFirst(Alice);

    private static ConversationChange Change(ConversationId conversation) =>
        new(conversation, ConversationKind.Group, 1, new Sequence(5), new Sequence(0), new Sequence(0));

    private static ConversationState State(ConversationId conversation, long head, params UserId[] others) => new(
        conversation, ConversationKind.Group, null, default, 1, new Sequence(head), new Sequence(1), Permissions.None, others.Length + 1,
        [.. others.Append(Alice).Select(user => new ParticipantState(user, Permissions.None, default, default))],
        new OwnParticipation(Permissions.None, default, default));
}
