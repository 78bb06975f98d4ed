using System.Reflection;
using Parley.Tests.Gateway;
using Xunit.Sdk;
using Xunit.v3;

namespace Parley.Tests;

/// <summary>Runs the test once per database engine and per way in: what holds for one way holds for all.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class EveryWayAttribute : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([.. from engine in Enum.GetValues<Engine>() from way in Enum.GetValues<Way>() select new TheoryDataRow<Engine, Way>(engine, way)]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
