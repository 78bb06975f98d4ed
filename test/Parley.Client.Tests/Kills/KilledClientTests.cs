using System.Collections.Concurrent;
using Parley.Client.Tests.EndToEnd;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Kills;

/// <summary>A program with a store is killed again and again, and its server too: what it was told is kept is done, once and in order.</summary>
public sealed class KilledClientTests
{
    [Fact]
    [Trait("Row", "S27")]
    [Trait("Row", "G6")]
    [Trait("Row", "G7")]
    [Trait("Row", "G9")]
    public Task Whatever_was_handed_in_is_done_once_and_in_order_though_the_program_and_its_server_are_killed() => RunAsync(messages: 800, kills: 10);

    /// <summary>The long form: <c>-explicit only -class '*KilledClientTests'</c>.</summary>
    [Fact(Explicit = true)]
    public Task Whatever_was_handed_in_is_done_once_and_in_order_through_two_hundred_kills() => RunAsync(messages: 20_000, kills: 200);

    private static async Task RunAsync(int messages, int kills)
    {
        await using var server = await RealServer.StartNewAsync();
        await using var reader = server.ClientOf("alice", "reader");
        await reader.ConnectAsync();
        var conversation = (await reader.Conversations.DirectAsync(Bob)).Conversation;
        var store = Path.Combine(server.Folder, "alice.store");
        var random = new Random(7);
        var settled = new ConcurrentDictionary<string, string>();
        var queued = 0;
        for (var kill = 1; kill <= kills; kill++)
        {
            var most = messages * kill / kills;
            var sender = Start(queued + 1, most);
            await sender.UntilAsync(Math.Min(most, queued + random.Next(1, Math.Max(2, messages / kills))));
            // Every other one as it hands in, the rest as it sends.
            var before = settled.Count;
            if (kill % 2 == 0) await UntilAsync(() => settled.Count > before, "something is sent");
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(0, 40)), TimeProvider.System);
            if (kill % 3 == 0) await server.KillAsync();
            queued = Math.Max(queued, await sender.KillAsync());
            if (kill % 3 == 0) await server.StartAsync();
        }

        var sentBefore = Messages().Count;
        var last = Start(queued + 1, messages);
        await last.UntilAsync(messages);
        var log = new List<LogEntry>();
        await UntilAsync(() => Messages().Count == messages, "all messages are settled", seconds: 120);
        var edits = Enumerable.Range(1, messages).Where(number => number % 5 == 0).Select(IdOf).ToList();
        var recalls = Enumerable.Range(1, messages).Where(number => number % 7 == 0).Select(IdOf).ToList();
        await ReadUntilAsync(() =>
        {
            var (edited, recalled) = (log.Select(entry => (entry.Event as MessageEdited)?.Message).ToHashSet(), log.Select(entry => (entry.Event as MessageRecalled)?.Message).ToHashSet());
            return edits.TrueForAll(id => IsReported($"edit:{id}") || edited.Contains(id)) && recalls.TrueForAll(id => IsReported($"recall:{id}") || recalled.Contains(id));
        });
        await UntilAsync(() => settled.ContainsKey($"read:{messages / 3 * 3}"), "the last read is settled");
        await last.EndAsync();
        await ReadUntilAsync(() => true);

        Assert.Equal(Enumerable.Range(1, messages).Select(IdOf), log.Select(entry => (entry.Event as MessageSent)?.Message).OfType<MessageId>());
        Assert.Equal(edits.Where(id => !IsReported($"edit:{id}")), log.Select(entry => (entry.Event as MessageEdited)?.Message).OfType<MessageId>());
        Assert.Equal(recalls.Where(id => !IsReported($"recall:{id}")), log.Select(entry => (entry.Event as MessageRecalled)?.Message).OfType<MessageId>());
        var changes = log.Where(entry => entry.Event is MessageEdited or MessageRecalled).ToLookup(entry => entry.Event is MessageEdited edited ? edited.Message : ((MessageRecalled)entry.Event).Message);
        foreach (var (sent, next) in log.Where(entry => entry.Event is MessageSent).Zip(log.Where(entry => entry.Event is MessageSent).Skip(1)))
        {
            // What was handed in between two messages stands between them.
            Assert.All(changes[((MessageSent)sent.Event).Message], entry => Assert.InRange(entry.Sequence.Value, sent.Sequence.Value + 1, next.Sequence.Value - 1));
        }

        Assert.True(sentBefore > 0 && sentBefore < messages, $"{sentBefore} were sent before the last run");
        Assert.All(settled.Where(one => !one.Key.StartsWith("recall:", StringComparison.Ordinal)), one => Assert.Equal("recorded", one.Value));
        Assert.True((await reader.Conversations.GetAsync(conversation)).Own.ReadUpTo >= new Sequence(messages / 3 * 3));

        SenderProcess Start(int from, int to) => SenderProcess.Start(server.Address, server.TokenOf("alice"), conversation, store, from, to, settled);

        ICollection<string> Messages() => [.. settled.Keys.Where(key => !key.Contains(':', StringComparison.Ordinal))];

        // Of the long form some are recalled too late, and that is said.
        bool IsReported(string what) => settled.TryGetValue(what, out var how) && how != "recorded";

        async Task ReadUntilAsync(Func<bool> enough)
        {
            var start = TimeProvider.System.GetTimestamp();
            while (true)
            {
                var page = await reader.Conversations.ReadEntriesAsync(new ReadEntries(conversation, After: new Sequence(log.Count)));
                log.AddRange(page.Entries);
                if (page.More) continue;
                if (enough()) return;
                Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(60), "some changes are neither on the log nor reported");
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }
    }

    private static MessageId IdOf(int number) => new(new Guid(number, 7, 7, [7, 7, 7, 7, 7, 7, 7, 7]));
}
