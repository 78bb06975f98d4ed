using Parley.Bench;
using Xunit;

namespace Parley.Chaos.Tests;

/// <summary>What the tests run on.</summary>
internal static class Machine
{
    /// <summary>The tests that load it to its limit, one after the other, when no others run any more.</summary>
    public const string Alone = "What loads the machine";

    public static Engine EngineOf(string name) => new Options(["--engine", name], "--engine").Engines().Single();

    /// <summary>The server that was built with the tests, or the one that <c>PARLEY_TEST_SERVER</c> names: the same, compiled ahead, so that a machine that starts it a hundred times spends its time on the trial.</summary>
    public static Installation Installed() =>
        Installation.Find(new Options(Environment.GetEnvironmentVariable("PARLEY_TEST_SERVER") is { Length: > 0 } server ? ["--server", server] : [], "--server", "--limits"));

    /// <summary>Skips a test that cannot run here; what could be installed must be there where <c>CI=true</c>.</summary>
    public static void SkipWhereImpossible(string? obstacle)
    {
        if (obstacle is null) return;
        Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true" && obstacle.StartsWith("Install", StringComparison.Ordinal), obstacle);
        Assert.Fail(obstacle);
    }
}

/// <summary>Has nothing run beside the tests that load the machine.</summary>
[CollectionDefinition(Machine.Alone, DisableParallelization = true)]
public sealed class NothingBeside;
