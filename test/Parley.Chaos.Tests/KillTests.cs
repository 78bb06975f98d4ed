using Parley.Bench;
using Xunit;

namespace Parley.Chaos.Tests;

/// <summary>The executable as its users run it, killed while fifty clients send: with -9, and by a disk that fails; takes 20 s each.</summary>
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
        await RunAsync(KillTest.Short(chosen.Engines().Single()), chosen);
    }

    [Fact]
    [Trait("Row", "G1")]
    public async Task A_failed_fsync_ends_the_server_at_once_and_nothing_acknowledged_is_lost()
    {
        if (await FailingDisk.ObstacleAsync(TestContext.Current.CancellationToken) is { } obstacle)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true" && obstacle.StartsWith("Install", StringComparison.Ordinal), obstacle);
            Assert.Fail(obstacle);
        }

        await RunAsync(new KillTest(TimeSpan.FromSeconds(1.5), [Victim.Log, Victim.File]), new Options(["--engine", "sqlite"], "--engine", "--server", "--limits"));
    }

    private async Task RunAsync(KillTest test, Options chosen)
    {
        var verdict = await test.RunAsync(Installation.Find(chosen), chosen.Engines().Single(), TestContext.Current.CancellationToken);

        output.WriteLine(verdict.ToString());
        Assert.True(verdict.Passed, verdict.ToString());
    }
}
