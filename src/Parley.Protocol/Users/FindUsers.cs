namespace Parley;

/// <summary><c>user.get</c>: asks for the profiles of some users.</summary>
/// <param name="Users">1 to 50 of them.</param>
public sealed record GetUsers(IReadOnlyList<UserId> Users)
{
    /// <summary>The most users of one request.</summary>
    public const int MaxUsers = 50;
}

/// <summary>The profiles that there are, in the order asked. A user of whom nothing is kept has none, and exists all the same.</summary>
public sealed record UserProfiles(IReadOnlyList<UserProfile> Users);

/// <summary><c>user.find</c>: asks for the one user with an alias. Exactly one member is given.</summary>
/// <param name="Email">An e-mail address; case does not matter.</param>
/// <param name="Phone">A telephone number, as <c>+49 170 1234567</c>; without <c>+</c> it is of the app's default country.</param>
/// <param name="Number">His numeric alias.</param>
/// <param name="User">His id.</param>
public sealed record FindUser(string? Email = null, string? Phone = null, long? Number = null, UserId? User = null);

/// <summary><c>user.me</c>: asks for the own profile.</summary>
public sealed record GetOwnProfile;
