using SQLitePCL;

namespace Parley.Storage.Sqlite;

/// <summary>The append on SQLite: prepared statements, one conversation after the other. There is only one writer, so nothing needs a lock.</summary>
internal sealed class SqliteAppend(sqlite3 database) : IDisposable
{
    private readonly SqliteStatement _conversation = new(database,
        """
        select number, revision, head, last_at, participants, exists (select 1 from fences f where f.app = c.app and f.conversation = c.conversation), tail
        from conversations c where app = ?1 and conversation = ?2
        """);

    private readonly SqliteStatement _participation = new(database,
        "select revision from participations where app = ?1 and conversation = ?2 and user_id = ?3");

    private readonly SqliteStatement _user = new(database, "select revision from users where app = ?1 and user_id = ?2");

    private readonly SqliteStatement _fence = new(database,
        "select 1 from fences where app = ?1 and conversation = ?2 and key = ?3 and actor = ?4");

    private readonly SqliteStatement _insert = new(database, """
        insert into entries (conversation, sequence, at, key, actor, digest, counted, event, kinds) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
        on conflict (key, conversation) do nothing
        """);

    private readonly SqliteStatement _change = new(database, "select version, recalled from message_changes where conversation = ?1 and sequence = ?2");

    private readonly SqliteStatement _earlier = new(database,
        "select sequence, at, actor, digest, event from entries where key = ?2 and conversation = ?1");

    private readonly SqliteStatement _advance = new(database, """
        update conversations set head = ?2, last_at = ?3, changed = (select number from change_counter) where number = ?1
        """);

    private readonly Dictionary<UserId, long> _known = [];
    private readonly Dictionary<UserKey, long> _actors = [];

    public AppendVerdict[] Run(IReadOnlyList<AppendRow> rows, DateTimeOffset now)
    {
        var verdicts = new AppendVerdict[rows.Count];
        _actors.Clear();
        for (var first = 0; first < rows.Count;)
        {
            var key = rows[first].Key;
            var end = first + 1;
            while (end < rows.Count && rows[end].Key == key) end++;
            RunConversation(key, rows, first, end, now, verdicts);
            first = end;
        }

        return verdicts;
    }

    private void RunConversation(ConversationKey key, IReadOnlyList<AppendRow> rows, int first, int end, DateTimeOffset now, AppendVerdict[] verdicts)
    {
        _conversation.Bind(1, key.App.Number).Bind(2, key.Conversation.Value);
        if (!_conversation.Step())
        {
            Array.Fill(verdicts, new AppendVerdict(AppendResult.Gone), first, end - first);
            return;
        }

        var (number, revision, head, lastAt, participants, anyFence, tail) = (_conversation.Long(0), _conversation.Long(1), _conversation.Long(2),
            _conversation.Long(3), _conversation.Long(4), _conversation.Long(5) != 0, _conversation.Long(6));
        _conversation.Reset();

        // What a batch changes of rules it changes after its appends, so both hold for all of the conversation's rows.
        _known.Clear();
        var before = head;
        var at = Math.Max(now.ToUnixTimeMilliseconds(), lastAt);
        for (var index = first; index < end; index++)
        {
            var row = rows[index];
            var result = row.Revision != revision || IsStale(key, row) || (row.Target is { } target && (target.Sequence < tail || IsStale(number, target))) ? AppendResult.Stale
                : participants + row.Joining > row.AtMost ? AppendResult.Full
                : anyFence && IsFenced(key, row) ? AppendResult.Fenced
                : head >= Sequence.MaxValue ? AppendResult.Exhausted
                : AppendResult.Recorded;

            // A key that is used answers first: a retry gets its entry whatever has become of the rules.
            var recorded = result == AppendResult.Recorded && Insert(number, row, head + 1, at);
            if (!recorded && Earlier(number, row) is { } earlier)
            {
                verdicts[index] = new AppendVerdict(AppendResult.Duplicate, earlier.Sequence, earlier.At, earlier);
                continue;
            }

            if (recorded) head++;
            verdicts[index] = recorded
                ? new AppendVerdict(result, new Sequence(head), DateTimeOffset.FromUnixTimeMilliseconds(at))
                : new AppendVerdict(result);
        }

        if (head > before) _advance.Bind(1, number).Bind(2, head).Bind(3, at).Run();
    }

    private bool IsStale(ConversationKey key, AppendRow row)
    {
        if (!_actors.TryGetValue(row.ActorKey, out var standing)) _actors[row.ActorKey] = standing = RevisionOf(row.ActorKey);
        if (standing != row.ActorRevision) return true;
        foreach (var involved in row.Involved)
        {
            if (!_known.TryGetValue(involved.User, out var revision)) _known[involved.User] = revision = RevisionOf(key, involved.User);
            if (revision != involved.Revision) return true;
        }

        return false;
    }

    private bool IsStale(long conversation, AppendTarget target)
    {
        _change.Bind(1, conversation).Bind(2, target.Sequence);
        if (!_change.Step()) return target is not { Version: 0, IsRecalled: false };
        var stale = _change.Long(0) != target.Version || (_change.Long(1) != 0) != target.IsRecalled;
        _change.Reset();
        return stale;
    }

    private long RevisionOf(ConversationKey key, UserId user)
    {
        _participation.Bind(1, key.App.Number).Bind(2, key.Conversation.Value).Bind(3, user.Value);
        if (!_participation.Step()) return 0;
        var revision = _participation.Long(0);
        _participation.Reset();
        return revision;
    }

    private long RevisionOf(UserKey user)
    {
        _user.Bind(1, user.App.Number).Bind(2, user.User.Value);
        if (!_user.Step()) return 0;
        var revision = _user.Long(0);
        _user.Reset();
        return revision;
    }

    private bool IsFenced(ConversationKey key, AppendRow row)
    {
        var found = _fence.Bind(1, key.App.Number).Bind(2, key.Conversation.Value).Bind(3, row.Command).Bind(4, row.Actor.Value).Step();
        if (found) _fence.Reset();
        return found;
    }

    private bool Insert(long conversation, AppendRow row, long sequence, long at) =>
        _insert.Bind(1, conversation).Bind(2, sequence).Bind(3, at).Bind(4, row.Command)
            .Bind(5, row.Actor.Value).Bind(6, row.Digest).Bind(7, row.Counted).Bind(8, row.Event).Bind(9, row.Kinds).Run() > 0;

    private RecordedEntry? Earlier(long conversation, AppendRow row)
    {
        _earlier.Bind(1, conversation).Bind(2, row.Command);
        if (!_earlier.Step()) return null;
        var entry = new RecordedEntry(
            new Sequence(_earlier.Long(0)), DateTimeOffset.FromUnixTimeMilliseconds(_earlier.Long(1)), new UserId(_earlier.Text(2)),
            _earlier.Bytes(3), _earlier.Bytes(4)!);
        _earlier.Reset();
        return entry;
    }

    public void Dispose()
    {
        foreach (var statement in new[] { _conversation, _participation, _user, _fence, _insert, _change, _earlier, _advance }) statement.Dispose();
    }
}
