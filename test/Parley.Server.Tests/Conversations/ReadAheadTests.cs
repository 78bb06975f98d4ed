using Parley.Conversations;

namespace Parley.Tests.Conversations;

public sealed class ReadAheadTests
{
    [Fact]
    public void What_is_read_ahead_is_kept_ascending_and_once_and_only_beyond_the_cursor()
    {
        var (readUpTo, ahead) = ReadAhead.Merge(new Sequence(5), Sequences(9, 7), Sequences(5, 4, 7, 6));

        Assert.Equal(new Sequence(5), readUpTo);
        Assert.Equal(Sequences(6, 7, 9), ahead);
    }

    [Fact]
    public void Beyond_256_the_cursor_moves_over_the_oldest()
    {
        var full = Enumerable.Range(10, MarkRead.MaxAhead).Select(value => new Sequence(value)).ToArray();

        Assert.Equal((new Sequence(5), MarkRead.MaxAhead), Counted(ReadAhead.Merge(new Sequence(5), full, [])));
        Assert.Equal((new Sequence(11), MarkRead.MaxAhead), Counted(ReadAhead.Merge(new Sequence(5), full, Sequences(1_000, 1_001))));

        static (Sequence, int) Counted((Sequence ReadUpTo, IReadOnlyList<Sequence> Ahead) merged) => (merged.ReadUpTo, merged.Ahead.Count);
    }

    [Fact]
    public void The_cursor_moves_up_to_the_first_that_is_unread()
    {
        Check((5, [7, 9]), ReadAhead.Advance(new Sequence(5), Sequences(7, 9), new Sequence(6)));
        Check((7, [9]), ReadAhead.Advance(new Sequence(5), Sequences(7, 9), new Sequence(8)));
        Check((9, []), ReadAhead.Advance(new Sequence(5), Sequences(7, 9), null));
        Check((5, []), ReadAhead.Advance(new Sequence(5), [], null));

        static void Check((long ReadUpTo, long[] Ahead) expected, (Sequence ReadUpTo, IReadOnlyList<Sequence> Ahead) actual)
        {
            Assert.Equal(expected.ReadUpTo, actual.ReadUpTo.Value);
            Assert.Equal(Sequences(expected.Ahead), actual.Ahead);
        }
    }

    [Fact]
    public void What_is_stored_is_read_back_without_what_the_cursor_has_passed()
    {
        Assert.Equal("7,9,12", ReadAhead.Format(Sequences(7, 9, 12)));
        Assert.Null(ReadAhead.Format([]));
        Assert.Equal(Sequences(12), ReadAhead.Parse("7,9,12", new Sequence(9)));
        Assert.Empty(ReadAhead.Parse(null, new Sequence(9)));
    }

    private static Sequence[] Sequences(params long[] values) => [.. values.Select(value => new Sequence(value))];
}
