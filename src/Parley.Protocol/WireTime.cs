using System.Buffers.Text;

namespace Parley;

/// <summary>Times on the wire: RFC 3339 in UTC with milliseconds, always 24 bytes, as <c>2026-11-20T08:15:00.123Z</c>.</summary>
public static class WireTime
{
    /// <summary>Bytes of a time.</summary>
    public const int Length = 24;

    /// <summary>Writes the 24 bytes of <paramref name="time"/>; finer than a millisecond is cut off.</summary>
    public static void Format(DateTimeOffset time, Span<byte> destination)
    {
        // "O" is 2026-11-20T08:15:00.1230000 and then the offset: the first 23 characters are ours.
        Span<byte> full = stackalloc byte[33];
        Utf8Formatter.TryFormat(time.UtcDateTime, full, out _, 'O');
        full[..23].CopyTo(destination);
        destination[23] = (byte)'Z';
    }
}
