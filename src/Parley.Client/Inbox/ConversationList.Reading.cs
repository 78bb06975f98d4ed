namespace Parley.Client;

/// <content>Loading it, and reading again what it cannot count by itself.</content>
public sealed partial class ConversationList
{
    /// <summary>How long what becomes doubtful is gathered before it is read again, so that a busy list is not read at each change.</summary>
    internal static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(250);

    /// <summary>How long it waits before it asks again what could not be read though there is a session; each time twice as long, up to a minute.</summary>
    internal static readonly TimeSpan Resting = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(1);

    /// <summary>The most pages that one call looks through for something to show.</summary>
    private const int MaxPages = 10;

    private readonly SemaphoreSlim _turn = new(1);
    private string? _next;
    private bool _isToReload;
    private bool _isRefreshing;

    /// <summary>Completes when what is bound shows what was taken last.</summary>
    private volatile Task _shown = Task.CompletedTask;

    /// <summary>Of whom the profile is as it was kept: they are asked for once more.</summary>
    private readonly HashSet<UserId> _keptPeers = [];

    /// <summary>Who is asked for, and was not told of meanwhile.</summary>
    private readonly HashSet<UserId> _askedPeers = [];

    /// <summary>Loads older conversations; nothing when there are none. Where only unread ones are shown, pages are read until there is one, ten at most.</summary>
    /// <param name="cancel">Stops asking.</param>
    public async Task LoadMoreAsync(CancellationToken cancel = default)
    {
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            var shown = Snapshot.Count;
            for (var pages = 0; pages < MaxPages && Snapshot.Count == shown && CanLoad(); pages++)
            {
                Begin();
                var page = await ListAsync(_next, _options.PageSize, cancel).ConfigureAwait(false);
                if (!await TakeAsync(() => _fold.Take(page.Conversations, EndOf(page), []), page.Next).ConfigureAwait(false)) return;
                AskForPeers(page.Conversations);
            }
        }
        finally
        {
            _turn.Release();
        }

        Refresh();
        await _shown.WaitAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Reads the first page; or shows what the device kept, where there is no connection, and reads it when there is.</summary>
    internal async Task OpenAsync(Func<CancellationToken, Task<IReadOnlyList<InboxItem>>> kept, CancellationToken cancel)
    {
        _client.Add(this);
        if (_client.State != ConnectionState.Open && await kept(cancel).ConfigureAwait(false) is var known && Awaited() is var awaited && known.Count + awaited.Count > 0)
        {
            var profiles = _options.Profiles ? await _client.Users.GetKeptAsync(known.Concat(awaited).Select(item => item.Peer).OfType<UserId>(), cancel).ConfigureAwait(false) : [];
            await TakeAsync(
                () =>
                {
                    Know(profiles);
                    _fold.Replace(known, new InboxFold.ListEnd(null));
                },
                next: null).ConfigureAwait(false);
            lock (_gate) _isToReload = true;
            if (_client.State == ConnectionState.Open) Refresh();
            await _shown.WaitAsync(cancel).ConfigureAwait(false);
            return;
        }

        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            await ReloadAsync(cancel).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }

        Refresh();
        await _shown.WaitAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>The server's history is another one.</summary>
    private void Reload()
    {
        lock (_gate) _isToReload = true;
    }

    private void Refresh()
    {
        lock (_gate)
        {
            // When there is a session all is listed, and this is asked again.
            if (_isRefreshing || _isDisposed || _client.State != ConnectionState.Open || !(_isToReload || _fold.Doubtful.Count > 0)) return;
            _isRefreshing = true;
        }

        _ = RefreshAsync();
    }

    private async Task RefreshAsync()
    {
        try
        {
            var rest = Resting;
            while (await TryRefreshAsync().ConfigureAwait(false) is { } hasRead)
            {
                await Task.Delay(hasRead ? Gathering : rest, _client.Options.TimeProvider).ConfigureAwait(false);
                rest = hasRead ? Resting : rest * 2 < LongestRest ? rest * 2 : LongestRest;
            }
        }
        catch
        {
            lock (_gate) _isRefreshing = false;
            throw;
        }
    }

    /// <summary>Whether it could be read, and is to be looked after again; null when there was nothing to do, or is no session.</summary>
    private async Task<bool?> TryRefreshAsync()
    {
        try
        {
            return await RefreshOnceAsync().ConfigureAwait(false) ? true : null;
        }
        catch (Exception error) when (error is ParleyException or ObjectDisposedException)
        {
            lock (_gate)
            {
                // What is doubtful stays so. Where there is no session the next one tries again.
                if (_client.State == ConnectionState.Open && !_isDisposed) return false;
                _isRefreshing = false;
                return null;
            }
        }
    }

    /// <summary>False when there was nothing to do.</summary>
    private async Task<bool> RefreshOnceAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            ConversationId[] wanted;
            bool isToReload;
            lock (_gate)
            {
                (wanted, isToReload) = ([.. _fold.Doubtful], _isToReload);
                if (_isDisposed || !(isToReload || wanted.Length > 0)) return _isRefreshing = false;
            }

