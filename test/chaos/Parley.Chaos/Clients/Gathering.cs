using System.Text.Json;

namespace Parley.Chaos;

/// <summary>A conversation as one client puts it together: entries in sequence, what is ahead of them, and what its connections were told.</summary>
internal sealed class Gathering(UserId reader, ConversationId conversation)
{
    private readonly List<Entry> _entries = [];
    private readonly SortedDictionary<long, Entry> _ahead = [];
    private readonly List<PushStream> _streams = [];
    private readonly List<CursorSeen> _cursors = [];
    private readonly DueReceipts _receipts = new();
    private List<Seen> _items = [];

    public ConversationId Conversation => conversation;

    /// <summary>The newest sequence below which nothing is missing.</summary>
    public long Position => _entries.Count;

    /// <summary>The newest sequence that is known to exist.</summary>
    public long Head { get; private set; }

    /// <summary>What was asked for and told of receipts.</summary>
    public IReadOnlyList<CursorSeen> Cursors => _cursors;

    /// <summary>Whether a page is on its way.</summary>
    public bool Reading { get; set; }

    /// <summary>Whether the server confirmed, after everything was sent, that this is all.</summary>
    public bool Finished { get; set; }

    /// <summary>Whether pushes alone will not fill what is missing.</summary>
    public bool Gap => Head > Position;

    /// <summary>A new connection joins at <paramref name="head"/>.</summary>
    public void Join(int connection, long head)
    {
        Reading = false;
        _receipts.Forget();
        Head = Math.Max(Head, head);
        _items = [];
        _streams.Add(new PushStream(reader, connection, conversation, head, _items));
    }

    public void Told(Told how, Entry entry)
    {
        _items.Add(new Seen(how, entry.Sequence, entry.Message));
        Take(entry);
    }

    public void ToldHead(long head)
    {
        _items.Add(new Seen(Chaos.Told.Head, head, default));
        Head = Math.Max(Head, head);
    }

    /// <summary>Takes an entry, from wherever. What was taken before stays as it was: the checker compares the streams with the log.</summary>
    public void Take(Entry entry)
    {
        Head = Math.Max(Head, entry.Sequence);
        if (entry.Sequence > Position) _ahead[entry.Sequence] = entry;
        while (_ahead.Remove(Position + 1, out var next)) _entries.Add(next);
    }

    /// <inheritdoc cref="DueReceipts.Next"/>
    public long? DueReceipt(long now) => _receipts.Next(Position, now);

    public void AskedFor(long delivered, long read) => _cursors.Add(new CursorSeen(CursorSource.Asked, reader, conversation, reader, delivered, read));

    /// <summary>Notes where somebody's cursors are, as the server told.</summary>
    public void ToldCursors(UserId user, JsonElement cursors) => _cursors.Add(ReadCursors(CursorSource.Told, reader, conversation, user, cursors));

    /// <summary>Notes whose cursors are where, as the server told of several at once.</summary>
    public void ToldReceipts(JsonElement receipts)
    {
        foreach (var moved in receipts.GetProperty("moved").EnumerateArray()) ToldCursors(new UserId(moved.GetProperty("user").GetString()!), moved);
    }

    public Timeline Timeline() => new(reader, conversation, [.. _entries]);

    public IReadOnlyList<PushStream> Streams() => [.. _streams];

    /// <summary>Reads cursors as they are on the wire.</summary>
    public static CursorSeen ReadCursors(CursorSource how, UserId? observer, ConversationId conversation, UserId user, JsonElement cursors) =>
        new(how, observer, conversation, user, cursors.GetProperty("deliveredUpTo").GetInt64(), cursors.GetProperty("readUpTo").GetInt64());

    /// <summary>Reads an entry as it is on the wire.</summary>
    public static Entry Read(JsonElement entry)
    {
        var (sequence, at) = (entry.GetProperty("sequence").GetInt64(), entry.GetProperty("at").GetDateTimeOffset().ToUnixTimeMilliseconds());
        var happened = entry.GetProperty("event");
        if (happened.GetProperty("type").GetString() != "message.sent") return new Entry(sequence, at, default, Sender: null, Text: null);
        return new Entry(
            sequence, at, new MessageId(happened.GetProperty("message").GetGuid()), new UserId(happened.GetProperty("sender").GetString()!),
            happened.GetProperty("content").GetProperty("parts")[0].GetProperty("body").GetString());
    }
}
