using System.Text.Json.Serialization;

namespace Parley;

/// <summary>Somebody in a user's contacts, or a request on its way to be one; also the notification <c>contact</c>.</summary>
/// <param name="User">The other one.</param>
/// <param name="State">How things stand, seen from the user's side.</param>
/// <param name="Change">What happened last.</param>
/// <param name="At">When it did.</param>
/// <param name="Message">What came with the request, while it waits.</param>
public sealed record Contact(UserId User, ContactState State, ContactChange Change, DateTimeOffset At, string? Message = null);

/// <summary>How things stand between two users, seen from one side; a newer server may answer others.</summary>
[JsonConverter(typeof(ContactStateConverter))]
public enum ContactState
{
    /// <summary>Not, or no longer, a contact.</summary>
    None,

    /// <summary>The user has asked the other one.</summary>
    Requested,

    /// <summary>The other one has asked the user, who may accept or decline.</summary>
    Incoming,

    /// <summary>Each is in the other's contacts.</summary>
    Accepted,

    /// <summary>A state of a newer server.</summary>
    Unknown = -1,
}

/// <summary>What happened last between two users; a newer server may answer others.</summary>
[JsonConverter(typeof(ContactChangeConverter))]
public enum ContactChange
{
    /// <summary>One asked the other.</summary>
    Requested,

    /// <summary>The request was accepted, or both had asked.</summary>
    Accepted,

    /// <summary>The request was declined.</summary>
    Declined,

    /// <summary>One removed the other, or took his request back.</summary>
    Removed,

    /// <summary>A change of a newer server.</summary>
    Unknown = -1,
}
