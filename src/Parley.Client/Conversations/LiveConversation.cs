namespace Parley.Client;

/// <summary>A conversation that is open in front of somebody: a <see cref="Timeline"/> that stays up to date, across reconnects and resets.</summary>
/// <remarks>What the server will not do throws <see cref="ParleyRefusedException"/>; what got no answer in time throws <see cref="ParleyConnectionException"/>, and may have been done.</remarks>
public sealed partial class LiveConversation : IDisposable
{
    /// <summary>How many entries are loaded at first.</summary>
    public const int FirstPage = 50;

    private readonly ParleyClient _client;
    private readonly Lock _gate = new();
    private readonly List<Happening> _meanwhile = [];
    private Dictionary<UserId, TypingState> _typing = [];
    private Timeline? _timeline;
    private bool _isLoading;
    private bool _loadFailed;
    private bool _isDisposed;

    internal LiveConversation(ParleyClient client, ConversationId id) => (_client, _id) = (client, id);

    /// <summary>It looks different, and <see cref="TimelineChangedEventArgs"/> tells how it looked before: an entry, a receipt, or a message on its way. Raised in order, like every event of the client.</summary>
    public event EventHandler<TimelineChangedEventArgs>? Changed;

    /// <summary>Others type who did not, or do no more.</summary>
    public event EventHandler<TypingEventArgs>? TypingChanged;

    /// <summary>Which conversation. Where it is still to be made this is the chosen id, until it turns out to have another; <see cref="Timeline.Conversation"/> changes with it.</summary>
    public ConversationId Id
    {
        get
        {
            lock (_gate) return _id;
        }
    }

    /// <summary>How it looks now.</summary>
    public Timeline Timeline
    {
        get
        {
            lock (_gate) return _timeline ?? throw new InvalidOperationException("The conversation is not loaded.");
        }
    }

    /// <summary>The others who type or rest now. Nobody stays for long of whom nothing more is heard.</summary>
    public IReadOnlyDictionary<UserId, TypingState> Typing
    {
        get
        {
            lock (_gate) return _typing;
        }
    }

    /// <summary>Loads older entries; nothing when there are none. While there is no connection those that the device has; where it has none it waits for the connection.</summary>
    /// <param name="limit">At most this many, 1 to <see cref="ReadEntries.MaxLimit"/>.</param>
    /// <param name="cancel">Stops asking.</param>
    /// <exception cref="ParleyConnectionException">The device has none, and there was no connection in time, or nobody asked for one. <see cref="Timeline.IsComplete"/> is false still.</exception>
    public async Task LoadEarlierAsync(int limit = FirstPage, CancellationToken cancel = default)
    {
        var before = Timeline;
        if (before.IsComplete || before.First.Value <= 1) return;
        var page = await LookAsync(new ReadEntries(Id, Before: before.First, Limit: limit), cancel).ConfigureAwait(false);
        // A reset or another load may have come between; a page that does not fit any more is left.
        await ChangeAsync(now => now.Prepend(page).Timeline).ConfigureAwait(false);
    }

    /// <summary>Sends a plain text; it is in <see cref="Timeline.Outgoing"/> until it is on the log. See <see cref="Messages.SendAsync(ConversationId, MessageContent, MessageId?, MessagePriority?, CancellationToken)"/>.</summary>
    public Task<LogEntry> SendAsync(string text, CancellationToken cancel = default) => _client.Messages.SendAsync(Id, text, cancel);

    /// <summary>Says that the user types here; made to be called at every key. See <see cref="Conversations.SetTypingAsync"/>.</summary>
    public Task StartTypingAsync(CancellationToken cancel = default) => SetTypingAsync(TypingState.Started, cancel);

    /// <summary>Says that the user has given up what he began; says nothing when he did not begin, or has sent it.</summary>
    public Task StopTypingAsync(CancellationToken cancel = default) => SetTypingAsync(TypingState.Stopped, cancel);

