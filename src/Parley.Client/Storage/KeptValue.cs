using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Parley.Client;

/// <summary>What stands in a record of what is kept: a version, and what the protocol's own JSON says of it.</summary>
/// <remarks>A version that this SDK does not know, and what cannot be read, is nothing: it is dropped, and asked for again.</remarks>
internal static class KeptValue
{
    private const byte Version = 1;

    public static ReadOnlyMemory<byte> Of<T>(T value, JsonTypeInfo<T> type) => Of(writer => JsonSerializer.Serialize(writer, value, type));

    public static ReadOnlyMemory<byte> Of(Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        bytes.Write([Version]);
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = ProtocolJson.Lenient.Options.Encoder })) write(writer);
        return bytes.WrittenMemory;
    }

    public static T? Read<T>(ReadOnlyMemory<byte> value, JsonTypeInfo<T> type)
        where T : class =>
        Read(value, json => json.Deserialize(type));

    public static T? Read<T>(ReadOnlyMemory<byte> value, Func<JsonElement, T?> read)
        where T : class
    {
        if (value.IsEmpty || value.Span[0] != Version) return null;
        try
        {
            using var json = JsonDocument.Parse(value[1..]);
            return read(json.RootElement);
        }
        catch (Exception unreadable) when (unreadable is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            return null;
        }
    }
}

/// <summary>The kinds of records of what is kept. Each belongs to a conversation, which is its scope, but for the history's and people's.</summary>
internal static class KeptKind
{
    /// <summary>Of which history all of it is, and from where on the server tells what changed.</summary>
    public const string History = "history";

    /// <summary>How far the program was told, and what else a client must know of each conversation before it begins.</summary>
    public const string Position = "position";

    /// <summary>A conversation as a list shows it.</summary>
    public const string Item = "item";

    /// <summary>A conversation as the server described it, with what was heard since.</summary>
    public const string State = "state";

    /// <summary>A piece of its log, numbered by its last sequence.</summary>
    public const string Entry = "entry";

    /// <summary>How far others' cursors were when something of them was told.</summary>
    public const string Receipts = "receipts";

    /// <summary>A message of the user's own that not everybody has read, numbered by its sequence.</summary>
    public const string Sent = "sent";

    /// <summary>Somebody's profile; the scope is he.</summary>
    public const string Profile = "profile";

    /// <summary>How things stand with somebody; the scope is he.</summary>
    public const string Contact = "contact";

    /// <summary>Whom the user blocks.</summary>
    public const string Blocks = "blocks";

    /// <summary>Those of conversations.</summary>
    public static readonly IReadOnlyList<string> OfConversations = [Position, Item, State, Entry, Receipts, Sent];

    /// <summary>Those of them that must be durable before a receipt is told.</summary>
    public static readonly IReadOnlyList<string> OfReceipts = [Receipts, Sent];

    /// <summary>Those of one history: what no other history has.</summary>
    public static readonly IReadOnlyList<string> OfHistory = [History, .. OfConversations];

    public static string ScopeOf(ConversationId conversation) => conversation.ToString();
}
