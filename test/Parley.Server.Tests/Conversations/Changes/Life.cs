using Parley.Client;

namespace Parley.Tests.Conversations;

/// <summary>
/// A life of one conversation, drawn from a seed: six people with three devices each, which are connected now and then, read what they have missed, look back, forget all, or begin anew.
/// </summary>
internal sealed partial class Life
{
    /// <summary>What is drawn in a life: changes, messages, and looks of devices.</summary>
    public const int Steps = 40;

    private readonly IGround _ground;
    private readonly int _seed;
    private readonly Random _chance;
    private readonly IReadOnlyList<UserId> _people;
    private readonly Dictionary<(UserId User, int Number), LifeDevice> _devices = [];
    private readonly List<MessageId> _messages = [];
    private readonly List<(UserId Actor, object Wish, Refusal? Refusal)> _story = [];

    private ConversationId _id;
    private ConversationKind _kind;
    private long _head = 1;
    private bool _isOver;

    public Life(IGround ground, int seed) => (_ground, _seed, _chance, _people) = (ground, seed, new Random(seed), PeopleOf(seed));

    /// <summary>Those who play. Each life has its own, so that nothing is left of another's: there is one direct conversation of two for ever.</summary>
    public static IReadOnlyList<UserId> PeopleOf(int seed) => [.. new[] { "alice", "bob", "carol", "dave", "erin", "frank" }.Select(name => new UserId($"{name}{seed}"))];

    private UserId Alice => _people[0];

    private UserId Bob => _people[1];

    /// <summary>What was asked for, and whether it was granted.</summary>
    public IEnumerable<string> Story => _story.Select(step => $"{step.Actor}: {step.Wish} {(step.Refusal is null ? "done" : step.Refusal.Code)}");

    /// <summary>What was said to each wish.</summary>
    public string Verdicts => string.Join('\n', _story.Select(step => $"{step.Actor} {step.Wish.GetType().Name} {step.Refusal?.Code}"));

    /// <summary>Lives it, and compares what every device knows in the end with what a new one is told. How many of its requests changed something.</summary>
    public async Task<int> LiveAsync()
    {
        _kind = _chance.Next(8) switch { 0 => ConversationKind.Broadcast, 1 or 2 => ConversationKind.Direct, _ => ConversationKind.Group };
        _id = await _ground.CreateAsync(Alice, Creation());
        if (_kind != ConversationKind.Direct) await DoAsync(Alice, Permit((Bob, PermissionPresets.Owner)));
        for (var step = 0; step < Steps; step++)
        {
            if (_chance.Next(3) == 0) await LookAsync(Device(Person()));
            else await DoAsync(Actor(), _kind == ConversationKind.Direct ? DirectWish() : Wish(Person()));
        }

        _isOver = true;
        await CompareAsync();
        return _story.Count(step => step.Refusal is null);
    }

    private CreateConversation Creation() => _kind == ConversationKind.Direct
        ? new CreateConversation(ConversationId.New(), _kind, [Bob])
        : new CreateConversation(
            ConversationId.New(), _kind, [Bob, _people[2]], Word() is { Length: > 0 } title ? title : null,
            _chance.Next(3) == 0 ? PermissionPresets.Member | Permissions.ManageParticipants : null,
            Distinct: _kind == ConversationKind.Group && _chance.Next(4) == 0,
            Settings: new NewSettings(
                History: Coin() ? HistoryVisibility.WhileIn : HistoryVisibility.All, Public: Coin(), Approval: _chance.Next(3) == 0, ConfirmInvitations: Coin(), MembersInvite: Coin()));

    private object Wish(UserId other) => _chance.Next(30) switch
    {
        0 or 1 or 2 => Say(),
        3 => new AddParticipants(_id, CommandId.New(), [other, Person()]),
        4 => new RemoveParticipants(_id, CommandId.New(), [other]),
        5 => new LeaveConversation(_id, CommandId.New()),
        6 => new JoinConversation(_id, CommandId.New()),
        7 => new InviteParticipants(_id, CommandId.New(), [other]),
        8 => Coin() ? new WithdrawInvitations(_id, CommandId.New(), [other]) : new DeclineInvitation(_id, CommandId.New()),
        9 => new ApproveJoins(_id, CommandId.New(), [other]),
        10 => new DeclineJoins(_id, CommandId.New(), [other]),
        11 => Permit((other, (Permissions)_chance.Next(1, 512) | (_chance.Next(4) == 0 ? Permissions.None : Permissions.Read)), (Person(), PermissionPresets.Member)),
        12 => Permit((other, PermissionPresets.Owner)),
        13 => new MuteParticipants(_id, CommandId.New(), [other], Coin() ? null : DateTimeOffset.FromUnixTimeMilliseconds(4_000_000_000_000 + _chance.Next(1_000))),
        14 => new UnmuteParticipants(_id, CommandId.New(), [other]),
        15 => Coin() ? new BanParticipants(_id, CommandId.New(), [other]) : new UnbanParticipants(_id, CommandId.New(), [other]),
        16 => Coin() ? new AllowParticipants(_id, CommandId.New(), [other]) : new DisallowParticipants(_id, CommandId.New(), [other]),
        17 => new UpdateConversation(_id, CommandId.New(), Title: Word(), Muted: _chance.Next(4) == 0, Public: Coin(), Announcement: Word()),
        18 => new UpdateConversation(_id, CommandId.New(), Description: Word(), CustomDataPatch: CustomData.Parse($$"""{"{{_chance.Next(3)}}":{{(Coin() ? "null" : "1")}}}"""),
            DefaultPermissions: _chance.Next(4) switch { 0 => Permissions.Send, 1 => PermissionPresets.Listener, _ => PermissionPresets.Member }),
        19 => new UpdateConversation(_id, CommandId.New(), Approval: Perhaps(), ConfirmInvitations: Perhaps(), MembersInvite: Coin()),
        20 or 21 or 22 => Attributes(other),
        // Once it is gone nothing can happen any more.
        23 => _chance.Next(8) == 0 ? new DeleteConversation(_id, CommandId.New()) : Say(),
        _ => OfMessages(),
    };

