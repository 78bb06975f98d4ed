using Parley.Client;

namespace Parley.Tests.Conversations;

/// <summary>A life of a room, drawn from a seed: people come and go without an entry, and devices fold what they are told of it into what the entries tell.</summary>
internal sealed class RoomLife
{
    /// <summary>What is drawn in a life.</summary>
    public const int Steps = 40;

    private readonly IRoomGround _ground;
    private readonly int _seed;
    private readonly Random _chance;
    private readonly IReadOnlyList<UserId> _people;
    private readonly Dictionary<(UserId User, int Number), (LifeDevice Device, RoomListener? Over)> _devices = [];
    private readonly List<MessageId> _messages = [];
    private readonly List<object> _story = [];
    private ConversationId _id;

    public RoomLife(IRoomGround ground, int seed) => (_ground, _seed, _chance, _people) = (ground, seed, new Random(seed), Life.PeopleOf(seed));

    /// <summary>Lives it, and compares what every device knows in the end with what a new one is told. How often something changed.</summary>
    public async Task<int> LiveAsync()
    {
        _id = await _ground.CreateAsync(_people[0], new CreateConversation(ConversationId.New(), ConversationKind.Room, []));
        var changes = 0;
        for (var step = 0; step < Steps; step++)
        {
            var refusal = _chance.Next(4) switch
            {
                0 => await LookAsync((Person(), _chance.Next(3))),
                1 => await VisitAsync(Person()),
                _ => await AskAsync(_chance.Next(3) == 0 ? Person() : _people[0], Wish(Person())),
            };
            if (refusal is null) changes++;
            if (_chance.Next(4) == 0) _ground.Pass(TimeSpan.FromMilliseconds(_chance.Next(1, 1_200)));
        }

        // What came and went a moment ago is told within a second.
        for (var second = 0; second < 3; second++) _ground.Pass(TimeSpan.FromSeconds(1));
        foreach (var one in _devices.Keys.ToArray()) await CompareAsync(one);
        return changes;
    }

    private object Wish(UserId other) => _chance.Next(12) switch
    {
        0 or 1 or 2 => new SendMessage(_id, MessageId.New(), MessageContent.OfText($"m{_chance.Next(100)}")),
        3 => new SetAttributes(_id, CommandId.New(), null, new Dictionary<string, string> { [$"n{_chance.Next(3)}"] = $"v{_chance.Next(3)}" }, _chance.Next(2) == 0 ? null : ["n3"]),
        4 => new SetAttributes(_id, CommandId.New(), _chance.Next(2) == 0 ? other : null, null, [$"n{_chance.Next(3)}"]),
        5 => new UpdateConversation(_id, CommandId.New(), Title: $"w{_chance.Next(3)}", Muted: _chance.Next(4) == 0),
        6 => new RemoveParticipants(_id, CommandId.New(), [other]),
        7 => _chance.Next(2) == 0 ? new BanParticipants(_id, CommandId.New(), [other, Person()]) : new UnbanParticipants(_id, CommandId.New(), [other]),
        8 => new ChangePermissions(_id, CommandId.New(), [new ParticipantPermissions(other, _chance.Next(3) switch { 0 => Permissions.None, 1 => PermissionPresets.Admin, _ => PermissionPresets.Member } | (_chance.Next(2) == 0 ? Permissions.Read : Permissions.None))]),
        9 => new EditMessage(_id, CommandId.New(), Message(), MessageContent.OfText("e")),
        10 => new RecallMessage(_id, CommandId.New(), Message()),
        _ => _chance.Next(8) == 0 ? new DeleteConversation(_id, CommandId.New()) : new SendMessage(_id, MessageId.New(), MessageContent.OfText("hi")),
    };

    private async Task<Refusal?> AskAsync(UserId actor, object wish)
    {
        var outcome = await _ground.AskAsync(actor, wish);
        if (outcome.Value?.Event is MessageSent sent) _messages.Add(sent.Message);
        return Said(actor, wish.GetType().Name, outcome.Refusal);
    }

