using System.Collections.Frozen;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Parley.Delivery;

namespace Parley.Gateway;

/// <summary>Params that come as a query: <c>?conversation=…&amp;limit=10</c>. They become the JSON that a body would have been, and are read as strictly.</summary>
/// <remarks>A query has no types, so each value takes that of its member. A list is its name again and again. What holds records cannot be said.</remarks>
internal sealed class QueryParams
{
    private const int MaxShownLength = 100;

    private readonly FrozenDictionary<string, QueryForm> _members;

    private QueryParams(FrozenDictionary<string, QueryForm> members) => _members = members;

    /// <summary>What each member takes.</summary>
    public IReadOnlyDictionary<string, QueryForm> Members => _members;

    /// <summary>The form of these params in a query; null when they have a member that none can say.</summary>
    public static QueryParams? Of(JsonTypeInfo type)
    {
        var members = type.Properties.ToDictionary(member => member.Name, member => FormOf(member.PropertyType), StringComparer.Ordinal);
        return members.ContainsValue(QueryForm.None) ? null : new QueryParams(members.ToFrozenDictionary(StringComparer.Ordinal));
    }

    /// <summary>Reads a query as it came, with or without its question mark.</summary>
    /// <returns>The params as JSON, which may still be refused; or the refusal, which names the member.</returns>
    public Outcome<byte[]> Read(string query)
    {
        var values = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var pair in query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = pair.IndexOf('=', StringComparison.Ordinal);
            if (Decode(at < 0 ? pair : pair[..at]) is not { } name) return Wrong("a name", "is not UTF-8 with %-escapes");
            if (at < 0 || at == pair.Length - 1) return Wrong(Shown(name), "has no value");
            if (Decode(pair[(at + 1)..]) is not { } value) return Wrong(Shown(name), "is not UTF-8 with %-escapes");
            if (!values.TryGetValue(name, out var earlier)) values.Add(name, [value]);
            else if (_members.GetValueOrDefault(name) is QueryForm.Texts or QueryForm.Numbers) earlier.Add(value);
            else return Wrong(Shown(name), "is there more than once");
        }

        return JsonBytes.Write((values, _members), static (writer, query) =>
        {
            writer.WriteStartObject();
            foreach (var (name, given) in query.values)
            {
                writer.WritePropertyName(name);
                var form = query._members.GetValueOrDefault(name);
                if (form is QueryForm.Texts or QueryForm.Numbers) writer.WriteStartArray();
                foreach (var value in given) Write(writer, form, value);
                if (form is QueryForm.Texts or QueryForm.Numbers) writer.WriteEndArray();
            }

            writer.WriteEndObject();
        }).ToArray();
    }

    /// <summary>What is neither a number nor true nor false stays text: whoever reads the params says what is wrong with it.</summary>
    private static void Write(Utf8JsonWriter writer, QueryForm form, string value)
    {
        if (form == QueryForm.Flag && value is "true" or "false") writer.WriteBooleanValue(value == "true");
        else if (form is QueryForm.Number or QueryForm.Numbers && IsInteger(value)) writer.WriteRawValue(value);
        else writer.WriteStringValue(value);
    }

    private static bool IsInteger(string text)
    {
        var digits = text.AsSpan(text.StartsWith('-') ? 1 : 0);
        return digits is ['0'] || (digits is [>= '1' and <= '9', ..] && !digits.ContainsAnyExceptInRange('0', '9'));
    }

    /// <summary>Null when an escape is none, or the bytes are no UTF-8.</summary>
    private static string? Decode(string text)
    {
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        var length = 0;
        for (var at = 0; at < text.Length; at++)
        {
            switch (text[at])
            {
                case '+':
                    bytes[length++] = (byte)' ';
                    break;
                case '%' when at + 2 < text.Length && char.IsAsciiHexDigit(text[at + 1]) && char.IsAsciiHexDigit(text[at + 2]):
                    bytes[length++] = Convert.FromHexString(text.AsSpan(at + 1, 2))[0];
                    at += 2;
                    break;
                case <= ' ' or '%' or > '~':
                    return null;
                case var plain:
                    bytes[length++] = (byte)plain;
                    break;
            }
        }

        return Utf8.IsValid(bytes.AsSpan(0, length)) ? Encoding.UTF8.GetString(bytes, 0, length) : null;
    }

    private static QueryForm FormOf(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(bool)) return QueryForm.Flag;
        if (type == typeof(int) || type == typeof(long) || type == typeof(Sequence)) return QueryForm.Number;
        // A set of flags, which travels as their names.
        if (type == typeof(Permissions)) return QueryForm.Texts;
        if (type == typeof(string) || type == typeof(Guid) || type == typeof(DateTimeOffset)) return QueryForm.Text;
        if (type.IsValueType && type.Assembly == typeof(Sequence).Assembly) return QueryForm.Text;
        if (!type.IsGenericType || type.GetGenericTypeDefinition() != typeof(IReadOnlyList<>)) return QueryForm.None;
        return FormOf(type.GenericTypeArguments[0]) switch
        {
            QueryForm.Text => QueryForm.Texts,
            QueryForm.Number => QueryForm.Numbers,
            _ => QueryForm.None,
        };
    }

    private static string Shown(string name) => $"$.{(name.Length <= MaxShownLength ? name : string.Concat(name.AsSpan(0, MaxShownLength), "…"))}";

    private static Refusal Wrong(string what, string how) => Refusals.InvalidParams.Because($"{what}: {how}");
}

/// <summary>What a member of params takes from a query.</summary>
internal enum QueryForm
{
    /// <summary>Nothing: it holds records.</summary>
    None,

    /// <summary>Text.</summary>
    Text,

    /// <summary>A whole number.</summary>
    Number,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Flag,

    /// <summary>A list of texts.</summary>
    Texts,

    /// <summary>A list of whole numbers.</summary>
    Numbers,
}
