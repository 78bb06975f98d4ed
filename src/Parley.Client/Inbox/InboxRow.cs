namespace Parley.Client;

/// <summary>One conversation of a list: as the server counted it at a head, and what was heard since. Pure.</summary>
internal sealed class InboxRow
{
    /// <summary>The newest sequence that the server's counts know of.</summary>
    private Sequence _counted;
    private int _unread;
    private int _mentions;
    private bool _unreadIsMore;
    private bool _mentionsAreMore;

    /// <summary>What came after <see cref="_counted"/> and is unread, and whether it addresses the user.</summary>
    private readonly SortedList<long, bool> _since = [];

    /// <summary>What is known to be read out of order: it is told again and again.</summary>
    private readonly HashSet<long> _ahead = [];

    public InboxRow(InboxItem item, string? removals = null)
    {
        Item = item;
        Removals = removals;
        Count(item);
    }

    /// <summary>How it looks now.</summary>
    public InboxItem Item { get; private set; }

    /// <summary>How the server names what the user removed for himself in it, if it was told.</summary>
    public string? Removals { get; set; }

    public InboxFlags Flags => Item.Flags ?? InboxFold.Nothing;

    /// <summary>Whether it is counted as having something unread.</summary>
    public bool IsUnread => Item.Unread > 0 || Item.UnreadIsMore || Item.Flags?.UnreadFrom is not null;

    /// <summary>The server read it again.</summary>
    public void Take(InboxItem item)
    {
        // The own cursors never go back, and this device's own are not always told.
        Item = item with { DeliveredUpTo = Later(item.DeliveredUpTo, Item.DeliveredUpTo) };
        Count(item);
    }

    public void Change(Func<InboxItem, InboxItem> change) => Item = change(Item);

    /// <summary>An entry beyond the head; false when the server is to be asked what it made of the conversation.</summary>
    public bool Add(LogEntry entry, UserId me)
    {
        Item = Item with { Head = entry.Sequence, LastActivity = entry.At > Item.LastActivity ? entry.At : Item.LastActivity };
        if (entry.Event is not MessageSent sent) return AddOther(entry.Event, me);
        if (sent.Recalled || sent.Expired || sent.Content.Parts.All(part => part.Kind == ContentKind.Command)) return true;
        Item = Item with { LastMessage = entry };
        if (sent.Sender != me) _since[entry.Sequence.Value] = sent.Content.Mentions?.Has(me) == true;
        if (_since.Count > InboxItem.MaxExactUnread) Fold();
        Tell();
        return true;
    }

    /// <summary>The own cursors are at least here; false when only the server can count what is left.</summary>
    public bool Move(Sequence delivered, Sequence read, IReadOnlyList<Sequence>? ahead)
    {
        var isKnown = Item.Flags?.UnreadFrom is null;
        if (read > Item.ReadUpTo)
        {
            if (read >= _counted) (_unread, _mentions, _unreadIsMore, _mentionsAreMore) = (0, 0, false, false);
            else isKnown &= _unread == 0;
            while (_since.Count > 0 && _since.GetKeyAtIndex(0) <= read.Value) _since.RemoveAt(0);
        }

        foreach (var sequence in ahead ?? [])
        {
            if (sequence <= read || !_ahead.Add(sequence.Value)) continue;
            if (sequence > _counted) _since.Remove(sequence.Value);
            else isKnown &= _unread == 0;
        }

        Item = Item with { DeliveredUpTo = Later(delivered, Item.DeliveredUpTo), ReadUpTo = Later(read, Item.ReadUpTo) };
        Tell();
        return isKnown;
    }

    /// <summary>The user has read everything that the server counted; where he has read less only the server can count what is left, once it knows.</summary>
    public void ReadAll(Sequence read)
    {
        if (read >= _counted) Move(Sequence.None, read, ahead: null);
    }

    private bool AddOther(ConversationEvent happened, UserId me)
    {
        switch (happened)
        {
            case MessageEdited edited:
                return !Concerns(edited.Original);
            case MessageRecalled recalled:
                return !Concerns(recalled.Original);
            case ConversationChanged { Title: { } title }:
                Item = Item with { Title = title.Length == 0 ? null : title };
                return true;
            case ParticipantLeft left when left.Actor == me:
            case ParticipantsRemoved removed when removed.Users.Contains(me):
            case ParticipantsBanned banned when banned.Users.Contains(me):
                Item = Item with { Left = true };
                return false;
            case ParticipantsAdded added:
                return added.Participants.All(one => one.User != me);
            case ParticipantJoined joined:
                return joined.Actor != me;
            case PermissionsChanged changed:
                return changed.Participants.All(one => one.User != me);
            default:
                return true;
        }
    }

    /// <summary>Whether a message that became another may be counted, or be the last one.</summary>
    private bool Concerns(Sequence message) =>
        message == Item.LastMessage?.Sequence || message > Item.ReadUpTo || message >= Item.Flags?.UnreadFrom;

    private void Count(InboxItem item)
    {
        (_counted, _unread, _unreadIsMore, _mentions, _mentionsAreMore) = (item.Head, item.Unread, item.UnreadIsMore, item.Mentions, item.MentionsAreMore);
        _since.Clear();
        _ahead.Clear();
    }

    /// <summary>So many came since that they are not worth keeping one by one.</summary>
    private void Fold()
    {
        Tell();
        Count(Item);
    }

    private void Tell()
    {
        var (unread, mentions) = (_unread + _since.Count, _mentions + _since.Values.Count(addresses => addresses));
        Item = Item with
        {
            Unread = Math.Min(unread, InboxItem.MaxExactUnread),
            UnreadIsMore = _unreadIsMore || unread > InboxItem.MaxExactUnread,
            Mentions = Math.Min(mentions, InboxItem.MaxExactUnread),
            MentionsAreMore = _mentionsAreMore || mentions > InboxItem.MaxExactUnread,
        };
    }

    private static Sequence Later(Sequence one, Sequence other) => one > other ? one : other;
}
