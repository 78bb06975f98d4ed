using System.Text.Json.Serialization;

namespace Parley;

/// <summary>What a participant sees of the time when he was not in a conversation; a newer server may answer others.</summary>
[JsonConverter(typeof(HistoryVisibilityConverter))]
public enum HistoryVisibility
{
    /// <summary>All of it, from the first entry on.</summary>
    All,

    /// <summary>None of it: neither what was before he joined nor what was said while he was away (B32).</summary>
    WhileIn,

    /// <summary>The ten entries before he joined: rooms.</summary>
    LastTen,

    /// <summary>Another one of a newer server. Never asked for.</summary>
    Unknown = -1,
}
