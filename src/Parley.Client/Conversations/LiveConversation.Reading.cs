namespace Parley.Client;

/// <content>Reading it, and reading it anew.</content>
public sealed partial class LiveConversation
{
    private void Reload()
    {
        lock (_gate)
        {
            if (_isLoading || _isAwaited || _isDisposed) return;
            _isLoading = true;
        }

        _ = ReloadAsync();
    }

    private void ReloadIfThatFailed()
    {
        lock (_gate)
        {
            if (!(_loadFailed || _isKept) || _isAwaited || _isDisposed || (_isLoading && !_loadFailed)) return;
            (_loadFailed, _isLoading) = (false, true);
        }

        _ = ReloadAsync();
    }

    private async Task ReloadAsync()
    {
        try
        {
            await ReadAsync(CancellationToken.None).ConfigureAwait(false);
            _client.Happened(new Happening.Edited(this, now => now with { }));
        }
        catch (ParleyRefusedException refused) when (Follower.EndOf(refused.Refusal) is { } end)
        {
            // Nothing of it can be read any more: the old picture stays, and nothing more comes.
            lock (_gate)
            {
                foreach (var happening in _meanwhile) _timeline = Apply(_timeline!, happening).Timeline;
                _meanwhile.Clear();
                _timeline = _timeline!.Close(end);
                _isLoading = false;
            }

            _client.Happened(new Happening.Edited(this, now => now with { }));
        }
        catch (Exception error) when (error is ParleyException or ObjectDisposedException)
        {
            // The old picture stays, what comes meanwhile is kept, and the next session tries again.
            lock (_gate) _loadFailed = true;
        }
    }

    private async Task ReadAsync(CancellationToken cancel)
    {
        var state = await _client.Conversations.LookAtAsync(Id, cancel).ConfigureAwait(false);
        // The attributes after the state, so that whatever they do not know comes as an entry after it.
        var attributes = ReadAttributesAsync(state, cancel);
        var newest = ReadNewestAsync(state, cancel);
        await Task.WhenAll(attributes, newest).ConfigureAwait(false);
        var page = await newest.ConfigureAwait(false);
        var timeline = (await attributes.ConfigureAwait(false))(Timeline.At(state, _client.Session!.User));
        if (page is not null) timeline = timeline.Prepend(page).Timeline;
        var held = HoldAgain is { } hold ? await hold(timeline, cancel).ConfigureAwait(false) : null;
        if (held is null) timeline = await BackAsync(timeline, cancel).ConfigureAwait(false);
        lock (_gate)
        {
            foreach (var lost in _timeline?.Outgoing.Where(one => one.State != MessageState.Pending) ?? [])
                timeline = timeline.Send(lost.Message, lost.Content).Settle(lost.Message, lost.State, lost.Failure);
            foreach (var message in _client.Messages.Unsettled(Id)) timeline = timeline.Send(message.Message, message.Content);
            timeline = WithReads(timeline);
            // What was read here is in it as long as it waits.
            foreach (var happening in _meanwhile.Where(happening => happening is not Happening.ReadHere))
            {
                (timeline, var gap) = Apply(timeline, happening);
                if (gap is null) held = held?.Apply(happening);
            }

            _meanwhile.Clear();
            (_timeline, Held) = (timeline, held);
            (_isLoading, _isKept) = (false, false);
            Readings++;
        }
    }

    /// <summary>Reads on to where it began before, so that what was loaded stays; of more that came since no more than there was.</summary>
    private async Task<Timeline> BackAsync(Timeline timeline, CancellationToken cancel)
    {
        Timeline? before;
        lock (_gate) before = _timeline;
        if (before is null || before.Items.IsEmpty) return timeline;
        var most = Math.Min(MaxItems, 2 * (before.Head.Value - before.First.Value + 1));
        while (timeline.First > before.First && !timeline.IsComplete)
        {
            var limit = Math.Min(timeline.First.Value - before.First.Value, most - (timeline.Head.Value - timeline.First.Value + 1));
            if (limit <= 0) break;
            var page = await _client.Conversations.ReadEntriesAsync(new ReadEntries(Id, Before: timeline.First, Limit: (int)Math.Min(limit, ReadEntries.MaxLimit)), cancel).ConfigureAwait(false);
            var longer = timeline.Prepend(page).Timeline;
            if (longer.First == timeline.First) break;
            timeline = longer;
        }

        return timeline;
    }

    private async Task<EntriesPage?> ReadNewestAsync(ConversationState state, CancellationToken cancel) => state.Head == Sequence.None
        ? null
        : await _client.Conversations.ReadEntriesAsync(new ReadEntries(Id, Before: state.Head.Next, Limit: PageSize), cancel).ConfigureAwait(false);

    /// <summary>Puts the attributes as they are now into the timeline of a state that was read before. Nothing where they are not told, or there are none.</summary>
    private async Task<Func<Timeline, Timeline>> ReadAttributesAsync(ConversationState state, CancellationToken cancel)
    {
        if (state.Own.Left || state.Kind == ConversationKind.Direct) return now => now;
        try
        {
            var conversations = _client.Conversations;
            var own = conversations.GetAttributesAsync(Id, user: null, cancel);
            var everybodys = state.Participants is null || state.Kind == ConversationKind.Room ? Task.FromResult<List<ParticipantAttributes>?>(null) : ListAsync();
            await Task.WhenAll(own, everybodys).ConfigureAwait(false);
            var (attributes, participants) = (await own.ConfigureAwait(false), await everybodys.ConfigureAwait(false));
            return now => now.WithAttributes(attributes, participants);

            async Task<List<ParticipantAttributes>?> ListAsync()
            {
                var all = new List<ParticipantAttributes>();
                await foreach (var one in conversations.ListAttributesAsync(Id, cancel).ConfigureAwait(false)) all.Add(one);
                return all;
            }
        }
        catch (ParleyRefusedException refused) when (refused.Refusal == Refusals.NotParticipant || refused.Refusal == Refusals.PermissionDenied)
        {
            // He has just left, which an entry tells; or he may not read, and is shown nothing else either.
            return now => now;
        }
    }
}
