using Xunit;

namespace Parley.Chaos.Tests;

/// <summary>A checker that never complains proves nothing: each test breaks a good history in one way.</summary>
public sealed class CheckerTests
{
    private static readonly UserId Alice = new("alice");
    private static readonly UserId Bob = new("bob");
    private static readonly ConversationId Conversation = ConversationId.New();
    private static readonly MessageId[] Messages = [.. Enumerable.Range(0, 6).Select(_ => MessageId.New())];

    private static readonly Entry Created = new(1, 1_000, default, Sender: null, Text: null);
    private static readonly Entry Hi = new(2, 1_001, Messages[0], Alice, "hi");
    private static readonly Entry Hello = new(3, 1_002, Messages[1], Bob, "hello");
    private static readonly Entry HowAreYou = new(4, 1_002, Messages[2], Alice, "how are you?");
    private static readonly Entry Fine = new(5, 1_009, Messages[3], Bob, "fine");

    [Fact]
    public void A_good_history_has_no_violations() => Assert.Empty(Checker.Check(Good()).Violations);

    [Fact]
    public void A_lost_message_is_found() =>
        Finds(Promise.AcknowledgedIsKept, WithLog(Created, Hi, HowAreYou with { Sequence = 3 }, Fine with { Sequence = 4 }));

    [Fact]
    public void A_lost_newest_message_is_found() => Finds(Promise.AcknowledgedIsKept, WithLog(Created, Hi, Hello, HowAreYou));

    [Fact]
    public void A_doubled_message_is_found() => Finds(Promise.OnceOnly, WithLog(Created, Hi, Hello, HowAreYou, Fine, Hello with { Sequence = 6 }));

    [Fact]
    public void Swapped_messages_are_found() =>
        Finds(Promise.OneOrder, WithLog(Created, Hello with { Sequence = 2 }, Hi with { Sequence = 3 }, HowAreYou, Fine));

    [Fact]
    public void A_changed_text_is_found() => Finds(Promise.AcknowledgedIsKept, WithLog(Created, Hi, Hello with { Text = "hell" }, HowAreYou, Fine));

    [Fact]
    public void A_changed_sender_is_found() => Finds(Promise.AcknowledgedIsKept, WithLog(Created, Hi, Hello with { Sender = Alice }, HowAreYou, Fine));

    [Fact]
    public void A_hole_in_the_log_is_found_even_when_everybody_agrees_on_it() => Finds(Promise.OneOrder,
        WithLog(Created, Hi, Hello, HowAreYou, Fine with { Sequence = 6 }) with
        {
            Attempts = WithAttempt(3, attempt => attempt with { Answers = [new Answer(6, 50)] }).Attempts,
            Streams = [],
            Timelines = [],
        });

    [Fact]
    public void An_invented_message_is_found() =>
        Finds(Promise.NothingInvented, WithLog(Created, Hi, Hello, HowAreYou, Fine, new Entry(6, 1_010, MessageId.New(), Alice, "I never said that")));

    [Fact]
    public void A_fenced_message_in_the_log_is_found() =>
        Finds(Promise.Settled, WithLog(Created, Hi, Hello, HowAreYou, Fine, new Entry(6, 1_010, Messages[4], Alice, "forget it")));

    [Fact]
    public void A_message_in_the_log_that_was_turned_away_is_found()
    {
        var turnedAway = WithAttempt(4, attempt => attempt with { Ending = Ending.TurnedAway });
        Assert.Empty(Checker.Check(turnedAway).Violations);
        Finds(Promise.Settled, turnedAway with { Log = WithLog(Created, Hi, Hello, HowAreYou, Fine, new Entry(6, 1_010, Messages[4], Alice, "forget it")).Log });
    }

    [Fact]
    public void A_late_copy_that_was_taken_after_the_fence_is_found() =>
        Finds(Promise.Settled, WithAttempt(4, attempt => attempt with { LateCopyTaken = true }));

    [Theory]
    [InlineData("Open")]
    [InlineData("Refused")]
    public void A_send_that_nobody_settled_is_found(string ending) =>
        Finds(Promise.Settled, WithAttempt(4, attempt => attempt with { Ending = Enum.Parse<Ending>(ending) }));

    [Fact]
    public void A_message_that_is_not_where_it_was_acknowledged_is_found() =>
        Finds(Promise.OneOrder, WithAttempt(1, attempt => attempt with { Answers = [new Answer(4, 25)] }));

    [Fact]
    public void A_second_answer_that_names_another_place_is_found() =>
        Finds(Promise.OneOrder, WithAttempt(1, attempt => attempt with { Answers = [.. attempt.Answers, new Answer(4, 26)] }));

