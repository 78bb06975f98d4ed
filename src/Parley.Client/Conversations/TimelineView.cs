using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Collections.Specialized;
using System.ComponentModel;

namespace Parley.Client;

/// <summary>
/// A conversation as a program shows and binds to it: a window over its log that begins at the newest, is moved by the program, and stays up to date by itself, across reconnects and resets. At the end it takes in what
/// comes, and shows below it what is on its way; elsewhere it stays where it is, and counts what is new below.
/// </summary>
/// <remarks>
/// It is changed, and says so, where the client raises its events; bind to it and read it there. From anywhere else <see cref="Window"/> is to be read. It holds <see cref="TimelineViewOptions.MaxItems"/> at most, and the
/// newest as many again. Nothing is read by being shown: see <see cref="MarkReadAsync(CancellationToken)"/> (L21). What the server will not do throws <see cref="ParleyRefusedException"/>; what got no answer in time throws
/// <see cref="ParleyConnectionException"/>, and may have been done.
/// </remarks>
public sealed partial class TimelineView : ReadOnlyObservableCollection<TimelineViewItem>, INotifyCollectionChanged, INotifyPropertyChanged, IDisposable
{
    private readonly ParleyClient _client;
    private readonly LiveConversation _live;
    private readonly TimelineViewOptions _options;
    private readonly BoundItems<(Guid, Sequence), TimelineViewItem.Part, TimelineViewItem> _bound;
    private readonly Watchers<TimelineWindow> _watchers = new();
    private readonly Lock _gate = new();
    private TimelineWindow _window;
    private Timeline _timeline;
    private (TimelineWindow Window, Timeline Timeline) _shown;
    private int _readings;
    private bool _isDisposed;

    internal TimelineView(ParleyClient client, LiveConversation live, TimelineViewOptions options)
        : base([])
    {
        (_client, _live, _options) = (client, live, options);
        (_timeline, _readings) = (live.Timeline, live.Readings);
        _window = TimelineWindow.Newest(_timeline, options.MaxItems);
        _shown = (_window, _timeline);
        _bound = new BoundItems<(Guid, Sequence), TimelineViewItem.Part, TimelineViewItem>(
            (ObservableCollection<TimelineViewItem>)Items, part => part.Key, part => new TimelineViewItem(client, part), (item, part) => item.Become(part));
        live.HoldAgain = HoldAgainAsync;
        live.TypingChanged += TypingIsOther;
    }

    /// <inheritdoc cref="INotifyCollectionChanged.CollectionChanged"/>
    public new event NotifyCollectionChangedEventHandler? CollectionChanged;

    /// <inheritdoc cref="INotifyPropertyChanged.PropertyChanged"/>
    public new event PropertyChangedEventHandler? PropertyChanged;

    /// <summary>Messages that are shown got further with somebody: often several at once, each with how far it had got with whom, and how far it got (L26).</summary>
    public event EventHandler<RecipientsChangedEventArgs>? RecipientsChanged;

    /// <summary>Which conversation. Where it is still to be made this is the chosen id, until it turns out to have another.</summary>
    public ConversationId Conversation => _shown.Timeline.Conversation;

    /// <summary>The window as a value, which stays as it is: what the client knows now. What is bound follows it.</summary>
    public TimelineWindow Window
    {
        get
        {
            lock (_gate) return _window;
        }
    }

    /// <summary>The conversation with its title, its people and how far they are; of its items only the newest.</summary>
    public Timeline Timeline => _shown.Timeline;

    /// <summary>Whether nothing newer is on the log: what comes is added, and what is on its way is shown.</summary>
    public bool IsAtEnd => _shown.Window.IsAtEnd;

    /// <summary>Whether nothing older is on the log.</summary>
    public bool IsAtStart => _shown.Window.IsAtStart;

    /// <summary>How many messages of others came since the window was at the end, and are not in it.</summary>
    public int NewBelow => _shown.Window.NewBelow;

    /// <summary>The others who type or rest now.</summary>
    public IReadOnlyDictionary<UserId, TypingState> Typing => _live.Typing;

    /// <summary>The window as it changes, from now on: one who is slow gets the newest. Ends with the view.</summary>
    /// <param name="cancel">Ends the stream.</param>
    public IAsyncEnumerable<TimelineWindow> WatchAsync(CancellationToken cancel = default) => _watchers.Open(cancel);

    /// <summary>Where an item stands that is on the log at a sequence, or the first one after it; -1 when there is none.</summary>
    public int IndexOf(Sequence sequence)
    {
        for (var index = 0; index < Count; index++)
        {
            if (this[index].Item?.To >= sequence) return index;
        }

        return -1;
    }

    /// <summary>Stops following: nothing of it changes any more, and a move that is under way goes nowhere. Doing it twice does nothing more.</summary>
    public void Dispose()
    {
        lock (_gate) _isDisposed = true;
        (_live.Heard, _live.HoldAgain) = (null, null);
        _live.TypingChanged -= TypingIsOther;
        _live.Dispose();
        _watchers.Complete();
    }

