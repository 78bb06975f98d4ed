using System.Text;

namespace Parley.Logging;

/// <summary>Keeps what a stranger sent from flooding a log (LG-01).</summary>
internal static class LineCap
{
    /// <summary>Bytes of one value, in UTF-8, that reach the log.</summary>
    public const int MaxBytes = 1_024;

    private const char Ellipsis = '…';

    /// <summary>The text, or as much of its start as fits with an ellipsis; characters are never cut in two.</summary>
    public static string Cap(string text)
    {
        if (text.Length <= MaxBytes / 3 || Encoding.UTF8.GetByteCount(text) <= MaxBytes) return text;

        var (kept, bytes) = (0, Encoding.UTF8.GetByteCount([Ellipsis]));
        foreach (var rune in text.EnumerateRunes())
        {
            if ((bytes += rune.Utf8SequenceLength) > MaxBytes) break;
            kept += rune.Utf16SequenceLength;
        }

        return $"{text.AsSpan(0, kept)}{Ellipsis}";
    }
}
