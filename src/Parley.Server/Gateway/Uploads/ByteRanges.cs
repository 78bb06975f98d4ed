using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Parley.Gateway;

/// <summary>Which bytes of content are asked for (RFC 9110 §14).</summary>
/// <param name="First">Of the range.</param>
/// <param name="Last">Of the range, this one too.</param>
internal readonly record struct ByteRange(long First, long Last)
{
    /// <summary>The most ranges of a request: each costs a line and a seek, and nobody who plays or resumes asks for more.</summary>
    public const int Most = 4;

    public long Length => Last - First + 1;

    /// <summary>What a header says of a length.</summary>
    public string Of(long size) => string.Create(CultureInfo.InvariantCulture, $"bytes {First}-{Last}/{size}");

    /// <summary>The ranges; none when all is asked for, refused when there is no such part, or too many are asked for.</summary>
    public static Outcome<IReadOnlyList<ByteRange>> In(HttpRequest request, long size, string tag)
    {
        // Of another state of the content than the client knows all is sent; there is no other here, but who asks cannot know.
        if (request.Headers.IfRange is [{ Length: > 0 } condition] && condition != tag) return Whole;
        if (request.Headers.Range is not [{ } text]) return Whole;
        if (text.AsSpan().Count(',') >= Most) return Refusals.RangeNotSatisfiable.Because($"at most {Most} ranges");
        if (!RangeHeaderValue.TryParse(text, out var header) || header.Unit != "bytes") return Whole;
        var ranges = new List<ByteRange>();
        foreach (var one in header.Ranges)
        {
            var first = one.From ?? Math.Max(0, size - one.To!.Value);
            var last = one.From is null ? size - 1 : Math.Min(one.To ?? long.MaxValue, size - 1);
            if (first < size && first <= last) ranges.Add(new ByteRange(first, last));
        }

        if (ranges.Count == 0) return Refusals.RangeNotSatisfiable;
        // What is asked for twice would be sent twice.
        ranges.Sort((one, other) => one.First.CompareTo(other.First));
        for (var index = 1; index < ranges.Count; index++)
        {
            if (ranges[index].First <= ranges[index - 1].Last) return Refusals.RangeNotSatisfiable.Because("ranges that overlap");
        }

        return ranges;
    }

    private static readonly ByteRange[] Whole = [];
}
