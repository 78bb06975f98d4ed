namespace Parley.Client;

/// <summary>A conversation as a list shows it, with what happened in it since. Pure.</summary>
internal static class KeptItem
{
    /// <summary>As its state and the newest of its log say.</summary>
    public static InboxItem Of(ConversationState state, IReadOnlyList<Piece> pieces, UserId me)
    {
        var head = pieces is [.., var last] && last.To > state.Head ? last.To : state.Head;
        var newest = pieces.LastOrDefault(piece => piece.Entry is not null).Entry;
        return new InboxItem(
            state.Conversation, state.Kind, state.Title, PeerOf(state, me), head, newest?.At ?? state.CreatedAt, LastMessage(pieces), Unread: 0, UnreadIsMore: false,
            state.Own.DeliveredUpTo, state.Own.ReadUpTo, state.Own.Left).Counted(pieces.Where(piece => piece.To > state.Own.ReadUpTo), me, state.Own.ReadAhead);
    }

    /// <summary>With the next entry. One that it knows changes nothing.</summary>
    public static InboxItem With(this InboxItem item, LogEntry entry, UserId me)
    {
        if (entry.Sequence <= item.Head) return item;
        var next = item with { Head = entry.Sequence, LastActivity = entry.At };
        if (Follower.Ends(entry.Event, me, out var end)) next = next with { Left = end is not null };
        return entry.Event switch
        {
            MessageSent { Expired: true } => next,
            MessageSent sent when IsCounted(sent) => next.Counted(sent, me, entry.Sequence, +1) with { LastMessage = entry },
            ConversationCreated created => next with { Title = created.Title },
            ConversationChanged { Title: { } title } => next with { Title = title.Length == 0 ? null : title },
            _ => next,
        };
    }

    /// <summary>With a message that was edited or taken back by the entry at a place; what it counts as is known already where that is.</summary>
    public static InboxItem Changed(this InboxItem item, LogEntry message, MessageSent before, Sequence by, UserId me)
    {
        var last = item.LastMessage?.Sequence == message.Sequence ? item with { LastMessage = message } : item;
        if (message.Sequence > item.Head || by <= item.Head) return last;
        return last.Counted(before, me, message.Sequence, -1).Counted((MessageSent)message.Event, me, message.Sequence, +1);
    }

    /// <summary>With what these pieces say of how much is unread.</summary>
    public static InboxItem Counted(this InboxItem item, IEnumerable<Piece> pieces, UserId me, IReadOnlyList<Sequence>? ahead)
    {
        var counted = item with { Unread = 0, UnreadIsMore = false, Mentions = 0, MentionsAreMore = false };
        foreach (var piece in pieces)
        {
            if (piece.Entry is { Event: MessageSent sent } && ahead?.Contains(piece.To) != true) counted = counted.Counted(sent, me, piece.To, +1);
        }

        return counted;
    }

    public static LogEntry? LastMessage(IReadOnlyList<Piece> pieces) => pieces.LastOrDefault(piece => piece.Entry is { Event: MessageSent { Expired: false } sent } && IsCounted(sent)).Entry;

    private static InboxItem Counted(this InboxItem item, MessageSent sent, UserId me, Sequence at, int by)
    {
        if (sent.Sender == me || at <= item.ReadUpTo || !IsCounted(sent)) return item;
        var (unread, mentions) = (Math.Max(0, item.Unread + by), Math.Max(0, item.Mentions + (sent.Content.Mentions?.Has(me) == true ? by : 0)));
        const int Most = InboxItem.MaxExactUnread;
        return item with
        {
            Unread = Math.Min(unread, Most), UnreadIsMore = item.UnreadIsMore || unread > Most,
            Mentions = Math.Min(mentions, Most), MentionsAreMore = item.MentionsAreMore || mentions > Most,
        };
    }

    /// <summary>Whether somebody is to read it: see <see cref="TimelineMessage.IsCounted"/>.</summary>
    private static bool IsCounted(MessageSent sent) => !sent.Recalled && !sent.Content.Parts.All(part => part.Kind == ContentKind.Command);

    /// <summary>The other one of a direct conversation.</summary>
    private static UserId? PeerOf(ConversationState state, UserId me) =>
        state.Kind == ConversationKind.Direct ? state.Participants?.Select(one => one.User).FirstOrDefault(user => user != me, me) : null;
}
