namespace Parley.Client;

/// <content>Where it looks, and what is said in it.</content>
public sealed partial class TimelineView
{
    /// <summary>The most pages that are read to find what is unread first.</summary>
    private const int MaxPages = 20;

    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Instead of a move: what it needs is not on the device, and there is no session.</summary>
    private static readonly Func<TimelineWindow, TimelineWindow> NotHere = window => window;

    /// <summary>What happened while a page is read: the page may be older. Null while none is.</summary>
    private List<Happening>? _meanwhile;

    /// <summary>
    /// Loads older entries; nothing when there are none. The newest are let go when they become too many. While there is no connection it loads those that the device has, up to a gap; where it has none it waits for the
    /// connection. All of it is read again when there is one.
    /// </summary>
    /// <param name="cancel">Stops asking.</param>
    /// <exception cref="ParleyConnectionException">The device has none, and there was no connection in time, or nobody asked for one. <see cref="IsAtStart"/> is false still.</exception>
    public Task LoadEarlierAsync(CancellationToken cancel = default) => MoveAsync(
        async window =>
        {
            if (window.IsAtStart || window.First.Value <= 1) return null;
            var page = await _live.LookNowAsync(new ReadEntries(_live.Id, Before: window.First, Limit: _options.PageSize), cancel).ConfigureAwait(false);
            return page is null ? NotHere : now => now.Prepend(page);
        },
        cancel);

    /// <summary>Loads newer entries; nothing at the end. The oldest are let go when they become too many. Without a connection as <see cref="LoadEarlierAsync"/>.</summary>
    /// <param name="cancel">Stops asking.</param>
    public Task LoadLaterAsync(CancellationToken cancel = default) => MoveAsync(
        async window =>
        {
            if (window.IsAtEnd) return null;
            var page = await _live.LookNowAsync(new ReadEntries(_live.Id, After: window.Last, Limit: _options.PageSize), cancel).ConfigureAwait(false);
            return page is null ? NotHere : now => now.Append(page);
        },
        cancel);

    /// <summary>Shows the newest.</summary>
    /// <param name="cancel">Stops asking.</param>
    public Task ToNewestAsync(CancellationToken cancel = default) => MoveAsync(
        window => Task.FromResult<Func<TimelineWindow, TimelineWindow>?>(window.IsAtEnd ? null : _ => TimelineWindow.Newest(_timeline, _options.MaxItems)), cancel);

    /// <summary>Shows what is at a sequence and around it; the newest when that is not there yet. What is shown already stays as it is.</summary>
    /// <param name="sequence">Where. <see cref="IndexOf(Sequence)"/> tells where it stands then.</param>
    /// <param name="cancel">Stops asking.</param>
    public Task ToAsync(Sequence sequence, CancellationToken cancel = default) => MoveAsync(window => AroundAsync(window, sequence, cancel), cancel);

    /// <summary>Shows a message and what is around it.</summary>
    /// <param name="message">Which: what a reply answers, for example.</param>
    /// <param name="cancel">Stops asking.</param>
    /// <returns>Its place.</returns>
    /// <exception cref="ParleyRefusedException">It is not shown here, and there is none the user may read, or the app tells nothing of its receipts.</exception>
    public async Task<Sequence> ToAsync(MessageId message, CancellationToken cancel = default)
    {
        var held = Window.Items.OfType<TimelineMessage>().FirstOrDefault(one => one.Message == message)?.Sequence ?? _live.Timeline.Find(message)?.Sequence;
        var sequence = held ?? (await _client.Receipts.GetAsync(new GetReceipts(_live.Id, message, Limit: 1), cancel).ConfigureAwait(false)).Sequence;
        await ToAsync(sequence, cancel).ConfigureAwait(false);
        return sequence;
    }

    /// <summary>Shows where a day, or any time, begins; the newest when nothing was recorded since.</summary>
    /// <param name="at">The time.</param>
    /// <param name="cancel">Stops asking.</param>
    /// <returns>The first entry recorded then or later; null when there is none.</returns>
    public async Task<Sequence?> ToAsync(DateTimeOffset at, CancellationToken cancel = default)
    {
        var sequence = await _client.Conversations.FindAsync(_live.Id, at, cancel).ConfigureAwait(false);
        if (sequence is { } found) await ToAsync(found, cancel).ConfigureAwait(false);
        else await ToNewestAsync(cancel).ConfigureAwait(false);
        return sequence;
    }

