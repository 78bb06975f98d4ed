using System.Text.Json.Serialization;

namespace Parley;

/// <summary>What a participant may do. The one model behind owners, admins and every vendor's flags.</summary>
[Flags]
[JsonConverter(typeof(PermissionsConverter))]
public enum Permissions
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Read entries and receive them.</summary>
    Read = 1,

    /// <summary>Send messages.</summary>
    Send = 2,

    /// <summary>Edit own messages.</summary>
    EditOwn = 4,

    /// <summary>Remove own messages.</summary>
    RemoveOwn = 8,

    /// <summary>Edit anybody's messages.</summary>
    EditAny = 16,

    /// <summary>Remove anybody's messages.</summary>
    RemoveAny = 32,

    /// <summary>Add and remove participants.</summary>
    ManageParticipants = 64,

    /// <summary>Change the conversation's settings.</summary>
    ManageConversation = 128,

    /// <summary>Own the conversation: nobody but an owner removes an owner, and a conversation with owners keeps at least one.</summary>
    Owner = 256,
}