    /// <summary>Says that everything shown was read; says nothing when that was said before.</summary>
    /// <remarks>
    /// With a <see cref="ParleyClientOptions.Store"/> it completes when the store has it, also without a connection: it is shown as read at once, the server hears it when it can, and <see cref="ParleyClient.ChangeSettled"/> tells how
    /// that ended. What the server did not take is shown as unread again. Without a store it completes with the answer.
    /// </remarks>
    /// <param name="cancel">Without a store stops asking. With one it gives up waiting for the store to open; nothing is said then.</param>
    /// <exception cref="LocalStoreException">The store did not take it, and it is not said.</exception>
    public async Task MarkReadAsync(CancellationToken cancel = default)
    {
        var now = Timeline;
        if (now.Head <= now.ReadUpTo) return;
        await _client.Changes.ReadAsync(Change.MarkRead(Id, now.Head), [], cancel).ConfigureAwait(false);
    }

    /// <summary>Forgets a message of <see cref="Timeline.Outgoing"/> that was not sent.</summary>
    /// <param name="message">Which.</param>
    /// <param name="cancel">Stops waiting for its turn; it is forgotten all the same.</param>
    public Task DropAsync(MessageId message, CancellationToken cancel = default) => ChangeAsync(now => now.Drop(message)).WaitAsync(cancel);

    /// <summary>Stops following.</summary>
    public void Dispose()
    {
        lock (_gate) _isDisposed = true;
        _client.Remove(this);
    }

    /// <summary>How many items are kept at most; the oldest go.</summary>
    internal int MaxItems { get; init; } = int.MaxValue;

    /// <summary>How many entries are loaded at first.</summary>
    internal int PageSize { get; init; } = FirstPage;

    /// <summary>How often it was read: what is held beside it may be of another history.</summary>
    internal int Readings { get; private set; }

    /// <summary>Whenever it is read anew, reads what is held beside it too: given what was read of the newest. Called by any thread.</summary>
    internal Func<Timeline, CancellationToken, Task<TimelineWindow>>? HoldAgain { get; set; }

    /// <summary>What is held beside it as it was read last, with what happened meanwhile; null where nobody held anything.</summary>
    internal TimelineWindow? Held { get; private set; }

    /// <summary>Hears what happened in this conversation, and how it looks since, on the thread that tells the program.</summary>
    internal Action<Happening, Timeline>? Heard { get; set; }

    internal async Task LoadAsync(CancellationToken cancel)
    {
        lock (_gate) _isLoading = true;
        // First listen, then look: what comes between is kept and applied on top.
        _client.Add(this);
        if (await ShowAwaitedAsync(cancel).ConfigureAwait(false)) return;
        _client.Follow(this);
        if (await ShowKeptAsync(cancel).ConfigureAwait(false)) return;
        await ReadAsync(cancel).ConfigureAwait(false);
    }

    internal void Hear(Happening happening)
    {
        if (happening is Happening.Reset(var reset) && (reset is null || reset == Id))
        {
            Reload();
            return;
        }

        if (happening is Happening.StateChanged({ State: ConnectionState.Open })) ReloadIfThatFailed();
        if (happening is Happening.ChangeSettled settled) Hear(settled);
        if (happening is Happening.TypingChangedTo(var typing))
        {
            if (typing.Conversation == Id && typing.User != _client.Session?.User) Hear(typing);
            return;
        }

        if (!IsMine(happening)) return;
        if (happening is Happening.Removals(_, var name))
        {
            // What is hidden the log tells, and nothing else.
            if (KnowsOtherThan(name)) Reload();
            return;
        }

        TimelineGap? gap;
        Timeline before, now;
        lock (_gate)
        {
            if (_isLoading || _timeline is null)
            {
                _meanwhile.Add(happening);
                return;
            }

            before = _timeline;
            (now, gap) = Apply(_timeline, happening);
            _timeline = now = now.Newest(MaxItems);
        }

        if (gap is not null || now.NeedsState) Reload();
        else Heard?.Invoke(happening, now);
        if (gap is null && !now.NeedsState && !ReferenceEquals(now, before)) _client.Teller.Tell(() => _client.Call(Changed, this, nameof(Changed), new TimelineChangedEventArgs(before, now)));
    }

