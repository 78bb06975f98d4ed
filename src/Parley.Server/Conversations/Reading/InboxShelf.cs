using System.Data.Common;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary>Where a user put a conversation. The numbers are stored.</summary>
[Flags]
internal enum Shelf
{
    None = 0,
    Pinned = 1,
    Archived = 2,
    Hidden = 4,
}

/// <summary>How a conversation stands in its user's own inbox, as a part of the statement that reads it: <c>p</c> is his participation, <c>c</c> the conversation.</summary>
internal static class InboxShelf
{
    /// <summary>Six columns, for <see cref="Read"/>.</summary>
    public static Sql Columns => Sql.From($"p.shelf, p.hidden_at, p.silenced_until, p.unread_from, d.body, {Visible.Head}");

    /// <summary>The tables that <see cref="Columns"/> are of.</summary>
    public static Sql From(AppId app, UserId user) => Sql.From($"""
        from participations p
        join conversations c on c.app = p.app and c.conversation = p.conversation
        left join drafts d on d.app = p.app and d.user_id = p.user_id and d.conversation = p.conversation
        where p.app = {app.Number} and p.user_id = {user.Value}
        """);

    public static Shelf Of(InboxFlags flags) =>
        (flags.Pinned ? Shelf.Pinned : Shelf.None) | (flags.Archived ? Shelf.Archived : Shelf.None) | (flags.Hidden ? Shelf.Hidden : Shelf.None);

    /// <summary>What stands in the columns from one on. What was hidden is so until something new is in it.</summary>
    public static InboxFlags Read(DbDataReader row, int column)
    {
        var shelf = (Shelf)row.GetInt32(column);
        return new InboxFlags(
            row.IsDBNull(column + 2) ? null : row.Time(column + 2), shelf.HasFlag(Shelf.Pinned), shelf.HasFlag(Shelf.Archived),
            shelf.HasFlag(Shelf.Hidden) && row.GetInt64(column + 5) <= row.GetInt64(column + 1),
            row.LongOrNull(column + 3) is { } from ? new Sequence(from) : null, row.TextOrNull(column + 4));
    }

    /// <summary>Null when nothing is said of it.</summary>
    public static InboxFlags? OrNull(this InboxFlags flags) => flags == new InboxFlags() ? null : flags;
}