    /// <summary>Shows the oldest message of somebody else that the user has not read; the newest when he has read all. While there is no connection the oldest that the device has.</summary>
    /// <param name="cancel">Stops asking.</param>
    /// <returns>Where it is; null when he has read all.</returns>
    public async Task<Sequence?> ToFirstUnreadAsync(CancellationToken cancel = default)
    {
        var sequence = await FirstUnreadAsync(cancel).ConfigureAwait(false);
        if (sequence is { } found) await ToAsync(found, cancel).ConfigureAwait(false);
        else await ToNewestAsync(cancel).ConfigureAwait(false);
        return sequence;
    }

    /// <summary>Sends a plain text. It is shown at once where the end is shown, and the same item tells how far it gets. See <see cref="Messages.SendAsync(ConversationId, string, CancellationToken)"/>.</summary>
    public Task<LogEntry> SendAsync(string text, CancellationToken cancel = default) => _live.SendAsync(text, cancel);

    /// <summary>Says that the user types here; made to be called at every key.</summary>
    public Task StartTypingAsync(CancellationToken cancel = default) => _live.StartTypingAsync(cancel);

    /// <summary>Says that the user has given up what he began.</summary>
    public Task StopTypingAsync(CancellationToken cancel = default) => _live.StopTypingAsync(cancel);

    /// <summary>Says that the user has read everything up to the newest that is shown; says nothing when that was said before.</summary>
    /// <inheritdoc cref="LiveConversation.MarkReadAsync"/>
    public async Task MarkReadAsync(CancellationToken cancel = default)
    {
        var (shown, read) = (Window.Last, _live.Timeline.ReadUpTo);
        if (shown > read) await _client.Changes.ReadAsync(Change.MarkRead(_live.Id, shown), [], cancel).ConfigureAwait(false);
    }

    /// <summary>Says that the user has read exactly this message, in any order; says nothing of his own, of what he has read, and of what is no message.</summary>
    /// <param name="item">What he saw.</param>
    /// <param name="cancel">As of the other.</param>
    /// <inheritdoc cref="LiveConversation.MarkReadAsync"/>
    public async Task MarkReadAsync(TimelineViewItem item, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(item);
        if (item.Message is { IsCounted: true } message && !_live.Timeline.IsRead(message))
            await _client.Changes.ReadAsync(Change.MarkRead(_live.Id, [message.Message]), [message.Sequence], cancel).ConfigureAwait(false);
    }

    /// <summary>Forgets a message that was not sent.</summary>
    public Task DropAsync(MessageId message, CancellationToken cancel = default) => _live.DropAsync(message, cancel);

    private async Task<Sequence?> FirstUnreadAsync(CancellationToken cancel)
    {
        var timeline = _live.Timeline;
        // What is held says it, where it holds all that is not read.
        if (timeline.First <= timeline.ReadUpTo.Next || timeline.IsComplete) return timeline.FirstUnread;
        var after = timeline.ReadUpTo;
        for (var pages = 0; pages < MaxPages; pages++)
        {
            if (await _live.LookNowAsync(new ReadEntries(_live.Id, After: after, Limit: ReadEntries.MaxLimit), cancel).ConfigureAwait(false) is not { } page) return timeline.FirstUnread;
            var unread = page.Entries.Select(Timeline.ItemOf).OfType<TimelineMessage>().FirstOrDefault(message => message.IsCounted && !timeline.IsRead(message));
            if (unread is not null) return unread.Sequence;
            after = page.Entries.Select(entry => entry.Sequence).Concat((page.Skipped ?? []).Select(range => range.To)).DefaultIfEmpty(after).Max();
            if (!page.More) return null;
        }

        return after.Next;
    }

