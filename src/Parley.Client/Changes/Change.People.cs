using System.Text.Json;

namespace Parley.Client;

/// <content>Changes between people, and of the own profile.</content>
public sealed partial class Change
{
    /// <summary>Asks somebody to be a contact. See <see cref="Contacts.RequestAsync"/>.</summary>
    public static Change RequestContact(UserId user, string? message = null) => ChangeKinds.RequestContact.Of(new RequestContact(user, message));

    /// <summary>Accepts somebody's request. See <see cref="Contacts.AcceptAsync"/>.</summary>
    public static Change AcceptContact(UserId user) => ChangeKinds.AcceptContact.Of(new AcceptContact(user));

    /// <summary>Declines somebody's request. See <see cref="Contacts.DeclineAsync"/>.</summary>
    public static Change DeclineContact(UserId user) => ChangeKinds.DeclineContact.Of(new DeclineContact(user));

    /// <summary>Takes somebody out of the contacts. See <see cref="Contacts.RemoveAsync"/>.</summary>
    public static Change RemoveContact(UserId user) => ChangeKinds.RemoveContact.Of(new RemoveContact(user));

    /// <summary>Blocks some users. See <see cref="Blocks.AddAsync"/>.</summary>
    public static Change Block(IReadOnlyList<UserId> users) => ChangeKinds.AddBlocks.Of(new AddBlocks(users));

    /// <summary>Blocks some users no longer. See <see cref="Blocks.RemoveAsync"/>.</summary>
    public static Change Unblock(IReadOnlyList<UserId> users) => ChangeKinds.RemoveBlocks.Of(new RemoveBlocks(users));

    /// <summary>Changes the own profile. See <see cref="Users.UpdateAsync"/>.</summary>
    public static Change UpdateProfile(string? displayName = null, string? avatarUrl = null, JsonElement? publicData = null, JsonElement? privateData = null) =>
        ChangeKinds.UpdateUser.Of(new UpdateUser(displayName, avatarUrl, publicData, privateData));
}
