using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Parley.Tests.Contracts;

/// <summary>The doc comments of Parley.Protocol as plain sentences, for what is generated from it.</summary>
internal static partial class DocComments
{
    private static readonly Dictionary<string, XElement> Members =
        XDocument.Load(Path.ChangeExtension(typeof(SendMessage).Assembly.Location, ".xml"))
            .Descendants("member").ToDictionary(member => member.Attribute("name")!.Value);

    public static string Summary(Type type) => Plain(Members.GetValueOrDefault($"T:{type.FullName}")?.Element("summary"));

    /// <summary>What is said of the positional parameter that became this property, or of the property where there was none.</summary>
    public static string Parameter(JsonPropertyInfo property)
    {
        if (property is { AssociatedParameter: null, AttributeProvider: PropertyInfo own }) return Plain(Members.GetValueOrDefault($"P:{property.DeclaringType.FullName}.{own.Name}")?.Element("summary"));
        var name = property.AssociatedParameter?.Name;
        return Plain(Members.GetValueOrDefault($"T:{property.DeclaringType.FullName}")?.Elements("param")
            .FirstOrDefault(parameter => parameter.Attribute("name")!.Value == name));
    }

    private static string Plain(XElement? comment) =>
        comment is null ? "" : Whitespace().Replace(string.Concat(comment.Nodes().Select(Plain)), " ").Trim();

    // A reference shows the last part of its name, or the parameter it names; other elements show their text.
    private static string Plain(XNode node) => node switch
    {
        XText text => text.Value,
        XElement element when element.Attribute("cref") is { } type => type.Value.Split('.', ':')[^1],
        XElement element when element.Attribute("name") is { } parameter => JsonNamingPolicy.CamelCase.ConvertName(parameter.Value),
        XElement element => element.Value,
        _ => "",
    };

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();
}
