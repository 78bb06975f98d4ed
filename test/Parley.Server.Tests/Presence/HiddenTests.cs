using Parley.Presence;
using Parley.Storage;
using static Parley.Tests.People.PeopleWords;

namespace Parley.Tests.Presence;

/// <summary>Who is blocked sees nothing of who blocks him.</summary>
public class HiddenTests
{
    [Theory, EveryEngine]
    [Trait("Row", "B11")]
    [Trait("Row", "B29")]
    public async Task Who_is_blocked_sees_the_blocker_go_and_hears_nothing_more_until_it_ends(Engine engine)
    {
        await using var town = await Town.StartAsync(engine);
        var (alice, bob, carol) = (town.Connect("alice"), town.Connect("bob"), town.Connect("carol"));
        await bob.SubscribeAsync("alice");
        await carol.SubscribeAsync("alice");

        Assert.Null((await alice.AskAsync<BlockList>(new AddBlocks([Id("bob")]))).Refusal);
        await alice.SetAsync(PresenceStatus.Busy);

        Assert.Equal("alice offline", bob.Heard());
        Assert.Equal("alice busy", carol.Heard());
        Assert.Equal("alice offline", await town.LookAsync("bob", "alice"));
        Assert.Equal("bob online", await town.LookAsync("alice", "bob"));

        town.Pass(2);
        Assert.Null((await alice.AskAsync<BlockList>(new RemoveBlocks([Id("bob")]))).Refusal);
        Assert.Equal("alice busy", bob.Heard());
        Assert.Equal("", carol.Heard());
    }

    [Theory, EveryEngine]
    [Trait("Row", "B11")]
    public async Task Who_was_blocked_before_he_asked_is_not_told_either_and_not_when_the_blocker_was_seen_last(Engine engine)
    {
        await using var town = await Town.StartAsync(engine);
        var alice = town.Connect("alice");
        Assert.Null((await alice.AskAsync<BlockList>(new AddBlocks([Id("bob")]))).Refusal);
        await town.Server.RestartAsync();
        var bob = town.Connect("bob");
        alice = town.Connect("alice");

        Assert.Equal(["alice offline"], (await bob.SubscribeAsync("alice")).Users.Select(Device.Word));
        alice.Disconnect();
        town.Pass(10);

        Assert.Equal("", bob.Heard());
        Assert.Null((await town.StateAsync("bob", "alice")).LastSeen);
        Assert.NotNull((await town.StateAsync("carol", "alice")).LastSeen);
    }

    [Theory, EveryEngine]
    [Trait("Row", "A57")]
    public async Task Who_is_blocked_is_not_seen_typing_any_more(Engine engine)
    {
        await using var town = await Town.StartAsync(engine);
        var direct = await town.Server.ConversationOfAsync("alice", "bob");
        var (alice, bob) = (town.Connect("alice", follows: direct), town.Connect("bob", follows: direct));
        await bob.TypeAsync(direct);
        town.Pass(4);
        Assert.Equal("bob started", alice.Heard());

        Assert.Null((await alice.AskAsync<BlockList>(new AddBlocks([Id("bob")]))).Refusal);

        Assert.Equal(Refusals.Blocked, (await bob.AskAsync<TypingTaken>(new SetTyping(direct, TypingState.Started))).Refusal);
        Assert.DoesNotContain("bob started", alice.Heard(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_block_that_is_made_while_another_is_read_is_not_forgotten()
    {
        var (alice, bob, carol) = (new UserKey(new AppId(1), Id("alice")), new UserKey(new AppId(1), Id("bob")), new UserKey(new AppId(1), Id("carol")));
        var reads = 0;
        HiddenFrom? hidden = null;
        hidden = new HiddenFrom((_, _) =>
        {
            // Carol's block is committed after the first read and before what it read is kept.
            if (reads++ > 0) return new([alice.User, carol.User]);
            hidden!.Change(carol, bob, isBlocked: true);
            return new([alice.User]);
        });

        await hidden.LearnAsync(bob, CancellationToken.None);

        Assert.Equal(2, reads);
        Assert.False(hidden.MaySee(bob, alice));
        Assert.False(hidden.MaySee(bob, carol));
        Assert.True(hidden.MaySee(alice, bob));
        hidden.Change(carol, bob, isBlocked: false);
        hidden.Change(alice, bob, isBlocked: false);
        Assert.True(hidden.MaySee(bob, alice) && hidden.MaySee(bob, carol));
    }
}
