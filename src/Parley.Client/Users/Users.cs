using System.Text.Json;

namespace Parley.Client;

/// <summary>People: the own profile, those of others, and where the user is signed in.</summary>
/// <remarks>Display names are whatever their users wrote, and not unique: show them beside an id wherever it matters who somebody is. What the server will not do throws <see cref="ParleyRefusedException"/>; what got no answer in time throws <see cref="ParleyConnectionException"/>, and may have been done.</remarks>
public sealed class Users
{
    private readonly ParleyClient _client;
    private readonly Requests _requests;
    private readonly Changes _changes;

    internal Users(ParleyClient client, Requests requests, Changes changes) => (_client, _requests, _changes) = (client, requests, changes);

    /// <summary>
    /// A profile is different now: the own, changed on another device or by the app, or that of a contact. What changed while the client was not connected is told after it is again, and so is what
    /// changed while it was slow; what is known already may then be told again. For that the contacts are asked for after each reconnect, as long as somebody listens. The own
    /// private data are answered by <see cref="MeAsync"/>.
    /// </summary>
    public event EventHandler<UserProfileEventArgs>? ProfileChanged;

    /// <summary>Profiles of these users, in the order asked. Somebody of whom nothing is kept is left out; he exists all the same.</summary>
    /// <param name="users">Any number: fifty are asked for at a time.</param>
    /// <param name="cancel">Stops asking.</param>
    public async Task<IReadOnlyList<UserProfile>> GetAsync(IEnumerable<UserId> users, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(users);
        var found = new List<UserProfile>();
        foreach (var some in users.Distinct().Chunk(GetUsers.MaxUsers))
            found.AddRange((await _requests.AskAsync(Wire.GetUsers, new GetUsers(some), cancel, Keep).ConfigureAwait(false)).Users);
        return found;
    }

    /// <summary>Profiles of these users as this device knew them last, in the order asked, without asking anybody; of whom it knows none, none. Needs no connection.</summary>
    /// <param name="users">Any number.</param>
    /// <param name="cancel">Stops reading.</param>
    /// <returns>None without a <see cref="ParleyClientOptions.Store"/>.</returns>
    /// <exception cref="LocalStoreException">The store cannot be read.</exception>
    public async Task<IReadOnlyList<UserProfile>> GetKeptAsync(IEnumerable<UserId> users, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(users);
        if (await _client.KeptAsync(cancel).ConfigureAwait(false) is not { } kept) return [];
        var found = new List<UserProfile>();
        foreach (var user in users.Distinct())
        {
            if (await kept.ProfileAsync(user).WaitAsync(cancel).ConfigureAwait(false) is { } profile) found.Add(profile);
        }

        return found;
    }

    /// <summary>The user with this e-mail address, whatever its case; null when there is none, or the app does not let users find each other so.</summary>
    /// <exception cref="ParleyRefusedException">It is no e-mail address.</exception>
    public Task<UserProfile?> FindByEmailAsync(string email, CancellationToken cancel = default) => FindAsync(new FindUser(Email: email), cancel);

    /// <summary>The user with this telephone number, as people write it; null when there is none, or the app does not let users find each other so.</summary>
    /// <exception cref="ParleyRefusedException">It is no telephone number, or one without <c>+</c> in an app without a default country.</exception>
    public Task<UserProfile?> FindByPhoneAsync(string phone, CancellationToken cancel = default) => FindAsync(new FindUser(Phone: phone), cancel);

    /// <summary>The user with this number (<see cref="UserProfile.Number"/>); null when there is none.</summary>
    public Task<UserProfile?> FindByNumberAsync(long number, CancellationToken cancel = default) => FindAsync(new FindUser(Number: number), cancel);

    /// <summary>What the user may know of himself.</summary>
    public Task<OwnProfile> MeAsync(CancellationToken cancel = default) => _requests.AskAsync(Wire.GetOwnProfile, new GetOwnProfile(), cancel, Keep);

    /// <summary>Changes the own profile. Null keeps what is there; an empty text, or an object without members, clears it.</summary>
    /// <param name="displayName">Up to <see cref="UserProfile.MaxDisplayName"/> code points.</param>
    /// <param name="avatarUrl">http or https.</param>
    /// <param name="publicData">A JSON object of up to <see cref="UserProfile.MaxDataBytes"/> bytes.</param>
    /// <param name="privateData">As <paramref name="publicData"/>, for the user and the app's backend only.</param>
    /// <param name="cancel">Stops asking; it may have been done.</param>
    /// <returns>The profile afterwards.</returns>
    /// <exception cref="ParleyRefusedException">Something is too long or has another form.</exception>
    public Task<OwnProfile> UpdateAsync(
        string? displayName = null, string? avatarUrl = null, JsonElement? publicData = null, JsonElement? privateData = null, CancellationToken cancel = default) =>
        _changes.MakeAsync<OwnProfile>(Change.UpdateProfile(displayName, avatarUrl, publicData, privateData), cancel);

    /// <summary>Where the user has a session, the oldest first: on the server process that answers.</summary>
    public async Task<IReadOnlyList<DeviceSession>> DevicesAsync(CancellationToken cancel = default) =>
        (await _requests.AskAsync(Wire.ListDevices, new ListDevices(), cancel).ConfigureAwait(false)).Devices;

    /// <summary>Ends the session of another of the user's devices, which does not come back by itself. One without a session is fine.</summary>
    /// <returns>Those that are left.</returns>
    /// <exception cref="ParleyRefusedException">It is this device.</exception>
    public async Task<IReadOnlyList<DeviceSession>> EndDeviceAsync(DeviceId device, CancellationToken cancel = default) =>
        (await _requests.AskAsync(Wire.EndDevice, new EndDevice(device), cancel).ConfigureAwait(false)).Devices;

    /// <summary>Whether the program hears of profiles.</summary>
    internal bool IsListenedTo => ProfileChanged is not null;

    internal void Tell(Listeners listeners, UserProfile profile) =>
        listeners.Call(ProfileChanged, this, nameof(ProfileChanged), new UserProfileEventArgs(profile));

    private void Keep(UserProfiles answer) => _client.Happened(new Happening.AnsweredOf(answer.Users));

    private void Keep(OwnProfile answer) => _client.Happened(new Happening.AnsweredOf([answer.Profile]));

    private async Task<UserProfile?> FindAsync(FindUser query, CancellationToken cancel)
    {
        try
        {
            return await _requests.AskAsync(Wire.FindUser, query, cancel).ConfigureAwait(false);
        }
        catch (ParleyRefusedException refused) when (refused.Refusal == Refusals.NotFound)
        {
            return null;
        }
    }
}

/// <summary>A profile is different now.</summary>
public sealed class UserProfileEventArgs : EventArgs
{
    internal UserProfileEventArgs(UserProfile profile) => Profile = profile;

    /// <summary>How it is.</summary>
    public UserProfile Profile { get; }
}