    private object DirectWish() => _chance.Next(10) switch
    {
        0 or 1 or 2 => Say(),
        3 => Coin() ? new AddBlocks([Bob]) : new RemoveBlocks([Bob]),
        4 => Coin() ? new AddBlocks([Alice]) : new RemoveBlocks([Alice]),
        // What is not for a pair, and of others who know nothing of it.
        5 => Wish(Person()),
        _ => OfMessages(),
    };

    /// <summary>What becomes of messages, and how far they got.</summary>
    private object OfMessages() => _chance.Next(7) switch
    {
        0 or 1 => new EditMessage(_id, CommandId.New(), Message(), MessageContent.OfText($"e{_chance.Next(1_000)}")),
        2 => new RecallMessage(_id, CommandId.New(), Message()),
        3 => Coin() ? new RemoveMessages(_id, [Message()]) : new RemoveMessages(_id, UpTo: Place()),
        4 => new MarkDelivered(_id, Place()),
        5 => _chance.Next(4) == 0 ? new MarkRead(_id, All: true) : new MarkRead(_id, Place()),
        _ => new MarkRead(_id, Messages: [Message()]),
    };

    private SendMessage Say() => new(_id, MessageId.New(), MessageContent.OfText($"m{_chance.Next(1_000)}"));

    private SetAttributes Attributes(UserId other)
    {
        UserId? whose = _chance.Next(3) switch { 0 => null, 1 => other, _ => Alice };
        var name = $"n{_chance.Next(3)}";
        return Coin()
            ? new SetAttributes(_id, CommandId.New(), whose, new Dictionary<string, string> { [name] = $"v{_chance.Next(3)}" }, [$"n{3 + _chance.Next(2)}"])
            : new SetAttributes(_id, CommandId.New(), whose, Coin() ? new Dictionary<string, string> { [$"n{3 + _chance.Next(2)}"] = "v" } : null, [name]);
    }

    private ChangePermissions Permit(params (UserId User, Permissions Permissions)[] wishes) =>
        new(_id, CommandId.New(), [.. wishes.Select(wish => new ParticipantPermissions(wish.User, wish.Permissions))]);

    /// <summary>Asks for it, and tells those who are connected what came of it.</summary>
    private async Task DoAsync(UserId actor, object wish)
    {
        Refusal? refusal;
        switch (wish)
        {
            case RemoveMessages remove:
                var removed = await _ground.RemoveAsync(actor, remove);
                refusal = removed.Refusal;
                if (removed.Value is { } hidden) Tell(hidden, actor);
                break;
            case MarkRead or MarkDelivered:
                var cursors = await _ground.MarkAsync(actor, wish);
                refusal = cursors.Refusal;
                if (cursors.Value is { } moved) Tell(moved, actor);
                break;
            case AddBlocks or RemoveBlocks:
                refusal = (await _ground.BlockAsync(actor, wish)).Refusal;
                break;
            default:
                var entry = await _ground.AskAsync(actor, wish);
                refusal = entry.Refusal;
                if (entry.Value is not { } recorded) break;
                _head = recorded.Sequence.Value;
                if (recorded.Event is MessageSent sent) _messages.Add(sent.Message);
                await TellAsync(recorded);
                break;
        }

        _story.Add((actor, wish, refusal));
    }

    /// <summary>Mostly one of the two who own it: most people may do little.</summary>
    private UserId Actor() => _chance.Next(4) switch { 0 or 1 => Alice, 2 => Bob, _ => Person() };

    private UserId Person() => _people[_chance.Next(_kind == ConversationKind.Direct && _chance.Next(8) > 0 ? 2 : _people.Count)];

    private LifeDevice Device(UserId user)
    {
        var number = _chance.Next(3);
        if (!_devices.TryGetValue((user, number), out var device)) _devices[(user, number)] = device = new LifeDevice(user, number);
        return device;
    }

    /// <summary>One that was sent, mostly; a newer one rather than an older one.</summary>
    private MessageId Message() => _messages.Count == 0 ? MessageId.New() : _messages[Math.Max(_chance.Next(_messages.Count), _chance.Next(_messages.Count))];

    /// <summary>A place in the log, or one past it.</summary>
    private Sequence Place() => new(1 + _chance.Next((int)_head + 1));

    private string Word() => _chance.Next(4) == 0 ? "" : $"w{_chance.Next(4)}";

    private bool Coin() => _chance.Next(2) == 0;

    private bool? Perhaps() => _chance.Next(3) switch { 0 => true, 1 => false, _ => null };
}
