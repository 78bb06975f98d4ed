using Parley.Client.Tests.EndToEnd;
using System.Text.Json;
using Parley.Client.Tests.Support;
using Parley.Tests;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Views;

/// <summary>State and what is told equal a fresh read: whatever happens, wherever it is done, and whether or not the device was there, its list comes to equal the inbox.</summary>
public sealed class ConversationListHistoryTests
{
    [Theory, EveryEngine]
    [Trait("Row", "B46")]
    public async Task After_a_random_history_the_list_equals_a_fresh_read_of_the_inbox(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        for (var seed = 1; seed <= Seeds; seed++) await RunAsync(server, seed, new ConversationListOptions { PageSize = 1 + (seed % 5) });
    }

    [Theory, EveryEngine]
    public async Task So_does_the_list_of_those_that_are_archived(Engine engine)
    {
        await using var server = await RunningServer.StartAsync(engine);
        for (var seed = 101; seed <= 100 + (Seeds / 2); seed++) await RunAsync(server, seed, new ConversationListOptions { PageSize = 4, Archived = true });
    }

    private static int Seeds => int.TryParse(Environment.GetEnvironmentVariable("PARLEY_SEEDS"), out var seeds) ? seeds : 4;

    private static async Task RunAsync(RunningServer server, int seed, ConversationListOptions options)
    {
        var history = await InboxHistory.BeginAsync(server, seed);
        using var list = await history.Phone.Inbox.OpenAsync(options);
        for (var round = 0; round < 4; round++)
        {
            for (var step = 0; step < 25; step++)
            {
                await history.StepAsync();
                if (history.Random.Next(20) == 0 && history.Phone.State == ConnectionState.Open) await list.LoadMoreAsync();
            }

            await history.ComeBackAsync();
            await EqualsAsync(history, list, options, $"seed {seed}, round {round}: {string.Join(", ", history.Steps.TakeLast(30))}");
        }
    }

    private static async Task EqualsAsync(InboxHistory history, ConversationList list, ConversationListOptions options, string when)
    {
        var start = TimeProvider.System.GetTimestamp();
        List<string> expected, shown;
        do
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            var fresh = new List<InboxItem>();
            await foreach (var item in history.Tablet.Inbox.AllAsync(new ListInbox(3, Archived: options.Archived))) fresh.Add(item);
            var now = list.Snapshot;
            var (pinned, others) = (fresh.Where(IsPinned), fresh.Where(item => !IsPinned(item)));
            var loaded = list.HasMore ? now.Count(one => !IsPinned(one.Item)) : int.MaxValue;
            expected = [.. pinned.Concat(others.Take(loaded)).Select(Text)];
            shown = [.. now.Select(one => Text(one.Item))];
        }
        while (!expected.SequenceEqual(shown) && TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(10));

        Assert.True(expected.SequenceEqual(shown), $"{when}\nexpected\n{string.Join('\n', expected)}\nshown\n{string.Join('\n', shown)}");
        await UntilAsync(() => list.Select(item => Text(item.Now.Item)).SequenceEqual(shown), "what is bound equals it");
    }

    private static bool IsPinned(InboxItem item) => item.Flags is { Pinned: true };

    /// <summary>What this device acknowledged by itself it is not told.</summary>
    private static string Text(InboxItem item) => JsonSerializer.Serialize(item with { DeliveredUpTo = default }, ProtocolJson.Lenient.InboxItem);
}
