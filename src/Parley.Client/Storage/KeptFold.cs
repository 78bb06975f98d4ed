namespace Parley.Client;

/// <summary>What becomes of one conversation that is kept when things happened in it: read what is needed, heard one after the other, and then written at once.</summary>
/// <param name="store">What is kept.</param>
/// <param name="conversation">Which.</param>
/// <param name="me">Whose store it is.</param>
/// <param name="most">How many entries are kept; none for 0.</param>
/// <param name="range">Which part of its log is kept.</param>
/// <param name="flags">How it stands in the user's inbox.</param>
/// <param name="removals">What he has hidden since the client began.</param>
internal sealed partial class KeptFold(LocalStore store, ConversationId conversation, UserId me, int most, KeptRange range, InboxFlags? flags, List<MessagesRemoved> removals)
{
    private readonly string _scope = KeptKind.ScopeOf(conversation);
    private ConversationState? _described;
    private Timeline? _state;
    private bool _stateWasRead;
    private bool _stateChanged;

    /// <summary>Which part of its log is kept now.</summary>
    public KeptRange Range { get; private set; } = range;

    /// <summary>Whether the server is to say how it is: nobody told.</summary>
    public bool NeedsState { get; private set; }

    /// <summary>Whether what was kept of its log is gone, and the newest of it is wanted again.</summary>
    public bool NeedsEntries { get; private set; }

    /// <summary>Whether the server is to say how a list shows it.</summary>
    public bool NeedsItem { get; private set; }

    public async Task HearAsync(Happening happening)
    {
        switch (happening)
        {
            case Happening.Started(_, var at):
                if (Range.IsEmpty) Range = Range with { First = at.Next, Last = at };
                break;
            case Happening.Entry(var entry, _):
                await HearAsync(entry).ConfigureAwait(false);
                break;
            case Happening.Skipped(_, var skipped):
                await PutAsync(KeptPieces.Of(skipped)).ConfigureAwait(false);
                // Something may have happened in it that nobody told.
                NeedsState = true;
                await ChangeItemAsync(item => skipped.To > item.Head ? item with { Head = skipped.To } : item).ConfigureAwait(false);
                await CountAgainAsync(Sequence.None).ConfigureAwait(false);
                break;
            case Happening.ReadHere(var read):
                await ChangeStateAsync(state => state.Move(me, read.DeliveredUpTo, read.ReadUpTo, read.ReadAhead)).ConfigureAwait(false);
                await ReadAsync(read).ConfigureAwait(false);
                break;
            case Happening.ChangeSettled:
                // What is kept as read is not, or nobody knows.
                (Range, NeedsState, NeedsItem) = (Range with { IsDoubtful = !Range.IsEmpty || Range.HasItem }, true, true);
                break;
            case Happening.Cursors(var moved):
                await ChangeStateAsync(state => state.Move(moved.User, moved.DeliveredUpTo, moved.ReadUpTo, moved.ReadAhead)).ConfigureAwait(false);
                if (moved.User == me) await ReadAsync(moved).ConfigureAwait(false);
                break;
            case Happening.TailMoved(_, var tail):
                await TailIsAtAsync(tail).ConfigureAwait(false);
                break;
            case Happening.Removed(var removed):
                await HideAsync(removed).ConfigureAwait(false);
                break;
            case Happening.Removals(_, var name):
                Doubt(name);
                break;
            case Happening.Ended(_, var end):
                await ChangeStateAsync(state => state.Close(end)).ConfigureAwait(false);
                await ChangeItemAsync(item => item with { Left = true }).ConfigureAwait(false);
                break;
            case Happening.Returned:
                await ChangeItemAsync(item => item with { Left = false }).ConfigureAwait(false);
                NeedsState = true;
                break;
            case Happening.Answered answered:
                await HearAsync(answered).ConfigureAwait(false);
                break;
        }
    }

