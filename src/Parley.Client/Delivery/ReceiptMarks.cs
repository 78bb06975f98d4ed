using System.Collections.Immutable;
using System.Text.Json;

namespace Parley.Client;

/// <summary>What was told of the own messages of a conversation: of each up to <paramref name="UpTo"/> whatever the cursors say, and of none after it.</summary>
/// <remarks>Durable before anything of it is told: who dies in between tells nothing twice (G14).</remarks>
/// <param name="UpTo">Own messages up to here were compared with the cursors.</param>
/// <param name="Settled">Own messages up to here are of no interest any more: all have read them, or they are too many.</param>
/// <param name="Cursors">How far the others had got.</param>
/// <param name="Joined">With which entry somebody came: what was before was not sent to him.</param>
internal sealed record ReceiptMarks(Sequence UpTo, Sequence Settled, ImmutableSortedDictionary<UserId, ReceiptCursor> Cursors, ImmutableSortedDictionary<UserId, Sequence> Joined)
{
    public LocalChange Put(ConversationId conversation) => new(new LocalKey(KeptKind.Receipts, KeptKind.ScopeOf(conversation), 0), KeptValue.Of(Write));

    public static ReceiptMarks? Read(ReadOnlyMemory<byte> value) => KeptValue.Read(value, json => new ReceiptMarks(
        new Sequence(json.GetProperty("upTo").GetInt64()), new Sequence(json.GetProperty("settled").GetInt64()),
        json.GetProperty("cursors").EnumerateObject().ToImmutableSortedDictionary(one => new UserId(one.Name), one => ReceiptCursor.Of(one.Value)),
        json.GetProperty("joined").EnumerateObject().ToImmutableSortedDictionary(one => new UserId(one.Name), one => new Sequence(one.Value.GetInt64()))));

    private void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteNumber("upTo", UpTo.Value);
        writer.WriteNumber("settled", Settled.Value);
        writer.WriteStartObject("cursors");
        foreach (var (user, cursor) in Cursors)
        {
            writer.WritePropertyName(user.Value);
            cursor.Write(writer);
        }

        writer.WriteEndObject();
        writer.WriteStartObject("joined");
        foreach (var (user, at) in Joined) writer.WriteNumber(user.Value, at.Value);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}

/// <summary>How far somebody got in a conversation.</summary>
/// <param name="Reached">Where he is, and when each cursor came there.</param>
/// <param name="Ahead">What he read out of order, and when.</param>
internal sealed record ReceiptCursor(Reach Reached, ImmutableDictionary<long, DateTimeOffset?> Ahead)
{
    public static readonly ReceiptCursor None = new(default, ImmutableDictionary<long, DateTimeOffset?>.Empty);

    public Sequence Read => Reached.Read;

    public bool HasRead(Sequence sequence) => Reached.Read >= sequence || Ahead.ContainsKey(sequence.Value);

    public bool HasReceived(Sequence sequence) => Reached.Delivered >= sequence || HasRead(sequence);

    public DateTimeOffset? ReadAt(Sequence sequence) => Ahead.TryGetValue(sequence.Value, out var at) ? at : Reached.ReadAt;

    public DateTimeOffset? ReceivedAt(Sequence sequence) => Reached.Delivered >= sequence ? Reached.DeliveredAt : ReadAt(sequence);

    /// <summary>Cursors never go back.</summary>
    public ReceiptCursor Merge(Reach next)
    {
        var (delivers, reads) = (next.Delivered > Reached.Delivered, next.Read > Reached.Read);
        var reached = new Reach(
            delivers ? next.Delivered : Reached.Delivered, reads ? next.Read : Reached.Read, Ahead: null,
            delivers ? next.DeliveredAt : Reached.DeliveredAt, reads ? next.ReadAt : Reached.ReadAt, AheadAt: null);
        if (next.Ahead is null && !reads) return this with { Reached = reached };
        var ahead = Ahead.ToBuilder();
        foreach (var sequence in next.Ahead ?? []) ahead.TryAdd(sequence.Value, next.AheadAt);
        foreach (var passed in ahead.Keys.Where(sequence => sequence <= reached.Read.Value).ToArray()) ahead.Remove(passed);
        return new ReceiptCursor(reached, ahead.ToImmutable());
    }

    /// <summary>Times do not count.</summary>
    public bool Equals(ReceiptCursor? other) =>
        other is not null && other.Reached.Delivered == Reached.Delivered && other.Read == Read && other.Ahead.Count == Ahead.Count && other.Ahead.Keys.All(Ahead.ContainsKey);

    public override int GetHashCode() => HashCode.Combine(Reached.Delivered, Read, Ahead.Count);

    internal void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteNumber("delivered", Reached.Delivered.Value);
        writer.WriteNumber("read", Reached.Read.Value);
        WriteTime("deliveredAt", Reached.DeliveredAt);
        WriteTime("readAt", Reached.ReadAt);
        if (!Ahead.IsEmpty)
        {
            writer.WriteStartArray("ahead");
            foreach (var sequence in Ahead.Keys) writer.WriteNumberValue(sequence);
            writer.WriteEndArray();
        }

        writer.WriteEndObject();

        void WriteTime(string name, DateTimeOffset? at)
        {
            if (at is { } time) writer.WriteNumber(name, time.ToUnixTimeMilliseconds());
        }
    }

    internal static ReceiptCursor Of(JsonElement json)
    {
        var reached = new Reach(
            new Sequence(json.GetProperty("delivered").GetInt64()), new Sequence(json.GetProperty("read").GetInt64()), Ahead: null, Time("deliveredAt"), Time("readAt"), AheadAt: null);
        var ahead = json.TryGetProperty("ahead", out var list)
            ? list.EnumerateArray().ToImmutableDictionary(one => one.GetInt64(), _ => default(DateTimeOffset?))
            : ImmutableDictionary<long, DateTimeOffset?>.Empty;
        return new ReceiptCursor(reached, ahead);

        DateTimeOffset? Time(string name) => json.TryGetProperty(name, out var at) ? DateTimeOffset.FromUnixTimeMilliseconds(at.GetInt64()) : null;
    }
}

/// <summary>How far somebody got, and when, where that is known.</summary>
internal readonly record struct Reach(
    Sequence Delivered, Sequence Read, IReadOnlyList<Sequence>? Ahead, DateTimeOffset? DeliveredAt, DateTimeOffset? ReadAt, DateTimeOffset? AheadAt);
