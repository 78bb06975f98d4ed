using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Parley.Tests;

/// <summary>The doc comments of the product, as Markdown.</summary>
internal static partial class XmlDocs
{
    private static readonly Dictionary<Assembly, Dictionary<string, XElement>> Read = [];

    public static string SummaryOf(MemberInfo member)
    {
        var name = member is Type type ? $"T:{type.FullName}" : $"P:{member.DeclaringType!.FullName}.{member.Name}";
        return Of(member.Module.Assembly).TryGetValue(name, out var summary) ? Space().Replace(Markdown(summary), " ").Trim() : "";
    }

    private static Dictionary<string, XElement> Of(Assembly assembly)
    {
        lock (Read)
        {
            if (Read.TryGetValue(assembly, out var known)) return known;
            return Read[assembly] = XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml")).Descendants("member")
                .Where(member => member.Element("summary") is not null)
                .ToDictionary(member => member.Attribute("name")!.Value, member => member.Element("summary")!, StringComparer.Ordinal);
        }
    }

    private static string Markdown(XElement element) => element.Nodes().Aggregate(new StringBuilder(), (text, node) => text.Append(node switch
    {
        XText plain => plain.Value,
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement { Name.LocalName: "see" or "paramref" } reference => $"`{(reference.Attribute("cref") ?? reference.Attribute("name"))!.Value.Split('.', ':')[^1]}`",
        XElement other => Markdown(other),
        _ => "",
    })).ToString();

    [GeneratedRegex(@"\s+", RegexOptions.None, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Space();
}
