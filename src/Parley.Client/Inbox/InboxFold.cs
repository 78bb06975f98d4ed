using System.Collections.Immutable;

namespace Parley.Client;

/// <summary>
/// The loaded part of the user's inbox as it becomes: pages of <c>inbox.list</c>, and what was heard since. Whatever it cannot count by itself is <see cref="Doubtful"/>, and is to be read again. Pure: no clock, socket or
/// thread.
/// </summary>
/// <param name="options">What is shown.</param>
/// <param name="flagsOf">How a conversation stands in the inbox that is not loaded, as far as the client was told; null for not at all.</param>
internal sealed class InboxFold(ConversationListOptions options, Func<ConversationId, InboxFlags?> flagsOf)
{
    public static readonly InboxFlags Nothing = new();

    private readonly Dictionary<ConversationId, InboxRow> _rows = [];

    /// <summary>What was asked for because something happened in it, and is not listed: it is of a kind, or in a place, that this list does not show.</summary>
    private readonly HashSet<ConversationId> _elsewhere = [];

    /// <summary>What is to be read again; true for what must be among the newest, because an entry came.</summary>
    private readonly Dictionary<ConversationId, bool> _doubtful = [];

    /// <summary>What changed otherwise than by an entry while a page is read: the page may be older.</summary>
    private readonly HashSet<ConversationId> _meanwhile = [];

    /// <summary>How far entries came while a page is read: the page may be of before.</summary>
    private readonly Dictionary<ConversationId, Sequence> _cameMeanwhile = [];

    /// <summary>What was asked for and is not listed yet, by its chosen id.</summary>
    private readonly Dictionary<ConversationId, InboxItem> _awaited = [];

    /// <summary>What of that is made, and looked for.</summary>
    private readonly HashSet<ConversationId> _made = [];

    /// <summary>What is older is not loaded; null when all is.</summary>
    private Place? _end = new Place(DateTimeOffset.MaxValue, default);

    /// <summary>What must be read again before the list is right.</summary>
    public IReadOnlyCollection<ConversationId> Doubtful => _doubtful.Keys;

    /// <summary>Whether there is more to load.</summary>
    public bool HasMore => _end is not null;

    /// <summary>How many are loaded, shown or not.</summary>
    public int Count => _rows.Count;

    /// <summary>Whether what stands at this place, and is not pinned, is loaded.</summary>
    public bool IsLoaded(InboxItem item) => _end is not { } end || PlaceOf(item).Against(end) >= 0;

    /// <summary>A page is asked for: from now on it is minded what changes before it is taken.</summary>
    public void Begin()
    {
        _meanwhile.Clear();
        _cameMeanwhile.Clear();
    }

    /// <summary>What is shown: pinned ones first, and then by activity.</summary>
    public ImmutableList<InboxItem> Show()
    {
        var shown = _rows.Values.Where(IsShown).Select(row => row.Item).Concat(_awaited.Values.Where(item => !_rows.ContainsKey(item.Conversation))).ToList();
        shown.Sort(static (one, other) =>
        {
            var pinned = IsPinned(other).CompareTo(IsPinned(one));
            return pinned != 0 ? pinned : PlaceOf(other).Against(PlaceOf(one));
        });
        return [.. shown];
    }

    /// <summary>Takes what was read.</summary>
    /// <param name="items">From pages that were asked for after <see cref="Begin"/>.</param>
    /// <param name="end">Where the pages ended, of a list that is loaded further than before; null when it is not.</param>
    /// <param name="wanted">What was looked for, in all places where it could be: what is not among the items is not in the list any more.</param>
    public void Take(IReadOnlyList<InboxItem> items, ListEnd? end, IReadOnlyCollection<ConversationId> wanted)
    {
        if (end is { } reached) _end = reached.Last;
        foreach (var item in items)
        {
            var row = _rows.GetValueOrDefault(item.Conversation);
            // What is known is newer than the page, or may be: it is read once more.
            if (_meanwhile.Contains(item.Conversation) || _cameMeanwhile.GetValueOrDefault(item.Conversation) > item.Head)
            {
                _doubtful.TryAdd(item.Conversation, false);
                if (row is not null) continue;
            }
            else
            {
                _doubtful.Remove(item.Conversation);
            }

            _elsewhere.Remove(item.Conversation);
            if (row is null) _rows[item.Conversation] = new InboxRow(item);
            else row.Take(item);
        }

        foreach (var gone in wanted.Except(items.Select(item => item.Conversation)))
        {
            if (_meanwhile.Contains(gone) || _cameMeanwhile.ContainsKey(gone) || !_doubtful.Remove(gone, out var isNew)) continue;
            _rows.Remove(gone);
            if (isNew) _elsewhere.Add(gone);
        }

        foreach (var made in _made.Where(made => _rows.ContainsKey(made) || wanted.Contains(made)).ToArray()) Forget(made);
    }

