using System.Text;
using System.Text.Json;

namespace Parley.Client;

/// <summary>What a client must know of a conversation before it begins.</summary>
internal sealed record KeptPosition
{
    /// <summary>Everything up to here was told to the program; null where nothing was, nor is to be.</summary>
    public Sequence? Told { get; init; }

    /// <summary>The newest sequence that the server said there is.</summary>
    public Sequence Seen { get; init; }

    /// <summary>How it ended for the user, as the program knows; null while he is in it.</summary>
    public ConversationEnd? Ended { get; init; }

    /// <summary>Whether it is a room.</summary>
    public bool IsRoom { get; init; }

    /// <summary>How it stands in the user's inbox, as the program was told; null when nothing is said of it.</summary>
    public InboxFlags? Flags { get; init; }

    /// <summary>Which part of its log is kept.</summary>
    public KeptRange Range { get; init; } = KeptRange.None;

    public LocalChange Put(ConversationId conversation) => new(new LocalKey(KeptKind.Position, KeptKind.ScopeOf(conversation), 0), KeptValue.Of(Write));

    public static KeptPosition? Read(ReadOnlyMemory<byte> value) => KeptValue.Read(value, json => new KeptPosition
    {
        Told = Place(json, "told"),
        Seen = Place(json, "seen") ?? Sequence.None,
        Ended = Text(json, "ended") switch
        {
            "left" => ConversationEnd.Left,
            "deleted" => ConversationEnd.Deleted,
            _ => null,
        },
        IsRoom = json.TryGetProperty("room", out _),
        Flags = json.TryGetProperty("flags", out var flags) ? flags.Deserialize(ProtocolJson.Lenient.InboxFlags) : null,
        Range = new KeptRange(Place(json, "first") ?? new Sequence(1), Place(json, "last") ?? Sequence.None)
        {
            HasState = json.TryGetProperty("state", out _),
            HasItem = json.TryGetProperty("item", out _),
            IsDoubtful = json.TryGetProperty("doubtful", out _),
            Removals = Text(json, "removals"),
        },
    });

    private void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        if (Told is { } told) writer.WriteNumber("told", told.Value);
        writer.WriteNumber("seen", Seen.Value);
        if (Ended is { } ended) writer.WriteString("ended", ended == ConversationEnd.Deleted ? "deleted" : "left");
        if (IsRoom) writer.WriteBoolean("room", true);
        if (Flags is { } flags)
        {
            writer.WritePropertyName("flags");
            JsonSerializer.Serialize(writer, flags, ProtocolJson.Lenient.InboxFlags);
        }

        writer.WriteNumber("first", Range.First.Value);
        writer.WriteNumber("last", Range.Last.Value);
        if (Range.HasState) writer.WriteBoolean("state", true);
        if (Range.HasItem) writer.WriteBoolean("item", true);
        if (Range.IsDoubtful) writer.WriteBoolean("doubtful", true);
        if (Range.Removals is { } removals) writer.WriteString("removals", removals);
        writer.WriteEndObject();
    }

    private static Sequence? Place(JsonElement json, string name) => json.TryGetProperty(name, out var place) ? new Sequence(place.GetInt64()) : null;

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var text) ? text.GetString() : null;
}

/// <summary>Which part of a log is kept: all from <paramref name="First"/> to <paramref name="Last"/>, and nothing when the one is behind the other.</summary>
internal sealed record KeptRange(Sequence First, Sequence Last)
{
    public static readonly KeptRange None = new(new Sequence(1), Sequence.None);

    /// <summary>Whether the conversation's state is kept.</summary>
    public bool HasState { get; init; }

    /// <summary>Whether it is kept how a list shows the conversation.</summary>
    public bool HasItem { get; init; }

    /// <summary>Whether the server is to be asked how things stand: something happened that nobody told.</summary>
    public bool IsDoubtful { get; init; }

    /// <summary>How the server names what the user removed for himself, as far as what is kept is without it.</summary>
    public string? Removals { get; init; }

    public bool IsEmpty => First > Last;
}

/// <summary>What a new client goes on from.</summary>
/// <param name="Epoch">Of which history; null where nothing was written to its end yet.</param>
/// <param name="Since">From where on the server tells what changed; null with <paramref name="Epoch"/>.</param>
/// <param name="Positions">Where each conversation is.</param>
/// <param name="Receipts">What was told of the own messages, where something was.</param>
/// <param name="Sent">Own messages that not everybody has read, in sequence.</param>
internal sealed record KeptHistory(
    Guid? Epoch, string? Since, IReadOnlyDictionary<ConversationId, KeptPosition> Positions,
    IReadOnlyDictionary<ConversationId, ReceiptMarks> Receipts, IReadOnlyDictionary<ConversationId, List<OwnMessage>> Sent)
{
    /// <summary>Reads it.</summary>
    /// <exception cref="LocalStoreException">The store failed.</exception>
    public static async Task<KeptHistory> ReadAsync(LocalStore store)
    {
        var history = await store.ReadAsync(new LocalRange(KeptKind.History)).ConfigureAwait(false);
        var isWhole = true;
        var positions = new Dictionary<ConversationId, KeptPosition>();
        foreach (var record in await store.ReadAsync(new LocalRange(KeptKind.Position)).ConfigureAwait(false))
        {
            if (Of(record) is { } conversation && KeptPosition.Read(record.Value) is { } position) positions[conversation] = position;
            else isWhole = false;
        }

        var sent = new Dictionary<ConversationId, List<OwnMessage>>();
        foreach (var record in await store.ReadAsync(new LocalRange(KeptKind.Sent)).ConfigureAwait(false))
        {
            if (Of(record) is not { } conversation || !Guid.TryParse(Encoding.UTF8.GetString(record.Value.Span), out var message)) continue;
            if (!sent.TryGetValue(conversation, out var own)) sent[conversation] = own = [];
            own.Add(new OwnMessage(new MessageId(message), new Sequence(record.Key.Number)));
        }

        var receipts = new Dictionary<ConversationId, ReceiptMarks>();
        foreach (var record in await store.ReadAsync(new LocalRange(KeptKind.Receipts)).ConfigureAwait(false))
        {
            if (Of(record) is not { } conversation) continue;
            if (ReceiptMarks.Read(record.Value) is { } marks) receipts[conversation] = marks;
            // What was told is not known, and nothing is told twice.
            else sent.Remove(conversation);
        }

        // Without the place of one of them all are to be named again.
        if (!isWhole || history is not [var only] || KeptValue.Read(only.Value, json => Tuple.Create(json.GetProperty("epoch").GetGuid(), json.GetProperty("since").GetString()!)) is not { } from)
            return new KeptHistory(null, null, positions, receipts, sent);
        return new KeptHistory(from.Item1, from.Item2, positions, receipts, sent);
    }

    public static LocalChange Put(Guid epoch, string since) => new(new LocalKey(KeptKind.History, "", 0), KeptValue.Of(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("epoch", epoch);
        writer.WriteString("since", since);
        writer.WriteEndObject();
    }));

    public static LocalChange Put(ConversationId conversation, OwnMessage message) =>
        new(new LocalKey(KeptKind.Sent, KeptKind.ScopeOf(conversation), message.Sequence.Value), Encoding.UTF8.GetBytes($"{message.Message}"));

    private static ConversationId? Of(LocalRecord record) => Guid.TryParse(record.Key.Scope, out var id) ? new ConversationId(id) : null;
}
