using Parley.Identity;
using Parley.Storage;

namespace Parley.Tests.Retention;

/// <summary>A node that keeps entries for a time only, and whose clock is moved by hand.</summary>
internal sealed class Archive : IAsyncDisposable
{
    private Archive(TestServer server, ManualClock clock) => (Server, Clock) = (server, clock);

    public TestServer Server { get; }

    public ManualClock Clock { get; }

    /// <param name="engine">Which database.</param>
    /// <param name="age">How long entries of every kind are kept.</param>
    public static Task<Archive> StartAsync(Engine engine, TimeSpan age) =>
        StartAsync(engine, app => (app.Retention.Direct, app.Retention.Group, app.Retention.Room, app.Retention.Broadcast) = (age, age, age, age));

    public static async Task<Archive> StartAsync(Engine engine, Action<AppOptions> configure)
    {
        var clock = new ManualClock();
        return new Archive(await TestServer.StartAsync(engine, clock: clock, apps: configure), clock);
    }

    /// <summary>Lets time pass, and takes out what is too old by then. Nothing is under way while the clock moves: it would seem to have waited for as long.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        await RunAsync();
        Clock.Advance(time);
        await RunAsync();
    }

    public Task RunAsync() => Server.Node.Retention.RunAsync(CancellationToken.None);

    /// <summary>Rows of a table.</summary>
    public Task<long> CountAsync(string table) => Server.NumberAsync(Sql.Script($"select count(*) from {table}"));

    /// <summary>What a page of the log says, in a few words: entries by sequence, and what it passed over.</summary>
    public async Task<string> PageAsync(string user, ReadEntries query) => Words((await Server.EntriesAsync(user, query)).Value!);

    public static string Words(EntriesPage page) => Words(page.Entries, page.Skipped);

    public static string Words(IReadOnlyList<LogEntry> entries, IReadOnlyList<SkippedRange>? skipped) =>
        string.Join(", ", entries.Select(entry => (entry.Sequence.Value, Word: $"{entry.Sequence}"))
            .Concat((skipped ?? []).Select(range => (range.From.Value, Word: $"{range.From}-{range.To} {range.Why}"))).OrderBy(one => one.Value).Select(one => one.Word));

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
