using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Collections.Specialized;
using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace Parley.Client;

/// <summary>
/// The user's conversations as a list that a program binds to: pinned ones first, and then by activity. It stays up to date by itself, across reconnects and resets: after a reconnect it comes to equal what
/// <see cref="Inbox.ListAsync(ListInbox, CancellationToken)"/> answers, as far as it is loaded.
/// </summary>
/// <remarks>
/// It is changed, and says so, where the client raises its events; bind to it and read it there. From anywhere else <see cref="Snapshot"/> is to be read. Items are the same objects as long as they are in it, and one that
/// stands elsewhere is moved. What the app's retention takes away is told by nobody: unread messages that went so are counted until the conversation is read. What the server will not do throws
/// <see cref="ParleyRefusedException"/>; what got no answer in time throws <see cref="ParleyConnectionException"/>.
/// </remarks>
public sealed partial class ConversationList : ReadOnlyObservableCollection<ConversationListItem>, INotifyCollectionChanged, INotifyPropertyChanged, IDisposable
{
    private readonly ParleyClient _client;
    private readonly ConversationListOptions _options;
    private readonly InboxFold _fold;
    private readonly BoundItems<ConversationId, ListedConversation, ConversationListItem> _bound;
    private readonly Lock _gate = new();
    private readonly Dictionary<UserId, UserProfile?> _peers = [];
    private readonly Watchers<ImmutableList<ListedConversation>> _watchers = new();
    private ImmutableDictionary<ConversationId, ImmutableSortedDictionary<UserId, TypingState>> _typing = ImmutableDictionary<ConversationId, ImmutableSortedDictionary<UserId, TypingState>>.Empty;
    private ImmutableList<ListedConversation> _snapshot = [];
    private bool _hadMore = true;
    private ImmutableList<ListedConversation> _bindable = [];
    private bool _isDisposed;

    internal ConversationList(ParleyClient client, ConversationListOptions options, Follower follower)
        : base([])
    {
        (_client, _options) = (client, options);
        _fold = new InboxFold(options, follower.FlagsOf);
        _bound = new BoundItems<ConversationId, ListedConversation, ConversationListItem>(
            (ObservableCollection<ConversationListItem>)Items, one => one.Item.Conversation, one => new ConversationListItem(client, one), (item, now) => item.Become(now));
    }

    /// <inheritdoc cref="INotifyCollectionChanged.CollectionChanged"/>
    public new event NotifyCollectionChangedEventHandler? CollectionChanged;

    /// <inheritdoc cref="INotifyPropertyChanged.PropertyChanged"/>
    public new event PropertyChangedEventHandler? PropertyChanged;

    /// <summary>The list as a value, which stays as it is: what the client knows now. What is bound follows it.</summary>
    public ImmutableList<ListedConversation> Snapshot
    {
        get
        {
            lock (_gate) return _snapshot;
        }
    }

    /// <summary>Whether <see cref="LoadMoreAsync"/> has something to load.</summary>
    public bool HasMore { get; private set; } = true;

    /// <summary>How many messages are unread in the conversations that are loaded, muted ones included. In all of them: <see cref="Inbox.CountUnreadAsync"/>.</summary>
    public int TotalUnread { get; private set; }

    /// <summary>The changes from now on, each from what the reader saw before: one who is slow sees several as one. Ends with the list. Noticing begins with this call, not with the enumeration.</summary>
    /// <param name="cancel">Ends the stream.</param>
    public IAsyncEnumerable<ConversationListChange> WatchAsync(CancellationToken cancel = default)
    {
        lock (_gate) return ChangesAsync(_watchers.Open(cancel), _snapshot, cancel);
    }

    /// <summary>Stops following. Doing it twice does nothing more.</summary>
    public void Dispose()
    {
        _client.Remove(this);
        lock (_gate) _isDisposed = true;
        _watchers.Complete();
    }

    /// <inheritdoc/>
    protected override void OnCollectionChanged(NotifyCollectionChangedEventArgs args) =>
        _client.CallEach(CollectionChanged, nameof(CollectionChanged), listener => listener(this, args));

