using System.Text.Json.Serialization;

namespace Parley;

/// <summary>How somebody can be reached; a newer server may answer others.</summary>
[JsonConverter(typeof(PresenceStatusConverter))]
public enum PresenceStatus
{
    /// <summary>None of his devices is connected, or he is invisible, or who asks may not know. Never chosen.</summary>
    Offline,

    /// <summary>Here.</summary>
    Online,

    /// <summary>Connected, but not at any device.</summary>
    Away,

    /// <summary>Here, and not to be disturbed. Chosen, never found out.</summary>
    Busy,

    /// <summary>Connected, and offline to everybody else. Only his own devices are told.</summary>
    Invisible,

    /// <summary>A status of a newer server. Never asked for.</summary>
    Unknown = -1,
}
