using System.Text.Json.Serialization;

namespace Parley;

/// <summary>Something of a user's own that a device reads again when it changed; a newer server may answer others.</summary>
[JsonConverter(typeof(UserListConverter))]
public enum UserList
{
    /// <summary><c>user.me</c>.</summary>
    Profile,

    /// <summary><c>contact.list</c>.</summary>
    Contacts,

    /// <summary><c>block.list</c>.</summary>
    Blocks,

    /// <summary>Invitations to conversations.</summary>
    Invitations,

    /// <summary>A list of a newer server: nothing to read for who does not know it.</summary>
    Unknown = -1,
}
