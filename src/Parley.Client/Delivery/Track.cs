namespace Parley.Client;

/// <summary>One conversation's log as this device has it: everything up to <see cref="Applied"/>, and pieces that came early.</summary>
/// <remarks>
/// Pure: no clock, socket or thread. Whatever is offered, in whatever order and however often, what comes out is in sequence,
/// each once, without gaps (G4).
/// </remarks>
internal sealed class Track(ConversationId conversation)
{
    /// <summary>More than this is not held: the log has it, and it is read from there.</summary>
    internal const int MaxHeld = 1_000;

    /// <summary>Null while nothing is, which is so of most conversations most of the time.</summary>
    private SortedDictionary<long, Piece>? _held;
    private Sequence _head;

    public ConversationId Conversation => conversation;

    /// <summary>Everything up to here was handed on; null as long as it is not known where to start.</summary>
    public Sequence? Applied { get; private set; }

    /// <summary>The newest sequence known to exist.</summary>
    public Sequence Head => Applied is { } applied && applied > _head ? applied : _head;

    /// <summary>Whether something is missing that exists.</summary>
    public bool IsBehind => Applied is { } applied && _head > applied;

    /// <summary>Whether a read for it is under way.</summary>
    public bool IsReading { get; set; }

    /// <summary>The oldest piece that came early; null for none.</summary>
    public Sequence? FirstHeld => _held is { Count: > 0 } held ? new Sequence(held.Keys.First()) : null;

    /// <summary>Sets where to start; later calls change nothing.</summary>
    public void Start(Sequence applied, List<Piece> ready)
    {
        if (Applied is not null) return;
        Applied = applied;
        Drain(ready);
    }

    /// <summary>Hears that a sequence exists.</summary>
    public void SawHead(Sequence head)
    {
        if (head > _head) _head = head;
    }

    /// <summary>The server says this is the head; what was heard before counts no more.</summary>
    public void CorrectHead(Sequence head) => _head = _held is { Count: > 0 } held && head.Value < held.Keys.Last() ? new Sequence(held.Keys.Last()) : head;

    /// <summary>Takes one entry, and adds to <paramref name="ready"/> whatever is in sequence now.</summary>
    public void Offer(LogEntry entry, List<Piece> ready)
    {
        SawHead(entry.Sequence);
        if (_held is not { Count: > 0 } && Applied is { } applied && entry.Sequence == applied.Next)
        {
            // Nearly always.
            ready.Add(new Piece(entry.Sequence, entry.Sequence, entry, null));
            Applied = entry.Sequence;
            return;
        }

        Hold(new Piece(entry.Sequence, entry.Sequence, entry, null));
        Drain(ready);
    }

    /// <summary>Takes a page that was read after <see cref="Applied"/>.</summary>
    public void Offer(IEnumerable<LogEntry> entries, IEnumerable<SkippedRange>? skipped, List<Piece> ready)
    {
        foreach (var range in skipped ?? []) Hold(new Piece(range.From, range.To, null, range));
        foreach (var entry in entries) Hold(new Piece(entry.Sequence, entry.Sequence, entry, null));
        Drain(ready);
    }

    private void Hold(Piece piece)
    {
        if (piece.To < piece.From || piece.To <= Applied) return;
        _held ??= [];
        _held[piece.From.Value] = piece;
        if (_held.Count > MaxHeld) _held.Remove(_held.Keys.Last());
    }

    private void Drain(List<Piece> ready)
    {
        if (Applied is not { } applied || _held is not { } held) return;
        while (held.Count > 0)
        {
            var (from, piece) = held.First();
            if (from > applied.Value + 1) break;
            held.Remove(from);
            if (piece.To <= applied) continue;
            ready.Add(piece);
            applied = piece.To;
        }

        if (held.Count == 0) _held = null;
        Applied = applied;
    }
}

/// <summary>A piece of a log: an entry, or a range that is not shown.</summary>
internal readonly record struct Piece(Sequence From, Sequence To, LogEntry? Entry, SkippedRange? Skipped);
