using System.Text.Json.Serialization;

namespace Parley;

/// <summary>The kinds of conversation; a newer server may answer others. What they differ in is one table in the server, <c>ConversationKinds</c>.</summary>
[JsonConverter(typeof(ConversationKindConverter))]
public enum ConversationKind
{
    /// <summary>Two people, one conversation per pair, for ever the same; or one, for notes to himself.</summary>
    Direct,

    /// <summary>Up to 5,000 people who are added and leave.</summary>
    Group,

    /// <summary>Up to 100,000 people who come and go as they like: no receipts, no unread counts, and the last ten entries for who comes.</summary>
    Room,

    /// <summary>Up to 100,000 people, of whom a few write.</summary>
    Broadcast,

    /// <summary>A kind of a newer server. Never asked for.</summary>
    Unknown = -1,
}