    /// <summary>Somebody comes or goes, over one of his connections or none.</summary>
    private async Task<Refusal?> VisitAsync(UserId user)
    {
        var over = _devices.GetValueOrDefault((user, _chance.Next(3))).Over;
        var refusal = _chance.Next(3) > 0 ? (await _ground.EnterAsync(user, _id, over)).Refusal : (await _ground.ExitAsync(user, _id, over)).Refusal;
        // The connection that asked is told by its answer, and by nothing else.
        if (over is not null && refusal is null) await AgainAsync(user, over);
        return Said(user, over is null ? "visits" : "visits over his connection", refusal);
    }

    private async Task AgainAsync(UserId user, RoomListener over)
    {
        var (one, asking) = _devices.First(pair => pair.Key.User == user && pair.Value.Over == over);
        await HearAsync(asking.Device, over);
        if ((await _ground.StateAsync(user, _id)).Value is { Own.Left: false }) await OpenAsync(one);
        else asking.Device.Known = asking.Device.Known.Close(ConversationEnd.Left);
    }

    private async Task<Refusal?> LookAsync((UserId User, int Number) one)
    {
        var (device, over) = _devices.GetValueOrDefault(one);
        if (device is null || _chance.Next(8) == 0) return Said(one.User, $"opens {one.Number}", await OpenAsync(one));
        if (over is null)
        {
            await ReturnAsync(one, device);
        }
        else if (_chance.Next(2) == 0)
        {
            await HearAsync(device, over);
        }
        else
        {
            await HearAsync(device, over);
            _ground.Disconnect(over);
            _devices[one] = (device, null);
        }

        return Said(one.User, $"looks at {one.Number}", null);
    }

    /// <summary>A device comes into the room if its user is not in it, and gets the state.</summary>
    private async Task<Refusal?> OpenAsync((UserId User, int Number) one)
    {
        var (device, over) = _devices.GetValueOrDefault(one);
        over ??= await _ground.ConnectAsync(one.User, one.Number);
        if (device is not null) await TakeAsync(device, over);
        var state = (await _ground.StateAsync(one.User, _id)).Value;
        if (state is null or { Own.Left: true })
        {
            var entered = await _ground.EnterAsync(one.User, _id, over);
            if (entered.Value is null)
            {
                _ground.Disconnect(over);
                if (device is null) return entered.Refusal;
                await ReadAnewAsync(device);
                _devices[one] = (device, null);
                return entered.Refusal;
            }

            state = entered.Value.Conversation;
        }

        device ??= new LifeDevice(one.User, one.Number);
        await BeginAsync(device, state);
        _devices[one] = (device, over);
        return null;
    }

    private async Task BeginAsync(LifeDevice device, ConversationState state)
    {
        device.Known = Timeline.At(state, device.User).WithAttributes((await _ground.AttributesAsync(device.User, new GetAttributes(_id))).Value?.Attributes);
        device.MayRead = state.Own.Permissions.HasFlag(Permissions.Read);
    }

    /// <summary>It asks how it is now; that it may be over is all that it is told.</summary>
    private async Task ReadAnewAsync(LifeDevice device)
    {
        var told = await _ground.StateAsync(device.User, _id);
        if (told.Value is { } state) await BeginAsync(device, state);
        else device.Known = device.Known.Close(told.Refusal == Refusals.ConversationDeleted ? ConversationEnd.Deleted : ConversationEnd.Left);
    }

    private async Task ReturnAsync((UserId User, int Number) one, LifeDevice device)
    {
        var over = await _ground.ConnectAsync(one.User, one.Number);
        _devices[one] = (device, over);
        var (change, synced, token) = await _ground.ReturnAsync(one.User, new SyncPosition(_id, device.Known.Head), device.Since, null);
        device.Since = token;
        if (synced.Status is SyncStatus.NotFound) device.Known = device.Known.Close(ConversationEnd.Left);
        if (synced.Status is SyncStatus.Deleted) device.Known = device.Known.Close(ConversationEnd.Deleted);
        if (synced.Status is SyncStatus.Reset) await ReadAnewAsync(device);
        if (synced.Status is not SyncStatus.Ok) return;
        if (!device.Takes(synced.Entries, synced.Skipped) || synced.More) await CatchUpAsync(device);
        if (synced.ParticipantCount is { } count && device.Known.Head == synced.Head) device.Known = device.Known.Visited(new RoomChanged(_id, count));
        if (change is { Left: true }) device.Known = device.Known.Close(ConversationEnd.Left);
        // No entry tells that he is in it again.
        if (change is { Left: false }) device.Known = device.Known.Reopen();
        if (device.Known.NeedsState) await ReadAnewAsync(device);
    }

