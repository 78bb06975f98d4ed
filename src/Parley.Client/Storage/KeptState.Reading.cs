namespace Parley.Client;

/// <content>What it answers, with or without a connection. The store is open; what was told before the call is in it, unless the store failed since.</content>
internal sealed partial class KeptState
{
    /// <summary>The kept conversations as a list shows them, the last active first; those that are archived or hidden too.</summary>
    /// <exception cref="LocalStoreException">It could not be read.</exception>
    public async Task<IReadOnlyList<InboxItem>> ListConversationsAsync()
    {
        await WriteWhatWaitsAsync().ConfigureAwait(false);
        var records = await store.ReadAsync(new LocalRange(KeptKind.Item)).ConfigureAwait(false);
        var items = records.Select(record => KeptValue.Read(record.Value, ProtocolJson.Lenient.InboxItem)).OfType<InboxItem>();
        lock (_gate) return [.. items.Select(item => item with { Flags = _positions.GetValueOrDefault(item.Conversation)?.Flags }).OrderByDescending(item => item.LastActivity)];
    }

    /// <summary>A conversation as it was last known, and which part of its log is kept; null where no state of it is.</summary>
    /// <exception cref="LocalStoreException">It could not be read.</exception>
    public async Task<KeptConversation?> ConversationAsync(ConversationId conversation)
    {
        await WriteWhatWaitsAsync().ConfigureAwait(false);
        var records = await store.ReadAsync(new LocalRange(KeptKind.State, KeptKind.ScopeOf(conversation))).ConfigureAwait(false);
        if (records is not [var record] || KeptValue.Read(record.Value, ProtocolJson.Lenient.ConversationState) is not { } state) return null;
        lock (_gate)
        {
            var range = _ranges.GetValueOrDefault(conversation, KeptRange.None);
            return new KeptConversation(state with { Own = state.Own with { Flags = _positions.GetValueOrDefault(conversation)?.Flags, Removals = range.Removals } }, range);
        }
    }

    /// <summary>The newest kept entries before a place, in sequence; <c>More</c> says whether older ones are kept. Null where none of the conversation are.</summary>
    /// <param name="conversation">Which.</param>
    /// <param name="before">Before this; null for the newest.</param>
    /// <param name="limit">At most so many pieces: entries, and ranges that are not shown.</param>
    /// <exception cref="LocalStoreException">It could not be read.</exception>
    public async Task<EntriesPage?> EntriesAsync(ConversationId conversation, Sequence? before, int limit)
    {
        await WriteWhatWaitsAsync().ConfigureAwait(false);
        KeptRange range;
        lock (_gate) range = _ranges.GetValueOrDefault(conversation, KeptRange.None);
        if (range.IsEmpty) return null;
        var newest = new LocalRange(KeptKind.Entry, KeptKind.ScopeOf(conversation)) { Before = before?.Value ?? long.MaxValue, Limit = limit, Order = LocalOrder.Descending };
        var records = await store.ReadAsync(newest).ConfigureAwait(false);
        List<Piece> pieces = [];
        foreach (var record in records)
        {
            // One that cannot be read is a gap, and what is before it does not belong to what is behind it.
            if (KeptPieces.Read(record) is not { } piece || (pieces is [.., var behind] && piece.To.Next != behind.From)) break;
            pieces.Add(piece);
        }

        pieces.Reverse();
        return KeptPieces.ToPage(conversation, pieces, range.Last, new Sequence(1), pieces is [var first, ..] && first.From > range.First);
    }

    /// <summary>What is asked for of a log, without gaps from the place on that is named, as the server would answer it; <c>More</c> says whether there may be more. Null where nothing of it is kept.</summary>
    /// <param name="request">After a place, or before one; the newest where it names neither.</param>
    /// <exception cref="LocalStoreException">It could not be read.</exception>
    public async Task<EntriesPage?> PageAsync(ReadEntries request)
    {
        var kept = await ConversationAsync(request.Conversation).ConfigureAwait(false);
        KeptRange range;
        lock (_gate) range = _ranges.GetValueOrDefault(request.Conversation, KeptRange.None);
        if (range.IsEmpty) return null;
        var (limit, tail) = (request.Limit ?? ReadEntries.MaxLimit, kept?.State.Tail ?? new Sequence(1));
        if (request.After is { } after)
        {
            var later = await PiecesAsync(request.Conversation, after, limit).ConfigureAwait(false);
            return later is [.., var last] ? KeptPieces.ToPage(request.Conversation, later, range.Last, tail, last.To < range.Last) : null;
        }

        var pieces = await PiecesBeforeAsync(request.Conversation, request.Before ?? range.Last.Next, limit).ConfigureAwait(false);
        return pieces is [var first, ..] ? KeptPieces.ToPage(request.Conversation, pieces, range.Last, tail, first.From > range.First || first.From > tail) : null;
    }

