using System.Runtime.CompilerServices;
using System.Text;

namespace Parley.Storage;

/// <summary>A statement written as an interpolated string. Every hole becomes a parameter, or another statement spliced in.</summary>
/// <remarks>Text from outside can only enter as a parameter: injection is a type error.</remarks>
[InterpolatedStringHandler]
internal readonly struct Sql(int literalLength, int formattedCount)
{
    private readonly record struct Part(string? Text, object? Parameter);

    private readonly List<Part> _parts = new(formattedCount * 2 + Math.Min(literalLength, 1));

    public static readonly Sql Nothing = From($"");

    public static Sql From(Sql sql) => sql;

    /// <summary>Text of our own files: migrations and nothing else.</summary>
    public static Sql Script(string text)
    {
        var sql = new Sql(text.Length, 0);
        sql.AppendLiteral(text);
        return sql;
    }

    /// <summary>The fragments, with <c>, </c> between them.</summary>
    public static Sql List(IEnumerable<Sql> fragments)
    {
        var list = new Sql(0, 8);
        foreach (var fragment in fragments)
        {
            if (list._parts.Count > 0) list.AppendLiteral(", ");
            list.AppendFormatted(fragment);
        }

        return list;
    }

    public void AppendLiteral(string text) => _parts.Add(new Part(text, null));

    public void AppendFormatted(object? parameter) => _parts.Add(new Part(null, parameter));

    public void AppendFormatted(Sql fragment) => _parts.AddRange(fragment._parts);

    /// <summary>The statement's text with parameters numbered from one, <c>@1</c> or <c>$1</c>, each handed to <paramref name="bind"/> in order.</summary>
    public string Render(char sign, Action<string, object?> bind)
    {
        var text = new StringBuilder();
        var count = 0;
        foreach (var part in _parts)
        {
            if (part.Text is not null)
            {
                text.Append(part.Text);
                continue;
            }

            var name = $"{sign}{++count}";
            text.Append(name);
            bind(name, part.Parameter);
        }

        return text.ToString();
    }
}
