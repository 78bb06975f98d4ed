namespace Parley.Chaos;

/// <summary>The part of <see cref="Checker"/> that judges receipts.</summary>
internal static class ReceiptChecker
{
    public static void Check(History history, Findings findings)
    {
        foreach (var cursors in history.Cursors.GroupBy(cursor => (cursor.Conversation, cursor.User)))
        {
            var head = history.Log.GetValueOrDefault(cursors.Key.Conversation)?.Count ?? 0;
            var all = cursors.ToList();
            var asked = Furthest(all.Where(cursor => cursor.How == CursorSource.Asked));
            foreach (var cursor in all.Where(cursor => cursor.How != CursorSource.Asked)) Plausible(cursor, head, asked, findings);
            foreach (var observer in all.Where(cursor => cursor.How == CursorSource.Told).GroupBy(cursor => cursor.Observer)) Forward([.. observer], findings);
            Kept(cursors.Key, all, findings);
        }
    }

    private static void Plausible(CursorSeen cursor, long head, (long Delivered, long Read) asked, Findings findings)
    {
        string Where() => $"{cursor.User} in {cursor.Conversation}, {cursor.How}: read {cursor.Read}, delivered {cursor.Delivered}";

        findings.Examine(Promise.ReceiptsMoveForward, cursor.Read >= 0 && cursor.Read <= cursor.Delivered && cursor.Delivered <= head, () => $"{Where()}, head {head}");
        findings.Examine(Promise.ReceiptsMoveForward, cursor.Delivered <= asked.Delivered && cursor.Read <= asked.Read,
            () => $"{Where()}, and he asked for no more than {asked.Read} and {asked.Delivered}");
    }

    private static void Forward(IReadOnlyList<CursorSeen> observed, Findings findings)
    {
        foreach (var (before, after) in observed.Zip(observed.Skip(1)))
        {
            findings.Examine(Promise.ReceiptsMoveForward, after.Delivered >= before.Delivered && after.Read >= before.Read,
                () => $"{after.Observer} saw {after.User} in {after.Conversation} go back from {before.Read} and {before.Delivered} to {after.Read} and {after.Delivered}");
        }
    }

    /// <summary>What anybody was told is there in the end, too.</summary>
    private static void Kept((ConversationId Conversation, UserId User) whose, IReadOnlyList<CursorSeen> all, Findings findings)
    {
        var told = Furthest(all.Where(cursor => cursor.How == CursorSource.Told));
        var kept = all.Where(cursor => cursor.How == CursorSource.Kept).ToList();
        findings.Examine(Promise.ReceiptsMoveForward, kept.Count > 0 && kept.All(cursor => cursor.Delivered >= told.Delivered && cursor.Read >= told.Read),
            () => $"{whose.User} in {whose.Conversation} was told to be at {told.Read} and {told.Delivered}, and in the end is at " +
                (kept.Count == 0 ? "nothing" : $"{kept[0].Read} and {kept[0].Delivered}"));
    }

    private static (long Delivered, long Read) Furthest(IEnumerable<CursorSeen> cursors) =>
        cursors.Aggregate((Delivered: 0L, Read: 0L), (furthest, cursor) => (Math.Max(furthest.Delivered, cursor.Delivered), Math.Max(furthest.Read, cursor.Read)));
}