    /// <inheritdoc/>
    protected override void OnCollectionChanged(NotifyCollectionChangedEventArgs args) =>
        _client.CallEach(CollectionChanged, nameof(CollectionChanged), listener => listener(this, args));

    /// <inheritdoc/>
    protected override void OnPropertyChanged(PropertyChangedEventArgs args) =>
        _client.CallEach(PropertyChanged, nameof(PropertyChanged), listener => listener(this, args));

    /// <summary>Begins to follow, and completes when what is bound shows it. Called by the thread that tells the program.</summary>
    internal Task BeginAsync()
    {
        lock (_gate)
        {
            (_timeline, _readings) = (_live.Timeline, _live.Readings);
            _window = TimelineWindow.Newest(_timeline, _options.MaxItems);
        }

        _live.Heard = Hear;
        return ShowAsync();
    }

    private void Hear(Happening happening, Timeline now)
    {
        lock (_gate)
        {
            _timeline = now;
            if (_readings != _live.Readings)
            {
                // What was held may be of another history, or be hidden since: it was read again with the rest.
                _readings = _live.Readings;
                _window = _live.Held ?? TimelineWindow.Newest(now, _options.MaxItems);
            }
            else
            {
                _meanwhile?.Add(happening);
            }

            _window = _window.Apply(happening);
        }

        _ = ShowAsync();
    }

    /// <summary>Tells those who watch how it looks now, and completes when what is bound shows it. Called by the thread that tells the program.</summary>
    private Task ShowAsync()
    {
        lock (_gate)
        {
            if (_isDisposed) return Task.CompletedTask;
            _watchers.Tell(_window);
        }

        return _client.Teller.TellAsync(Show);
    }

    /// <summary>Shows the newest picture: of several that wait the first one to run shows it, and the others find nothing to do.</summary>
    private void Show()
    {
        (TimelineWindow Window, Timeline Timeline) now;
        lock (_gate)
        {
            now = (_window, _timeline);
            if (_isDisposed || (ReferenceEquals(now.Window, _shown.Window) && ReferenceEquals(now.Timeline, _shown.Timeline))) return;
        }

        var before = _shown;
        _shown = now;
        _bound.Show([.. PartsOf(now)]);
        if (!ReferenceEquals(before.Timeline, now.Timeline)) Changed(nameof(Timeline));
        if (before.Timeline.Conversation != now.Timeline.Conversation) Changed(nameof(Conversation));
        if (before.Window.IsAtEnd != now.Window.IsAtEnd) Changed(nameof(IsAtEnd));
        if (before.Window.IsAtStart != now.Window.IsAtStart) Changed(nameof(IsAtStart));
        if (before.Window.NewBelow != now.Window.NewBelow) Changed(nameof(NewBelow));
        if (RecipientsChanged is null) return;
        var changes = now.Timeline.RecipientChangesSince(before.Timeline, now.Window.Items, message => message.Sequence >= before.Window.First && message.Sequence <= before.Window.Last);
        if (!changes.IsEmpty) _client.Call(RecipientsChanged, this, nameof(RecipientsChanged), new RecipientsChangedEventArgs(changes));
    }

    /// <summary>What is on the log, and, at its end, what is on its way.</summary>
    private static IEnumerable<TimelineViewItem.Part> PartsOf((TimelineWindow Window, Timeline Timeline) now)
    {
        foreach (var item in now.Window.Items) yield return new TimelineViewItem.Part(item, null, now.Timeline);
        if (!now.Window.IsAtEnd || now.Timeline.Outgoing.IsEmpty) yield break;
        // A page may have a message that is not told yet to be on the log.
        var own = now.Window.Items.OfType<TimelineMessage>().Where(message => message.Sender == now.Timeline.Me).Select(message => message.Message).ToHashSet();
        foreach (var outgoing in now.Timeline.Outgoing.Where(one => !own.Contains(one.Message))) yield return new TimelineViewItem.Part(null, outgoing, now.Timeline);
    }

    private void TypingIsOther(object? sender, TypingEventArgs typing)
    {
        lock (_gate)
        {
            if (_isDisposed) return;
        }

        Changed(nameof(Typing));
    }

    private void Changed(string name) => OnPropertyChanged(new PropertyChangedEventArgs(name));
}

/// <summary>Messages that are shown got further with somebody.</summary>
public sealed class RecipientsChangedEventArgs : EventArgs
{
    internal RecipientsChangedEventArgs(ImmutableList<RecipientsChange> changes) => Changes = changes;

    /// <summary>Each message with how far it had got with each, and how far it got; in sequence, and often several at once.</summary>
    public IReadOnlyList<RecipientsChange> Changes { get; }
}