    /// <summary>A page that begins there, and half a page of what is before it.</summary>
    private async Task<Func<TimelineWindow, TimelineWindow>?> AroundAsync(TimelineWindow window, Sequence sequence, CancellationToken cancel)
    {
        var first = sequence.Value < 1 ? new Sequence(1) : sequence;
        if (first >= window.First && first <= window.Last) return null;
        if (first > window.Head) return window.IsAtEnd ? null : _ => TimelineWindow.Newest(_timeline, _options.MaxItems);
        var after = _live.LookNowAsync(new ReadEntries(_live.Id, After: new Sequence(first.Value - 1), Limit: _options.PageSize), cancel);
        var before = first.Value == 1 ? null : _live.LookNowAsync(new ReadEntries(_live.Id, Before: first, Limit: (_options.PageSize + 1) / 2), cancel);
        var page = await after.ConfigureAwait(false);
        var earlier = before is null ? null : await before.ConfigureAwait(false);
        // What is before it may be on no device, and is loaded when somebody looks.
        if (page is null) return NotHere;
        return now =>
        {
            var there = now.At(first).Append(page);
            return earlier is null ? there : there.Prepend(earlier);
        };
    }

    /// <summary>Reads anew what the window holds, so that who looks at it keeps his place; of more that came at the end than it may hold the newest.</summary>
    private async Task<TimelineWindow> HoldAgainAsync(Timeline newest, CancellationToken cancel)
    {
        TimelineWindow before, anew;
        do
        {
            before = Window;
            anew = before.Anew(newest);
            while (anew.First > before.First && !anew.IsAtStart && !before.Items.IsEmpty && anew.Items.Count < _options.MaxItems)
            {
                var most = Math.Min(anew.First.Value - before.First.Value, _options.MaxItems - anew.Items.Count);
                var page = await _client.Conversations.ReadEntriesAsync(new ReadEntries(_live.Id, Before: anew.First, Limit: (int)Math.Min(most, ReadEntries.MaxLimit)), cancel).ConfigureAwait(false);
                var longer = anew.Prepend(page);
                // Ranges that are not shown come beside the entries: the end goes for none of them.
                if (longer == anew || longer.Last < anew.Last) break;
                anew = longer;
            }
        }
        // He went elsewhere meanwhile.
        while (!ReferenceEquals(before, Window));

        return anew.Items.IsEmpty ? TimelineWindow.Newest(newest, _options.MaxItems) : anew;
    }

    /// <summary>Looks for what to show, and completes when what is bound shows it; one after the other. Where it must wait for a session, others do not wait for it.</summary>
    private async Task MoveAsync(Func<TimelineWindow, Task<Func<TimelineWindow, TimelineWindow>?>> look, CancellationToken cancel)
    {
        while (!await MoveNowAsync(look, cancel).ConfigureAwait(false)) await _client.Conversations.ConnectedAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>False where a session is needed first.</summary>
    private async Task<bool> MoveNowAsync(Func<TimelineWindow, Task<Func<TimelineWindow, TimelineWindow>?>> look, CancellationToken cancel)
    {
        var shown = Task.CompletedTask;
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            var isMoved = false;
            while (!isMoved)
            {
                TimelineWindow window;
                int readings;
                lock (_gate)
                {
                    if (_isDisposed) return true;
                    (window, readings, _meanwhile) = (_window, _readings, []);
                }

                if (await look(window).ConfigureAwait(false) is not { } move) return true;
                if (ReferenceEquals(move, NotHere)) return false;
                var turn = new Happening.InTurn(() =>
                {
                    lock (_gate)
                    {
                        isMoved = true;
                        if (_isDisposed) return;
                        // All was read anew meanwhile, of another history perhaps: it is looked for once more.
                        isMoved = readings == _readings && readings == _live.Readings;
                        if (!isMoved) return;
                        _window = _meanwhile!.Aggregate(move(_window), static (window, happening) => window.Apply(happening));
                    }

                    shown = ShowAsync();
                });
                if (!_client.Happened(turn)) return true;
                await turn.Done.Task.ConfigureAwait(false);
            }
        }
        finally
        {
            lock (_gate) _meanwhile = null;
            _turn.Release();
        }

        // Not within its turn: a thread that is busy with something else holds up nobody's next move.
        await shown.WaitAsync(cancel).ConfigureAwait(false);
        return true;
    }
}
