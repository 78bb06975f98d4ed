using Parley.People;
using static Parley.Tests.People.PeopleWords;

namespace Parley.Tests.People;

/// <summary>What lets a user pass who asks again and again.</summary>
public sealed class NewUsersTests
{
    [Theory, EveryEngine, Trait("Row", "AU-11")]
    public async Task What_is_decided_between_the_reading_of_a_user_and_its_remembering_counts_at_once(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await server.DoAsync<OwnProfile>("bob", new UpdateUser("Bob"));
        var (bob, clock) = (server.As("bob").Key, new InterruptedClock());
        var users = new NewUsers(server.Node.People, journal: null!, admission: null!, clock);

        // The clock is looked at when he was read and is about to be let in.
        clock.OnLook = () => users.Forget(bob);
        Assert.Null(await users.PassAsync(bob, CancellationToken.None));
        clock.OnLook = () => { };
        await server.PlatformAsync(new SuspendUser(Id("bob")));

        Assert.Equal(Refusals.Suspended, await users.PassAsync(bob, CancellationToken.None));
    }

    private sealed class InterruptedClock : TimeProvider
    {
        public Action OnLook { get; set; } = () => { };

        public override DateTimeOffset GetUtcNow()
        {
            OnLook();
            return System.GetUtcNow();
        }
    }
}
