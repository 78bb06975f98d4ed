namespace Parley;

/// <summary><c>block.add</c>: blocks some users. They cannot message the user directly, nor ask to be a contact; he still can message them.</summary>
/// <param name="Users">1 to 100 of them.</param>
public sealed record AddBlocks(IReadOnlyList<UserId> Users)
{
    /// <summary>The most users of one request.</summary>
    public const int MaxUsers = 100;
}

/// <summary><c>block.remove</c>: no longer blocks some users.</summary>
/// <param name="Users">1 to 100 of them; one who is not blocked is fine.</param>
public sealed record RemoveBlocks(IReadOnlyList<UserId> Users);

/// <summary><c>block.list</c>: asks whom the user blocks.</summary>
public sealed record ListBlocks;

/// <summary>Whom a user blocks, all of them, in the order of their ids.</summary>
/// <param name="Users">At most 500.</param>
public sealed record BlockList(IReadOnlyList<UserId> Users)
{
    /// <summary>The most users that one user blocks.</summary>
    public const int MaxBlocked = 500;
}

/// <summary>Notification <c>block</c>, to the user's own other devices: his block list changed.</summary>
/// <param name="Users">Whom it is about.</param>
/// <param name="Blocked">Whether they are blocked now.</param>
public sealed record BlocksChanged(IReadOnlyList<UserId> Users, bool Blocked);
