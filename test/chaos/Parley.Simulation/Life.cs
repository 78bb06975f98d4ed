using Parley.Chaos;

namespace Parley.Simulation;

/// <summary>What came of one seed.</summary>
/// <param name="Seed">Which.</param>
/// <param name="Steps">How many things happened.</param>
/// <param name="Messages">How many messages are on the logs.</param>
/// <param name="Examined">How often each promise was looked at.</param>
/// <param name="Broken">What was not kept.</param>
internal sealed record Outcome(int Seed, long Steps, int Messages, IReadOnlyDictionary<int, long> Examined, IReadOnlyList<string> Broken);

/// <summary>One life of a few devices and a server: they talk, and everything goes wrong that may; then it is over, and must be as if nothing had.</summary>
internal sealed class Life
{
    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(10);

    private readonly World _world;
    private readonly SimulatedServer _server;
    private readonly Recorder _recorder;
    private readonly List<Device> _devices;
    private readonly IReadOnlyList<ConversationId> _conversations;
    private int _texts;

    private Life(int seed, PlantedMistake mistake)
    {
        _world = new World(seed);
        UserId[] people = [new("alice"), new("bob"), new("carol")];
        _conversations = [new ConversationId(_world.NewId()), new ConversationId(_world.NewId())];
        _server = new SimulatedServer(
            _world, [new SimulatedLog(_conversations[0], ConversationKind.Group, people, _world.Clock), new SimulatedLog(_conversations[1], ConversationKind.Group, people[..2], _world.Clock)], mistake);
        _recorder = new Recorder(_world);
        // Alice's second device only looks on: the order of one outbox is promised, not that of two.
        _devices = [.. people.Select(user => new Device(_world, _server, user, "phone", _recorder)), new Device(_world, _server, people[0], "tablet", _recorder)];
    }

    public static Outcome Run(int seed, PlantedMistake mistake = PlantedMistake.None)
    {
        var life = new Life(seed, mistake);
        try
        {
            life.Live();
            life.ComeToRest();
        }
        catch (Exception failure)
        {
            life._recorder.Ledger.Examine(0, kept: false, () => failure.ToString());
        }

        var ledger = life._recorder.Ledger;
        ledger.Add(Checker.Check(life._recorder.Finish(life._server)));
        return new Outcome(seed, life._world.Steps, life._server.Logs.Sum(log => log.Entries.Count - 1), ledger.Examined, ledger.Broken);
    }

    private void Live()
    {
        // Some lives are quiet, so that what goes wrong in the others is not all there is.
        var rough = _world.Chance(0.9) ? _world.Random.NextDouble() : 0;
        _server.Troubles = new Troubles(Refusals: 0.1 * rough, CrashesAfterCommit: 0.02 * rough, LeftOut: 0.2 * rough);
        foreach (var device in _devices) _world.In(_world.Between(0, 500), device.Start);
        for (var deeds = _world.Random.Next(30, 90); deeds > 0; deeds--)
        {
            Do(_world.Random.NextDouble(), rough);
            _world.RunUntil(_world.Now + (_world.Chance(0.05) ? _world.Between(500, 30_000) : _world.Between(0, 120)));
        }
    }

    private void Do(double which, double rough)
    {
        var device = _world.OneOf(_devices);
        switch (which)
        {
            case < 0.5:
                // Never the tablet.
                var sender = _devices[_devices.IndexOf(device) % 3];
                for (var several = _world.Chance(0.2) ? 4 : 1; several > 0; several--) sender.Send(_world.OneOf([.. GroupsOf(sender), .. sender.Directs]), $"{++_texts}");
                break;
            case < 0.6:
                device.Read(_world.OneOf(ConversationsOf(device)));
                break;
            case < 0.68:
                device.Change(_world.OneOf(ConversationsOf(device)), $"{++_texts}");
                break;
            case < 0.71:
                device.Create(_world.OneOf(_devices).User);
                break;
            case < 0.75:
                device.LookAt(_world.OneOf(ConversationsOf(device)));
                break;
            case var fault when (fault - 0.75) * 4 < rough:
                GoWrong(device);
                break;
        }
    }

    private List<ConversationId> ConversationsOf(Device device) => [.. _server.Logs.Where(log => log.Users.Contains(device.User)).Select(log => log.Conversation)];

    private IEnumerable<ConversationId> GroupsOf(Device device) => device.User.Value == "carol" ? _conversations.Take(1) : _conversations;

    private void GoWrong(Device device)
    {
        switch (_world.Random.Next(5))
        {
            case 0:
                device.Crash();
                _world.In(_world.Between(0, _world.Chance(0.1) ? 60_000 : 3_000), device.Start);
                break;
            case 1:
                _server.Crash();
                _world.In(_world.Between(0, _world.Chance(0.1) ? 60_000 : 2_000), _server.Start);
                break;
            case 2:
                // What is sent again was taken back meanwhile, on the other device of who said it.
                _devices[0].Send(_conversations[0], $"{++_texts}");
                _world.In(_world.Between(5, 60), _devices[0].Cut);
                _world.In(_world.Between(60, 900), () => _devices[^1].TakeBack(_conversations[0]));
                break;
            default:
                device.Cut();
                break;
        }
    }

    /// <summary>Nothing goes wrong any more: whatever was begun ends, and everybody has everything.</summary>
    private void ComeToRest()
    {
        _server.Troubles = Troubles.None;
        _world.RunUntil(_world.Now + TimeSpan.FromSeconds(65));
        _server.Start();
        foreach (var device in _devices) device.Start();
        var rests = _world.RunUntil(() => _devices.TrueForAll(device => device.IsAtRest), Rest);
        _recorder.Ledger.Examine(11, rests, () => $"after {Rest} without any fault not all is at rest: {string.Join("; ", _devices.Where(device => !device.IsAtRest).Select(device => $"{device.User}: {device.Unrest}"))}");
        // A receipt may still be on its way, and what was told to a disk.
        _world.RunUntil(_world.Now + TimeSpan.FromSeconds(5));
        foreach (var device in _devices) device.LookAtDisk();
    }
}