            if (isToReload) await ReloadAsync(CancellationToken.None).ConfigureAwait(false);
            else await LookAsync(wanted).ConfigureAwait(false);
            return true;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Reads as much as was loaded, from the beginning.</summary>
    private async Task ReloadAsync(CancellationToken cancel)
    {
        var loaded = Begin();
        lock (_gate) _isToReload = false;
        try
        {
            var items = new List<InboxItem>(await PinnedAsync(cancel).ConfigureAwait(false));
            InboxPage page;
            string? next = null;
            do
            {
                page = await ListAsync(next, _options.PageSize, cancel).ConfigureAwait(false);
                items.AddRange(page.Conversations);
                next = page.Next;
            }
            while (next is not null && items.Count < loaded);

            await TakeAsync(() => _fold.Replace(items, EndOf(page)), next).ConfigureAwait(false);
            AskForPeers(items);
        }
        catch
        {
            lock (_gate) _isToReload = true;
            throw;
        }
    }

    /// <summary>Looks for conversations in what is loaded, the newest first, as far as need be.</summary>
    private async Task LookAsync(ConversationId[] wanted)
    {
        Begin();
        var items = new List<InboxItem>();
        var missing = wanted.ToHashSet();
        string? next = null;
        do
        {
            var page = await ListAsync(next, _options.PageSize, CancellationToken.None).ConfigureAwait(false);
            items.AddRange(page.Conversations);
            missing.ExceptWith(page.Conversations.Select(item => item.Conversation));
            next = page.Next;
        }
        while (next is not null && missing.Count > 0 && IsLoaded(items[^1]));

        if (missing.Count > 0) items.AddRange(await PinnedAsync(CancellationToken.None).ConfigureAwait(false));
        await TakeAsync(() => _fold.Take(items, end: null, wanted)).ConfigureAwait(false);
        AskForPeers(items);
    }

    private async Task<IReadOnlyList<InboxItem>> PinnedAsync(CancellationToken cancel) =>
        (await _client.Inbox.ListPatientlyAsync(new ListInbox(ListInbox.MaxLimit, null, _options.Archived, Pinned: true, _options.Kind), cancel).ConfigureAwait(false)).Conversations;

    private Task<InboxPage> ListAsync(string? next, int limit, CancellationToken cancel) =>
        _client.Inbox.ListPatientlyAsync(new ListInbox(limit, next, _options.Archived, Kind: _options.Kind), cancel);

    /// <summary>Takes what was read, between what happened before and after; false when the client has ended.</summary>
    private async Task<bool> TakeAsync(Action take, string? next)
    {
        return await TakeAsync(() =>
        {
            take();
            _next = next;
        }).ConfigureAwait(false);
    }

    private async Task<bool> TakeAsync(Action take)
    {
        var turn = new Happening.InTurn(() =>
        {
            lock (_gate)
            {
                take();
                _fold.Await(Awaited());
                if (_client.Me is { } me)
                {
                    foreach (var read in _client.Changes.Reads()) _fold.Take(read.ReadBy(me)!);
                }
            }

            _shown = ShowAsync();
        });
        if (!_client.Happened(turn)) return false;
        await turn.Done.Task.ConfigureAwait(false);
        return true;
    }

    private int Begin()
    {
        lock (_gate)
        {
            _fold.Begin();
            return _fold.Count;
        }
    }

    private bool CanLoad()
    {
        lock (_gate) return !_isDisposed && _fold.HasMore && _next is not null;
    }

    private bool IsLoaded(InboxItem item)
    {
        lock (_gate) return _fold.IsLoaded(item);
    }

    private static InboxFold.ListEnd EndOf(InboxPage page) => new(page.Next is null ? null : InboxFold.PlaceOf(page.Conversations[^1]));

    private void AskForPeers(IEnumerable<InboxItem> items)
    {
        if (!_options.Profiles) return;
        UserId[] unknown;
        lock (_gate)
        {
            unknown = [.. items.Select(item => item.Peer).OfType<UserId>().Distinct().Where(user => _peers.TryAdd(user, null) || _keptPeers.Remove(user))];
            _askedPeers.UnionWith(unknown);
        }

        if (unknown.Length > 0) _ = AskForPeersAsync(unknown);
    }

    private async Task AskForPeersAsync(UserId[] users)
    {
        try
        {
            var profiles = await _client.Users.GetAsync(users).ConfigureAwait(false);
            await TakeAsync(() =>
            {
                // What was told meanwhile is newer.
                foreach (var profile in profiles.Where(profile => _askedPeers.Contains(profile.User))) _peers[profile.User] = profile;
                _askedPeers.ExceptWith(users);
            }).ConfigureAwait(false);
        }
        catch (Exception error) when (error is ParleyException or ObjectDisposedException)
        {
            // A name less, or an old one, until the list is read again.
            lock (_gate)
            {
                foreach (var user in users.Where(_askedPeers.Remove))
                {
                    if (_peers[user] is null) _peers.Remove(user);
                    else _keptPeers.Add(user);
                }
            }
        }
    }
}
