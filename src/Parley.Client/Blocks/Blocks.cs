namespace Parley.Client;

/// <summary>Whom the user blocks: they cannot message him directly, nor ask to be a contact. In groups a program hides them by this list.</summary>
/// <remarks>What the server will not do throws <see cref="ParleyRefusedException"/>; what got no answer in time throws <see cref="ParleyConnectionException"/>, and may have been done.</remarks>
public sealed class Blocks
{
    private readonly ParleyClient _client;
    private readonly Requests _requests;
    private readonly Changes _changes;

    internal Blocks(ParleyClient client, Requests requests, Changes changes) => (_client, _requests, _changes) = (client, requests, changes);

    /// <summary>The list was changed on another of the user's devices, also while this one was not connected or slow. It is told whole, and may be as it was.</summary>
    public event EventHandler<BlockListEventArgs>? Changed;

    /// <summary>Blocks some users, up to <see cref="AddBlocks.MaxUsers"/> at a time. Who is blocked already is fine.</summary>
    /// <returns>The whole list.</returns>
    /// <exception cref="ParleyRefusedException">There would be more than <see cref="BlockList.MaxBlocked"/>: nobody was added.</exception>
    public async Task<IReadOnlyList<UserId>> AddAsync(IReadOnlyList<UserId> users, CancellationToken cancel = default) =>
        (await _changes.MakeAsync<BlockList>(Change.Block(users), cancel).ConfigureAwait(false)).Users;

    /// <summary>Blocks some users no longer, up to <see cref="AddBlocks.MaxUsers"/> at a time. Who is not blocked is fine.</summary>
    /// <returns>The whole list.</returns>
    public async Task<IReadOnlyList<UserId>> RemoveAsync(IReadOnlyList<UserId> users, CancellationToken cancel = default) =>
        (await _changes.MakeAsync<BlockList>(Change.Unblock(users), cancel).ConfigureAwait(false)).Users;

    /// <summary>The whole list.</summary>
    public async Task<IReadOnlyList<UserId>> ListAsync(CancellationToken cancel = default) =>
        (await _requests.AskAsync(Wire.ListBlocks, new ListBlocks(), cancel, Keep).ConfigureAwait(false)).Users;

    /// <summary>The list as this device knew it last, without asking anybody. Needs no connection.</summary>
    /// <returns>Nobody without a <see cref="ParleyClientOptions.Store"/>, and where the list was never asked for.</returns>
    /// <exception cref="LocalStoreException">The store cannot be read.</exception>
    public async Task<IReadOnlyList<UserId>> ListKeptAsync(CancellationToken cancel = default) =>
        await _client.KeptAsync(cancel).ConfigureAwait(false) is { } kept ? await kept.BlocksAsync().WaitAsync(cancel).ConfigureAwait(false) : [];

    private void Keep(BlockList list) => _client.Happened(new Happening.AnsweredOf(Blocks: list.Users));

    internal void Tell(Listeners listeners, IReadOnlyList<UserId> users) => listeners.Call(Changed, this, nameof(Changed), new BlockListEventArgs(users));
}

/// <summary>The block list changed.</summary>
public sealed class BlockListEventArgs : EventArgs
{
    internal BlockListEventArgs(IReadOnlyList<UserId> users) => Users = users;

    /// <summary>All who are blocked now.</summary>
    public IReadOnlyList<UserId> Users { get; }
}
