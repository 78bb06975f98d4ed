using System.Data.Common;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary>A row of the statement that reads conversations as one user sees them.</summary>
internal static class StateRow
{
    /// <summary>Without its participants. Somebody who left is told nothing that may be newer than that.</summary>
    public static ConversationState Read(DbDataReader row)
    {
        var left = !row.IsDBNull(14);
        return new ConversationState(
            row.Conversation(0), (ConversationKind)row.GetInt32(2), row.TextOrNull(3), row.Time(4), left ? null : row.GetInt64(5), row.Sequence(6), row.Sequence(7),
            left ? null : (Permissions)row.GetInt32(8), left ? null : row.GetInt32(9), Participants: null, Own(row, left), left ? null : Settings(row));
    }

    private static OwnParticipation Own(DbDataReader row, bool left)
    {
        var ahead = ReadAhead.Parse(row.TextOrNull(13), row.Sequence(12));
        return new OwnParticipation(
            left ? Permissions.None : (Permissions)row.GetInt32(10), row.Sequence(11), row.Sequence(12), ahead.Count == 0 ? null : ahead, left,
            left || row.IsDBNull(15) ? null : row.Time(15), !left && IsTrue(row, 16), InboxShelf.Read(row, 28).OrNull(), row.TextOrNull(27));
    }

    private static ConversationSettings Settings(DbDataReader row) => new(
        row.TextOrNull(17), row.TextOrNull(18), ConversationStore.CustomDataOf(row, 19), (HistoryVisibility)row.GetInt32(20),
        IsTrue(row, 21), IsTrue(row, 22), IsTrue(row, 23), IsTrue(row, 24), IsTrue(row, 25), IsTrue(row, 26));

    private static bool IsTrue(DbDataReader row, int column) => !row.IsDBNull(column) && row.GetInt32(column) != 0;
}
