using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Parley.Gateway;

/// <summary>Turns what the deserializer says of bad params into a refusal that names the member at fault and never repeats a value.</summary>
/// <remarks>The deserializer's own sentences name .NET types and change between versions; only the converters of Parley.Protocol say "expected …".</remarks>
internal static class ParamsFault
{
    private const int MaxPathLength = 100;

    /// <param name="json">The params, valid JSON.</param>
    /// <param name="type">What they should have been.</param>
    /// <param name="failure">What the deserializer threw.</param>
    public static Refusal Explain(ReadOnlySpan<byte> json, JsonTypeInfo type, Exception failure)
    {
        if (HasDuplicate(json)) return Refusals.InvalidJson.Because("duplicate member");
        if (failure is not JsonException fault || JsonFault.PathOf(fault) is not { } path) return Refusals.InvalidParams;

        var (parent, name) = SplitLast(path);
        if (name is not null && TypeAt(type, parent) is { Kind: JsonTypeInfoKind.Object } owner && owner.Properties.All(property => property.Name != name))
            return Refusals.UnknownField.Because(Shown(path));

        if (failure.Message.StartsWith("expected", StringComparison.Ordinal)) return Refusals.InvalidParams.Because($"{Shown(path)}: {failure.Message}");
        return Missing(json, type, path) is { } missing
            ? Refusals.InvalidParams.Because($"{Shown(path)}: {missing} is missing")
            : Refusals.InvalidParams.Because($"{Shown(path)}: has the wrong type or value");
    }

    private static bool HasDuplicate(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = ProtocolJson.MaxDepth });
        var objects = new Stack<HashSet<string>>();
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    objects.Push([]);
                    break;
                case JsonTokenType.EndObject:
                    objects.Pop();
                    break;
                case JsonTokenType.PropertyName when !objects.Peek().Add(reader.GetString()!):
                    return true;
                default:
                    break;
            }
        }

        return false;
    }

    /// <summary>The first required member that the object at the path does not have; null when none is missing.</summary>
    private static string? Missing(ReadOnlySpan<byte> json, JsonTypeInfo type, string path)
    {
        if (TypeAt(type, path) is not { Kind: JsonTypeInfoKind.Object } owner) return null;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = ProtocolJson.MaxDepth });
        using var document = JsonDocument.ParseValue(ref reader);
        if (ElementAt(document.RootElement, path) is not { ValueKind: JsonValueKind.Object } element) return null;
        return owner.Properties.FirstOrDefault(property => property.IsRequired && !element.TryGetProperty(property.Name, out _))?.Name
            ?? owner.Properties.FirstOrDefault(property =>
                property.AssociatedParameter is { HasDefaultValue: false } && !element.TryGetProperty(property.Name, out _))?.Name;
    }

    private static JsonTypeInfo? TypeAt(JsonTypeInfo type, string path)
    {
        var at = type;
        foreach (var segment in Segments(path))
        {
            var next = segment.Index is null
                ? at.Properties.FirstOrDefault(property => property.Name == segment.Name)?.PropertyType
                // A list with a converter of its own does not say what it holds.
                : at.ElementType ?? at.Type.GetGenericArguments().FirstOrDefault();
            if (next is null) return null;
            at = type.Options.GetTypeInfo(next);
        }

        return at;
    }

    private static JsonElement? ElementAt(JsonElement root, string path)
    {
        var at = root;
        foreach (var (name, index) in Segments(path))
        {
            if (name is not null && at.ValueKind == JsonValueKind.Object && at.TryGetProperty(name, out var member)) at = member;
            else if (index is { } place && at.ValueKind == JsonValueKind.Array && place < at.GetArrayLength()) at = at[place];
            else return null;
        }

        return at;
    }

    /// <summary>Apart at the last member: <c>$.content.parts[0]</c> and <c>body</c>; no name when the path ends in an index or at the root.</summary>
    private static (string Parent, string? Name) SplitLast(string path)
    {
        var segments = Segments(path).ToList();
        if (segments is not [.., { Name: { } name }]) return (path, null);
        var parent = new StringBuilder("$");
        foreach (var (member, index) in segments.SkipLast(1)) parent.Append(index is null ? $"['{member}']" : $"[{index}]");
        return (parent.ToString(), name);
    }

    /// <summary>The steps of a path as the deserializer writes it: <c>.name</c>, <c>['odd name']</c>, <c>[0]</c>.</summary>
    private static IEnumerable<(string? Name, int? Index)> Segments(string path)
    {
        for (var at = 1; at < path.Length;)
        {
            int end;
            if (path[at] == '.')
            {
                end = path.AsSpan(at + 1).IndexOfAny('.', '[') is var next and >= 0 ? at + 1 + next : path.Length;
                yield return (path[(at + 1)..end], null);
                at = end;
            }
            else if (path.AsSpan(at).StartsWith("['"))
            {
                end = path.IndexOf("']", at + 2, StringComparison.Ordinal) is var close and >= 0 ? close : path.Length;
                yield return (path[(at + 2)..end], null);
                at = end + 2;
            }
            else
            {
                end = path.IndexOf(']', at) is var close and >= 0 ? close : path.Length;
                yield return (null, int.TryParse(path.AsSpan(at + 1, Math.Max(0, end - at - 1)), out var index) ? index : 0);
                at = end + 1;
            }
        }
    }

    private static string Shown(string path) => path.Length <= MaxPathLength ? path : string.Concat(path.AsSpan(0, MaxPathLength), "…");
}
