using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.ComponentModel;
using Parley.Identity;

namespace Parley.Hosting;

/// <summary>Something that can be set, as its options class declares it.</summary>
internal sealed class Setting
{
    /// <summary>Stands in a key for the name of an element of a dictionary.</summary>
    public const string AnyName = "<name>";

    /// <summary>Stands in a key for the place of an element of a list.</summary>
    public const string AnyIndex = "<n>";

    private readonly Type _type;
    private readonly ValidationAttribute[] _rules;
    private readonly bool _isPublicKey;

    /// <param name="key">Its full key, with <see cref="AnyName"/> and <see cref="AnyIndex"/> for the parts that configurations choose.</param>
    /// <param name="type">What its text is converted to.</param>
    /// <param name="property">Where it is declared.</param>
    /// <param name="byDefault">Its value when the configuration has none.</param>
    public Setting(string key, Type type, PropertyInfo property, object? byDefault)
    {
        (Key, Property, Parts) = (key, property, key.Split(':'));
        _type = Nullable.GetUnderlyingType(type) ?? type;
        IsOptional = _type != type || !type.IsValueType;
        _rules = [.. property.GetCustomAttributes<ValidationAttribute>().Where(rule => rule is not DataTypeAttribute and not RequiredAttribute)];
        var kind = property.GetCustomAttribute<DataTypeAttribute>();
        IsSecret = kind?.DataType == DataType.Password;
        _isPublicKey = kind?.CustomDataType == nameof(AppKeyOptions.PublicKey);
        Default = Show(byDefault);
    }

    public string Key { get; }

    public IReadOnlyList<string> Parts { get; }

    public PropertyInfo Property { get; }

    /// <summary>Whether it may be left without a value.</summary>
    public bool IsOptional { get; }

    /// <summary>Whether its value is shown to nobody.</summary>
    public bool IsSecret { get; }

    /// <summary>Whether this value of it is shown to nobody. What stands where a public key belongs and is none may well be a private one.</summary>
    public bool Hides(string value) => IsSecret || (_isPublicKey && !PublicKeyText.IsInForm(value));

    /// <summary>The default as one would write it; empty for none.</summary>
    public string Default { get; }

    /// <summary>What kind of text it takes, for people.</summary>
    public string Form => _type switch
    {
        { IsEnum: true } => string.Join(" | ", Enum.GetNames(_type)),
        _ when _type == typeof(bool) => "true | false",
        _ when _type == typeof(TimeSpan) => "time",
        _ when _type == typeof(string) => "text",
        _ when _type == typeof(Uri) => "URL",
        _ when _type == typeof(double) || _type == typeof(decimal) => "number",
        _ => "whole number",
    };

    /// <summary>What is allowed beyond the form, for people; empty for anything.</summary>
    public string Range => string.Join(", ", _rules.Select(Describe));

    /// <summary>Whether <paramref name="parts"/>, a key split at its colons, names this setting.</summary>
    public bool Matches(IReadOnlyList<string> parts) => parts.Count == Parts.Count && MatchesStart(parts);

    /// <summary>Whether <paramref name="parts"/> names this setting or a section around it.</summary>
    public bool MatchesStart(IReadOnlyList<string> parts)
    {
        if (parts.Count > Parts.Count) return false;
        for (var i = 0; i < parts.Count; i++)
        {
            var fits = Parts[i] switch
            {
                AnyName => parts[i].Length > 0,
                AnyIndex => int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out _),
                var literal => literal.Equals(parts[i], StringComparison.OrdinalIgnoreCase),
            };
            if (!fits) return false;
        }

        return true;
    }

    /// <summary>What is wrong with a value, as the end of a sentence that begins with the key; null when nothing is.</summary>
    public string? ProblemWith(string? text)
    {
        if (string.IsNullOrEmpty(text) && _type != typeof(string)) return IsOptional ? null : $"has no value: give {Wanted}";
        if (text is null) return null;

        var given = IsSecret ? "has a value that is not allowed" : $"is \"{Excerpt(text)}\"";
        if (!TryConvert(text, out var value)) return $"{given}, but must be {Wanted}";
        return _rules.All(rule => rule.IsValid(value)) ? null : $"{given}, but must be {Wanted}";
    }

    private string Wanted => (Form, Range) switch
    {
        ("time", "") => "a time like 00:00:30 (hours:minutes:seconds, 1.00:00:00 for a day)",
        ("time", var range) => $"a time {range}",
        ("text" or "URL", "") => "text",
        ("text" or "URL", var range) => $"text {range}",
        ("number" or "whole number", "") => $"a {Form}",
        ("number" or "whole number", var range) => $"a {Form} {range}",
        var (form, _) => form.Replace(" | ", " or ", StringComparison.Ordinal),
    };

    private bool TryConvert(string text, out object? value)
    {
        value = null;
        // TimeSpan takes "30" for thirty days, which nobody means.
        if (_type == typeof(TimeSpan) && !text.Contains(':')) return false;
        try
        {
            value = TypeDescriptor.GetConverter(_type).ConvertFromInvariantString(text);
            return !_type.IsEnum || Enum.IsDefined(_type, value!);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or NotSupportedException or OverflowException)
        {
            return false;
        }
    }

    private static string Describe(ValidationAttribute rule) => rule switch
    {
        RangeAttribute range => $"from {Show(range.Minimum)} to {Show(range.Maximum)}",
        StringLengthAttribute { MinimumLength: 0 } length => $"of at most {length.MaximumLength} characters",
        StringLengthAttribute length => $"of {length.MinimumLength} to {length.MaximumLength} characters",
        MaxLengthAttribute length => $"of at most {length.Length} characters",
        MinLengthAttribute length => $"of at least {length.Length} characters",
        AllowedValuesAttribute allowed => $"one of {string.Join(", ", allowed.Values)}",
        RegularExpressionAttribute pattern => $"that matches {pattern.Pattern}",
        _ => rule.FormatErrorMessage("it"),
    };

    private static string Show(object? value) => value switch
    {
        null => "",
        bool flag => flag ? "true" : "false",
        TimeSpan time => time.ToString("c", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static string Excerpt(string text) =>
        string.Concat((text.Length > 80 ? text[..80] + "…" : text).Select(character => char.IsControl(character) ? '?' : character));
}
