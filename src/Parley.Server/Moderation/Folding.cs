using System.Globalization;
using System.Reflection;

namespace Parley.Moderation;

/// <summary>What each character is to a list of words: the table of folding.txt.</summary>
/// <remarks>A table of our own, because the server runs without the data of cultures, and normalisation comes with these.</remarks>
internal static class Folding
{
    /// <summary>The character is nothing: a mark on another, or of no width.</summary>
    public const int Dropped = -1;

    /// <summary>The character is itself.</summary>
    public const int Same = 0;

    private const int PageBits = 8;
    private const int PageSize = 1 << PageBits;
    private const string Resource = "folding.txt";

    private static readonly int[]?[] Pages = new int[0x110000 >> PageBits][];
    private static readonly List<string> Texts = [];
    private static readonly Dictionary<(char, char), char> Pairs = [];

    static Folding()
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(Resource)!);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#')) continue;
            foreach (var word in line.Split(' ')) Add(word);
        }
    }

    /// <summary><see cref="Same"/>, <see cref="Dropped"/>, the UTF-16 unit that it is folded to, or for less than <see cref="Dropped"/> a text: <see cref="TextOf"/>.</summary>
    public static int Of(int character) => Pages[character >> PageBits] is { } page ? page[character & (PageSize - 1)] : Same;

    /// <summary>What a character is folded to that becomes several.</summary>
    public static string TextOf(int folded) => Texts[-2 - folded];

    /// <summary>The one character that two are which follow each other; null when they stay two.</summary>
    public static char? Compose(char first, char second)
    {
        // Syllables of Hangul are composed by arithmetic, as the standard says.
        if (first is >= '\u1100' and <= '\u1112' && second is >= '\u1161' and <= '\u1175') return (char)(0xAC00 + ((first - 0x1100) * 21 + (second - 0x1161)) * 28);
        if (first is >= '\uAC00' and <= '\uD7A3' && (first - 0xAC00) % 28 == 0 && second is > '\u11A7' and <= '\u11C2') return (char)(first + (second - 0x11A7));
        return Pairs.TryGetValue((first, second), out var one) ? one : null;
    }

    /// <summary>Whether a character may be the second of a pair.</summary>
    public static bool MayFollow(char unit) =>
        unit >= '\u0900' && unit is (>= '\u1161' and <= '\u11C2') or '\u3099' or '\u309A' or (>= '\u0900' and <= '\u1CFF');

    private static void Add(string word)
    {
        var (left, right) = word.IndexOf('=', StringComparison.Ordinal) is var sign ? (word[..sign], word[(sign + 1)..]) : default;
        if (left.Split('+') is [var first, var second])
        {
            Pairs.Add((Unit(first), Unit(second)), Unit(right));
            return;
        }

        var character = int.Parse(left, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        (Pages[character >> PageBits] ??= new int[PageSize])[character & (PageSize - 1)] = right.Length switch
        {
            0 => Dropped,
            4 => Unit(right),
            _ => AddText(right),
        };
    }

    private static int AddText(string hex)
    {
        Texts.Add(string.Concat(hex.Chunk(4).Select(unit => Unit(new string(unit)))));
        return -1 - Texts.Count;
    }

    private static char Unit(string hex) => (char)ushort.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
