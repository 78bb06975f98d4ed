using System.Globalization;
using System.Text;
using Spectre.Console.Rendering;

namespace Parley.Chat;

/// <summary>Text of strangers, made fit for a terminal: measured in cells, wrapped, and with nothing in it that a terminal would obey.</summary>
internal static class DisplayText
{
    /// <summary>More marks than this on one character are left out; a thousand of them would paint over the lines around.</summary>
    private const int MaxElementLength = 32;

    private const int TabWidth = 4;
    private const char ZeroWidthJoiner = '\u200d';
    private const char EmojiPresentation = '\ufe0f';

    /// <summary>The text without control and direction characters: escape sequences become visible, line ends become <c>\n</c>.</summary>
    public static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var element in Elements(text.ReplaceLineEndings("\n")))
        {
            if (element == "\t")
            {
                clean.Append(' ', TabWidth);
                continue;
            }

            foreach (var unit in element.Length > MaxElementLength ? element[..MaxElementLength] : element)
            {
                if (unit == '\n' || !IsDangerous(unit)) clean.Append(unit);
                else if (unit < 0x20) clean.Append((char)(0x2400 + unit));
            }
        }

        return clean.ToString();
    }

    /// <summary>Clean, and on one line.</summary>
    public static string Line(string text) => Clean(text).Replace("\n", " ⏎ ", StringComparison.Ordinal);

    /// <summary>How many cells a text of one line takes.</summary>
    public static int Width(string text)
    {
        var width = 0;
        foreach (var element in Elements(text)) width += ElementWidth(element);
        return width;
    }

    /// <summary>What a person calls characters, one by one.</summary>
    public static IEnumerable<string> Elements(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            var length = StringInfo.GetNextTextElementLength(text, at);
            yield return text.Substring(at, length);
            at += length;
        }
    }

    /// <summary>The cells of one character: 0, 1 or 2.</summary>
    public static int ElementWidth(string element)
    {
        if (element is [>= ' ' and <= '~']) return 1;
        if (element.Contains(ZeroWidthJoiner) || element.Contains(EmojiPresentation) || IsFlag(element)) return 2;
        var width = 0;
        foreach (var rune in element.EnumerateRunes()) width = Math.Max(width, new Segment(rune.ToString()).CellCount());
        return width;
    }

    /// <summary>Breaks a text into lines of at most <paramref name="width"/> cells, between words where there are any.</summary>
    public static IReadOnlyList<string> Wrap(string text, int width)
    {
        var lines = new List<string>();
        foreach (var paragraph in text.Split('\n')) WrapParagraph(paragraph, Math.Max(width, 2), lines);
        return lines;
    }

    /// <summary>The beginning of a text of one line, with an ellipsis when something is left out.</summary>
    public static string Truncate(string text, int width)
    {
        if (Width(text) <= width) return text;
        var kept = new StringBuilder();
        var used = 0;
        foreach (var element in Elements(text))
        {
            used += ElementWidth(element);
            if (used > width - 1) break;
            kept.Append(element);
        }

        return width > 0 ? kept.Append('…').ToString() : "";
    }

    private static void WrapParagraph(string paragraph, int width, List<string> lines)
    {
        var line = new List<string>();
        var used = 0;
        foreach (var element in Elements(paragraph))
        {
            var cells = ElementWidth(element);
            if (used + cells > width)
            {
                if (element == " ")
                {
                    // The space that does not fit is the break.
                    Take(line.Count);
                    continue;
                }

                var space = line.LastIndexOf(" ");
                Take(space > 0 ? space + 1 : line.Count);
            }

            line.Add(element);
            used += cells;
        }

        Take(line.Count);

        void Take(int count)
        {
            lines.Add(string.Concat(line.Take(count)).TrimEnd(' '));
            line.RemoveRange(0, count);
            used = line.Sum(ElementWidth);
        }
    }

    private static bool IsFlag(string element) =>
        Rune.TryGetRuneAt(element, 0, out var rune) && rune.Value is >= 0x1F1E6 and <= 0x1F1FF && element.Length > rune.Utf16SequenceLength;

    /// <summary>C0, DEL, C1, and the characters that turn the direction of what follows.</summary>
    private static bool IsDangerous(char unit) =>
        unit < 0x20 || unit is >= '\u007f' and <= '\u009f' or '\u061c' or '\u200e' or '\u200f' or >= '\u202a' and <= '\u202e' or >= '\u2066' and <= '\u2069'
        or '\u2028' or '\u2029' or '\ufeff';
}
