using System.Reflection;
using System.Xml.Linq;

namespace Parley.Client.Tests;

/// <summary>What holds for every public method that waits: it can be cancelled, and its page says how it ends badly.</summary>
public sealed class ContractTests
{
    /// <summary>They end something, which nobody should stop half-way.</summary>
    private static readonly string[] Endings = ["DisposeAsync"];

    [Fact]
    public void Whatever_waits_can_be_cancelled() =>
        Assert.Empty(Waiting(typeof(ParleyClient).Assembly, typeof(SqliteStore).Assembly).Where(method => method.GetParameters() is not [.., { ParameterType: var last }] || last != typeof(CancellationToken)).Select(NameOf));

    [Fact]
    public void Whatever_waits_says_how_it_ends_badly()
    {
        Assert.Empty(Unsaid(typeof(ParleyClient).Assembly));
        Assert.Empty(Unsaid(typeof(SqliteStore).Assembly));
    }

    [Fact]
    public void What_the_SDK_throws_is_of_three_kinds()
    {
        var thrown = typeof(ParleyClient).Assembly.GetExportedTypes().Where(type => type.IsAssignableTo(typeof(Exception)));

        Assert.All(thrown, type => Assert.True(type.IsAssignableTo(typeof(ParleyException)), $"{type.Name} is no {nameof(ParleyException)}: who catches those misses it."));
        // A store of somebody else throws it too.
        Assert.All(thrown.Where(type => type != typeof(LocalStoreException)), type => Assert.Empty(type.GetConstructors()));
    }

    private static IEnumerable<MethodInfo> Waiting(params Assembly[] assemblies) =>
        from type in assemblies.SelectMany(assembly => assembly.GetExportedTypes())
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
        where IsAwaited(method.ReturnType) && !Endings.Contains(method.Name) && !type.IsAssignableTo(typeof(Delegate))
        select method;

    private static bool IsAwaited(Type type) =>
        type == typeof(Task) || type == typeof(ValueTask)
        || (type.IsGenericType && type.GetGenericTypeDefinition() is var generic && (generic == typeof(Task<>) || generic == typeof(ValueTask<>) || generic == typeof(IAsyncEnumerable<>)));

    /// <summary>Methods that document no exception, in types whose remarks name none either.</summary>
    private static IEnumerable<string> Unsaid(Assembly assembly)
    {
        var pages = XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml")).Descendants("member").ToLookup(member => member.Attribute("name")!.Value.Split('(')[0].Split('`')[0]);
        foreach (var method in Waiting(assembly))
        {
            var (type, name) = ($"T:{method.DeclaringType!.FullName}", $"M:{method.DeclaringType.FullName}.{method.Name}");
            var isSaid = pages[type].Descendants("see").Any(see => see.Attribute("cref")?.Value.EndsWith("Exception", StringComparison.Ordinal) is true)
                || (pages[name].Any() && pages[name].All(page => page.Element("exception") is not null || page.Element("inheritdoc") is not null));
            if (!isSaid) yield return NameOf(method);
        }
    }

    private static string NameOf(MethodInfo method) => $"{method.DeclaringType!.Name}.{method.Name}";
}
