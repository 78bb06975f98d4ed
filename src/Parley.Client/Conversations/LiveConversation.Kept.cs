namespace Parley.Client;

/// <content>As this device knew it last, for as long as there is no connection.</content>
public sealed partial class LiveConversation
{
    /// <summary>Whether something that is shown is from the store, and is to be read again when there is a session.</summary>
    private bool _isKept;

    /// <summary>Shows what is kept while there is no session; false where nothing is, or there is one.</summary>
    private async Task<bool> ShowKeptAsync(CancellationToken cancel)
    {
        if (_client.State == ConnectionState.Open || await KeptTimelineAsync(cancel).ConfigureAwait(false) is not { } timeline) return false;
        lock (_gate)
        {
            foreach (var message in _client.Messages.Unsettled(Id)) timeline = timeline.Send(message.Message, message.Content);
            timeline = WithReads(timeline);
            foreach (var happening in _meanwhile) timeline = Apply(timeline, happening).Timeline;
            _meanwhile.Clear();
            (_timeline, _isLoading, _isKept) = (timeline, false, true);
        }

        // The session may have opened while it was read.
        if (_client.State == ConnectionState.Open) ReloadIfThatFailed();
        return true;
    }

    /// <summary>A page of the log for what is shown: while there is no session what the device has of it; where it has none, what the server answers, for which it waits as any request does.</summary>
    private async Task<EntriesPage> LookAsync(ReadEntries request, CancellationToken cancel) =>
        await LookNowAsync(request, cancel).ConfigureAwait(false) ?? await _client.Conversations.ReadEntriesAsync(request, cancel).ConfigureAwait(false);

    /// <summary>The same without waiting for a session: null where there is none, and the device has nothing.</summary>
    internal async Task<EntriesPage?> LookNowAsync(ReadEntries request, CancellationToken cancel)
    {
        if (_client.State == ConnectionState.Open) return await _client.Conversations.ReadEntriesAsync(request, cancel).ConfigureAwait(false);
        if (await KeptPageAsync(request, cancel).ConfigureAwait(false) is not { } page) return null;
        lock (_gate) _isKept = true;
        // The session may have opened while it was read.
        if (_client.State == ConnectionState.Open) ReloadIfThatFailed();
        return page;
    }

    /// <summary>With what the user has read here, and the server has not said yet.</summary>
    private Timeline WithReads(Timeline timeline)
    {
        foreach (var read in _client.Changes.Reads(Id))
        {
            var moved = read.ReadBy(timeline.Me)!;
            // One that an earlier run left does not know where its messages are.
            var ahead = ((MarkRead)read.Change.Request).Messages?.Select(timeline.Find).OfType<TimelineMessage>().Select(message => message.Sequence) ?? [];
            timeline = timeline.Move(timeline.Me, moved.DeliveredUpTo, moved.ReadUpTo, [.. (moved.ReadAhead ?? []).Union(ahead)]);
        }

        return timeline;
    }

    private void Hear(Happening.ChangeSettled settled)
    {
        if (settled.Report.Item is OutgoingChange { Change.Request: CreateConversation } creation && IsAwaiting(creation)) Created(settled.Report.Result);
        // What is shown as read is not, or nobody knows: it is read again.
        if (settled.Unread != Id) return;
        lock (_gate) _isKept = true;
        if (_client.State == ConnectionState.Open) ReloadIfThatFailed();
    }

    private async Task<EntriesPage?> KeptPageAsync(ReadEntries request, CancellationToken cancel)
    {
        try
        {
            return await _client.KeptAsync(cancel).ConfigureAwait(false) is { } kept ? await kept.PageAsync(request).WaitAsync(cancel).ConfigureAwait(false) : null;
        }
        catch (LocalStoreException)
        {
            return null;
        }
    }

    private async Task<Timeline?> KeptTimelineAsync(CancellationToken cancel)
    {
        try
        {
            if (await _client.KeptAsync(cancel).ConfigureAwait(false) is not { } kept || _client.Me is not { } me) return null;
            if (await kept.ConversationAsync(Id).WaitAsync(cancel).ConfigureAwait(false) is not { State: var state, Range: var range }) return null;
            if (await kept.EntriesAsync(Id, before: null, int.MaxValue).WaitAsync(cancel).ConfigureAwait(false) is not { } page) return Timeline.At(state, me);
            return Timeline.At(state with { Head = page.Head }, me).Prepend(page with { More = range.First > state.Tail }).Timeline;
        }
        catch (LocalStoreException)
        {
            // Whoever opens the store hears what is wrong with it; what the server has is asked for as without one.
            return null;
        }
    }
}
