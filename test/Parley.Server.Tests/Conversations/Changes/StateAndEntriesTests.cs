namespace Parley.Tests.Conversations;

/// <summary>
/// What a device knows that got a conversation's state once and then only entries, is what a new device is told (Zulip's property). The same lives are lived on the engines, which shows that the
/// rows say what the entries say, and in memory, where there is time for many.
/// </summary>
public sealed class StateAndEntriesTests
{
    private const int SeedsOnEngines = 200;
    private const int SeedsInMemory = 10_000;

    [Theory, EveryEngine]
    public async Task Who_was_told_the_state_once_and_then_the_entries_knows_what_a_newcomer_is_told(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var changes = 0;
        for (var seed = 0; seed < SeedsOnEngines; seed++) changes += await new Life(new ServerGround(server), seed).LiveAsync();
        Assert.InRange(changes, SeedsOnEngines * Life.Steps / 6, SeedsOnEngines * Life.Steps);
    }

    [Fact]
    public async Task It_holds_in_memory_for_ten_thousand_lives()
    {
        var changes = 0;
        await Parallel.ForAsync(0, SeedsInMemory, TestContext.Current.CancellationToken, async (seed, _) =>
            Interlocked.Add(ref changes, await new Life(new MemoryGround(Life.PeopleOf(seed)), seed).LiveAsync()));
        Assert.InRange(changes, SeedsInMemory * Life.Steps / 6, SeedsInMemory * Life.Steps);
    }

    [Theory, EveryEngine]
    public async Task A_life_in_memory_is_that_on_an_engine(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        for (var seed = 0; seed < 20; seed++)
        {
            var (lived, remembered) = (new Life(new ServerGround(server), seed), new Life(new MemoryGround(Life.PeopleOf(seed)), seed));
            await lived.LiveAsync();
            await remembered.LiveAsync();
            Assert.Equal((seed, lived.Verdicts), (seed, remembered.Verdicts));
        }
    }
}
