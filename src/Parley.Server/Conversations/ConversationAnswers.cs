using System.Buffers;
using System.Text.Json;
using Parley.Delivery;

namespace Parley.Conversations;

/// <summary>Answers that carry entries: written around the stored bytes, which are never read as JSON again.</summary>
/// <remarks>The members are those of the protocol's records of the same names; the vectors hold both to it.</remarks>
internal static class ConversationAnswers
{
    private const int Room = 256;
    private const int RoomForParticipant = 256;

    /// <summary><see cref="ConversationCreatedAnswer"/>.</summary>
    public static ReadOnlyMemory<byte> Created(ConversationState state, EncodedEntry first) => Write(1024, writer =>
    {
        writer.WriteStartObject();
        writer.WritePropertyName("conversation"u8);
        JsonSerializer.Serialize(writer, state, ProtocolJson.Lenient.ConversationState);
        writer.WritePropertyName("entry"u8);
        writer.WriteRawValue(first.Json.Span, skipInputValidation: true);
        writer.WriteEndObject();
    });

    /// <summary><see cref="Parley.EntriesPage"/>.</summary>
    public static ReadOnlyMemory<byte> Page(EncodedPage page) => Write(Room + RoomFor(page.Entries), writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("conversation"u8, page.Conversation.Value);
        WriteEntries(writer, page.Entries);
        writer.WriteNumber("head"u8, page.Head.Value);
        writer.WriteNumber("tail"u8, page.Tail.Value);
        writer.WriteBoolean("more"u8, page.More);
        writer.WriteEndObject();
    });

    /// <summary><see cref="Parley.ConversationsSynced"/>.</summary>
    public static ReadOnlyMemory<byte> Synced(IReadOnlyList<EncodedSync> conversations) => Write(conversations.Sum(RoomFor), writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartArray("conversations"u8);
        foreach (var one in conversations)
        {
            writer.WriteStartObject();
            writer.WriteString("conversation"u8, one.Conversation.Value);
            writer.WritePropertyName("status"u8);
            JsonSerializer.Serialize(writer, one.Status, ProtocolJson.Lenient.SyncStatus);
            writer.WriteNumber("head"u8, one.Head.Value);
            writer.WriteNumber("tail"u8, one.Tail.Value);
            WriteEntries(writer, one.Entries);
            writer.WriteBoolean("more"u8, one.More);
            if (one.Participants is not null)
            {
                writer.WritePropertyName("participants"u8);
                JsonSerializer.Serialize(writer, one.Participants, ProtocolJson.Lenient.IReadOnlyListParticipantState);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    private static void WriteEntries(Utf8JsonWriter writer, IReadOnlyList<EncodedEntry> entries)
    {
        writer.WriteStartArray("entries"u8);
        foreach (var entry in entries) writer.WriteRawValue(entry.Json.Span, skipInputValidation: true);
        writer.WriteEndArray();
    }

    // Rather too much than too little: a buffer that grows copies what it has and leaves it behind, and these answers are the largest there are.
    private static int RoomFor(EncodedSync one) => Room + RoomFor(one.Entries) + (one.Participants?.Count ?? 0) * RoomForParticipant;

    private static int RoomFor(IReadOnlyList<EncodedEntry> entries) => entries.Sum(entry => entry.Json.Length + 1);

    private static ReadOnlyMemory<byte> Write(int room, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(room);
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true, Encoder = ProtocolJson.Lenient.Options.Encoder })) write(writer);
        return buffer.WrittenMemory;
    }
}

/// <summary>A page of a log, its entries as stored.</summary>
internal sealed record EncodedPage(ConversationId Conversation, IReadOnlyList<EncodedEntry> Entries, Sequence Head, Sequence Tail, bool More);

/// <summary>What came after a position, its entries as stored.</summary>
internal sealed record EncodedSync(
    ConversationId Conversation, SyncStatus Status, Sequence Head, Sequence Tail, IReadOnlyList<EncodedEntry> Entries, bool More,
    IReadOnlyList<ParticipantState>? Participants);
