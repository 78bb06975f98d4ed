using System.Text.Json.Serialization;

namespace Parley;

/// <summary>The place of an entry in its conversation's log: 1, 2, 3, … with no gaps and no repeats. 0 is before the first.</summary>
/// <remarks>
/// Comparable only within one conversation. A reader holding 41 that receives 43 has missed 42 and must
/// read it from the log; it must not assume 42 is on its way. Below 2^53, so that every JSON parser reads it exactly.
/// </remarks>
[JsonConverter(typeof(SequenceConverter))]
public readonly record struct Sequence(long Value) : IComparable<Sequence>
{
    /// <summary>The largest sequence: 2^53 − 1.</summary>
    public const long MaxValue = (1L << 53) - 1;

    /// <summary>Before the first entry.</summary>
    public static readonly Sequence None;

    /// <summary>The place after this one.</summary>
    public Sequence Next => new(Value + 1);

    /// <summary>Order within one conversation.</summary>
    public int CompareTo(Sequence other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Order within one conversation.</summary>
    public static bool operator <(Sequence left, Sequence right) => left.Value < right.Value;

    /// <summary>Order within one conversation.</summary>
    public static bool operator >(Sequence left, Sequence right) => left.Value > right.Value;

    /// <summary>Order within one conversation.</summary>
    public static bool operator <=(Sequence left, Sequence right) => left.Value <= right.Value;

    /// <summary>Order within one conversation.</summary>
    public static bool operator >=(Sequence left, Sequence right) => left.Value >= right.Value;
}
