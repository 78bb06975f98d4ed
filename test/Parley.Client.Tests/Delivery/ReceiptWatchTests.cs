using FsCheck.Fluent;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Delivery;

public sealed class ReceiptWatchTests
{
    private readonly ReceiptWatch _watch = new();

    [Fact]
    [Trait("Row", "S14")]
    public void Each_step_is_told_once_however_often_the_cursor_is_told()
    {
        var hello = Own(5);
        _watch.Sent(hello);

        Assert.Equal([(ReceiptStep.Delivered, hello, Bob)], Moved(Bob, 5, 0));
        Assert.Empty(Moved(Bob, 5, 0));
        Assert.Equal([(ReceiptStep.Read, hello, Bob)], Moved(Bob, 5, 5));
        Assert.Empty(Moved(Bob, 6, 6));
    }

    [Fact]
    [Trait("Row", "C12")]
    public void A_cursor_that_was_known_before_the_message_tells_it_when_the_message_comes()
    {
        Moved(Bob, 9, 7);
        var (read, delivered, sent) = (Own(7), Own(9), Own(10));

        Assert.Equal([(ReceiptStep.Delivered, read, Bob), (ReceiptStep.Read, read, Bob)], Steps(_watch.Sent(read)));
        Assert.Equal([(ReceiptStep.Delivered, delivered, Bob)], Steps(_watch.Sent(delivered)));
        Assert.Empty(_watch.Sent(sent));
        Assert.Empty(_watch.Sent(read));
    }

    [Fact]
    public void A_message_read_out_of_order_is_told_as_read_alone()
    {
        var (first, second) = (Own(1), Own(2));
        _watch.Sent(first);
        _watch.Sent(second);
        Moved(Bob, 2, 0);

        Assert.Equal([(ReceiptStep.Read, second, Bob)], Steps(_watch.Moved(Bob, At(2, 0, [new Sequence(2)]))));
        Assert.Equal([(ReceiptStep.Read, first, Bob)], Moved(Bob, 2, 2));
    }

    [Fact]
    [Trait("Row", "G14")]
    public void A_message_of_an_earlier_run_that_all_have_read_before_its_entry_is_told_again_is_not_told_twice()
    {
        var (watch, own, bob) = (new ReceiptWatch(), new OwnMessage(MessageId.New(), new Sequence(4)), new UserId("bob"));
        watch.Participants([bob]);
        Assert.Empty(watch.Restore(marks: null, [own]));
        Assert.Equal(2, watch.Moved(bob, new Reach(new Sequence(4), new Sequence(4), null, null, null, null)).Count);

        Assert.Empty(watch.Sent(own));
    }

    [Fact]
    [Trait("Row", "G14")]
    public void What_was_told_of_a_message_before_its_entry_is_told_again_the_run_after_that_knows()
    {
        var (watch, own, bob) = (new ReceiptWatch(), new OwnMessage(MessageId.New(), new Sequence(4)), new UserId("bob"));
        watch.Restore(marks: null, [own]);
        Assert.Single(watch.Moved(bob, new Reach(new Sequence(4), Sequence.None, null, null, null, null)));

        Assert.Empty(new ReceiptWatch().Restore(watch.Marks, [own]));
    }

    [Fact]
    public void It_waits_until_all_participants_have_read()
    {
        _watch.Participants([Bob, Carol]);
        _watch.Sent(Own(3));
        Moved(Bob, 3, 3);
        Assert.True(_watch.IsWaiting);

        Moved(Carol, 3, 3);

        Assert.False(_watch.IsWaiting);
    }

    [Fact]
    public void Somebody_who_left_is_not_waited_for_and_somebody_who_joined_later_is_no_recipient()
    {
        _watch.Participants([Bob]);
        _watch.Sent(Own(3));
        _watch.Joined([Carol], new Sequence(4));
        Assert.Empty(Moved(Carol, 4, 4));

        _watch.Gone([Bob]);

        Assert.False(_watch.IsWaiting);
    }