    private async Task CatchUpAsync(LifeDevice device)
    {
        while ((await _ground.EntriesAsync(device.User, new ReadEntries(_id, After: device.Known.Head))).Value is { } page)
        {
            Assert.True(device.Takes(page.Entries, page.Skipped), $"seed {_seed}: {device} has a gap");
            if (!page.More) return;
        }
    }

    /// <summary>What was told to a connection since the last look.</summary>
    private async Task HearAsync(LifeDevice device, RoomListener over)
    {
        await TakeAsync(device, over);
        if (device.Known.NeedsState) await ReadAnewAsync(device);
    }

    private async Task TakeAsync(LifeDevice device, RoomListener over)
    {
        foreach (var heard in over.Heard().ToArray())
        {
            _story.Add((device, heard));
            if (heard is RoomChanged changed) device.Known = device.Known.Visited(changed);
            else if (heard is LogEntry entry && !device.Hears(entry)) await CatchUpAsync(device);
        }
    }

    private async Task CompareAsync((UserId User, int Number) one)
    {
        var (device, over) = _devices[one];
        if (over is null) await ReturnAsync(one, device);
        over = _devices[one].Over!;
        var told = await _ground.StateAsync(one.User, _id);
        if (told.Value is { Own.Left: false } state)
        {
            var fresh = Timeline.At(state, one.User).WithAttributes((await _ground.AttributesAsync(one.User, new GetAttributes(_id))).Value?.Attributes);
            if ((await _ground.EntriesAsync(one.User, new ReadEntries(_id))).Value is { } page) fresh = fresh.Prepend(page).Timeline;
            await UntilAsync(() => state.Own.Permissions.HasFlag(Permissions.Read)
                ? Life.Differences(device.Known, fresh, device.WasToldLittle).Select(one => $"{one.What}: {one.Knows}\n and is told {one.Is}").FirstOrDefault()
                : null);
        }
        else
        {
            await HearAsync(device, over);
            if (!device.MayRead && device.Known is { IsDeleted: false, HasLeft: false })
            {
                // He hears of it when he is back.
                _ground.Disconnect(over);
                await ReturnAsync(one, device);
                over = _devices[one].Over!;
            }

            await UntilAsync(() => device.Known.IsDeleted || device.Known.HasLeft ? null : $"that he is in it, and is told {told.Refusal}");
        }

        _ground.Disconnect(over);

        // Others are told a moment after who asked.
        async Task UntilAsync(Func<string?> wrong)
        {
            for (var attempt = 0; ; attempt++)
            {
                await HearAsync(device, over);
                if (wrong() is not { } what) return;
                Assert.True(attempt < 100, $"seed {_seed}: {device} knows {what}\n{string.Join('\n', _story.Select(Told))}");
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        }
    }

    private Refusal? Said(UserId who, string what, Refusal? refusal)
    {
        _story.Add((who, what, refusal?.Code));
        return refusal;
    }

    private static string Told(object step) => step switch
    {
        (LifeDevice device, LogEntry entry) => $"  {device} hears {entry.Sequence} {entry.Event.Type}",
        (LifeDevice device, RoomChanged changed) => $"  {device} hears {changed.ParticipantCount} +{string.Join(' ', changed.Joined ?? [])} -{string.Join(' ', changed.Left ?? [])}",
        _ => $"{step}",
    };

    private UserId Person() => _people[_chance.Next(_people.Count)];

    private MessageId Message() => _messages.Count == 0 ? MessageId.New() : _messages[_chance.Next(_messages.Count)];
}
