using System.Text;

namespace Parley.Content;

/// <summary>What users call their files. It is shown and saved elsewhere, and never names a file here. Pure.</summary>
internal static class FileNames
{
    private const string Shown = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$&+.^_`|~-";

    private static readonly HashSet<string> Devices = new(
        ["CON", "PRN", "AUX", "NUL", .. Enumerable.Range(1, 9).SelectMany(number => new[] { $"COM{number}", $"LPT{number}" })], StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// The last part of what may be a path, without characters that control how it is shown; null when nothing is left of it. Refused when it is longer than a name may be.
    /// </summary>
    public static Refusal? Clean(string? name, out string? clean)
    {
        clean = null;
        if (name is null) return null;
        var last = name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
        var kept = string.Concat(last.EnumerateRunes().Where(rune => !IsControl(rune)).Select(rune => rune.ToString())).Trim();
        if (kept.Trim('.', ' ').Length == 0) return null;
        if (TextSize.CodePoints(kept) > MessagePart.MaxName) return Refusals.BadRequest.Because($"the file's name: at most {MessagePart.MaxName} code points");
        clean = kept;
        return null;
    }

    /// <summary>As RFC 6266 says it: the name in RFC 5987's encoding, and before it a plain one for who does not know that.</summary>
    public static string Disposition(string kind, string? name)
    {
        if (name is null) return kind;
        var stem = name.Split('.')[0].Trim();
        var safe = Devices.Contains(stem) ? $"_{name}" : name;
        var plain = string.Concat(safe.Select(character => character is >= ' ' and <= '~' and not ('"' or '\\' or '%') ? character : '_'));
        return $"{kind}; filename=\"{plain}\"; filename*=UTF-8''{Encode(safe)}";
    }

    private static string Encode(string name)
    {
        var text = new StringBuilder();
        foreach (var one in Encoding.UTF8.GetBytes(name))
        {
            if (Shown.Contains((char)one, StringComparison.Ordinal)) text.Append((char)one);
            else text.Append('%').Append(one.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
        }

        return text.ToString();
    }

    /// <summary>Also what turns the direction of text around: a name that ends in <c>gpj.exe</c> must not be shown as one that ends in <c>exe.jpg</c>.</summary>
    private static bool IsControl(Rune rune) => Rune.IsControl(rune) || rune.Value is 0x61C or 0x200E or 0x200F or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069) or 0x2028 or 0x2029 or 0xFFFD;
}