    [Fact]
    [Trait("Row", "S24")]
    [Trait("Row", "B01")]
    public void Each_step_has_the_time_of_the_movement_that_told_it_and_none_where_nobody_knows()
    {
        var (one, two, three, four) = (Own(1), Own(2), Own(3), Own(4));
        foreach (var message in new[] { one, two, three }) _watch.Sent(message);

        Assert.Equal([(one, "Delivered 1"), (two, "Delivered 1")], Timed(_watch.Moved(Bob, At(2, 0, null, 1, 1, 1))));
        Assert.Equal([(two, "Read 2")], Timed(_watch.Moved(Bob, At(2, 0, [new Sequence(2)], 2, 2, 2))));
        // From sent to read: delivered then, too.
        Assert.Equal([(three, "Delivered 3"), (three, "Read 3")], Timed(_watch.Moved(Bob, At(2, 0, [new Sequence(2), new Sequence(3)], 3, 3, 3))));
        Assert.Equal([(one, "Read 5")], Timed(_watch.Moved(Bob, At(4, 3, null, 4, 5))));
        // The message was seen after the receipt: its delivery is that of the cursor.
        Assert.Equal([(four, "Delivered 4")], Timed(_watch.Sent(four)));
        Assert.Equal([(four, "Read -")], Timed(_watch.Moved(Bob, At(4, 4))));

        static IEnumerable<(OwnMessage, string)> Timed(IEnumerable<ReceiptTold> told) =>
            told.Select(one => (one.Message, $"{one.Step} {(one.At is { } at ? $"{at.Minute}" : "-")}"));
    }

    /// <summary>Messages and cursors in any order, cursors told again and late: each (message, recipient) once, and none forgotten.</summary>
    [Fact]
    [Trait("Row", "S10")]
    [Trait("Row", "G14")]
    public void Every_message_is_told_delivered_and_read_exactly_once_for_each_recipient()
    {
        var moves = Gen.Choose(1, 30).SelectMany(value => Gen.Choose(0, 3).Select(kind => (Value: value, Kind: kind))).ListOf().ToArbitrary();
        FsCheck.Check.One(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(moves, steps =>
        {
            var watch = new ReceiptWatch();
            watch.Participants([Bob, Carol]);
            var told = new List<(ReceiptStep, OwnMessage, UserId)>();
            var mine = Enumerable.Range(1, 30).Where(sequence => sequence % 3 != 0).Select(sequence => Own(sequence)).ToList();
            var sent = new Queue<OwnMessage>(mine);
            foreach (var (value, kind) in steps)
            {
                // Nobody receives what was not sent yet.
                var most = sent.Count == 0 ? 30 : (int)sent.Peek().Sequence.Value - 1;
                var at = new Sequence(Math.Min(value, most));
                if (kind == 0 && sent.Count > 0) told.AddRange(Steps(watch.Sent(sent.Dequeue())));
                else told.AddRange(Steps(watch.Moved(kind == 1 ? Bob : Carol, At(at.Value, kind == 3 ? at.Value : 0))));
            }

            while (sent.Count > 0) told.AddRange(Steps(watch.Sent(sent.Dequeue())));
            told.AddRange(Steps(watch.Moved(Bob, At(30, 30))));
            told.AddRange(Steps(watch.Moved(Carol, At(30, 30))));
            Assert.Equal(told.Distinct(), told);
            Assert.Equal(mine.Count * 4, told.Count);
        }));
    }

    private static OwnMessage Own(long sequence) => new(MessageId.New(), new Sequence(sequence));

    private IEnumerable<(ReceiptStep, OwnMessage, UserId)> Moved(UserId user, long delivered, long read) =>
        Steps(_watch.Moved(user, At(delivered, read)));

    private static Reach At(long delivered, long read, IReadOnlyList<Sequence>? ahead = null, int deliveredAt = 0, int readAt = 0, int aheadAt = 0) =>
        new(new Sequence(delivered), new Sequence(read), ahead, Minute(deliveredAt), Minute(readAt), Minute(aheadAt));

    /// <summary>A minute after noon; none for 0.</summary>
    private static DateTimeOffset? Minute(int minute) => minute == 0 ? null : new DateTimeOffset(2026, 11, 20, 12, minute, 0, TimeSpan.Zero);

    private static IEnumerable<(ReceiptStep, OwnMessage, UserId)> Steps(IEnumerable<ReceiptTold> told) => told.Select(one => (one.Step, one.Message, one.User));
}