    /// <summary>What is still to be made is shown as it will be, and stays until it is listed.</summary>
    public void Await(IReadOnlyList<InboxItem> items)
    {
        if (options.Archived || options.UnreadOnly) return;
        foreach (var item in items.Where(item => item.Kind != ConversationKind.Room && (options.Kind is not { } kind || kind == item.Kind))) _awaited.TryAdd(item.Conversation, item);
    }

    /// <summary>Begins anew, with pages that were asked for after <see cref="Begin"/>.</summary>
    public void Replace(IReadOnlyList<InboxItem> items, ListEnd end)
    {
        _rows.Clear();
        _elsewhere.Clear();
        _doubtful.Clear();
        Take(items, end, []);
    }

    /// <summary>What the server is still to be told: what was taken is of before that.</summary>
    public void Take(CursorsMoved read)
    {
        if (_rows.TryGetValue(read.Conversation, out var row)) row.ReadAll(read.ReadUpTo);
    }

    /// <summary>What happened, as the client tells it; whether anything looks different, or has become doubtful.</summary>
    public bool Hear(Happening happening, UserId me)
    {
        switch (happening)
        {
            case Happening.Entry(var entry, _):
                return Hear(entry, me);
            case Happening.Skipped(var conversation, var range):
                return _rows.TryGetValue(conversation, out var skipped) && range.To > skipped.Item.Head && Doubt(conversation);
            case Happening.Cursors(var moved) when moved.User == me:
                return Hear(moved);
            case Happening.ReadHere(var read):
                return Hear(read);
            case Happening.ChangeSettled({ Item: OutgoingChange { Change.Request: CreateConversation asked } } report):
                return Settle(asked.Conversation, report.Result);
            case Happening.ChangeSettled { Unread: { } unread }:
                return _rows.ContainsKey(unread) && Doubt(unread);
            case Happening.Shelved(var changed):
                return Shelve(changed.Conversation, changed.Flags);
            case Happening.ShelvedHere(var conversation, var flags):
                return Shelve(conversation, flags);
            case Happening.Removed(var removed):
                return _rows.ContainsKey(removed.Conversation) && Doubt(removed.Conversation);
            case Happening.Ended(var conversation, var end):
                return end == ConversationEnd.Deleted ? Remove(conversation) : _rows.ContainsKey(conversation) && Doubt(conversation);
            case Happening.Returned(var conversation):
                _elsewhere.Remove(conversation);
                return Doubt(conversation);
            case Happening.Reset({ } conversation):
                return Doubt(conversation);
            case Happening.ListedAll:
                // Of what he is out of, or may not read, no change is named.
                return _rows.Values.Where(row => row.Item.Left || row.Item.Head == Sequence.None).ToArray().Aggregate(false, (changed, row) => Doubt(row.Item.Conversation) || changed);
            case Happening.Listed(var changes):
                return changes.Aggregate(false, (changed, change) => Hear(change) || changed);
            default:
                return false;
        }
    }

    private bool Hear(LogEntry entry, UserId me)
    {
        var conversation = entry.Conversation;
        if (entry.Event is ConversationDeleted) return Remove(conversation);
        if (!_rows.TryGetValue(conversation, out var row))
        {
            if (Brings(entry.Event, me)) _elsewhere.Remove(conversation);
            if (_elsewhere.Contains(conversation) || (flagsOf(conversation) ?? Nothing).Archived != options.Archived) return false;
            _doubtful[conversation] = true;
            _cameMeanwhile[conversation] = entry.Sequence;
            return true;
        }

        if (entry.Sequence <= row.Item.Head) return false;
        _cameMeanwhile[conversation] = entry.Sequence;
        if (!row.Add(entry, me)) _doubtful.TryAdd(conversation, false);
        return true;
    }

