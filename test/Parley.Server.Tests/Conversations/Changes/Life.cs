using Parley.Client;

namespace Parley.Tests.Conversations;

/// <summary>A life of one conversation, drawn from a seed: six people with three devices each, which now and then read what they have missed, forget all, or begin anew.</summary>
internal sealed class Life(IGround ground, int seed)
{
    /// <summary>What is drawn in a life: changes, messages, and looks of devices.</summary>
    public const int Steps = 40;

    public static readonly IReadOnlyList<string> People = ["alice", "bob", "carol", "dave", "erin", "frank"];

    private readonly Random _chance = new(seed);
    private readonly Dictionary<(string User, int Device), Timeline> _devices = [];

    /// <summary>Those that began while their user was out, and so were told nothing but the title.</summary>
    private readonly HashSet<(string User, int Device)> _toldLittle = [];

    private ConversationId _id;

    /// <summary>Lives it, and compares what every device knows in the end with what a new one is told. How many of its requests changed something.</summary>
    public async Task<int> LiveAsync()
    {
        _id = await ground.CreateAsync("alice", new CreateConversation(
            ConversationId.New(), _chance.Next(4) == 0 ? ConversationKind.Broadcast : ConversationKind.Group, Asking.Users("bob", "carol"), Word() is { Length: > 0 } title ? title : null,
            _chance.Next(3) == 0 ? PermissionPresets.Member | Permissions.ManageParticipants : null,
            Settings: new NewSettings(Public: _chance.Next(2) == 0, Approval: _chance.Next(3) == 0, ConfirmInvitations: _chance.Next(2) == 0, MembersInvite: _chance.Next(2) == 0)));
        await ground.AskAsync("alice", Permit(("bob", PermissionPresets.Owner)));
        var changes = 0;
        for (var step = 0; step < Steps; step++)
        {
            if (_chance.Next(3) == 0) await LookAsync(Person(), _chance.Next(3));
            else if ((await ground.AskAsync(Actor(), Wish(Person()))).Refusal is null) changes++;
        }

        foreach (var (user, device) in _devices.Keys.ToArray()) await CompareAsync(user, device);
        return changes;
    }

    private object Wish(string other) => _chance.Next(18) switch
    {
        0 or 1 => new SendMessage(_id, MessageId.New(), MessageContent.OfText("hi")),
        2 => new AddParticipants(_id, CommandId.New(), Asking.Users(other, Person())),
        3 => new RemoveParticipants(_id, CommandId.New(), Asking.Users(other)),
        4 => new LeaveConversation(_id, CommandId.New()),
        5 => new JoinConversation(_id, CommandId.New()),
        6 => new InviteParticipants(_id, CommandId.New(), Asking.Users(other)),
        7 => new ApproveJoins(_id, CommandId.New(), Asking.Users(other)),
        8 => new DeclineJoins(_id, CommandId.New(), Asking.Users(other)),
        9 => new DeclineInvitation(_id, CommandId.New()),
        10 => Permit((other, (Permissions)_chance.Next(1, 512) | Permissions.Read), (Person(), PermissionPresets.Member)),
        11 => Permit((other, PermissionPresets.Owner)),
        12 => new MuteParticipants(_id, CommandId.New(), Asking.Users(other), Coin() ? null : DateTimeOffset.FromUnixTimeMilliseconds(4_000_000_000_000 + _chance.Next(1_000))),
        13 => new UnmuteParticipants(_id, CommandId.New(), Asking.Users(other)),
        14 => Coin() ? new BanParticipants(_id, CommandId.New(), Asking.Users(other)) : new UnbanParticipants(_id, CommandId.New(), Asking.Users(other)),
        15 => Coin() ? new AllowParticipants(_id, CommandId.New(), Asking.Users(other)) : new DisallowParticipants(_id, CommandId.New(), Asking.Users(other)),
        16 => new UpdateConversation(_id, CommandId.New(), Title: Word(), Muted: Coin(), Public: Coin(), Announcement: Word()),
        _ => new UpdateConversation(_id, CommandId.New(), Description: Word(), CustomDataPatch: CustomData.Parse($$"""{"{{_chance.Next(3)}}":{{(Coin() ? "null" : "1")}}}"""),
            DefaultPermissions: Coin() ? PermissionPresets.Member : PermissionPresets.Listener),
    };

