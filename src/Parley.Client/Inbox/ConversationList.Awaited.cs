namespace Parley.Client;

/// <content>Conversations that were asked for and are still to be made.</content>
public sealed partial class ConversationList
{
    private IReadOnlyList<InboxItem> Awaited() =>
        _client.Me is { } me ? [.. _client.Changes.Creations().Select(creation => KeptItem.Of(AwaitedConversation.StateOf(creation, me), [], me))] : [];

    /// <summary>One was asked for.</summary>
    private bool Await()
    {
        var awaited = Awaited();
        lock (_gate) _fold.Await(awaited);
        if (_client.State == ConnectionState.Open) AskForPeers(awaited);
        else if (_options.Profiles) _ = NameAsync([.. awaited.Select(item => item.Peer).OfType<UserId>()]);
        return true;
    }

    /// <summary>Names those whom the device knows.</summary>
    private async Task NameAsync(IReadOnlyList<UserId> users)
    {
        try
        {
            var profiles = await _client.Users.GetKeptAsync(users).ConfigureAwait(false);
            if (profiles.Count > 0) await TakeAsync(() => Know(profiles)).ConfigureAwait(false);
        }
        catch (Exception error) when (error is LocalStoreException or ObjectDisposedException)
        {
            // They are called by their ids until the list is read.
        }
    }

    private void Know(IReadOnlyList<UserProfile> kept)
    {
        foreach (var profile in kept.Where(profile => _peers.TryAdd(profile.User, profile))) _keptPeers.Add(profile.User);
    }
}
