using Parley.Client.Tests.EndToEnd;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Kills;

public sealed class KillTests
{
    /// <summary>Of each person in each conversation.</summary>
    private const int Messages = 50;

    /// <summary>Three people write in two conversations while the server is killed three times: nothing is lost, doubled or out of order, for anybody.</summary>
    [Fact]
    [Trait("Row", "G3")]
    [Trait("Row", "G4")]
    [Trait("Row", "G6")]
    [Trait("Row", "G7")]
    [Trait("Row", "G11")]
    [Trait("Row", "V03")]
    public async Task A_server_that_is_killed_while_people_write_loses_doubles_and_reorders_nothing()
    {
        await using var server = await RealServer.StartNewAsync();
        var names = new[] { "alice", "bob", "carol" };
        var people = names.Select(name => server.ClientOf(name)).ToList();
        var told = people.Select(person => new Told(person)).ToList();
        foreach (var person in people) await person.ConnectAsync();
        var lunch = (await people[0].Conversations.CreateGroupAsync([Bob, Carol], "lunch")).Conversation;
        var work = (await people[0].Conversations.CreateGroupAsync([Bob, Carol], "work")).Conversation;

        var writing = people.SelectMany((person, index) => new[] { lunch, work }.Select(where => WriteAsync(person, names[index], where))).ToList();
        for (var kill = 1; kill <= 3; kill++)
        {
            var written = kill * 70;
            await UntilAsync(() => told.Sum(person => person.Sent.Count) >= written, $"{written} messages were written", seconds: 60);
            await server.KillAsync();
            await server.StartAsync();
        }

        var sent = (await Task.WhenAll(writing)).SelectMany(list => list).ToList();

        foreach (var where in new[] { lunch, work })
        {
            var log = await ReadAsync(people[0], where);
            Assert.Equal(Enumerable.Range(1, log.Count).Select(value => (long)value), log.Select(entry => entry.Sequence.Value));
            var messages = log.Where(entry => entry.Event is MessageSent).ToList();
            Assert.Equal(sent.Where(entry => entry.Conversation == where).Select(entry => (entry.Sequence, entry.Text())).Order(), messages.Select(entry => (entry.Sequence, entry.Text())));
            foreach (var name in names)
            {
                var own = messages.Where(entry => ((MessageSent)entry.Event).Sender.Value == name).Select(entry => entry.Text()).ToList();
                Assert.Equal(Enumerable.Range(0, own.Count).Select(count => $"{name} {count}"), own);
            }

            foreach (var (person, index) in told.Select((person, index) => (person, index)))
            {
                List<LogEntry> heard() => [.. person.Entries.Where(entry => entry.Conversation == where)];
                await UntilAsync(() => heard().Count >= log.Count, $"{names[index]} heard of everything");
                Assert.Equal(log.Select(entry => (entry.Sequence, entry.Event.Type)), heard().Select(entry => (entry.Sequence, entry.Event.Type)));
                Assert.Equal(messages.Select(entry => entry.Text()), heard().Where(entry => entry.Event is MessageSent).Select(entry => entry.Text()));
            }
        }

        Assert.Equal(writing.Count * Messages, sent.Count);
        // Everything reaches everybody, and each step is told once.
        foreach (var person in told)
        {
            await UntilAsync(() => person.Delivered.Count >= person.Sent.Count * 2, "all deliveries are told");
            Assert.Equal(person.Delivered.Distinct(), person.Delivered);
            Assert.Equal(person.Sent.Count * 2, person.Delivered.Count);
        }

        foreach (var person in people) await person.DisposeAsync();
    }

    private static async Task<List<LogEntry>> WriteAsync(ParleyClient person, string name, ConversationId where)
    {
        var sent = new List<LogEntry>();
        while (sent.Count < Messages) sent.Add(await person.Messages.SendAsync(where, $"{name} {sent.Count}"));
        return sent;
    }

    private static async Task<List<LogEntry>> ReadAsync(ParleyClient person, ConversationId where)
    {
        var log = new List<LogEntry>();
        while (true)
        {
            var page = await person.Conversations.ReadEntriesAsync(new ReadEntries(where, After: new Sequence(log.Count)));
            log.AddRange(page.Entries);
            if (!page.More) return log;
        }
    }
}
