using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Parley.Client;

/// <summary>Keeps on the device what the client was told: how far, of which conversations, what was said last in them, and of whom.</summary>
/// <remarks>
/// It hears of everything after the listeners were called, so what it says was told was. What waits is written together, at most <see cref="Wait"/> later: who dies in between is told it again. Only what may be told but once is
/// durable before: that an own message was delivered or read (G14). When the store fails the client goes on without; see <see cref="Unwritten.GiveUp"/>.
/// </remarks>
/// <param name="options">Clock, and how much is kept.</param>
/// <param name="store">Where.</param>
/// <param name="me">Whose it is; null before that is known.</param>
/// <param name="happened">Tells the program, in the order of everything else.</param>
/// <param name="lookAt">Has the server say what nobody told.</param>
internal sealed partial class KeptState(
    ParleyClientOptions options, LocalStore store, Func<UserId?> me, Func<Happening, bool> happened, Action<KeptNeeds> lookAt)
{
    /// <summary>How long what was told may wait for what comes after it.</summary>
    internal static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(250);

    /// <summary>Between two attempts while the store fails.</summary>
    internal static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    /// <summary>When so much waits, what is told waits for the disk.</summary>
    private const int Most = 2_000;

    private readonly ILogger _logger = (ILogger?)options.LoggerFactory?.CreateLogger<KeptState>() ?? NullLogger.Instance;
    private readonly Lock _gate = new();
    private readonly Dictionary<ConversationId, KeptPosition> _positions = [];
    private readonly Dictionary<ConversationId, KeptRange> _ranges = [];
    private readonly Dictionary<ConversationId, List<MessagesRemoved>> _removals = [];
    private readonly List<Happening.Receipt> _held = [];
    private Unwritten _unwritten = new();

    /// <summary>The last write, which never throws: one at a time.</summary>
    private Task _writing = Task.CompletedTask;
    private Task<KeptHistory>? _opening;
    private ITimer? _timer;
    private bool _isArmed;
    private bool _isFailing;
    private bool _isOwned;

    /// <summary>Reads where an earlier run ended, once. The store is open.</summary>
    /// <param name="restored">Hears of it before anything else does.</param>
    /// <exception cref="LocalStoreException">It could not be read. Asked again, it is tried again.</exception>
    public Task OpenAsync(Action<KeptHistory> restored)
    {
        lock (_gate) return _opening = _opening is null or { IsFaulted: true } ? LoadAsync(restored) : _opening;
    }

    /// <summary>What may be told now: receipts only when it is durable that they were told. Those that are not wait until the store works.</summary>
    public async ValueTask<IReadOnlyList<Happening>> ReadyAsync(List<Happening> batch)
    {
        bool hasReceipts, isFull;
        lock (_gate)
        {
            foreach (var happening in batch) Expect(happening);
            hasReceipts = !_isFailing && (_held.Count > 0 || batch.Exists(happening => happening is Happening.Receipt));
            isFull = _unwritten.Count > Most;
        }

        var isDurable = (hasReceipts || isFull) && await FlushAsync().ConfigureAwait(false);
        lock (_gate)
        {
            if (hasReceipts && isDurable)
            {
                List<Happening> all = [.. _held, .. batch];
                _held.Clear();
                return all;
            }

            _held.AddRange(batch.OfType<Happening.Receipt>());
            return batch.FindAll(happening => happening is not Happening.Receipt);
        }
    }

    /// <summary>All listeners were called.</summary>
    public void Told(Happening happening)
    {
        lock (_gate)
        {
            if (Note(happening)) Arm(_isFailing ? Pause : Wait);
        }
    }

    /// <summary>Writes what waits; false when the store failed.</summary>
    /// <remarks>Who waits for it goes on where it ended, and it begins where it is asked for, but never under the gate.</remarks>
    public Task<bool> FlushAsync()
    {
        var over = new TaskCompletionSource();
        Task before;
        lock (_gate) (before, _writing) = (_writing, over.Task);
        return FlushAsync(before, over);
    }

    /// <summary>Writes the rest; what was not told is told by the next run.</summary>
    public async Task EndAsync()
    {
        lock (_gate)
        {
            foreach (var held in _held) _unwritten.Marks.Remove(held.Conversation);
            _timer?.Dispose();
            _timer = null;
            _isArmed = true;
        }

        await FlushAsync().ConfigureAwait(false);
    }

    private async Task<bool> FlushAsync(Task before, TaskCompletionSource over)
    {
        await before.ConfigureAwait(false);
        try
        {
            return Take() is not { } what || await TryWriteAsync(what).ConfigureAwait(false);
        }
        finally
        {
            // The next one does not wait for what comes of this one.
            over.SetResult();
        }
    }

    /// <summary>What waits, to be written now; null when nothing does.</summary>
    private Unwritten? Take()
    {
        lock (_gate)
        {
            if (_unwritten.IsEmpty || me() is null) return null;
            var what = _unwritten;
            _unwritten = new Unwritten();
            what.Take(_positions);
            Remember(what);
            return what;
        }
    }

    private async Task<bool> TryWriteAsync(Unwritten what)
    {
        try
        {
            await WriteAsync(what).ConfigureAwait(false);
            return true;
        }
        catch (Exception error)
        {
            Failed(what, error);
            return false;
        }
    }

    /// <summary>What the user hid: an answer of before may come yet.</summary>
    private void Remember(Unwritten what)
    {
        if (what.IsAnew) _removals.Clear();
        foreach (var conversation in what.Reset) _removals.Remove(conversation);
        foreach (var removed in what.Happened.Values.SelectMany(happenings => happenings).OfType<Happening.Removed>())
        {
            if (!_removals.TryGetValue(removed.What.Conversation, out var removals)) _removals[removed.What.Conversation] = removals = [];
            removals.Add(removed.What);
        }
    }

    private async Task<KeptHistory> LoadAsync(Action<KeptHistory> restored)
    {
        var history = await KeptHistory.ReadAsync(store).ConfigureAwait(false);
        lock (_gate)
        {
            foreach (var (conversation, position) in history.Positions) (_positions[conversation], _ranges[conversation]) = (position, position.Range);
        }

        restored(history);
        return history;
    }

    private async Task WriteAsync(Unwritten what)
    {
        var user = me()!.Value;
        var changes = new List<LocalChange>();
        // Nothing of anybody's is written before it says whose it is.
        if (!_isOwned) changes.Add(OutboxRecords.OwnerOf(user));
        if (what.HasReceiptsAnew) changes.AddRange(KeptKind.OfReceipts.Select(kind => LocalChange.Erase(new LocalRange(kind))));
        foreach (var conversation in what.ReceiptsReset) changes.AddRange(EraseOf(conversation, KeptKind.OfReceipts));
        if (what.IsAnew) changes.AddRange(KeptKind.OfHistory.Except(KeptKind.OfReceipts).Select(kind => LocalChange.Erase(new LocalRange(kind))));
        foreach (var conversation in what.Reset) changes.AddRange(EraseOf(conversation, KeptKind.OfConversations.Except(KeptKind.OfReceipts)));
        foreach (var conversation in what.Lost) changes.AddRange(EraseOf(conversation, [KeptKind.Item, KeptKind.State, KeptKind.Entry]));

        var ranges = new Dictionary<ConversationId, KeptRange>();
        var needs = new KeptNeeds();
        foreach (var (conversation, position) in what.Positions)
        {
            if (position.Ended == ConversationEnd.Deleted)
            {
                changes.AddRange(EraseOf(conversation, KeptKind.OfConversations));
                continue;
            }

            var range = what.IsAnew || what.Reset.Contains(conversation) ? KeptRange.None : _ranges.GetValueOrDefault(conversation, KeptRange.None);
            if (what.Lost.Contains(conversation) && !position.IsRoom) needs.Add(conversation, options.KeptEntries);
            if (what.Lost.Contains(conversation)) range = KeptRange.None with { First = (position.Told ?? Sequence.None).Next, Last = position.Told ?? Sequence.None };
            if (what.Happened.TryGetValue(conversation, out var happenings))
            {
                var fold = new KeptFold(store, conversation, user, options.KeptEntries, range, position.Flags, _removals.GetValueOrDefault(conversation, []));
                foreach (var happening in happenings) await fold.HearAsync(happening).ConfigureAwait(false);
                changes.AddRange(fold.Changes());
                range = fold.Range;
                // Of a room there is no list, and who opens it asks.
                if (fold.NeedsState && !position.IsRoom) needs.States.Add(conversation);
                if (fold.NeedsItem && !position.IsRoom) needs.Items.Add(conversation);
                if (fold.NeedsEntries) needs.Entries.Add(conversation);
            }

            if (position is { IsRoom: true, Ended: not null })
            {
                // Of a room nothing can be read any more.
                changes.AddRange(EraseOf(conversation, [KeptKind.Item, KeptKind.State, KeptKind.Entry]));
                range = KeptRange.None;
            }

            changes.Add((position with { Range = range }).Put(conversation));
            ranges[conversation] = range;
        }

        foreach (var (conversation, marks) in what.Marks)
        {
            if (what.Positions.TryGetValue(conversation, out var position) && position.Ended == ConversationEnd.Deleted) continue;
            changes.Add(marks.Put(conversation));
            changes.Add(LocalChange.Erase(new LocalRange(KeptKind.Sent, KeptKind.ScopeOf(conversation)) { Before = marks.Settled.Value + 1 }));
        }

        changes.AddRange(what.Records.Values);
        if (what.History is { } history) changes.Add(KeptHistory.Put(history.Epoch, history.Since));
        await store.WriteAsync(changes).ConfigureAwait(false);
        Wrote(what, ranges, needs);
    }

    private void Wrote(Unwritten what, Dictionary<ConversationId, KeptRange> ranges, KeptNeeds needs)
    {
        bool works;
        lock (_gate)
        {
            if (what.IsAnew) _ranges.Clear();
            foreach (var (conversation, range) in ranges) _ranges[conversation] = range;
            foreach (var gone in what.Positions.Where(one => one.Value.Ended == ConversationEnd.Deleted)) _ranges.Remove(gone.Key);
            (works, _isFailing, _isOwned) = (_isFailing, false, true);
        }

        if (works) happened(new Happening.StoreWorks());
        if (!needs.IsEmpty) lookAt(needs);
    }

    private void Failed(Unwritten what, Exception error)
    {
        bool isNews;
        lock (_gate)
        {
            _unwritten.GiveUp(what);
            (isNews, _isFailing) = (!_isFailing, true);
            Arm(Pause);
        }

        Log.NotKept(_logger, error);
        if (isNews) happened(new Happening.StoreFailed(LocalStoreException.Of(error)));
    }

    private static IEnumerable<LocalChange> EraseOf(ConversationId conversation, IEnumerable<string> kinds) =>
        kinds.Select(kind => LocalChange.Erase(new LocalRange(kind, KeptKind.ScopeOf(conversation))));

    /// <summary>Has what waits be written after a time, unless that is so already.</summary>
    private void Arm(TimeSpan after)
    {
        if (_isArmed) return;
        _isArmed = true;
        _timer ??= options.TimeProvider.CreateTimer(_ => Due(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(after, Timeout.InfiniteTimeSpan);
    }

    private void Due()
    {
        lock (_gate)
        {
            if (_timer is null) return;
            _isArmed = false;
        }

        _ = FlushAsync();
    }

    private static partial class Log
    {
        [LoggerMessage(40, LogLevel.Error, "The store failed. The client goes on without keeping what comes, and tries again.")]
        public static partial void NotKept(ILogger logger, Exception error);
    }
}
