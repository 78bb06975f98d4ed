using System.Text.Json.Serialization;

namespace Parley;

/// <summary>The kinds of conversation. What they differ in is one table in the server, <c>ConversationKinds</c>.</summary>
[JsonConverter(typeof(ConversationKindConverter))]
public enum ConversationKind
{
    /// <summary>Two people, one conversation per pair, for ever the same.</summary>
    [JsonStringEnumMemberName("direct")]
    Direct,

    /// <summary>Up to 5,000 people who are added and leave.</summary>
    [JsonStringEnumMemberName("group")]
    Group,
}
