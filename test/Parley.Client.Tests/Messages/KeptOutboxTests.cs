using FsCheck.Fluent;

namespace Parley.Client.Tests.Messages;

/// <summary>The outbox on a store, whatever the wire, the server and the processes do.</summary>
public sealed class KeptOutboxTests
{
    [Fact]
    [Trait("Row", "S27")]
    [Trait("Row", "G6")]
    [Trait("Row", "G7")]
    [Trait("Row", "G9")]
    public void Messages_and_changes_are_done_in_order_and_once_and_reported_truly_over_refusals_losses_and_deaths()
    {
        var runs = 0;
        var luck = Gen.Choose(0, 99).ArrayOf(997).ToArbitrary();
        FsCheck.Check.One(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(luck, async dice =>
        {
            if (dice.Length == 0) return;
            await using var world = new KeptOutboxWorld(dice);
            world.Run();
            world.Check();
            runs += world.Runs;
        }));
        Assert.True(runs > 600, $"{runs} runs");
    }
}
