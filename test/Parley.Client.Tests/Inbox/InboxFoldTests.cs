using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Inbox;

/// <summary>What a list counts by itself, and what it leaves to the server.</summary>
public sealed class InboxFoldTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);

    private readonly ConversationId _lunch = ConversationId.New();
    private readonly ConversationId _work = ConversationId.New();
    private readonly Dictionary<ConversationId, InboxFlags> _flags = [];

    [Theory]
    [InlineData(1_000, 1_000, false)]
    [InlineData(1_001, 1_000, true)]
    public void Unread_messages_are_counted_up_to_a_thousand(int count, int unread, bool isMore)
    {
        var fold = FoldOf(ItemOf(_lunch));
        for (var sequence = 1; sequence <= count; sequence++) Hear(fold, Bob.Says(_lunch, sequence, "hello"));

        Assert.Equal((unread, isMore), Shown(fold));
        Assert.Empty(fold.Doubtful);
        // The last of them is known one by one only where they were kept so.
        Read(fold, count - 1);
        Assert.Equal(count == 1_000 ? (1, false) : (1_000, true), Shown(fold));
        Assert.Equal(count == 1_000 ? [] : [_lunch], fold.Doubtful);
        Read(fold, count);
        Assert.Equal((0, false), Shown(fold));
    }

    [Fact]
    public void What_came_since_it_was_read_is_counted_whatever_is_read_of_it()
    {
        var fold = FoldOf(ItemOf(_lunch, head: 4, unread: 3, mentions: 1));
        Hear(fold, Bob.Says(_lunch, 4, "was counted"));
        Hear(fold, Bob.Says(_lunch, 5, "one"));
        Hear(fold, new MessageSent(MessageId.New(), Bob, MessageContent.OfText("you") with { Mentions = new Mentions([Alice]) }).Happened(_lunch, 6));
        Hear(fold, Alice.Says(_lunch, 7, "mine"));
        Hear(fold, new MessageSent(MessageId.New(), Bob, new MessageContent([MessagePart.Of(new AppCommand("wave"))])).Happened(_lunch, 8));
        var item = Assert.Single(fold.Show());
        Assert.Equal((5, 2, 8, "mine"), (item.Unread, item.Mentions, item.Head.Value, item.LastMessage!.Text()));

        // Up to where it was counted nothing is left; what was read out of order is not counted either.
        Read(fold, 4);
        Assert.Equal((2, false), Shown(fold));
        Read(fold, 4, ahead: 6);
        Assert.Equal((1, 0), (fold.Show()[0].Unread, fold.Show()[0].Mentions));
        Read(fold, 4, ahead: 6);
        Read(fold, 3);
        Assert.Equal((1, 4), (fold.Show()[0].Unread, (int)fold.Show()[0].ReadUpTo.Value));
        Assert.Empty(fold.Doubtful);
    }

    [Fact]
    public void What_it_cannot_count_is_left_to_the_server()
    {
        Assert.Equal([_lunch], Doubtful(fold => Read(fold, 2), unread: 3));
        Assert.Empty(Doubtful(fold => Read(fold, 2), unread: 0));
        Assert.Equal([_lunch], Doubtful(fold => Read(fold, 1, ahead: 3), unread: 3));
        Assert.Equal([_lunch], Doubtful(fold => Hear(fold, new MessageRecalled(Bob, MessageId.New(), new Sequence(3)).Happened(_lunch, 5)), unread: 3));
        Assert.Equal([_lunch], Doubtful(fold => Hear(fold, new MessageEdited(Bob, MessageId.New(), new Sequence(3), 1, MessageContent.OfText("you")).Happened(_lunch, 5)), unread: 3));
        Assert.Equal([_lunch], Doubtful(fold => fold.Hear(new Happening.Removed(new MessagesRemoved(_lunch, UpTo: new Sequence(2))), Alice), unread: 0));
        Assert.Equal([_lunch], Doubtful(fold => fold.Hear(new Happening.Shelved(new InboxChanged(_lunch, new InboxFlags(UnreadFrom: new Sequence(2)))), Alice), unread: 0));
        Assert.Equal([_lunch], Doubtful(fold => fold.Hear(new Happening.Skipped(_lunch, new SkippedRange(new Sequence(5), new Sequence(6), SkippedRange.Hidden)), Alice), unread: 0));
        Assert.Empty(Doubtful(fold => fold.Hear(new Happening.Shelved(new InboxChanged(_lunch, new InboxFlags(Draft: "I could"))), Alice), unread: 3));
        Assert.Empty(Doubtful(fold => Hear(fold, new ConversationChanged(Bob, Title: "dinner").Happened(_lunch, 5)), unread: 3));
    }

    [Fact]
    public void What_a_new_session_names_is_read_again_where_it_differs_in_what_no_entry_tells()
    {
        var change = new ConversationChange(_lunch, ConversationKind.Group, 1, new Sequence(4), new Sequence(4), new Sequence(4));
        Assert.Empty(After(change, unread: 0));
        // What is newer comes as entries.
        Assert.Empty(After(change with { Head = new Sequence(9) }, unread: 0));
        Assert.Equal([_lunch], After(change with { Head = Sequence.None }, unread: 0));
        Assert.Equal([_lunch], After(change with { Left = true }, unread: 0));
        Assert.Equal([_lunch], After(change with { Flags = new InboxFlags(Pinned: true) }, unread: 0));
        Assert.Equal([_lunch], After(change with { Removals = "2.0" }, unread: 0));
        // He may have read some of it out of order.
        Assert.Equal([_lunch], After(change with { ReadUpTo = new Sequence(1) }, unread: 3));
        Assert.Equal([_work], After(change with { Conversation = _work }, unread: 0));
        Assert.Empty(After(change with { Conversation = _work, Flags = new InboxFlags(Archived: true) }, unread: 0));
        Assert.Empty(After(change with { Conversation = _work, Flags = new InboxFlags(Hidden: true) }, unread: 0));
        Assert.Empty(After(change with { Conversation = _work, Kind = ConversationKind.Room }, unread: 0));

        IEnumerable<ConversationId> After(ConversationChange named, int unread) => Doubtful(fold => fold.Hear(new Happening.Listed([named]), Alice), unread);
    }

    [Fact]
    public void What_happened_while_a_page_was_read_makes_it_be_read_again()
    {
        var fold = FoldOf(ItemOf(_lunch, head: 4), ItemOf(_work, head: 4));
        fold.Begin();
        Hear(fold, Bob.Says(_lunch, 5, "one"));
        fold.Hear(new Happening.Shelved(new InboxChanged(_work, new InboxFlags(Draft: "I could"))), Alice);
        fold.Take([ItemOf(_lunch, head: 4), ItemOf(_work, head: 4)], end: null, []);

        // What is known is newer than the page.
        Assert.Equal(new HashSet<ConversationId> { _lunch, _work }, fold.Doubtful.ToHashSet());
        Assert.Equal([(5L, null), (4L, "I could")], fold.Show().Select(item => (item.Head.Value, item.Flags?.Draft)));

        fold.Begin();
        Hear(fold, Bob.Says(_lunch, 6, "two"));
        fold.Take([ItemOf(_lunch, head: 6, unread: 2), ItemOf(_work, head: 4)], end: null, [_lunch, _work]);
        Assert.Empty(fold.Doubtful);
        Assert.Equal(2, fold.Show().Single(item => item.Conversation == _lunch).Unread);
    }

    [Fact]
    public void An_entry_of_what_is_not_loaded_is_looked_for_once_where_the_list_does_not_have_it()
    {
        var fold = FoldOf(ItemOf(_lunch, head: 4));
        Hear(fold, Bob.Says(_work, 9, "hello"));
        Assert.Equal([_work], fold.Doubtful);
        fold.Begin();
        fold.Take([ItemOf(_lunch, head: 4)], end: null, [_work]);
        Hear(fold, Bob.Says(_work, 10, "hello"));
        Assert.Empty(fold.Doubtful);

        // In it again, or put where the list shows it, it is looked for anew.
        Hear(fold, new ParticipantsAdded(Bob, [new Participant(Alice)]).Happened(_work, 11));
        Assert.Equal([_work], fold.Doubtful);
        fold.Begin();
        fold.Take([], end: null, [_work]);
        fold.Hear(new Happening.Shelved(new InboxChanged(_work, new InboxFlags())), Alice);
        Assert.Equal([_work], fold.Doubtful);

        // What is known to be archived is not looked for at all.
        var archived = ConversationId.New();
        _flags[archived] = new InboxFlags(Archived: true);
        Hear(fold, Bob.Says(archived, 1, "hello"));
        Assert.Equal([_work], fold.Doubtful);
    }

    [Fact]
    public void Pinned_ones_are_first_and_what_is_older_than_what_is_loaded_is_not_shown()
    {
        var (old, older) = (ConversationId.New(), ConversationId.New());
        var fold = new InboxFold(new ConversationListOptions(), _flags.GetValueOrDefault);
        fold.Begin();
        var pinned = ItemOf(older, minute: 1) with { Flags = new InboxFlags(Pinned: true) };
        fold.Replace([pinned, ItemOf(_lunch, minute: 9), ItemOf(_work, minute: 8)], new InboxFold.ListEnd(InboxFold.PlaceOf(ItemOf(_work, minute: 8))));
        Assert.Equal([older, _lunch, _work], fold.Show().Select(item => item.Conversation));
        Assert.True(fold.HasMore);

        fold.Hear(new Happening.Shelved(new InboxChanged(older, new InboxFlags())), Alice);
        Assert.Equal([_lunch, _work], fold.Show().Select(item => item.Conversation));
        fold.Begin();
        fold.Take([ItemOf(old, minute: 5), ItemOf(older, minute: 1)], new InboxFold.ListEnd(null), []);
        Assert.Equal([_lunch, _work, old, older], fold.Show().Select(item => item.Conversation));
        Assert.False(fold.HasMore);
        Hear(fold, Bob.Says(older, 1, "hello") with { At = Start.AddMinutes(10) });
        Assert.Equal([older, _lunch, _work, old], fold.Show().Select(item => item.Conversation));
    }

    [Fact]
    public void What_was_read_here_is_read_also_in_a_page_of_before_where_that_is_all_there_was()
    {
        var before = ItemOf(_lunch, head: 4, unread: 3, read: 1);
        var fold = FoldOf(before);
        Assert.True(fold.Hear(new Happening.ReadHere(ReadTo(4)), Alice));
        Assert.Equal((0, false), Shown(fold));
        fold.Begin();
        fold.Replace([before], new InboxFold.ListEnd(null));
        fold.Take(ReadTo(4));
        Assert.Equal((0, false), Shown(fold));

        // Of a part only the server can count what is left, when it knows.
        fold.Begin();
        fold.Replace([before], new InboxFold.ListEnd(null));
        fold.Take(ReadTo(3));
        Assert.Equal((3, false), Shown(fold));
        Assert.Empty(fold.Doubtful);
        Read(fold, 3);
        Assert.Equal([_lunch], fold.Doubtful);

        // What the server did not take is read again.
        fold = FoldOf(before);
        fold.Hear(new Happening.ReadHere(ReadTo(4)), Alice);
        Assert.Empty(fold.Doubtful);
        var read = new OutgoingChange(Change.MarkRead(_lunch, new Sequence(4)), default);
        foreach (var result in new SendResult[] { new SendResult.Answered(new object()), new SendResult.Unknown("the client closes") })
            Assert.False(fold.Hear(new Happening.ChangeSettled(new OutboxStep.Report(read, result, Late: true)), Alice));
        Assert.True(fold.Hear(new Happening.ChangeSettled(new OutboxStep.Report(read, new SendResult.Refused(Refusals.PermissionDenied), Late: true)), Alice));
        Assert.Equal([_lunch], fold.Doubtful);

        CursorsMoved ReadTo(long upTo) => new(_lunch, Alice, Sequence.None, new Sequence(upTo), null, null);
    }

    [Theory]
    [InlineData(false, false, null, true)]
    [InlineData(true, false, null, false)]
    [InlineData(false, true, null, false)]
    [InlineData(false, false, ConversationKind.Group, true)]
    [InlineData(false, false, ConversationKind.Direct, false)]
    public void What_is_still_to_be_made_is_listed_where_it_will_be(bool archived, bool unreadOnly, ConversationKind? kind, bool isListed)
    {
        var fold = new InboxFold(new ConversationListOptions { Archived = archived, UnreadOnly = unreadOnly, Kind = kind }, _flags.GetValueOrDefault);
        fold.Await([ItemOf(_lunch), ItemOf(_work) with { Kind = ConversationKind.Room }]);
        fold.Await([ItemOf(_lunch)]);

        Assert.Equal(isListed ? [_lunch] : [], fold.Show().Select(item => item.Conversation));
    }

    [Fact]
    public void What_is_made_stays_listed_until_it_is_read_and_as_an_older_one_it_is_that()
    {
        var fold = FoldOf();
        fold.Await([ItemOf(_lunch, minute: 1), ItemOf(_work)]);
        Assert.False(Settle(_lunch, new SendResult.Unknown("the client closes")));
        Assert.True(Settle(_lunch, Made(_lunch)));
        Assert.Equal([_lunch, _work], fold.Show().Select(item => item.Conversation));
        Assert.Equal([_lunch], fold.Doubtful);
        fold.Begin();
        fold.Take([ItemOf(_lunch, head: 1, unread: 1)], null, [_lunch]);
        Assert.Equal((1, false), Shown(fold));
        Assert.True(fold.Hear(new Happening.Ended(_lunch, ConversationEnd.Deleted), Alice));
        Assert.Equal([_work], fold.Show().Select(item => item.Conversation));

        var older = ConversationId.New();
        Assert.True(Settle(_work, Made(older)));
        Assert.Empty(fold.Show());
        Assert.Equal([older], fold.Doubtful);
        Assert.False(Settle(_work, new SendResult.Refused(Refusals.Blocked)));
        fold.Await([ItemOf(_work)]);
        Assert.True(Settle(_work, new SendResult.Refused(Refusals.Blocked)));
        Assert.Empty(fold.Show());

        bool Settle(ConversationId chosen, SendResult result) => fold.Hear(
            new Happening.ChangeSettled(new OutboxStep.Report(new OutgoingChange(Change.Create(new CreateConversation(chosen, ConversationKind.Group, [Bob])), default), result, Late: true)), Alice);

        static SendResult Made(ConversationId conversation) => new SendResult.Answered(Changes.KeptChanges.CreatedAs(conversation));
    }

    private IEnumerable<ConversationId> Doubtful(Action<InboxFold> happens, int unread)
    {
        var fold = FoldOf(ItemOf(_lunch, head: 4, unread: unread, read: 1));
        happens(fold);
        return fold.Doubtful;
    }

    private InboxFold FoldOf(params InboxItem[] items)
    {
        var fold = new InboxFold(new ConversationListOptions(), _flags.GetValueOrDefault);
        fold.Begin();
        fold.Replace(items, new InboxFold.ListEnd(null));
        return fold;
    }

    private static InboxItem ItemOf(ConversationId conversation, long head = 0, int unread = 0, int mentions = 0, long read = 0, int minute = 0) => new(
        conversation, ConversationKind.Group, "title", null, new Sequence(head), Start.AddMinutes(minute), null, unread, false, default, new Sequence(read), Mentions: mentions);

    private static void Hear(InboxFold fold, LogEntry entry) => fold.Hear(new Happening.Entry(entry, EntryOrigin.Others), Alice);

    private void Read(InboxFold fold, long upTo, params long[] ahead) =>
        fold.Hear(new Happening.Cursors(new CursorsMoved(_lunch, Alice, new Sequence(upTo), new Sequence(upTo), [.. ahead.Select(one => new Sequence(one))], null)), Alice);

    private (int, bool) Shown(InboxFold fold)
    {
        var item = fold.Show().Single(item => item.Conversation == _lunch);
        return (item.Unread, item.UnreadIsMore);
    }
}
