using FsCheck;
using FsCheck.Fluent;
using Parley.Presence;

namespace Parley.Tests.Presence;

/// <summary>Whatever several devices do in whatever order, a follower knows in the end what a naive look at them would say, and was told nothing twice.</summary>
public class PresenceModelTests
{
    private const int Stories = 60;
    private const int Steps = 40;
    private static readonly string[] Devices = ["phone", "laptop", "watch"];

    private enum Step
    {
        Connects,
        Disconnects,
        GoesIdle,
        IsBack,
        Chooses,
        TimePasses,
    }

    [Fact]
    [Trait("Row", "B29")]
    public async Task What_a_follower_was_told_last_is_what_the_devices_say()
    {
        await using var town = await Town.StartAsync();
        var step = Gen.Frequency<Step>(
            (4, Gen.Constant(Step.Connects)), (3, Gen.Constant(Step.Disconnects)), (2, Gen.Constant(Step.GoesIdle)), (2, Gen.Constant(Step.IsBack)),
            (3, Gen.Constant(Step.Chooses)), (4, Gen.Constant(Step.TimePasses)));
        var number = 0;
        foreach (var story in Gen.Zip(step, Gen.Choose(0, 1_000_000)).ArrayOf(Steps).Sample(Stories, Steps))
        {
            var alice = new Model(town, $"alice-{number++}");
            await alice.BeginAsync();
            for (var count = 1; count <= story.Length; count++)
            {
                await alice.GoOnAsync(story[count - 1].Item1, story[count - 1].Item2);
                var wrong = await alice.WrongAsync();
                Assert.True(wrong is null, $"{wrong}, after {string.Join(", ", story.Take(count))}");
            }
        }
    }

    private sealed class Model(Town town, string user)
    {
        private static readonly PresenceStatus?[] Choices = [null, PresenceStatus.Online, PresenceStatus.Away, PresenceStatus.Busy, PresenceStatus.Invisible];

        private readonly Device _bob = town.Connect($"bob-of-{user}");
        private readonly Dictionary<string, (Device Device, PresenceStatus Status)> _connected = [];
        private readonly List<(PresenceStatus Status, DateTimeOffset Until, string Name)> _lingering = [];
        private PresenceStatus? _choice;
        private string _told = $"{user} offline";

        public Task<PresenceSubscribed> BeginAsync() => _bob.SubscribeAsync(user);

        public async Task GoOnAsync(Step step, int number)
        {
            var name = Devices[number % Devices.Length];
            var there = _connected.TryGetValue(name, out var device);
            switch (step)
            {
                case Step.Connects when !there:
                    _lingering.RemoveAll(one => one.Name == name);
                    _connected[name] = (town.Connect(user, name), PresenceStatus.Online);
                    break;
                case Step.Disconnects when there:
                    device.Device.Disconnect();
                    _connected.Remove(name);
                    _lingering.Add((device.Status, town.Clock.GetUtcNow() + TimeSpan.FromSeconds(5), name));
                    break;
                case Step.GoesIdle or Step.IsBack when there:
                    var status = step == Step.GoesIdle ? PresenceStatus.Away : PresenceStatus.Online;
                    await device.Device.AskAsync<PresenceState>(new SetDevicePresence(status));
                    _connected[name] = (device.Device, status);
                    break;
                case Step.Chooses:
                    _choice = Choices[number % Choices.Length];
                    await town.Server.AskAsync<PresenceState>(town.Server.As(user), new SetPresence(_choice));
                    break;
                case Step.TimePasses:
                    town.Pass(number % 13 / 2.0);
                    break;
            }
        }

        /// <summary>What is wrong when all that is held back has been told; null when nothing is.</summary>
        public async Task<string?> WrongAsync()
        {
            town.Pass(1.5);
            _lingering.RemoveAll(one => one.Until <= town.Clock.GetUtcNow());
            var heard = _bob.Heard().Split(", ", StringSplitOptions.RemoveEmptyEntries);
            foreach (var word in heard)
            {
                if (word == _told) return $"{word} was told twice";
                _told = word;
            }

            PresenceStatus[] devices = [.. _connected.Values.Select(one => one.Status), .. _lingering.Select(one => one.Status)];
            var expected = $"{user} {Expected(devices)}";
            if (_told != expected) return $"{_told} was told, not {expected}";
            var looked = await town.LookAsync("carol", user);
            return looked == expected ? null : $"{looked} was answered, not {expected}";
        }

        private string Expected(PresenceStatus[] devices)
        {
            if (devices.Length == 0 || _choice == PresenceStatus.Invisible) return "offline";
            if (_choice is { } chosen) return chosen.ToString().ToLowerInvariant();
            return devices.Contains(PresenceStatus.Online) ? "online" : "away";
        }
    }
}
