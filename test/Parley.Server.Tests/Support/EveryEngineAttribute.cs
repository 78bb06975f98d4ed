using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace Parley.Tests;

/// <summary>Runs the test once per database engine; the test takes its empty database from <see cref="TestDatabase"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class EveryEngineAttribute : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([.. Enum.GetValues<Engine>().Select(engine => new TheoryDataRow<Engine>(engine))]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
