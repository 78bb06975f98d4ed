using System.Text.Json;

namespace Parley.Client;

/// <summary>What a client must know of a conversation before it begins.</summary>
internal sealed record KeptPosition
{
    /// <summary>Everything up to here was told to the program; null where nothing was, nor is to be.</summary>
    public Sequence? Told { get; init; }

    /// <summary>Everything up to here was acknowledged to the server as delivered. What was told after it is to be acknowledged by the next run.</summary>
    public Sequence Acknowledged { get; init; }

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
        Acknowledged = Place(json, "acknowledged") ?? Sequence.None,
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
        if (Acknowledged != Sequence.None) writer.WriteNumber("acknowledged", Acknowledged.Value);
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
