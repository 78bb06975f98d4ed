using System.Text.Json;
using Parley.Delivery;

namespace Parley.Conversations;

/// <summary>Answers that carry entries: written around the stored bytes, which are never read as JSON again.</summary>
/// <remarks>The members are those of the protocol's records of the same names; the vectors hold both to it.</remarks>
internal static class ConversationAnswers
{
    /// <summary><see cref="ConversationCreatedAnswer"/>.</summary>
    public static ReadOnlyMemory<byte> Created(ConversationState state, EncodedEntry? first, CreationOutcome outcome) => JsonBytes.Write((state, first, outcome), static (writer, created) =>
    {
        writer.WriteStartObject();
        writer.WritePropertyName("conversation"u8);
        JsonSerializer.Serialize(writer, created.state, ProtocolJson.Lenient.ConversationState);
        if (created.first is { } first)
        {
            writer.WritePropertyName("entry"u8);
            first.WriteTo(writer);
        }

        writer.WritePropertyName("outcome"u8);
        JsonSerializer.Serialize(writer, created.outcome, ProtocolJson.Lenient.CreationOutcome);
        writer.WriteEndObject();
    });

    /// <summary><see cref="Parley.EntriesPage"/>.</summary>
    public static ReadOnlyMemory<byte> Page(EncodedPage page) => JsonBytes.Write(page, static (writer, page) =>
    {
        writer.WriteStartObject();
        writer.WriteString("conversation"u8, page.Conversation.Value);
        WriteEntries(writer, page.Entries, page.Skipped);
        writer.WriteNumber("head"u8, page.Head.Value);
        writer.WriteNumber("tail"u8, page.Tail.Value);
        writer.WriteBoolean("more"u8, page.More);
        writer.WriteEndObject();
    });

    /// <summary><see cref="Parley.MessagesPage"/>.</summary>
    public static ReadOnlyMemory<byte> Messages(EncodedMessages page) => JsonBytes.Write(page, static (writer, page) =>
    {
        writer.WriteStartObject();
        writer.WriteString("conversation"u8, page.Conversation.Value);
        WriteEntries(writer, page.Entries, skipped: null);
        if (page.Next is { } next) writer.WriteNumber("next"u8, next.Value);
        writer.WriteEndObject();
    });

    /// <summary><see cref="Parley.ConversationsSynced"/>.</summary>
    public static ReadOnlyMemory<byte> Synced(IReadOnlyList<EncodedSync> conversations) => JsonBytes.Write(conversations, static (writer, conversations) =>
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
            WriteEntries(writer, one.Entries, one.Skipped);
            writer.WriteBoolean("more"u8, one.More);
            if (one.Participants is not null)
            {
                writer.WritePropertyName(one.OnlyChanged ? "changedParticipants"u8 : "participants"u8);
                JsonSerializer.Serialize(writer, one.Participants, ProtocolJson.Lenient.IReadOnlyListParticipantState);
            }

            if (one.ParticipantCount is { } count) writer.WriteNumber("participantCount"u8, count);

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    private static void WriteEntries(Utf8JsonWriter writer, IReadOnlyList<EncodedEntry> entries, IReadOnlyList<SkippedRange>? skipped)
    {
        writer.WriteStartArray("entries"u8);
        foreach (var entry in entries) entry.WriteTo(writer);
        writer.WriteEndArray();
        if (skipped is null) return;
        writer.WritePropertyName("skipped"u8);
        JsonSerializer.Serialize(writer, skipped, ProtocolJson.Lenient.IReadOnlyListSkippedRange);
    }
}

/// <summary>A page of a log, its entries as stored.</summary>
internal sealed record EncodedPage(
    ConversationId Conversation, IReadOnlyList<EncodedEntry> Entries, IReadOnlyList<SkippedRange>? Skipped, Sequence Head, Sequence Tail, bool More);

/// <summary>What came after a position, its entries as stored; its participants, all of them or <paramref name="OnlyChanged"/>; and in a room how many they are.</summary>
internal sealed record EncodedSync(
    ConversationId Conversation, SyncStatus Status, Sequence Head, Sequence Tail, IReadOnlyList<EncodedEntry> Entries, bool More,
    IReadOnlyList<ParticipantState>? Participants, bool OnlyChanged, IReadOnlyList<SkippedRange>? Skipped = null, int? ParticipantCount = null);
