using System.Text.Json.Serialization;

namespace Parley;

/// <summary>The kinds of conversation; a newer server may answer others. What they differ in is one table in the server, <c>ConversationKinds</c>.</summary>
[JsonConverter(typeof(ConversationKindConverter))]
public enum ConversationKind
{
    /// <summary>Two people, one conversation per pair, for ever the same.</summary>
    Direct,

    /// <summary>Up to 5,000 people who are added and leave.</summary>
    Group,

    /// <summary>A kind of a newer server. Never asked for.</summary>
    Unknown = -1,
}
