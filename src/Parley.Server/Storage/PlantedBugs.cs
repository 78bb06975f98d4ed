#if PLANTED_BUGS
using Npgsql;

namespace Parley.Storage;

/// <summary>Bugs that are here on purpose, so that it can be seen that the tests notice them (<c>test/chaos/planted.sh</c>). One at a time: <see cref="Variable"/> names it.</summary>
/// <remarks>Only a build with <c>-p:PlantedBugs=true</c> has this file and the lines that call it. Nothing that ships is built like that.</remarks>
internal static class PlantedBugs
{
    /// <summary>The environment variable that chooses a bug; without it there is none.</summary>
    private const string Variable = "PARLEY_PLANTED_BUG";

    private static readonly string Chosen = Environment.GetEnvironmentVariable(Variable) ?? "";
    private static readonly TimeSpan BeforeCommit = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(5);
    private static int _unguarded;

    [ThreadStatic]
    private static bool _leavingAtLast;

    /// <summary><c>acknowledge-before-commit</c>: everybody is told that it is durable, and then it is made durable.</summary>
    public static void TellBeforeCommit(IReadOnlyList<JournalItem> batch, Action<JournalItem, StorageException?> tell)
    {
        if (Chosen != "acknowledge-before-commit" || batch is not List<JournalItem> told) return;
        foreach (var item in told) tell(item, null);
        told.Clear();
        Thread.Sleep(BeforeCommit);
    }

    /// <summary><c>no-deduplication</c>: what comes twice is recorded twice.</summary>
    public static void ForgetKeys(AppendRow[] rows)
    {
        if (Chosen != "no-deduplication") return;
        for (var index = 0; index < rows.Length; index++) rows[index] = rows[index] with { Command = Guid.NewGuid() };
    }

    /// <summary><c>count-without-lock</c>: the next sequence is the greatest plus one, and nothing keeps another node from counting at the same time.</summary>
    public static void CountWithoutLock(NpgsqlBatch batch)
    {
        if (Chosen != "count-without-lock") return;
        var look = batch.BatchCommands[0];
        look.CommandText = look.CommandText.Replace(" for update", "", StringComparison.Ordinal)
            .Replace(" head,", " (select max(sequence) from entries e where e.conversation = number) as head,", StringComparison.Ordinal);

        // The key of the table would turn the second of two into an error; what counts like this has none.
        if (Interlocked.Exchange(ref _unguarded, 1) != 0) return;
        batch.BatchCommands.Insert(0, new NpgsqlBatchCommand("create index if not exists entries_in_order on entries (conversation, sequence)"));
        batch.BatchCommands.Insert(0, new NpgsqlBatchCommand("alter table entries drop constraint if exists entries_pkey"));
    }

    /// <summary><c>catch-up-off-by-one</c>: who has read just a page misses the first entry of the next.</summary>
    public static void SkipAfterPage(ref Sequence after)
    {
        if (Chosen == "catch-up-off-by-one" && after.Value > 0 && after.Value % ReadEntries.MaxLimit == 0) after = after.Next;
    }

    /// <summary><c>last-cursor-wins</c>: a receipt that comes late sets the cursors back.</summary>
    public static async ValueTask SetBackAsync(Session session, Sql moves, CancellationToken cancel)
    {
        if (Chosen != "last-cursor-wins") return;
        await session.ExecuteAsync($"""
            with moves (app, conversation, user_id, delivered, read, all_of_it) as (values {moves})
            update participations set delivered_up_to = m.delivered, read_up_to = m.read
            from moves m
            where participations.app = m.app and participations.conversation = m.conversation and participations.user_id = m.user_id
                and m.delivered < delivered_up_to
            """, cancel);
    }

    /// <summary><c>content-not-synced</c>: an upload is answered when it is written, and whether it is on disk is left to the system.</summary>
    public static bool LeavesContentToTheSystem() => Chosen == "content-not-synced";

    /// <summary><c>cached-membership</c>: for a while a node does not know that somebody has left; true when he is to leave later.</summary>
    public static bool LeavesLater(Action leave)
    {
        if (Chosen != "cached-membership" || _leavingAtLast) return false;
        _ = LeaveAsync();
        return true;

        async Task LeaveAsync()
        {
            await Task.Delay(Remembered, TimeProvider.System);
            _leavingAtLast = true;
            leave();
            _leavingAtLast = false;
        }
    }
}
#endif