    /// <summary>Somebody's profile as it was last known; null where it never was.</summary>
    /// <exception cref="LocalStoreException">It could not be read.</exception>
    public async Task<UserProfile?> ProfileAsync(UserId user)
    {
        await WriteWhatWaitsAsync().ConfigureAwait(false);
        return await store.ReadAsync(new LocalRange(KeptKind.Profile, user.Value)).ConfigureAwait(false) is [var record] ? KeptValue.Read(record.Value, ProtocolJson.Lenient.UserProfile) : null;
    }

    /// <summary>The contacts as they were last known, in the order of their ids.</summary>
    /// <exception cref="LocalStoreException">It could not be read.</exception>
    public async Task<IReadOnlyList<Contact>> ContactsAsync()
    {
        await WriteWhatWaitsAsync().ConfigureAwait(false);
        var records = await store.ReadAsync(new LocalRange(KeptKind.Contact)).ConfigureAwait(false);
        return [.. records.Select(record => KeptValue.Read(record.Value, ProtocolJson.Lenient.Contact)).OfType<Contact>()];
    }

    /// <summary>Whom the user blocks, as it was last known.</summary>
    /// <exception cref="LocalStoreException">It could not be read.</exception>
    public async Task<IReadOnlyList<UserId>> BlocksAsync()
    {
        await WriteWhatWaitsAsync().ConfigureAwait(false);
        return await store.ReadAsync(new LocalRange(KeptKind.Blocks)).ConfigureAwait(false) is [var record] && KeptValue.Read(record.Value, ProtocolJson.Lenient.BlockList) is { } blocks ? blocks.Users : [];
    }

    private async Task<List<Piece>> PiecesAsync(ConversationId conversation, Sequence after, int limit)
    {
        List<Piece> pieces = [];
        foreach (var record in await store.ReadAsync(new LocalRange(KeptKind.Entry, KeptKind.ScopeOf(conversation)) { After = after.Value, Limit = limit }).ConfigureAwait(false))
        {
            var next = (pieces is [.., var before] ? before.To : after).Next;
            if (KeptPieces.Read(record) is not { } piece || piece.From > next) break;
            pieces.Add(piece with { From = next });
        }

        return pieces;
    }

    private async Task<List<Piece>> PiecesBeforeAsync(ConversationId conversation, Sequence place, int limit)
    {
        var scope = new LocalRange(KeptKind.Entry, KeptKind.ScopeOf(conversation));
        List<Piece> pieces = [];
        // A placeholder may begin before the place and end behind it.
        if (await store.ReadAsync(scope with { After = place.Value - 1, Limit = 1 }).ConfigureAwait(false) is [var across] && KeptPieces.Read(across) is { } cut && cut.From < place)
            pieces.Add(cut with { To = new Sequence(place.Value - 1) });
        foreach (var record in await store.ReadAsync(scope with { Before = place.Value, Limit = limit, Order = LocalOrder.Descending }).ConfigureAwait(false))
        {
            if (KeptPieces.Read(record) is not { } piece || piece.To.Next != (pieces is [.., var behind] ? behind.From : place)) break;
            pieces.Add(piece);
        }

        pieces.Reverse();
        return pieces;
    }

    // Not on the thread of whoever asks, which may be that of a window.
    private Task<bool> WriteWhatWaitsAsync() => Task.Run(FlushAsync);
}

/// <summary>A conversation as it was last known.</summary>
/// <param name="State">How it is. Its head is that of the last change that is no message: the newest that is kept is <see cref="KeptRange.Last"/>.</param>
/// <param name="Range">Which part of its log is kept.</param>
internal sealed record KeptConversation(ConversationState State, KeptRange Range);
