namespace Parley.Client;

/// <content>The part of the log that is kept: without gaps, the newest of it, as it is now.</content>
internal sealed partial class KeptFold
{
    private readonly List<LocalRange> _erased = [];
    private readonly SortedDictionary<long, Piece> _put = [];

    /// <summary>Takes the next piece, or one that is known already and may say something newer.</summary>
    private async Task PutAsync(Piece piece)
    {
        piece = Shown(piece);
        if (most == 0)
        {
            if (piece.To <= Range.Last) return;
            // An earlier run may have kept some.
            if (!Range.IsEmpty) Erase(Sequence.None, Range.Last);
            Range = Range with { First = piece.To.Next, Last = piece.To };
            return;
        }

        if (piece.To <= Range.Last)
        {
            if (!Range.IsEmpty && piece.To >= Range.First) await MergeAsync(piece).ConfigureAwait(false);
            return;
        }

        if (Range.IsEmpty)
        {
            Range = Range with { First = piece.From };
        }
        else if (piece.From > Range.Last.Next)
        {
            // What is between was never told to this device, so what is before it is no part of what is shown.
            Erase(Sequence.None, Range.Last);
            Range = Range with { First = piece.From };
        }
        else if (piece.From <= Range.Last)
        {
            Erase(new Sequence(piece.From.Value - 1), Range.Last);
        }

        _put[piece.To.Value] = piece;
        Range = Range with { Last = piece.To };
        KeepNewest();
    }

    /// <summary>Takes a page that joins what is kept, whichever way it was read; of any other there is no use.</summary>
    private async Task PutAsync(EntriesPage page)
    {
        List<Piece> pieces = [.. KeptPieces.Of(page).Select(Shown)];
        await TailIsAtAsync(page.Tail).ConfigureAwait(false);
        if (most == 0 || pieces.Count == 0) return;
        if (Range.IsEmpty)
        {
            if (pieces[^1].To < Range.Last) return;
            foreach (var piece in pieces) _put[piece.To.Value] = piece;
            Range = Range with { First = pieces[0].From, Last = pieces[^1].To };
            KeepNewest();
            await CountAgainAsync(Sequence.None).ConfigureAwait(false);
            return;
        }

        if (pieces[0].From > Range.Last.Next || pieces[^1].To.Next < Range.First) return;
        foreach (var piece in pieces.Where(piece => piece.To >= Range.First)) await PutAsync(piece).ConfigureAwait(false);
        foreach (var piece in pieces.AsEnumerable().Reverse().Where(piece => piece.From < Range.First))
        {
            var older = piece.To < Range.First ? piece : piece with { To = new Sequence(Range.First.Value - 1) };
            _put[older.To.Value] = older;
            Range = Range with { First = older.From };
        }

        KeepNewest();
        await CountAgainAsync(Sequence.None).ConfigureAwait(false);
    }

    /// <summary>As the user may see it: an answer that was made before he hid something may come after he did.</summary>
    private Piece Shown(Piece piece) => piece.Entry is not null && removals.Exists(removed => piece.To <= removed.UpTo || removed.Sequences?.Contains(piece.To) == true)
        ? KeptPieces.Of(new SkippedRange(piece.From, piece.To, SkippedRange.Hidden))
        : piece;

    /// <summary>What is kept already is as it was, unless this is newer: hidden, edited, taken back.</summary>
    private async Task MergeAsync(Piece piece)
    {
        if (piece.Skipped is not null)
        {
            var from = piece.From < Range.First ? Range.First : piece.From;
            Erase(new Sequence(from.Value - 1), piece.To);
            _put[piece.To.Value] = piece with { From = from };
            return;
        }

        if (await PieceAsync(piece.To).ConfigureAwait(false) is not { Entry.Event: MessageSent before } || piece.Entry!.Event is not MessageSent now || before.Recalled) return;
        if (now.Recalled || now.Version > before.Version) _put[piece.To.Value] = piece;
    }

    /// <summary>A message was edited or taken back.</summary>
    private async Task ChangeAsync(Sequence original, LogEntry change)
    {
        var piece = Holds(original) ? await PieceAsync(original).ConfigureAwait(false) : null;
        // Whether it was unread is not known.
        if (piece is null && await ItemAsync().ConfigureAwait(false) is { } item && original > item.ReadUpTo && change.Sequence > item.Head) Guess(item);
        if ((piece?.Entry ?? await LastMessageAsync(original).ConfigureAwait(false)) is not { Event: MessageSent before } message) return;
        var changed = message.With(change);
        if (ReferenceEquals(changed, message)) return;
        if (piece is { } kept) _put[original.Value] = kept with { Entry = changed };
        await ChangeItemAsync(item => item.Changed(changed, before, change.Sequence, me)).ConfigureAwait(false);
        if (changed.Event is MessageSent { Recalled: true } && await LastMessageAsync(original).ConfigureAwait(false) is not null) await FindLastMessageAsync().ConfigureAwait(false);
    }

