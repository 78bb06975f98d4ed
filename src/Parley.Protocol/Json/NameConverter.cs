using System.Text.Json;
using System.Text.Json.Serialization;

namespace Parley;

/// <summary>Values that travel by name, never by number. A name of a newer server is read as <paramref name="unknown"/>; in a request it is refused.</summary>
internal abstract class NameConverter<T>(T unknown) : JsonConverter<T>
    where T : struct, Enum
{
    private readonly (string Name, T Value)[] _known =
        [.. Enum.GetValues<T>().Where(value => !value.Equals(unknown)).Select(value => (NameOf(value), value))];

    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var name = reader.TextOrNull();
        foreach (var known in _known)
        {
            if (known.Name == name) return known.Value;
        }

        if (name is not null && !options.IsStrict()) return unknown;
        throw new JsonException($"expected one of {string.Join(", ", _known.Select(known => known.Name))}");
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        foreach (var known in _known)
        {
            if (EqualityComparer<T>.Default.Equals(known.Value, value))
            {
                writer.WriteStringValue(known.Name);
                return;
            }
        }

        writer.WriteStringValue(NameOf(value));
    }

    private static string NameOf(T value) => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}

/// <inheritdoc/>
internal sealed class ConversationKindConverter() : NameConverter<ConversationKind>(ConversationKind.Unknown);

/// <inheritdoc/>
internal sealed class HistoryVisibilityConverter() : NameConverter<HistoryVisibility>(HistoryVisibility.Unknown);

/// <inheritdoc/>
internal sealed class CreationOutcomeConverter() : NameConverter<CreationOutcome>(CreationOutcome.Unknown);

/// <inheritdoc/>
internal sealed class ParticipantListConverter() : NameConverter<ParticipantList>(ParticipantList.Unknown);

/// <inheritdoc/>
internal sealed class PendingStateConverter() : NameConverter<PendingState>(PendingState.Unknown);

/// <inheritdoc/>
internal sealed class MessagePriorityConverter() : NameConverter<MessagePriority>(MessagePriority.Unknown);

/// <inheritdoc/>
internal sealed class ContentKindConverter() : NameConverter<ContentKind>(ContentKind.Unknown);

/// <inheritdoc/>
internal sealed class RecipientStateConverter() : NameConverter<RecipientState>(RecipientState.Unknown);

/// <inheritdoc/>
internal sealed class SyncStatusConverter() : NameConverter<SyncStatus>(SyncStatus.Unknown);

/// <inheritdoc/>
internal sealed class PresenceStatusConverter() : NameConverter<PresenceStatus>(PresenceStatus.Unknown);

/// <inheritdoc/>
internal sealed class TypingStateConverter() : NameConverter<TypingState>(TypingState.Unknown);
internal sealed class UserStatusConverter() : NameConverter<UserStatus>(UserStatus.Unknown);

/// <inheritdoc/>
internal sealed class UserListConverter() : NameConverter<UserList>(UserList.Unknown);

/// <inheritdoc/>
internal sealed class ContactStateConverter() : NameConverter<ContactState>(ContactState.Unknown);

/// <inheritdoc/>
internal sealed class ContactChangeConverter() : NameConverter<ContactChange>(ContactChange.Unknown);

/// <inheritdoc/>
internal sealed class UploadStateConverter() : NameConverter<UploadState>(UploadState.Unknown);

/// <inheritdoc/>
internal sealed class WordActionConverter() : NameConverter<WordAction>(WordAction.Unknown);

/// <inheritdoc/>
internal sealed class WordListSourceConverter() : NameConverter<WordListSource>(WordListSource.Unknown);

/// <inheritdoc/>
internal sealed class ReportReasonConverter() : NameConverter<ReportReason>(ReportReason.Unknown);

/// <inheritdoc/>
internal sealed class ReportStateConverter() : NameConverter<ReportState>(ReportState.Unknown);