    /// <summary>Whether it is of the user that he is in it again.</summary>
    private static bool Brings(ConversationEvent happened, UserId me) => happened switch
    {
        ConversationCreated created => created.Participants.Any(one => one.User == me),
        ParticipantsAdded added => added.Participants.Any(one => one.User == me),
        ParticipantJoined joined => joined.Actor == me,
        _ => false,
    };

    private bool Hear(CursorsMoved moved)
    {
        if (!_rows.TryGetValue(moved.Conversation, out var row)) return false;
        var before = row.Item;
        _meanwhile.Add(moved.Conversation);
        return !row.Move(moved.DeliveredUpTo, moved.ReadUpTo, moved.ReadAhead) ? Doubt(moved.Conversation) : row.Item != before;
    }

    private bool Hear(ConversationChange change)
    {
        if (change.Deleted) return Remove(change.Conversation);
        if (!_rows.TryGetValue(change.Conversation, out var row))
            return CanShow(change) && !_elsewhere.Contains(change.Conversation) && Doubt(change.Conversation);
        var known = row.Item;
        // What he removed for himself, or read out of order, on another device no entry tells.
        var isSame = known.Left == change.Left && change.Head >= known.Head && row.Flags == (change.Flags ?? Nothing) && row.Removals == change.Removals && !row.IsUnread;
        row.Removals = change.Removals;
        var isKnown = row.Move(change.DeliveredUpTo, change.ReadUpTo, ahead: null);
        return !isSame || !isKnown ? Doubt(change.Conversation) : row.Item != known;
    }

    private bool CanShow(ConversationChange change) =>
        (change.Flags ?? Nothing) is { Hidden: false } flags && flags.Archived == options.Archived
        // Rooms are in no inbox.
        && change.Kind != ConversationKind.Room && (options.Kind is not { } kind || kind == change.Kind);

    private bool Shelve(ConversationId conversation, InboxFlags flags)
    {
        _meanwhile.Add(conversation);
        var isOfThis = flags.Archived == options.Archived && !flags.Hidden;
        if (!_rows.TryGetValue(conversation, out var row))
        {
            if (!isOfThis) return false;
            _elsewhere.Remove(conversation);
            return Doubt(conversation);
        }

        if (!isOfThis) return Remove(conversation);
        var isMarkedElsewhere = row.Flags.UnreadFrom != flags.UnreadFrom;
        row.Change(item => item with { Flags = flags == Nothing ? null : flags });
        if (isMarkedElsewhere) Doubt(conversation);
        return true;
    }

    /// <summary>It is made, perhaps as an older one; or it never will be.</summary>
    private bool Settle(ConversationId chosen, SendResult result)
    {
        if (!_awaited.ContainsKey(chosen) || result is SendResult.Unknown { IsLast: false }) return false;
        ConversationId? made = result is SendResult.Answered { Answer: ConversationCreatedAnswer answer } ? answer.Conversation.Conversation : null;
        if (made == chosen && !_rows.ContainsKey(chosen)) _made.Add(chosen);
        else Forget(chosen);
        if (made is { } id && !_rows.ContainsKey(id))
        {
            _elsewhere.Remove(id);
            Doubt(id);
        }

        return true;
    }

    private void Forget(ConversationId awaited)
    {
        _made.Remove(awaited);
        _awaited.Remove(awaited);
    }

    private bool Remove(ConversationId conversation)
    {
        Forget(conversation);
        _doubtful.Remove(conversation);
        _meanwhile.Add(conversation);
        return _rows.Remove(conversation);
    }

    private bool Doubt(ConversationId conversation)
    {
        _meanwhile.Add(conversation);
        return _doubtful.TryAdd(conversation, false) || _rows.ContainsKey(conversation);
    }

    private bool IsShown(InboxRow row) =>
        (row.Flags.Pinned || IsLoaded(row.Item)) && (!options.UnreadOnly || row.IsUnread);

    private static bool IsPinned(InboxItem item) => item.Flags is { Pinned: true };

    internal static Place PlaceOf(InboxItem item) => new(item.LastActivity, item.Conversation);

    /// <summary>Where a conversation stands among those that are not pinned.</summary>
    internal readonly record struct Place(DateTimeOffset At, ConversationId Conversation)
    {
        /// <summary>Negative when it is older than the other.</summary>
        public int Against(Place other) => At != other.At ? At.CompareTo(other.At) : Conversation.Value.CompareTo(other.Conversation.Value);
    }

    /// <summary>Where what is loaded ends: at this one, or with the list itself.</summary>
    internal readonly record struct ListEnd(Place? Last);
}
