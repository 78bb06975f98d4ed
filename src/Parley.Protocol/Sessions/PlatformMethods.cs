namespace Parley;

/// <summary>The names of the methods that an app's backend asks with an API key. No user's token may.</summary>
public static class PlatformMethods
{
    /// <summary><see cref="Parley.PutUser"/>.</summary>
    public const string PutUser = "user.put";

    /// <summary><see cref="Parley.SuspendUser"/>.</summary>
    public const string SuspendUser = "user.suspend";

    /// <summary><see cref="Parley.RestoreUser"/>.</summary>
    public const string RestoreUser = "user.restore";

    /// <summary><see cref="Parley.MuteUser"/>.</summary>
    public const string MuteUser = "user.mute";

    /// <summary><see cref="Parley.UnmuteUser"/>.</summary>
    public const string UnmuteUser = "user.unmute";

    /// <summary><see cref="Parley.DeactivateUser"/>.</summary>
    public const string DeactivateUser = "user.deactivate";

    /// <summary><see cref="Parley.DeleteUser"/>.</summary>
    public const string DeleteUser = "user.delete";

    /// <summary><see cref="Parley.ListUsers"/>.</summary>
    public const string ListUsers = "user.list";
}
