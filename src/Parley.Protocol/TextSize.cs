using System.Text;

namespace Parley;

/// <summary>How texts are measured.</summary>
public static class TextSize
{
    /// <summary>Code points, as limits count them: an emoji of one code point counts one, however many UTF-16 units it has.</summary>
    public static int CodePoints(string text)
    {
        var count = text.Length;
        if (Ascii.IsValid(text)) return count;
        foreach (var unit in text)
        {
            if (char.IsLowSurrogate(unit)) count--;
        }

        return count;
    }

    /// <summary>Bytes in UTF-8.</summary>
    public static int Bytes(string text) => Encoding.UTF8.GetByteCount(text);
}
