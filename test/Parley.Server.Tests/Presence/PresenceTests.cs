using Parley.Presence;

namespace Parley.Tests.Presence;

public class PresenceTests
{
    [Fact]
    [Trait("Row", "B29")]
    public async Task Who_follows_somebody_is_told_that_he_comes_and_that_he_goes()
    {
        await using var town = await Town.StartAsync();
        var bob = town.Connect("bob");
        Assert.Equal(["alice offline"], (await bob.SubscribeAsync("alice")).Users.Select(Device.Word));

        var alice = town.Connect("alice");
        town.Pass(1);
        var gone = town.Clock.GetUtcNow();
        alice.Disconnect();
        town.Pass(5);

        Assert.Equal("alice online, alice offline", bob.Heard());
        Assert.Equal(gone, (await town.StateAsync("bob", "alice")).LastSeen);
        Assert.Equal("", alice.Heard());
    }

    [Fact]
    public async Task Who_comes_back_within_the_grace_never_seems_gone()
    {
        await using var town = await Town.StartAsync();
        var (bob, alice) = (town.Connect("bob"), town.Connect("alice"));
        await bob.SubscribeAsync("alice");

        for (var times = 0; times < 3; times++)
        {
            alice.Disconnect();
            town.Pass(4.5);
            alice = town.Connect("alice");
        }

        town.Pass(60);
        Assert.Equal("", bob.Heard());
        alice.Disconnect();
        town.Pass(4.5);
        Assert.Equal("", bob.Heard());
        town.Pass(0.5);
        Assert.Equal("alice offline", bob.Heard());
    }

    [Fact]
    [Trait("Row", "B29")]
    public async Task Nothing_is_told_that_did_not_change()
    {
        await using var town = await Town.StartAsync();
        var (bob, alice) = (town.Connect("bob"), town.Connect("alice"));
        await bob.SubscribeAsync("alice");

        await alice.SetAsync(PresenceStatus.Busy, "in a meeting");
        town.Pass(2);
        await alice.SetAsync(PresenceStatus.Busy, "in a meeting");
        town.Connect("alice", "laptop");
        await alice.AskAsync<PresenceState>(new SetDevicePresence(PresenceStatus.Away));
        town.Pass(60);

        Assert.Equal("alice busy (in a meeting)", bob.Heard());
    }

    [Fact]
    public async Task What_changes_within_a_second_is_told_once_and_what_changes_back_not_at_all()
    {
        await using var town = await Town.StartAsync();
        var (bob, alice) = (town.Connect("bob"), town.Connect("alice"));
        await bob.SubscribeAsync("alice");

        await alice.SetAsync(PresenceStatus.Busy);
        for (var times = 0; times < 20; times++) await alice.SetAsync(PresenceStatus.Away, $"{times}");
        Assert.Equal("alice busy", bob.Heard());
        town.Pass(1);
        Assert.Equal("alice away (19)", bob.Heard());

        await alice.SetAsync(PresenceStatus.Busy);
        await alice.SetAsync(PresenceStatus.Away, "19");
        town.Pass(60);
        Assert.Equal("", bob.Heard());
        // Nothing is held back any more.
        await alice.SetAsync(null);
        Assert.Equal("alice online", bob.Heard());
    }

    [Fact]
    [Trait("Row", "V09")]
    [Trait("Row", "B29")]
    public async Task Who_is_invisible_seems_offline_to_others_since_when_he_chose_it_and_is_himself_to_his_own_devices()
    {
        await using var town = await Town.StartAsync();
        var (bob, phone, laptop) = (town.Connect("bob"), town.Connect("alice"), town.Connect("alice", "laptop"));
        await bob.SubscribeAsync("alice");
        var hidden = town.Clock.GetUtcNow();

        await phone.SetAsync(PresenceStatus.Invisible, "a secret");
        town.Pass(600);
        phone.Disconnect();
        laptop.Disconnect();
        town.Pass(10);
        var back = town.Connect("alice");
        town.Pass(10);

        Assert.Equal("alice offline", bob.Heard());
        Assert.Equal(new PresenceState(new UserId("alice"), PresenceStatus.Offline, LastSeen: hidden), await town.StateAsync("bob", "alice"));
        Assert.Equal("alice invisible (a secret)!", laptop.Heard());
        Assert.Equal("alice invisible (a secret)!", await town.LookAsync("alice", "alice"));

        await back.SetAsync(null);
        Assert.Equal("alice online", bob.Heard());
    }

    [Fact]
    [Trait("Row", "V09")]
    public async Task What_somebody_chose_outlives_his_connections_for_a_day_and_a_newcomer_learns_it_by_asking()
    {
        await using var town = await Town.StartAsync();
        var phone = town.Connect("alice");
        await phone.SetAsync(PresenceStatus.Busy, "until noon");
        phone.Disconnect();
        town.Pass(120);
        // What a device remembers is older than what the server does.
        var laptop = town.Connect("alice", "laptop", new SetPresence(PresenceStatus.Online));

        Assert.Equal("alice busy (until noon)", await town.LookAsync("bob", "alice"));
        laptop.Disconnect();
        town.Clock.Advance(TimeSpan.FromDays(1));
        town.Board.Prune();
        town.Clock.Advance(TimeSpan.FromMinutes(1));
        town.Connect("alice");
        Assert.Equal("alice online", await town.LookAsync("bob", "alice"));
    }

