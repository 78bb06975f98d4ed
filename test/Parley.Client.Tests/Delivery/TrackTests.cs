using FsCheck.Fluent;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Delivery;

public sealed class TrackTests
{
    private static readonly ConversationId Conversation = ConversationId.New();
    private readonly Track _track = new(Conversation);
    private readonly List<Piece> _ready = [];

    [Fact]
    [Trait("Row", "G4")]
    public void An_entry_that_is_ahead_is_held_until_the_missing_ones_came()
    {
        _track.Start(new Sequence(4), _ready);
        Offer(7);
        Offer(6);
        Assert.Empty(_ready);
        Assert.True(_track.IsBehind);

        Offer(5);

        Assert.Equal([5, 6, 7], Handed());
        Assert.False(_track.IsBehind);
    }

    [Fact]
    public void What_was_applied_is_not_handed_on_again()
    {
        _track.Start(new Sequence(2), _ready);
        Offer(1);
        Offer(2);
        Offer(3);
        Offer(3);

        Assert.Equal([3], Handed());
    }

    [Fact]
    public void A_skipped_range_is_no_gap()
    {
        _track.Start(new Sequence(10), _ready);
        Offer(20);

        _track.Offer([], [new SkippedRange(new Sequence(11), new Sequence(19), "hidden")], _ready);

        Assert.Equal([(11, 19), (20, 20)], _ready.Select(piece => (piece.From.Value, piece.To.Value)));
    }

    [Fact]
    public void An_entry_that_was_held_inside_a_skipped_range_is_not_handed_on_behind_it()
    {
        _track.Start(new Sequence(10), _ready);
        Offer(15);

        _track.Offer([], [new SkippedRange(new Sequence(11), new Sequence(19), "hidden")], _ready);

        Assert.Equal([11], Handed());
        Assert.Equal(new Sequence(19), _track.Applied);
    }

    [Fact]
    public void What_comes_before_the_start_is_known_waits_for_it()
    {
        Offer(8);
        Offer(9);
        Assert.Empty(_ready);
        Assert.False(_track.IsBehind);

        _track.Start(new Sequence(6), _ready);
        Assert.True(_track.IsBehind);
        Offer(7);

        Assert.Equal([7, 8, 9], Handed());
    }

    [Fact]
    public void No_more_is_held_than_fits_and_the_rest_is_still_known_to_be_missing()
    {
        _track.Start(Sequence.None, _ready);
        for (var sequence = 2; sequence <= Track.MaxHeld + 500; sequence++) Offer(sequence);

        Offer(1);

        Assert.Equal(Track.MaxHeld, _ready.Count);
        Assert.True(_track.IsBehind);
        Assert.Equal(Track.MaxHeld + 500, _track.Head.Value);
    }

    /// <summary>Pushes lost, doubled and shuffled; holes read from the log: what is handed on is 1, 2, 3, … each once.</summary>
    [Fact]
    [Trait("Row", "G4")]
    [Trait("Row", "G11")]
    public void Whatever_arrives_in_whatever_order_is_handed_on_in_sequence()
    {
        var pushes = Gen.Choose(1, 40).ListOf().ToArbitrary();
        FsCheck.Check.One(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(pushes, order =>
        {
            var (track, ready) = (new Track(Conversation), new List<Piece>());
            track.Start(Sequence.None, ready);
            track.SawHead(new Sequence(40));
            foreach (var sequence in order)
            {
                track.Offer(Alice.Says(Conversation, sequence, "hi"), ready);
                // Now and then the log is read, three entries a page.
                if (sequence % 5 == 0) Repair(track, ready, 3);
            }

            while (track.IsBehind) Repair(track, ready, 7);
            Assert.Equal(Enumerable.Range(1, 40).Select(value => (long)value), ready.Select(piece => piece.From.Value));
        }));
    }

    private static void Repair(Track track, List<Piece> ready, int limit)
    {
        var after = track.Applied!.Value.Value;
        var page = Enumerable.Range(1, limit).Select(step => after + step).Where(sequence => sequence <= 40);
        track.Offer(page.Select(sequence => Alice.Says(Conversation, sequence, "hi")), null, ready);
    }

    private void Offer(long sequence) => _track.Offer(Alice.Says(Conversation, sequence, "hi"), _ready);

    private IEnumerable<long> Handed() => _ready.Select(piece => piece.From.Value);
}