    [Fact]
    public void A_message_before_one_that_was_acknowledged_before_it_was_sent_is_found() =>
        // Hello was sent at 20; now hi, which is at 2, was first sent after hello was acknowledged at 3.
        Finds(Promise.RealTimeOrder, WithAttempt(0, attempt => attempt with { InvokedAt = 29, Answers = [new Answer(2, 30)] }));

    [Fact]
    public void A_sender_whose_messages_were_reordered_is_found() => Finds(Promise.SenderOrder, WithAttempt(0, attempt => attempt with { Order = 9 }));

    [Fact]
    public void A_message_that_was_refused_for_the_moment_may_come_later() =>
        Assert.Empty(Checker.Check(WithAttempt(0, attempt => attempt with { Order = 9, Deferred = true })).Violations);

    [Fact]
    public void A_push_that_was_left_out_is_found() => Finds(Promise.PushesInOrder, WithPushes(Pushed(Hi), Pushed(HowAreYou), Pushed(Fine)));

    [Fact]
    public void A_push_that_was_left_out_at_the_beginning_is_found() => Finds(Promise.PushesInOrder, WithPushes(Pushed(Hello), Pushed(HowAreYou)));

    [Fact]
    public void A_push_that_came_twice_is_found() => Finds(Promise.PushesInOrder, WithPushes(Pushed(Hi), Pushed(Hello), Pushed(Hello)));

    [Fact]
    public void Pushes_out_of_order_are_found() => Finds(Promise.PushesInOrder, WithPushes(Pushed(Hello), Pushed(Hi), Pushed(HowAreYou)));

    [Fact]
    public void A_push_of_another_message_than_the_log_has_is_found() =>
        Finds(Promise.OneOrder, WithPushes(Pushed(Hi), Pushed(Hello with { Message = Messages[2] })));

    [Fact]
    public void A_push_of_what_is_not_in_the_log_is_found() =>
        Finds(Promise.OneOrder, WithPushes(Pushed(Hi), Pushed(Hello), Pushed(HowAreYou), Pushed(Fine), Pushed(new Entry(6, 1_010, Messages[5], Alice, "lost"))));

    [Fact]
    public void An_own_answer_stands_for_the_push() =>
        Assert.Empty(Checker.Check(WithPushes(Pushed(Hi), new Seen(Told.Answered, 3, Hello.Message), Pushed(HowAreYou))).Violations);

    [Fact]
    public void A_head_says_that_pushes_were_left_out_on_purpose() =>
        Assert.Empty(Checker.Check(WithPushes(Pushed(Hi), new Seen(Told.Head, 4, default), Pushed(Fine))).Violations);

    [Fact]
    public void A_head_excuses_nothing_beyond_itself() =>
        Finds(Promise.PushesInOrder, WithPushes(Pushed(Hi), new Seen(Told.Head, 3, default), Pushed(Fine)));

    [Fact]
    public void Pushes_may_begin_before_the_head_that_the_session_was_told() =>
        Assert.Empty(Checker.Check(Good() with { Streams = [new PushStream(Alice, 1, Conversation, 3, [Pushed(Hello), Pushed(HowAreYou)])] }).Violations);

    [Fact]
    public void A_client_that_misses_the_end_is_found() =>
        Finds(Promise.CatchUpComplete, Good() with { Timelines = [new Timeline(Bob, Conversation, [Created, Hi, Hello])] });

    [Fact]
    public void A_client_that_sees_something_else_is_found() =>
        Finds(Promise.OneOrder, Good() with { Timelines = [new Timeline(Bob, Conversation, [Created, Hi, Hello, HowAreYou, Fine with { Text = "bad" }])] });

    [Fact]
    public void An_entry_that_is_older_than_the_one_before_it_is_found() => Finds(Promise.OneOrder, WithLog(Created, Hi, Hello with { At = 1_000 }, HowAreYou, Fine));

    [Fact]
    public void A_read_without_an_own_message_that_had_been_acknowledged_is_found() =>
        Finds(Promise.OwnWritesAreRead, Good() with { Pages = [new PageSeen(Alice, Conversation, 16, 1)] });

    [Fact]
    public void A_read_without_an_own_message_that_was_acknowledged_later_is_right() =>
        Assert.Empty(Checker.Check(Good() with { Pages = [new PageSeen(Alice, Conversation, 14, 1)] }).Violations);

    [Fact]
    public void A_receipt_that_goes_back_is_found() => Finds(Promise.ReceiptsMoveForward, WithCursors(
        Cursor(CursorSource.Asked, Bob, 5, 5), Cursor(CursorSource.Told, Alice, 5, 5), Cursor(CursorSource.Told, Alice, 4, 4), Cursor(CursorSource.Kept, null, 5, 5)));