    [Fact]
    [Trait("Row", "V09")]
    public async Task Who_was_invisible_before_a_restart_is_never_seen_after_it_by_those_who_follow_him()
    {
        await using var town = await Town.StartAsync();
        var bob = town.Connect("bob");
        await bob.SubscribeAsync("alice");

        town.Connect("alice", remembered: new SetPresence(PresenceStatus.Invisible));
        town.Pass(60);

        Assert.Equal("", bob.Heard());
        Assert.Equal("alice offline", await town.LookAsync("bob", "alice"));
    }

    [Fact]
    [Trait("Row", "V23")]
    public async Task Own_devices_are_told_what_another_of_them_chose_and_the_one_that_chose_is_answered()
    {
        await using var town = await Town.StartAsync();
        var (phone, laptop) = (town.Connect("alice"), town.Connect("alice", "laptop"));

        var answer = await phone.AskAsync<PresenceState>(new SetPresence(PresenceStatus.Away, "lunch"));
        await phone.SetAsync(null);

        Assert.Equal("alice away (lunch)!", Device.Word(answer.Value!));
        Assert.Equal("alice away (lunch)!, alice online", laptop.Heard());
        Assert.Equal("", phone.Heard());
    }

    [Fact]
    public async Task A_device_that_does_not_receive_says_nothing_of_itself()
    {
        await using var town = await Town.StartAsync();
        var (phone, stranger) = (town.Connect("alice"), new Device(town.Server, "alice", "tool"));

        Assert.Equal(Refusals.NotFound, (await stranger.AskAsync<PresenceState>(new SetDevicePresence(PresenceStatus.Away))).Refusal);
        Assert.Equal(Refusals.NotFound, (await town.Server.AskAsync<PresenceState>(town.Server.As("alice"), new SetDevicePresence(PresenceStatus.Away))).Refusal);
        Assert.Equal(Refusals.NotFound, (await town.Server.AskAsync<PresenceState>(town.Server.As("carol"), new SetDevicePresence(PresenceStatus.Away))).Refusal);
        foreach (var status in new[] { PresenceStatus.Busy, PresenceStatus.Invisible, PresenceStatus.Offline })
            Assert.Equal(Refusals.InvalidParams, (await phone.AskAsync<PresenceState>(new SetDevicePresence(status))).Refusal);

        Assert.Equal("alice online", await town.LookAsync("bob", "alice"));
    }

    [Theory]
    [Trait("Row", "B16")]
    [InlineData(SetPresence.MaxTextBytes, true)]
    [InlineData(SetPresence.MaxTextBytes + 1, false)]
    public async Task A_custom_status_has_at_most_1024_bytes(int bytes, bool isTaken)
    {
        await using var town = await Town.StartAsync();
        var alice = town.Connect("alice");
        // Three bytes each, and one or two to fill up.
        var text = new string('€', 341) + new string('x', bytes - (3 * 341));

        var answer = await alice.AskAsync<PresenceState>(new SetPresence(PresenceStatus.Online, text));

        Assert.Equal(isTaken ? null : Refusals.TooLarge, answer.Refusal);
        Assert.Equal(isTaken ? text : null, (await town.StateAsync("bob", "alice")).Text);
    }

    [Fact]
    public async Task Offline_cannot_be_chosen()
    {
        await using var town = await Town.StartAsync();
        var alice = town.Connect("alice");

        Assert.Equal(Refusals.InvalidParams, (await alice.AskAsync<PresenceState>(new SetPresence(PresenceStatus.Offline))).Refusal);
        Assert.Equal("alice online", await town.LookAsync("bob", "alice"));
    }

    [Fact]
    [Trait("Row", "TE-04")]
    public async Task The_user_of_the_same_name_in_another_app_is_somebody_else()
    {
        await using var town = await Town.StartAsync();
        var elsewhere = new Device(town.Server, "bob", "phone", "other");
        town.Board.Connected(elsewhere.Subscriber, null);
        var bob = town.Connect("bob");
        await elsewhere.SubscribeAsync("alice");
        await bob.SubscribeAsync("alice");

        var alice = town.Connect("alice");
        await alice.SetAsync(PresenceStatus.Busy, "only here");
        town.Pass(2);

        Assert.Equal("alice online, alice busy (only here)", bob.Heard());
        Assert.Equal("", elsewhere.Heard());
        Assert.Equal(
            new PresenceState(new UserId("alice"), PresenceStatus.Offline),
            (await elsewhere.AskAsync<Presences>(new GetPresence([new UserId("alice")]))).Value!.Users[0]);
    }
}