    /// <inheritdoc/>
    protected override void OnPropertyChanged(PropertyChangedEventArgs args) =>
        _client.CallEach(PropertyChanged, nameof(PropertyChanged), listener => listener(this, args));

    /// <summary>Something happened. Called by the thread that tells the program.</summary>
    internal void Hear(Happening happening)
    {
        if (happening is Happening.Reset(null)) Reload();
        var isNews = happening switch
        {
            Happening.TypingChangedTo(var typing) => Hear(typing),
            Happening.Profile(var profile) => Hear(profile),
            Happening.Asked => Await(),
            _ when _client.Me is { } me => Fold(happening, me),
            _ => false,
        };
        if (isNews) _ = ShowAsync();
        if (isNews || happening is Happening.ListedAll) Refresh();
    }

    private bool Fold(Happening happening, UserId me)
    {
        lock (_gate) return _fold.Hear(happening, me);
    }

    private bool Hear(TypingChanged typing)
    {
        if (typing.User == _client.Session?.User) return false;
        var now = _typing.GetValueOrDefault(typing.Conversation) ?? ListedConversation.Nobody;
        now = typing.State == TypingState.Stopped ? now.Remove(typing.User) : now.SetItem(typing.User, typing.State);
        _typing = now.IsEmpty ? _typing.Remove(typing.Conversation) : _typing.SetItem(typing.Conversation, now);
        return true;
    }

    private bool Hear(UserProfile profile)
    {
        lock (_gate)
        {
            if (!_peers.ContainsKey(profile.User)) return false;
            _keptPeers.Remove(profile.User);
            _askedPeers.Remove(profile.User);
            _peers[profile.User] = profile;
            return true;
        }
    }

    /// <summary>Makes a picture of what is known for those who watch, and completes when what is bound shows it. Called by the thread that tells the program.</summary>
    private Task ShowAsync()
    {
        lock (_gate)
        {
            if (_isDisposed) return Task.CompletedTask;
            var before = _snapshot.ToDictionary(one => one.Item.Conversation);
            ImmutableList<ListedConversation> now = [.. _fold.Show().Select(item => Listed(item, before))];
            if (!now.SequenceEqual(_snapshot) || _fold.HasMore != _hadMore)
            {
                (_snapshot, _hadMore) = (now, _fold.HasMore);
                _watchers.Tell(now);
            }
        }

        return _client.Teller.TellAsync(Show);
    }

    private ListedConversation Listed(InboxItem item, Dictionary<ConversationId, ListedConversation> before)
    {
        var peer = item.Peer is { } user ? _peers.GetValueOrDefault(user) : null;
        var now = new ListedConversation(item, peer, _typing.GetValueOrDefault(item.Conversation) ?? ListedConversation.Nobody);
        return before.TryGetValue(item.Conversation, out var earlier) && earlier == now ? earlier : now;
    }

    /// <summary>Shows the newest picture: of several that wait the first one to run shows it, and the others find nothing to do.</summary>
    private void Show()
    {
        ImmutableList<ListedConversation> now;
        bool hasMore;
        lock (_gate)
        {
            (now, hasMore) = (_snapshot, _hadMore);
            if (_isDisposed || (ReferenceEquals(now, _bindable) && hasMore == HasMore)) return;
        }

        _bindable = now;
        _bound.Show(now);
        var (hadMore, total) = (HasMore, TotalUnread);
        (HasMore, TotalUnread) = (hasMore, now.Sum(one => one.Item.Unread));
        if (hadMore != HasMore) OnPropertyChanged(new PropertyChangedEventArgs(nameof(HasMore)));
        if (total != TotalUnread) OnPropertyChanged(new PropertyChangedEventArgs(nameof(TotalUnread)));
    }

    private static async IAsyncEnumerable<ConversationListChange> ChangesAsync(
        IAsyncEnumerable<ImmutableList<ListedConversation>> lists, ImmutableList<ListedConversation> seen, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        await foreach (var now in lists.WithCancellation(cancel).ConfigureAwait(false))
        {
            var before = seen;
            seen = now;
            yield return new ConversationListChange(before, now);
        }
    }
}
