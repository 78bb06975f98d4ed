using System.Text.Json;

namespace Parley;

/// <summary><c>user.put</c>, for the platform: makes or changes what is kept of a user. What is left out, or null, stays as it is; what is empty is cleared.</summary>
/// <param name="User">Who.</param>
/// <param name="DisplayName">Up to 128 code points.</param>
/// <param name="AvatarUrl">http or https, up to 1,024 characters.</param>
/// <param name="PublicData">A JSON object of up to 5,120 bytes, 8 deep; replaced whole.</param>
/// <param name="PrivateData">As <paramref name="PublicData"/>, for the user himself and the backend.</param>
/// <param name="Email">An e-mail address, of one user of the app at most; case does not matter.</param>
/// <param name="Phone">A telephone number, of one user of the app at most; without <c>+</c> of the app's default country.</param>
/// <param name="Messaging">Whether he has messaging, as everybody has at first: without it he sends nothing, and is sent nothing directly (S26).</param>
public sealed record PutUser(
    UserId User, string? DisplayName = null, string? AvatarUrl = null, JsonElement? PublicData = null, JsonElement? PrivateData = null,
    string? Email = null, string? Phone = null, bool? Messaging = null);

/// <summary><c>user.suspend</c>, for the platform: ends the user's sessions, and refuses him until a time.</summary>
/// <param name="User">Who.</param>
/// <param name="Until">When it ends by itself; null for never.</param>
public sealed record SuspendUser(UserId User, DateTimeOffset? Until = null);

/// <summary><c>user.restore</c>, for the platform: ends a suspension and a deactivation. Of a deleted user nothing can be restored.</summary>
/// <param name="User">Who.</param>
public sealed record RestoreUser(UserId User);

/// <summary><c>user.mute</c>, for the platform: refuses the user's messages, edits and attributes, in the whole app, until a time. He reads on.</summary>
/// <param name="User">Who.</param>
/// <param name="Until">When it ends by itself; null for never.</param>
public sealed record MuteUser(UserId User, DateTimeOffset? Until = null);

/// <summary><c>user.unmute</c>, for the platform: lets the user send again.</summary>
/// <param name="User">Who.</param>
public sealed record UnmuteUser(UserId User);

/// <summary><c>user.deactivate</c>, for the platform: ends the user's sessions and refuses him; everything of him is kept.</summary>
/// <param name="User">Who.</param>
public sealed record DeactivateUser(UserId User);

/// <summary><c>user.delete</c>, for the platform: erases what is kept of a user, for ever. His id, his number and what he wrote stay.</summary>
/// <param name="User">Who.</param>
public sealed record DeleteUser(UserId User);

/// <summary><c>user.list</c>, for the platform: asks for the users of the app, in the order of their ids.</summary>
/// <param name="Limit">1 to 100; 50 when absent.</param>
/// <param name="Next">From the page before.</param>
public sealed record ListUsers(int? Limit = null, string? Next = null)
{
    /// <summary>The most users of one page.</summary>
    public const int MaxLimit = 100;
}

/// <summary>A page of users.</summary>
/// <param name="Users">In the order of their ids.</param>
/// <param name="Next">Asks for the next page; null at the end.</param>
public sealed record UserAccounts(IReadOnlyList<UserAccount> Users, string? Next = null);

/// <summary>Everything that is kept of a user, as the app's backend may know it.</summary>
/// <param name="Own">What he may know of himself.</param>
/// <param name="CreatedAt">Since when something is kept.</param>
/// <param name="SuspendedUntil">He is refused before then; null when he is not suspended.</param>
/// <param name="Messaging">False when he has no messaging; null when he has, as nearly everybody.</param>
public sealed record UserAccount(OwnProfile Own, DateTimeOffset CreatedAt, DateTimeOffset? SuspendedUntil = null, bool? Messaging = null);
