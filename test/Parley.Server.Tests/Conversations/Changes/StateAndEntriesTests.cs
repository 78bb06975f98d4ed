namespace Parley.Tests.Conversations;

/// <summary>
/// What a device knows that got a conversation's state once and then only entries, is what a new device is told (Zulip's property). The same lives are lived on the engines, which shows that the
/// rows say what the entries say, and in memory, where there is time for many.
/// </summary>
public sealed class StateAndEntriesTests
{
    private const int SeedsOnEngines = 200;
    private const int SeedsInMemory = 10_000;
    private const int RoomsOnEngines = 50;
    private const int RoomsInMemory = 2_000;

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
    [Trait("Row", "B14")]
    public async Task Who_is_in_a_room_knows_what_a_newcomer_is_told(Engine engine)
    {
        var clock = new ManualClock();
        await using var server = await TestServer.StartAsync(engine, clock: clock);
        var changes = 0;
        for (var seed = 0; seed < RoomsOnEngines; seed++) changes += await new RoomLife(new ServerRooms(server, clock), seed).LiveAsync();
        Assert.InRange(changes, RoomsOnEngines * RoomLife.Steps / 4, RoomsOnEngines * RoomLife.Steps);
    }

    [Fact]
    [Trait("Row", "B14")]
    public async Task It_holds_of_rooms_in_memory_too()
    {
        var changes = 0;
        await Parallel.ForAsync(0, RoomsInMemory, TestContext.Current.CancellationToken, async (seed, _) =>
        {
            await using var ground = new MemoryRoom(Life.PeopleOf(seed));
            Interlocked.Add(ref changes, await new RoomLife(ground, seed).LiveAsync());
        });
        Assert.InRange(changes, RoomsInMemory * RoomLife.Steps / 4, RoomsInMemory * RoomLife.Steps);
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