    [Fact]
    public void A_receipt_that_is_forgotten_in_the_end_is_found() => Finds(Promise.ReceiptsMoveForward, WithCursors(
        Cursor(CursorSource.Asked, Bob, 5, 5), Cursor(CursorSource.Told, Alice, 5, 5), Cursor(CursorSource.Kept, null, 4, 4)));

    [Fact]
    public void A_receipt_that_nobody_could_read_in_the_end_is_found() => Finds(Promise.ReceiptsMoveForward, WithCursors(
        Cursor(CursorSource.Asked, Bob, 5, 5), Cursor(CursorSource.Told, Alice, 5, 5)));

    [Fact]
    public void A_receipt_that_its_user_did_not_ask_for_is_found() => Finds(Promise.ReceiptsMoveForward, WithCursors(
        Cursor(CursorSource.Asked, Bob, 4, 0), Cursor(CursorSource.Told, Alice, 4, 4), Cursor(CursorSource.Kept, null, 4, 4)));

    [Fact]
    public void A_receipt_beyond_the_head_is_found() => Finds(Promise.ReceiptsMoveForward, WithCursors(
        Cursor(CursorSource.Asked, Bob, 6, 0), Cursor(CursorSource.Told, Alice, 6, 0), Cursor(CursorSource.Kept, null, 6, 0)));

    [Fact]
    public void Receipts_may_be_told_to_some_and_not_to_others() => Assert.Empty(Checker.Check(WithCursors(
        Cursor(CursorSource.Asked, Bob, 5, 0), Cursor(CursorSource.Kept, null, 5, 0))).Violations);

    [Fact]
    public void A_promise_that_nothing_could_have_broken_is_named() =>
        Assert.Equal([Promise.OwnWritesAreRead], Checker.Check(Good() with { Pages = [] }).Unexamined);

    private static void Finds(Promise promise, History history) => Assert.Contains(Checker.Check(history).Violations, violation => violation.Promise == promise);

    private static Seen Pushed(Entry entry) => new(Told.Pushed, entry.Sequence, entry.Message);

    private static History Good() => new(
        [
            new Attempt(Alice, 1, Conversation, Messages[0], "hi", 10, Ending.Acknowledged, [new Answer(2, 15)]),
            new Attempt(Bob, 1, Conversation, Messages[1], "hello", 20, Ending.Acknowledged, [new Answer(3, 25)]),
            new Attempt(Alice, 2, Conversation, Messages[2], "how are you?", 30, Ending.Landed, [new Answer(4, 60)]),
            new Attempt(Bob, 2, Conversation, Messages[3], "fine", 40, Ending.Acknowledged, [new Answer(5, 50), new Answer(5, 51)]),
            new Attempt(Alice, 3, Conversation, Messages[4], "forget it", 70, Ending.Fenced, []),
        ],
        new Dictionary<ConversationId, IReadOnlyList<Entry>> { [Conversation] = [Created, Hi, Hello, HowAreYou, Fine] },
        [new PushStream(Alice, 1, Conversation, 1, [Pushed(Hi), Pushed(Hello), Pushed(HowAreYou), Pushed(Fine)])],
        [new Timeline(Bob, Conversation, [Created, Hi, Hello, HowAreYou, Fine])],
        [new PageSeen(Alice, Conversation, 16, 2), new PageSeen(Alice, Conversation, 61, 5)],
        [
            Cursor(CursorSource.Asked, Bob, 3, 0), Cursor(CursorSource.Told, Alice, 3, 0), Cursor(CursorSource.Asked, Bob, 5, 5),
            Cursor(CursorSource.Told, Bob, 5, 5), Cursor(CursorSource.Told, Alice, 5, 5), Cursor(CursorSource.Kept, null, 5, 5),
        ]);

    private static CursorSeen Cursor(CursorSource how, UserId? observer, long delivered, long read) => new(how, observer, Conversation, Bob, delivered, read);

    private static History WithCursors(params CursorSeen[] cursors) => Good() with { Cursors = cursors };

    private static History WithLog(params Entry[] log) =>
        Good() with { Log = new Dictionary<ConversationId, IReadOnlyList<Entry>> { [Conversation] = log } };

    private static History WithPushes(params Seen[] items) => Good() with { Streams = [new PushStream(Alice, 1, Conversation, 1, items)] };

    private static History WithAttempt(int index, Func<Attempt, Attempt> change)
    {
        var good = Good();
        return good with { Attempts = [.. good.Attempts.Select((attempt, at) => at == index ? change(attempt) : attempt)] };
    }
}
