using System.Buffers.Text;

namespace Parley.Gateway;

/// <summary>What the syntax of JSON allows and no two stores agree on: U+0000 and halves of surrogate pairs, which only escapes can bring.</summary>
internal static class JsonText
{
    private const int EscapeLength = 6;

    /// <summary>Whether no string escapes U+0000 or half of a pair. Escapes that are no JSON are left to the parser.</summary>
    public static bool IsSound(ReadOnlySpan<byte> json)
    {
        for (var next = json.IndexOf((byte)'\\'); next >= 0; next = json.IndexOf((byte)'\\'))
        {
            json = json[next..];
            if (json.Length < 2) return true;
            if (json[1] != 'u')
            {
                // Two characters at once, so that the second backslash of \\ begins nothing.
                json = json[2..];
                continue;
            }

            if (Unit(json) is not { } unit) return true;
            json = json[EscapeLength..];
            if (unit == 0 || char.IsLowSurrogate(unit)) return false;
            if (!char.IsHighSurrogate(unit)) continue;
            if (json is not [(byte)'\\', (byte)'u', ..] || Unit(json) is not { } low || !char.IsLowSurrogate(low)) return false;
            json = json[EscapeLength..];
        }

        return true;
    }

    private static char? Unit(ReadOnlySpan<byte> escape) =>
        escape.Length >= EscapeLength && Utf8Parser.TryParse(escape[2..EscapeLength], out ushort unit, out var used, 'x') && used == 4
            ? (char)unit
            : null;
}
