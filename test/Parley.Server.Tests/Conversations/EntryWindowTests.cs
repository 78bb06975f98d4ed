using Parley.Conversations;
using Parley.Delivery;
using Parley.Storage;

namespace Parley.Tests.Conversations;

public sealed class EntryWindowTests
{
    private static readonly Sequence Last = new(Sequence.MaxValue);
    private static readonly ReadEntries Anything = new(ConversationId.New());

    [Fact]
    public void Without_a_position_the_newest_come_and_with_one_those_before_or_after_it()
    {
        Assert.Equal(new EntryWindow(new Sequence(1), Last, 100, Direction.Backward), Of(Anything));
        Assert.Equal(new EntryWindow(new Sequence(6), Last, 20, Direction.Forward), Of(Anything with { After = new Sequence(5), Limit = 20 }));
        Assert.Equal(new EntryWindow(new Sequence(1), new Sequence(4), 20, Direction.Backward), Of(Anything with { Before = new Sequence(5), Limit = 20 }));
        Assert.Equal(new EntryWindow(new Sequence(5), new Sequence(5), 100, Direction.Forward), Of(Anything with { From = new Sequence(5), To = new Sequence(5) }));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void A_page_has_1_to_100_entries(int limit, bool fits)
    {
        var outcome = EntryWindow.Of(Anything with { Limit = limit });

        Assert.Equal(fits ? null : "$.limit: expected 1 to 100", outcome.Refusal?.Detail);
        Assert.Equal(fits ? limit : null, outcome.Value?.Window.Limit);
    }

    [Fact]
    [Trait("Row", "V28")]
    [Trait("Row", "B40")]
    [Trait("Row", "C1")]
    public void A_range_that_is_none_is_refused_and_says_why()
    {
        Assert.Equal("$.from: expected 1 or more, and not beyond $.to", Detail(0, 5));
        Assert.Equal("$.from: expected 1 or more, and not beyond $.to", Detail(6, 5));
        Assert.Null(Detail(1, 100));
        Assert.Equal("at most 100 entries from $.from to $.to", Detail(1, 101));

        static string? Detail(long from, long to) => EntryWindow.Of(Anything with { From = new Sequence(from), To = new Sequence(to) }).Refusal?.Detail;
    }

    [Fact]
    public void Two_positions_at_once_and_half_a_range_are_refused()
    {
        var one = new Sequence(1);
        ReadEntries[] unclear =
        [
            Anything with { After = one, Before = one }, Anything with { After = one, From = one }, Anything with { After = one, To = one },
            Anything with { Before = one, From = one }, Anything with { Before = one, To = one }, Anything with { From = one }, Anything with { To = one },
            Anything with { After = one, From = one, To = one }, Anything with { Before = one, From = one, To = one },
        ];

        Assert.All(unclear, query => Assert.Equal("give one of after, before, or from with to", EntryWindow.Of(query).Refusal?.Detail));
    }

    [Fact]
    public void As_many_entries_are_taken_as_fit_a_frame_and_one_always()
    {
        const int Room = OutboundBounds.MaxEntriesBytes;

        Assert.Equal(2, ByteBudget.Fitting([Room - 1, 1]));
        Assert.Equal(1, ByteBudget.Fitting([Room, 1]));
        Assert.Equal(1, ByteBudget.Fitting([Room + 1]));
        Assert.Equal(0, ByteBudget.Fitting([]));
    }

    [Fact]
    public void The_comma_between_entries_takes_room_too()
    {
        const int Half = OutboundBounds.MaxEntriesBytes / 2;

        Assert.Equal((2, false), Taken(Half - 1, Half - 1));
        Assert.Equal((1, true), Taken(Half - 1, Half));

        static (int, bool) Taken(params int[] sizes)
        {
            var (taken, more) = ByteBudget.Take([.. sizes.Select(EntryOf)], limit: 100);
            return (taken.Count, more);
        }

        static EncodedEntry EntryOf(int size)
        {
            var key = new ConversationKey(new AppId(1), ConversationId.New());
            var around = new EncodedEntry(key, new Sequence(1), DateTimeOffset.UnixEpoch, []).Length;
            return new EncodedEntry(key, new Sequence(1), DateTimeOffset.UnixEpoch, new byte[size - around]);
        }
    }

    private static EntryWindow Of(ReadEntries query) => EntryWindow.Of(query).Value!.Window;
}