    private async Task HideAsync(MessagesRemoved removed)
    {
        if (removed.Removals is { } name) Range = Range with { Removals = name };
        if (removed.UpTo is { } upTo && upTo >= Range.First && !Range.IsEmpty)
        {
            var last = upTo < Range.Last ? upTo : Range.Last;
            Erase(Sequence.None, last);
            _put[last.Value] = KeptPieces.Of(new SkippedRange(Range.First, last, SkippedRange.Hidden));
        }

        foreach (var sequence in removed.Sequences ?? [])
        {
            if (Holds(sequence) && await PieceAsync(sequence).ConfigureAwait(false) is { Entry: not null })
                _put[sequence.Value] = KeptPieces.Of(new SkippedRange(sequence, sequence, SkippedRange.Hidden));
        }

        if (await ItemAsync().ConfigureAwait(false) is not { } item) return;
        if (item.LastMessage is { Sequence: var shown } && (shown <= removed.UpTo || removed.Sequences?.Contains(shown) == true)) await FindLastMessageAsync().ConfigureAwait(false);
        await CountAgainAsync(removed.UpTo?.Next ?? Sequence.None).ConfigureAwait(false);
    }

    private bool Holds(Sequence sequence) => sequence >= Range.First && sequence <= Range.Last;

    /// <summary>The user removed something that nobody told this device of: what is kept may show it.</summary>
    private void Doubt(string? removals)
    {
        if (removals == Range.Removals) return;
        Range = Range with { Removals = removals, IsDoubtful = !Range.IsEmpty || Range.HasItem };
        if (!Range.IsDoubtful) return;
        if (!Range.IsEmpty) Erase(Sequence.None, Range.Last);
        (Range, NeedsState, NeedsEntries, NeedsItem) = (Range with { First = Range.Last.Next }, true, true, true);
    }

    /// <summary>What is before it nobody keeps any more: it is not shown, and counts no more.</summary>
    private async Task TailIsAtAsync(Sequence tail)
    {
        if (tail.Value <= 1) return;
        CutOff(tail);
        await CountAgainAsync(tail).ConfigureAwait(false);
    }

    private void CutOff(Sequence place)
    {
        if (Range.IsEmpty || place <= Range.First) return;
        var first = place < Range.Last.Next ? place : Range.Last.Next;
        Erase(Sequence.None, new Sequence(first.Value - 1));
        Range = Range with { First = first };
    }

    private void KeepNewest()
    {
        if (Range.Last.Value - Range.First.Value < most) return;
        CutOff(new Sequence(Range.Last.Value - most + 1));
    }

    /// <summary>Forgets what is behind one place, up to another.</summary>
    private void Erase(Sequence after, Sequence upTo)
    {
        _erased.Add(new LocalRange(KeptKind.Entry, _scope) { After = after.Value, Before = upTo.Value + 1 });
        foreach (var gone in _put.Keys.Where(sequence => sequence > after.Value && sequence <= upTo.Value).ToArray()) _put.Remove(gone);
    }

    private bool IsErased(long sequence) => _erased.Exists(range => sequence > range.After && sequence < range.Before);

    /// <summary>What is kept at a place; null where nothing is, or a placeholder of more than one.</summary>
    private async Task<Piece?> PieceAsync(Sequence sequence)
    {
        if (_put.TryGetValue(sequence.Value, out var piece)) return piece;
        return !IsErased(sequence.Value) && await ReadAsync(KeptKind.Entry, sequence.Value).ConfigureAwait(false) is { } record ? KeptPieces.Read(record) : null;
    }

    /// <summary>All that is kept behind a place, in sequence.</summary>
    private async Task<List<Piece>> PiecesAsync(Sequence after)
    {
        if (Range.IsEmpty) return [];
        var pieces = new SortedDictionary<long, Piece>();
        foreach (var record in await store.ReadAsync(new LocalRange(KeptKind.Entry, _scope) { After = after.Value }).ConfigureAwait(false))
        {
            if (!IsErased(record.Key.Number) && KeptPieces.Read(record) is { } piece) pieces[record.Key.Number] = piece;
        }

        foreach (var (sequence, piece) in _put.Where(one => one.Key > after.Value)) pieces[sequence] = piece;
        return [.. pieces.Values];
    }
}
