namespace Parley.People;

/// <summary>What a user may be found by beside his id: how it is written, and what two spellings have in common. Pure.</summary>
internal static class AliasRules
{
    private const int MaxEmail = 254;
    private const int MinDigits = 7;
    private const int MaxDigits = 15;

    /// <summary>Countries whose numbers keep a leading 0 when they are called from abroad.</summary>
    private static readonly string[] KeepZero = ["39", "225", "242", "378", "379"];

    /// <summary>What an e-mail address is found by; null when it is none. Some mail systems tell upper from lower case; people do not.</summary>
    public static string? EmailKey(string text)
    {
        var at = text.LastIndexOf('@');
        if (text.Length > MaxEmail || at < 1 || at == text.Length - 1) return null;
        return text.Any(character => char.IsWhiteSpace(character) || char.IsControl(character)) ? null : text.ToUpperInvariant();
    }

    /// <summary>A telephone number in the form of E.164; null when it is none.</summary>
    /// <param name="text">As people write it: with or without <c>+</c>, spaces, hyphens, dots, slashes and parentheses.</param>
    /// <param name="defaultCountry">The calling code of numbers without <c>+</c>; null where there is none: then they are no numbers.</param>
    public static string? Phone(string text, string? defaultCountry)
    {
        var isInternational = text.StartsWith('+');
        var digits = string.Concat(text.Skip(isInternational ? 1 : 0).Where(character => character is not (' ' or '-' or '.' or '/' or '(' or ')')));
        if (digits.Length is 0 or > MaxDigits || !digits.All(char.IsAsciiDigit)) return null;
        if (!isInternational)
        {
            if (defaultCountry is null) return null;
            digits = defaultCountry + (digits[0] == '0' && !KeepZero.Contains(defaultCountry) ? digits[1..] : digits);
        }

        return digits.Length is >= MinDigits and <= MaxDigits && digits[0] != '0' ? $"+{digits}" : null;
    }
}
