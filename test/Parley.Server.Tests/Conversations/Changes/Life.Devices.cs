using Parley.Client;

namespace Parley.Tests.Conversations;

/// <content>What devices do, and what they are told.</content>
internal sealed partial class Life
{
    /// <summary>A device connects, for the first time or again; or it is disconnected, looks back, or is emptied.</summary>
    private async Task LookAsync(LifeDevice device)
    {
        if (device.Known.Conversation != _id || _chance.Next(6) == 0) await OpenAsync(device);
        else if (!device.IsConnected) await ReconnectAsync(device);
        else if (Coin()) device.IsConnected = false;
        else await LookBackAsync(device);
    }

    /// <summary>It gets the state, and knows nothing else. What happens before it has the attributes comes as an entry on top of them.</summary>
    private async Task OpenAsync(LifeDevice device)
    {
        if ((await _ground.StateAsync(device.User, _id)).Value is not { } state) return;
        var meanwhile = _head;
        if (!_isOver && _chance.Next(4) == 0) await DoAsync(Actor(), Attributes(Person()));
        device.Known = await WithAttributesAsync(Timeline.At(state, device.User), state);
        (device.IsConnected, device.WasToldLittle, device.KnownSince, device.Removals) = (true, state.Own.Left || !state.Own.Permissions.HasFlag(Permissions.Read), null, state.Own.Removals);
        if (_head > meanwhile) await CatchUpAsync(device);
    }

    private async Task<Timeline> WithAttributesAsync(Timeline timeline, ConversationState state)
    {
        if (state.Own.Left || _kind == ConversationKind.Direct) return timeline;
        var own = (await _ground.AttributesAsync(timeline.Me, new GetAttributes(_id))).Value;
        return own is null ? timeline : timeline.WithAttributes(own.Attributes, (await _ground.AttributesAsync(timeline.Me, new GetAttributes(_id, Participants: true))).Value?.Participants ?? []);
    }

    /// <summary>It reads the page before what it holds.</summary>
    private async Task LookBackAsync(LifeDevice device)
    {
        if (device.Known.IsComplete || device.Known.First.Value <= 1) return;
        var page = await _ground.EntriesAsync(device.User, new ReadEntries(_id, Before: device.Known.First, Limit: _chance.Next(1, 10)));
        if (page.Value is { } older) device.Known = device.Known.Prepend(older).Timeline;
    }

    /// <summary>It is back: it asks what came after its position and how far everybody is, and reads on where that was not all.</summary>
    private async Task ReconnectAsync(LifeDevice device)
    {
        device.IsConnected = true;
        var (change, synced, token) = await _ground.ReturnAsync(device.User, new SyncPosition(_id, device.Known.Head), device.Since, device.KnownSince);
        device.Since = token;
        if (change is { Deleted: false } && change.Removals != device.Removals)
        {
            // Nobody tells it what: it reads again what it shows.
            await OpenAsync(device);
            return;
        }

        if (change is not null) device.Moves(device.User, change.DeliveredUpTo, change.ReadUpTo, null);
        switch (synced.Status)
        {
            case SyncStatus.Deleted:
                device.Known = device.Known.Close(ConversationEnd.Deleted);
                return;
            case SyncStatus.Reset:
                // Only of who may not read any more is the head behind what he has.
                Assert.True(synced.Head == Sequence.None, $"{this}: {device} is told to begin anew");
                await OpenAsync(device);
                return;
        }

        Assert.True(device.Takes(synced.Entries, synced.Skipped), $"{this}: {device} has a gap in what came after {device.Known.Head}");
        if (synced.More) await CatchUpAsync(device);
        // No entry told it to him: he might not read any more when it happened.
        if (change is { Left: true }) device.Known = device.Known.Close(ConversationEnd.Left);
        // Nor this: he hid from himself how he came back.
        if (change is { Left: false } && device.Known.HasLeft) (device.Known, device.WasToldLittle) = (device.Known.Reopen(), true);
        foreach (var one in synced.Participants ?? synced.ChangedParticipants ?? []) device.Moves(one.User, one.DeliveredUpTo, one.ReadUpTo, one.ReadAhead);
        var knowsAll = synced.Participants is not null || (synced.ChangedParticipants is not null && device.KnownSince is not null);
        device.KnownSince = knowsAll && synced.Skipped is null ? token : null;
    }

    /// <summary>Entries only; false when they are refused, because the conversation is no more or is not the user's to read.</summary>
    private async Task<bool> CatchUpAsync(LifeDevice device)
    {
        while (true)
        {
            var outcome = await _ground.EntriesAsync(device.User, new ReadEntries(_id, After: device.Known.Head, Limit: _chance.Next(1, 20)));
            if (outcome.Refusal == Refusals.ConversationDeleted) device.Known = device.Known.Close(ConversationEnd.Deleted);
            if (outcome.Value is not { } page) return false;
            if (page.Skipped is not null) device.KnownSince = null;
            Assert.True(device.Takes(page.Entries, page.Skipped), $"{this}: {device} has a gap after {device.Known.Head}");
            if (!page.More) return true;
        }
    }

    private async Task TellAsync(LogEntry entry)
    {
        foreach (var device in Connected().Where(device => Receives(device) || LetsRead(entry.Event, device)))
        {
            if (!device.Hears(entry)) await CatchUpAsync(device);
        }
    }

    /// <summary>Those of a broadcast are told to one's own devices alone.</summary>
    private void Tell(ReceiptCursors cursors, UserId whose)
    {
        foreach (var device in Connected().Where(device => device.User == whose || (_kind != ConversationKind.Broadcast && Receives(device))))
            device.Moves(whose, cursors.DeliveredUpTo, cursors.ReadUpTo, cursors.ReadAhead);
    }

    private void Tell(MessagesRemoved removed, UserId user)
    {
        foreach (var device in Connected().Where(device => device.User == user)) (device.Known, device.Removals) = (device.Known.Hide(removed), removed.Removals);
    }

    private IEnumerable<LifeDevice> Connected() => _devices.Values.Where(device => device.IsConnected && device.Known.Conversation == _id);

    private static bool Receives(LifeDevice device) =>
        device.Known is { HasLeft: false, IsDeleted: false, Participants: { } participants } && participants.TryGetValue(device.User, out var own) && own.Permissions.HasFlag(Permissions.Read);

    /// <summary>Whether an entry begins to tell somebody.</summary>
    private static bool LetsRead(ConversationEvent happened, LifeDevice device) => happened switch
    {
        ParticipantsAdded added => added.Participants.Any(one => one.User == device.User && one.Permissions?.HasFlag(Permissions.Read) != false),
        ParticipantJoined joined => joined.Actor == device.User && joined.Permissions?.HasFlag(Permissions.Read) != false,
        PermissionsChanged changed => changed.Participants.Any(one => one.User == device.User && one.Permissions?.HasFlag(Permissions.Read) == true),
        _ => false,
    };

    public override string ToString() => $"seed {_seed}";
}
