using Parley.Bench;
using Xunit;

namespace Parley.Chaos.Tests;

/// <summary>What the tests run on.</summary>
internal static class Machine
{
    /// <summary>The tests that load it, one after the other.</summary>
    public const string Alone = "What loads the machine";

    public static Engine EngineOf(string name) => new Options(["--engine", name], "--engine").Engines().Single();

    /// <summary>The server that was built with the tests.</summary>
    public static Installation Installed() => Installation.Find(new Options([], "--server", "--limits"));

    /// <summary>Skips a test that cannot run here; what could be installed must be there where <c>CI=true</c>.</summary>
    public static void SkipWhereImpossible(string? obstacle)
    {
        if (obstacle is null) return;
        Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true" && obstacle.StartsWith("Install", StringComparison.Ordinal), obstacle);
        Assert.Fail(obstacle);
    }
}