    private ChangePermissions Permit(params (string User, Permissions Permissions)[] wishes) =>
        new(_id, CommandId.New(), [.. wishes.Select(wish => new ParticipantPermissions(new UserId(wish.User), wish.Permissions))]);

    /// <summary>A device connects: for the first time, or it reads what it has missed, or it was emptied.</summary>
    private async Task LookAsync(string user, int device)
    {
        if (_devices.TryGetValue((user, device), out var known) && _chance.Next(5) > 0) await CatchUpAsync(user, device, known);
        else if ((await ground.StateAsync(user, _id)).Value is { } state)
        {
            _devices[(user, device)] = Timeline.At(state, new UserId(user));
            if (state.Own.Left) _toldLittle.Add((user, device));
            else _toldLittle.Remove((user, device));
        }
    }

    /// <summary>Entries only; false when the conversation is no more, which is all that is said of it.</summary>
    private async Task<bool> CatchUpAsync(string user, int device, Timeline known)
    {
        while (true)
        {
            var outcome = await ground.EntriesAsync(user, new ReadEntries(_id, After: known.Head, Limit: _chance.Next(1, 20)));
            if (outcome.Refusal == Refusals.ConversationDeleted) return false;
            var page = outcome.Value!;
            foreach (var entry in page.Entries)
            {
                var (next, gap) = known.Apply(entry);
                Assert.True(gap is null, $"seed {seed}: {user}/{device} has a gap before {entry.Sequence}");
                known = next;
            }

            _devices[(user, device)] = known;
            if (!page.More) return true;
        }
    }

    private async Task CompareAsync(string user, int device)
    {
        if (!await CatchUpAsync(user, device, _devices[(user, device)])) return;
        var known = _devices[(user, device)];
        var fresh = Timeline.At((await ground.StateAsync(user, _id)).Value!, new UserId(user));
        Assert.True(known.NeedsState == (!fresh.HasLeft && _toldLittle.Contains((user, device))), $"seed {seed}: {user}/{device} does not know whether it was told all");
        // Who is out is told no more than the title.
        if (known.NeedsState || (AreAlike(fresh.HasLeft) && (fresh.HasLeft || AreAlikeInside()))) return;
        Assert.Fail($"seed {seed}: {user}/{device} knows {Told(known)}\n and is told {Told(fresh)}");

        bool AreAlike(bool left) => (fresh.Head, left, fresh.Title) == (known.Head, known.HasLeft, known.Title);
        bool AreAlikeInside() => (fresh.Kind, fresh.DefaultPermissions, fresh.ParticipantCount) == (known.Kind, known.DefaultPermissions, known.ParticipantCount)
            && fresh.Settings == known.Settings && People(fresh).SequenceEqual(People(known));
        static IEnumerable<(UserId, Permissions, DateTimeOffset?, bool)> People(Timeline timeline) =>
            timeline.Participants!.Values.Select(one => (one.User, one.Permissions, one.MutedUntil, one.IsAllowed));
        static string Told(Timeline timeline) =>
            $"{timeline.Head} {timeline.HasLeft} {timeline.Title} {timeline.Kind} {timeline.DefaultPermissions} {timeline.ParticipantCount} {timeline.Settings} {(timeline.Participants is null ? "" : string.Join("; ", People(timeline)))}";
    }

    /// <summary>Mostly one of the two who own it: most people may do little.</summary>
    private string Actor() => _chance.Next(4) switch { 0 or 1 => "alice", 2 => "bob", _ => Person() };

    private string Person() => People[_chance.Next(People.Count)];

    private string Word() => _chance.Next(4) == 0 ? "" : $"w{_chance.Next(4)}";

    private bool Coin() => _chance.Next(2) == 0;
}
