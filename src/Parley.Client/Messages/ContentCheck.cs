using System.Buffers;
using System.Text;

namespace Parley.Client;

/// <summary>What a message's content may not be, as far as the device knows it without the server.</summary>
internal static class ContentCheck
{
    /// <exception cref="ArgumentException">It has no parts, or text that no JSON carries.</exception>
    public static void Check(MessageContent content, IReadOnlyList<LocalFile>? files = null)
    {
        ArgumentNullException.ThrowIfNull(content);
        if (content.Parts.Count == 0 && files is not { Count: > 0 }) throw new ArgumentException("A message has at least one part.", nameof(content));
        foreach (var part in content.Parts)
        {
            // Written as JSON, half a pair would silently become another character, and the reader would see what nobody sent.
            if (part.Body is { } body && (body.Contains('\0', StringComparison.Ordinal) || HasHalfPair(body)))
                throw new ArgumentException("Text may hold neither U+0000 nor half a surrogate pair.", nameof(content));
        }
    }

    private static bool HasHalfPair(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out _, out var used) != OperationStatus.Done) return true;
            text = text[used..];
        }

        return false;
    }
}
