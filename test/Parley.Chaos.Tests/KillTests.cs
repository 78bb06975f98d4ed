using Parley.Bench;
using Xunit;

namespace Parley.Chaos.Tests;

/// <summary>The executable as its users run it, killed with -9 while fifty clients send; takes 20 s an engine.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    [Theory]
    [Trait("Row", "G1")]
    [Trait("Row", "G2")]
    [Trait("Row", "G5")]
    [Trait("Row", "G7")]
    [Trait("Row", "G9")]
    [Trait("Row", "G11")]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Nothing_acknowledged_is_lost_doubled_or_reordered_when_everything_is_killed_under_load(string engine)
    {
        if (engine == "postgres" && PostgresInstance.FindBinaries() is null)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", "Install postgresql to run this.");
        }

        var chosen = new Options(["--engine", engine], "--engine", "--server", "--limits");
        var verdict = await KillTest.Short.RunAsync(Installation.Find(chosen), chosen.Engines().Single(), TestContext.Current.CancellationToken);

        output.WriteLine(verdict.ToString());
        Assert.True(verdict.Passed, verdict.ToString());
    }
}