    /// <summary>What is to be written, in this order.</summary>
    public IEnumerable<LocalChange> Changes()
    {
        foreach (var erased in _erased) yield return LocalChange.Erase(erased);
        foreach (var piece in _put.Values) yield return KeptPieces.Put(conversation, piece);
        if (_stateChanged && _state is not null) yield return new LocalChange(new LocalKey(KeptKind.State, _scope, 0), KeptValue.Of(_state.ToState(_described!), ProtocolJson.Lenient.ConversationState));
        if (_itemChanged && _item is not null) yield return new LocalChange(new LocalKey(KeptKind.Item, _scope, 0), KeptValue.Of(_item, ProtocolJson.Lenient.InboxItem));
    }

    private async Task HearAsync(LogEntry entry)
    {
        // What is kept of its log is to be shown with who is in it.
        NeedsState |= !Range.HasState && !_stateChanged;
        await PutAsync(KeptPieces.Of(entry)).ConfigureAwait(false);
        switch (entry.Event)
        {
            case MessageSent:
                break;
            case MessageEdited edited:
                await ChangeAsync(edited.Original, entry).ConfigureAwait(false);
                break;
            case MessageRecalled recalled:
                await ChangeAsync(recalled.Original, entry).ConfigureAwait(false);
                break;
            default:
                await ChangeStateAsync(state => state.Told(entry)).ConfigureAwait(false);
                break;
        }

        await ChangeItemAsync(item => item.With(entry, me)).ConfigureAwait(false);
    }

    private async Task HearAsync(Happening.Answered answered)
    {
        if (answered.State is { } state)
        {
            Doubt(state.Own.Removals);
            (_described, _state, _stateWasRead, _stateChanged) = (state, Timeline.At(state, me), true, true);
            (Range, NeedsState) = (Range with { HasState = true }, false);
            if (state.Head < Range.Last)
            {
                foreach (var piece in await PiecesAsync(state.Head).ConfigureAwait(false)) Tell(piece);
            }

            if (await ItemAsync().ConfigureAwait(false) is { } before) Keep(before with { Title = state.Title, Left = state.Own.Left });
            // Of what is kept from its beginning on nobody need be asked what was said last, and how much is unread.
            else if (Range is { IsEmpty: false, First.Value: 1 }) Keep(KeptItem.Of(state, await PiecesAsync(Sequence.None).ConfigureAwait(false), me));
            else NeedsItem = true;
        }

        if (answered.Item is { } item)
        {
            // What came after it is known.
            foreach (var piece in item.Head < Range.Last ? await PiecesAsync(item.Head).ConfigureAwait(false) : [])
                item = piece.Entry is { } entry ? item.With(entry, me) : item;
            Keep(item);
            (NeedsItem, Range) = (false, Range with { IsDoubtful = false });
            // It may be older than what was heard.
            if (!Range.IsEmpty && Range.First <= item.ReadUpTo.Next) await CountAgainAsync(Sequence.None).ConfigureAwait(false);
        }

        if (answered.Page is { } page) await PutAsync(page).ConfigureAwait(false);
    }

    private void Tell(Piece piece)
    {
        if (piece.Entry is { } entry) _state = _state!.Told(entry);
        else NeedsState = true;
    }

    private async Task<Timeline?> StateAsync()
    {
        if (_stateWasRead) return _state;
        _stateWasRead = true;
        if (await ReadAsync(KeptKind.State, 0).ConfigureAwait(false) is { } record) _described = KeptValue.Read(record.Value, ProtocolJson.Lenient.ConversationState);
        if (_described is not null) _state = Timeline.At(_described, me);
        else if (Range.HasState) (Range, NeedsState) = (Range with { HasState = false }, true);
        return _state;
    }

    private async Task ChangeStateAsync(Func<Timeline, Timeline> change)
    {
        if (await StateAsync().ConfigureAwait(false) is not { } state) return;
        var changed = change(state);
        if (ReferenceEquals(changed, state)) return;
        (_state, _stateChanged) = (changed, true);
        NeedsState |= changed.NeedsState;
    }

    private async Task<LocalRecord?> ReadAsync(string kind, long number) =>
        await store.ReadAsync(new LocalRange(kind, _scope) { After = number - 1, Before = number + 1 }).ConfigureAwait(false) is [var record] ? record : null;
}
