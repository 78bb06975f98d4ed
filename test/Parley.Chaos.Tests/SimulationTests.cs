using Parley.Simulation;
using Xunit;

namespace Parley.Chaos.Tests;

/// <summary>Devices with the SDK's own parts and a server with the product's own rules, on one thread, in an order that a seed decides.</summary>
public sealed class SimulationTests
{
    private const int Seeds = 400;
    private const int MostToFind = 1_000;

    public static TheoryData<string> Mistakes => [.. Enum.GetNames<PlantedMistake>().Where(name => name != nameof(PlantedMistake.None))];

    [Fact]
    [Trait("Row", "G4")]
    [Trait("Row", "G6")]
    [Trait("Row", "G7")]
    [Trait("Row", "G8")]
    [Trait("Row", "G9")]
    [Trait("Row", "G11")]
    [Trait("Row", "G13")]
    [Trait("Row", "G14")]
    [Trait("Row", "G15")]
    public void Whatever_goes_wrong_in_the_lives_of_four_devices_no_promise_is_broken()
    {
        var summary = Summary.Of(first: 1, Seeds);

        Assert.True(summary.IsGood, summary.ToString());
    }

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_in_the_server_is_found(string mistake) =>
        Assert.NotNull(Summary.FirstBroken(Enum.Parse<PlantedMistake>(mistake), MostToFind));

    [Fact]
    public void The_same_seed_is_the_same_life()
    {
        var (once, again) = (Life.Run(7), Life.Run(7));

        Assert.Equal((once.Steps, once.Messages), (again.Steps, again.Messages));
        Assert.Equal(once.Examined.OrderBy(one => one.Key), again.Examined.OrderBy(one => one.Key));
        Assert.NotEqual(once.Steps, Life.Run(8).Steps);
    }
}