    /// <summary>Of one that is still to be made nobody can be told.</summary>
    private Task SetTypingAsync(TypingState state, CancellationToken cancel)
    {
        lock (_gate)
        {
            if (_isAwaited) return Task.CompletedTask;
        }

        return _client.Conversations.SetTypingAsync(Id, state, cancel);
    }

    private bool KnowsOtherThan(string? removals)
    {
        lock (_gate) return _timeline is { } now && now.Removals != removals;
    }

    private void Hear(TypingChanged typing)
    {
        lock (_gate)
        {
            var now = new Dictionary<UserId, TypingState>(_typing);
            if (typing.State == TypingState.Stopped) now.Remove(typing.User);
            else now[typing.User] = typing.State;
            _typing = now;
        }

        _client.Teller.Tell(() => _client.Call(TypingChanged, this, nameof(TypingChanged), new TypingEventArgs(typing, isOwn: false)));
    }

    private static TimelineStep Apply(Timeline now, Happening happening) => happening switch
    {
        Happening.Entry(var entry, _) => now.Apply(entry),
        Happening.Skipped(_, var range) => now.Apply(range),
        Happening.ReadHere(var read) => new TimelineStep(now.Move(read.User, read.DeliveredUpTo, read.ReadUpTo, read.ReadAhead), null),
        Happening.Cursors(var moved) => new TimelineStep(now.Move(moved.User, moved.DeliveredUpTo, moved.ReadUpTo, moved.ReadAhead), null),
        Happening.Room(var changed) => new TimelineStep(now.Visited(changed), null),
        Happening.Removed(var removed) => new TimelineStep(now.Hide(removed), null),
        Happening.Ended(_, var end) => new TimelineStep(now.Close(end), null),
        Happening.Returned => new TimelineStep(now.Reopen(), null),
        Happening.Queued(_, var message, var content) => new TimelineStep(now.Send(message, content), null),
        Happening.Settled(var report) => new TimelineStep(Settle(now, report), null),
        Happening.Edited(_, var change) => new TimelineStep(change(now), null),
        _ => new TimelineStep(now, null),
    };

    private static Timeline Settle(Timeline now, OutboxStep.Report report) => report.Result switch
    {
        SendResult.Recorded => now.Drop(report.Message.Message),
        SendResult.Unknown => now.Settle(report.Message.Message, MessageState.Unknown, Failure(report)),
        _ => now.Settle(report.Message.Message, MessageState.NotSent, Failure(report)),
    };

    private static ParleyException? Failure(OutboxStep.Report report) => report.Message.Failure(report.Result);

    private bool IsMine(Happening happening) => happening switch
    {
        Happening.Entry(var entry, _) => entry.Conversation == Id,
        Happening.Skipped(var conversation, _) => conversation == Id,
        Happening.ReadHere(var read) => read.Conversation == Id,
        Happening.Cursors(var moved) => moved.Conversation == Id,
        Happening.Room(var changed) => changed.Conversation == Id,
        Happening.Removed(var removed) => removed.Conversation == Id,
        Happening.Removals(var conversation, _) => conversation == Id,
        Happening.Ended(var conversation, _) => conversation == Id,
        Happening.Returned(var conversation) => conversation == Id,
        Happening.Queued(var conversation, _, _) => IsSentHere(conversation),
        Happening.Settled(var report) => IsSentHere(report.Message.Conversation),
        Happening.Edited(var live, _) => live == this,
        _ => false,
    };

    private async Task ChangeAsync(Func<Timeline, Timeline> change)
    {
        var edited = new Happening.Edited(this, change);
        if (_client.Happened(edited)) await edited.Done.Task.ConfigureAwait(false);
    }
}
