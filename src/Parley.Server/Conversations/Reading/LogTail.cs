using Parley.Storage;

namespace Parley.Conversations;

/// <summary>An entry as an operator sees it.</summary>
/// <param name="App">Of which app.</param>
/// <param name="Conversation">Whose log.</param>
/// <param name="Sequence">Its place there.</param>
/// <param name="At">When it was recorded.</param>
/// <param name="Actor">Who did it.</param>
/// <param name="Event">The event as JSON, content and all: shown to whoever asked for content, and to nobody else.</param>
internal sealed record TailEntry(string App, ConversationId Conversation, Sequence Sequence, DateTimeOffset At, UserId Actor, byte[] Event);

/// <summary>What to follow. Null members leave nothing out.</summary>
/// <param name="App">The app by name.</param>
/// <param name="Conversation">One conversation; in whichever app.</param>
/// <param name="After">Of that conversation, entries after this one, also those that are there.</param>
/// <param name="Since">Entries recorded from then on, also those that are there; null for new ones only.</param>
internal sealed record TailChoice(string? App = null, ConversationId? Conversation = null, Sequence? After = null, DateTimeOffset? Since = null);

/// <summary>Follows the log from outside the server, by asking the database what changed. In each conversation every entry comes once, in sequence.</summary>
/// <remarks>
/// It asks for change numbers, as clients' catch-up does, not for times or row numbers, which a slower transaction may commit behind
/// (docs/internals/storage.md). What it remembers of each conversation is its head. Not thread-safe.
/// </remarks>
internal sealed class LogTail(StorageOptions storage, TailChoice choice) : IAsyncDisposable
{
    private const int PageEntries = 200;
    private const int MaxEntries = 2_000;

    // By the conversation's number, which entries bear.
    private readonly Dictionary<long, long> _told = [];
    private readonly Dictionary<long, Moved> _moved = [];
    private Dictionary<int, string> _apps = [];
    private Onlooker? _onlooker;
    private Guid? _epoch;
    private long _from;

    /// <summary>Whether the database is another than at the last look: it was restored, and what was told before may be gone.</summary>
    public bool HistoryIsNew { get; private set; }

    /// <summary>What came since the last call, oldest first, at most 2,000 and a page more; empty when there is nothing now. The first call decides where it begins.</summary>
    /// <exception cref="StorageException">The database cannot be read now. Calling again goes on where it was.</exception>
    public async Task<IReadOnlyList<TailEntry>> ReadAsync(CancellationToken cancel)
    {
        try
        {
            // SQLite's file is opened anew each time: after a restore another one has its name.
            if (storage.Engine == StorageEngine.Sqlite) await CloseAsync();
            _onlooker ??= await Onlooker.OpenAsync(storage, cancel);
            await LookAsync(_onlooker, cancel);
            return await TakeAsync(_onlooker.Session, cancel);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            await CloseAsync();
            throw Onlooker.Explain(storage, exception);
        }
    }

    public async ValueTask DisposeAsync() => await CloseAsync();

    /// <summary>A conversation in which something happened.</summary>
    private sealed record Moved(long Number, int App, ConversationId Conversation, long Head, long LastAt);

    private async Task LookAsync(Onlooker onlooker, CancellationToken cancel)
    {
        var session = onlooker.Session;
        var epoch = (await session.QueryAsync($"select value from installation where name = {Installation.EpochName}", row => new Guid(row.Bytes(0), bigEndian: true), cancel)).FirstOrDefault();
        HistoryIsNew = _epoch is not null && _epoch != epoch;
        var isFirst = _epoch is null || HistoryIsNew;

        // Before what it is to continue is read.
        var next = (await session.QueryAsync($"select {onlooker.ChangeHorizon}", row => row.GetInt64(0), cancel))[0];
        var changed = await session.QueryAsync($"""
            select number, app, conversation, head, last_at from conversations where changed >= {(isFirst ? 0 : _from)} {OfConversation()}
            """, row => new Moved(row.GetInt64(0), row.GetInt32(1), row.Conversation(2), row.GetInt64(3), row.GetInt64(4)), cancel);
        _apps = (await session.QueryAsync($"select app, name from apps", row => KeyValuePair.Create(row.GetInt32(0), row.GetString(1)), cancel)).ToDictionary();
        if (choice.App is { } wanted && !_apps.ContainsValue(wanted))
        {
            throw new StorageException(StorageFailure.Rejected,
                $"There is no app \"{wanted}\" in this database, only {string.Join(", ", _apps.Values.Order(StringComparer.Ordinal))}.", new KeyNotFoundException(wanted));
        }

        if (isFirst)
        {
            _told.Clear();
            _moved.Clear();
        }

        foreach (var one in changed)
        {
            if (choice.App is { } app && _apps[one.App] != app) continue;
            // A conversation that was not there at the first look began since.
            if (!_told.ContainsKey(one.Number)) _told[one.Number] = isFirst ? await StartAsync(session, one, cancel) : 0;
            if (one.Head > _told[one.Number]) _moved[one.Number] = one;
        }

        (_from, _epoch) = (next, epoch);
    }

    private Sql OfConversation() => choice.Conversation is { } one ? Sql.From($"and conversation = {one.Value}") : Sql.Nothing;

    /// <summary>The sequence after which it begins.</summary>
    private async Task<long> StartAsync(Session session, Moved one, CancellationToken cancel)
    {
        if (HistoryIsNew) return one.Head;
        if (choice.After is { } after) return after.Value;
        if (choice.Since is not { } since || one.LastAt < since.ToUnixTimeMilliseconds()) return one.Head;
        var before = await session.QueryAsync($"""
            select sequence from entries where conversation = {one.Number} and at < {since.ToUnixTimeMilliseconds()} order by sequence desc limit 1
            """, row => row.GetInt64(0), cancel);
        return before is [var sequence] ? sequence : 0;
    }

    private async Task<IReadOnlyList<TailEntry>> TakeAsync(Session session, CancellationToken cancel)
    {
        var taken = new List<TailEntry>();
        foreach (var one in _moved.Values.ToList())
        {
            if (taken.Count >= MaxEntries) break;
            var page = await session.QueryAsync($"""
                select sequence, at, actor, event from entries
                where conversation = {one.Number} and sequence > {_told[one.Number]} and sequence <= {one.Head}
                    and sequence >= (select c.tail from conversations c where c.number = {one.Number})
                order by sequence limit {PageEntries}
                """,
                row => new TailEntry(_apps[one.App], one.Conversation, row.Sequence(0), row.Time(1), row.User(2), row.Bytes(3)), cancel);
            taken.AddRange(page);
            _told[one.Number] = page.Count == PageEntries ? page[^1].Sequence.Value : one.Head;
            if (_told[one.Number] == one.Head) _moved.Remove(one.Number);
        }

        // Stable, and times within a conversation go up: its entries stay in sequence.
        return [.. taken.OrderBy(entry => entry.At)];
    }

    private async ValueTask CloseAsync()
    {
        var onlooker = _onlooker;
        _onlooker = null;
        if (onlooker is not null) await onlooker.DisposeAsync();
    }
}
