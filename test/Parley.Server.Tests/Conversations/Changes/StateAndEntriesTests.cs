using Parley.Client;

namespace Parley.Tests.Conversations;

/// <summary>
/// What a device knows that got a conversation's state once and then only entries, is what a new device is told (Zulip's property): six people, three devices each, which now and then read what they
/// have missed, forget all, or begin anew.
/// </summary>
public sealed class StateAndEntriesTests
{
    private const int Seeds = 200;
    private const int Steps = 40;
    private static readonly string[] People = ["alice", "bob", "carol", "dave", "erin", "frank"];

    [Theory, EveryEngine]
    public async Task Who_was_told_the_state_once_and_then_the_entries_knows_what_a_newcomer_is_told(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var changes = 0;
        for (var seed = 0; seed < Seeds; seed++) changes += await new World(server, new Random(seed), seed).PlayAsync();
        Assert.InRange(changes, Seeds * Steps / 6, Seeds * Steps);
    }

    private sealed class World(TestServer server, Random chance, int seed)
    {
        private readonly Dictionary<(string User, int Device), Timeline> _devices = [];
        private Group _group = null!;

        public async Task<int> PlayAsync()
        {
            _group = await Group.OfAsync(server, new CreateConversation(
                ConversationId.New(), chance.Next(4) == 0 ? ConversationKind.Broadcast : ConversationKind.Group, Group.Ids(["bob", "carol"]), Word() is { Length: > 0 } title ? title : null,
                chance.Next(3) == 0 ? PermissionPresets.Member | Permissions.ManageParticipants : null,
                Settings: new NewSettings(Public: chance.Next(2) == 0, Approval: chance.Next(3) == 0, ConfirmInvitations: chance.Next(2) == 0, MembersInvite: chance.Next(2) == 0)));
            await _group.PermitAsync("alice", ("bob", PermissionPresets.Owner));
            var changes = 0;
            for (var step = 0; step < Steps; step++)
            {
                if (chance.Next(3) == 0) await LookAsync(Person(), chance.Next(3));
                else if ((await ActAsync(Actor(), Person())).Refusal is null) changes++;
            }

            foreach (var (user, device) in _devices.Keys.ToArray()) await CompareAsync(user, device);
            return changes;
        }

        private Task<Outcome<LogEntry>> ActAsync(string actor, string other) => chance.Next(18) switch
        {
            0 or 1 => _group.SayAsync(actor),
            2 => _group.AddAsync(actor, other, Person()),
            3 => _group.RemoveAsync(actor, other),
            4 => _group.LeaveAsync(actor),
            5 => _group.JoinAsync(actor),
            6 => _group.InviteAsync(actor, other),
            7 => _group.DoAsync(actor, (id, command) => new ApproveJoins(id, command, [new UserId(other)])),
            8 => _group.DoAsync(actor, (id, command) => new DeclineJoins(id, command, [new UserId(other)])),
            9 => _group.DoAsync(actor, (id, command) => new DeclineInvitation(id, command)),
            10 => _group.PermitAsync(actor, (other, (Permissions)chance.Next(1, 512) | Permissions.Read), (Person(), PermissionPresets.Member)),
            11 => _group.PermitAsync(actor, (other, PermissionPresets.Owner)),
            12 => _group.MuteAsync(actor, other, chance.Next(2) == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(4_000_000_000_000 + chance.Next(1_000))),
            13 => _group.UnmuteAsync(actor, other),
            14 => chance.Next(2) == 0 ? _group.BanAsync(actor, other) : _group.UnbanAsync(actor, other),
            15 => chance.Next(2) == 0 ? _group.AllowAsync(actor, other) : _group.DisallowAsync(actor, other),
            16 => _group.UpdateAsync(actor, update => update with { Title = Word(), Muted = chance.Next(2) == 0, Public = chance.Next(2) == 0, Announcement = Word() }),
            _ => _group.UpdateAsync(actor, update => update with
            {
                Description = Word(), CustomDataPatch = CustomData.Parse($$"""{"{{chance.Next(3)}}":{{(chance.Next(2) == 0 ? "null" : "1")}}}"""),
                DefaultPermissions = chance.Next(2) == 0 ? PermissionPresets.Member : PermissionPresets.Listener,
            }),
        };

        /// <summary>A device connects: for the first time, or it reads what it has missed, or it was emptied.</summary>
        private async Task LookAsync(string user, int device)
        {
            if (_devices.TryGetValue((user, device), out var known) && chance.Next(5) > 0) await CatchUpAsync(user, device, known);
            else if ((await _group.GetAsync(user)).Value is { } state) _devices[(user, device)] = Timeline.At(state, new UserId(user));
        }

        /// <summary>Entries only; false when the conversation is no more, which is all that is said of it.</summary>
        private async Task<bool> CatchUpAsync(string user, int device, Timeline known)
        {
            while (true)
            {
                var outcome = await server.EntriesAsync(user, new ReadEntries(_group.Id, After: known.Head, Limit: chance.Next(1, 20)));
                if (outcome.Refusal == Refusals.ConversationDeleted) return false;
                var page = outcome.Value!;
                foreach (var entry in page.Entries)
                {
                    var (next, gap) = known.Apply(entry);
                    Assert.Null(gap);
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
            var fresh = Timeline.At(await _group.StateAsync(user), new UserId(user));
            Assert.Equal(known.NeedsState, !fresh.HasLeft && known.DefaultPermissions is null);
            if (known.NeedsState) return;
            Assert.Equal((seed, user, fresh.Head, fresh.HasLeft, fresh.Title), (seed, user, known.Head, known.HasLeft, known.Title));
            // Who is out is told no more than that.
            if (fresh.HasLeft) return;
            Assert.Equal((seed, user, fresh.Kind, fresh.DefaultPermissions, fresh.ParticipantCount), (seed, user, known.Kind, known.DefaultPermissions, known.ParticipantCount));
            Assert.Equal(fresh.Settings, known.Settings);
            Assert.Equal(
                fresh.Participants!.Values.Select(one => (one.User, one.Permissions, one.MutedUntil, one.IsAllowed)),
                known.Participants!.Values.Select(one => (one.User, one.Permissions, one.MutedUntil, one.IsAllowed)));
        }

        /// <summary>Mostly one of the two who own it: most people may do little.</summary>
        private string Actor() => chance.Next(4) switch { 0 or 1 => "alice", 2 => "bob", _ => Person() };

        private string Person() => People[chance.Next(People.Length)];

        private string Word() => chance.Next(4) == 0 ? "" : $"w{chance.Next(4)}";
    }
}
