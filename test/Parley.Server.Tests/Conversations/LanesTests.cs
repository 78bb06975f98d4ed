using Parley.Conversations;
using Parley.Storage;

namespace Parley.Tests.Conversations;

public class LanesTests
{
    private const int Kept = 20_000;

    [Fact]
    public void Of_too_many_conversations_a_quarter_is_forgotten_those_that_were_idle_for_longest()
    {
        var lanes = new Lanes();
        var all = Enumerable.Range(0, Kept).Select(_ => lanes.Of(NewKey())).ToArray();
        for (var index = 0; index < Kept; index++)
        {
            // The first of them was used last; the very last, which would go first, is busy.
            all[index].Since = Kept - index;
            all[index].State = index == Kept - 1 ? LaneState.InFlight : LaneState.Idle;
        }

        Assert.All(all, lane => Assert.Same(lane, lanes.Of(lane.Key)));
        var newcomer = lanes.Of(NewKey());

        Assert.Same(newcomer, lanes.Of(newcomer.Key));
        Assert.Same(all[^1], lanes.Of(all[^1].Key));
        Assert.All(all[..(Kept - 1 - (Kept / 4))], lane => Assert.Same(lane, lanes.Of(lane.Key)));
        Assert.All(all[(Kept - 1 - (Kept / 4))..^1], lane => Assert.NotSame(lane, lanes.Of(lane.Key)));
    }

    [Fact]
    public void Conversations_that_are_busy_are_never_forgotten_however_many_they_are()
    {
        var lanes = new Lanes();
        var all = Enumerable.Range(0, Kept + 10).Select(_ => lanes.Of(NewKey())).ToArray();
        foreach (var lane in all) lane.State = LaneState.Ready;

        lanes.Of(NewKey());

        Assert.All(all[^10..], lane => Assert.Same(lane, lanes.Of(lane.Key)));
    }

    private static ConversationKey NewKey() => new(new AppId(1), ConversationId.New());
}
