using System.Text.Json.Serialization;

namespace Parley;

/// <summary>Kinds travel by name: a number, as a number or in quotes, is refused.</summary>
internal sealed class ConversationKindConverter() : JsonStringEnumConverter<ConversationKind>(namingPolicy: null, allowIntegerValues: false);

/// <summary>Statuses travel by name.</summary>
internal sealed class SyncStatusConverter() : JsonStringEnumConverter<SyncStatus>(namingPolicy: null, allowIntegerValues: false);
