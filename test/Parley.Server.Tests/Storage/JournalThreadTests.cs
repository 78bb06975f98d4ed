using Microsoft.Extensions.Logging.Abstractions;
using Parley.Storage;

namespace Parley.Tests.Storage;

/// <summary>What the journal does for what was admitted waits for no thread that serves clients, and holds none up (docs/decisions/0022).</summary>
public sealed class JournalThreadTests
{
    [Theory, EveryEngine]
    public async Task A_batch_is_formed_and_its_items_are_told_in_a_thread_of_the_journals_own(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        await using var journal = new Journal(server.Database, failure => throw failure, TimeProvider.System, NullLogger<Journal>.Instance);
        journal.Start();
        var item = new Item();
        journal.Post(item);

        var (formed, told) = await item.Told.WaitAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(formed, told);
        Assert.False(told.IsOfThePool);
    }

    private readonly record struct Place(int Thread, bool IsOfThePool)
    {
        public static Place Here => new(Environment.CurrentManagedThreadId, System.Threading.Thread.CurrentThread.IsThreadPoolThread);
    }

    private sealed class Item : JournalItem
    {
        private readonly TaskCompletionSource<(Place, Place)> _told = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Place _formed;

        public Task<(Place Formed, Place Told)> Told => _told.Task;

        public override void Start() => _formed = Place.Here;

        protected override async ValueTask WriteAsync(Session session, CancellationToken cancel) => await session.QueryAsync($"select 1", _ => 0, cancel);

        public override void Committed() => _told.SetResult((_formed, Place.Here));

        public override void Failed(StorageException failure) => _told.SetException(failure);
    }
}
