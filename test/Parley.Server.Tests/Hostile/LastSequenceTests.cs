using System.Text.Json;
using Parley.Tests.Gateway;

namespace Parley.Tests.Hostile;

/// <summary>Sequences beyond what careless programs can count to, and the end of them.</summary>
public sealed class LastSequenceTests
{
    private const long Last = Sequence.MaxValue;

    [Theory, EveryWay, Trait("Row", "IN-02")]
    public async Task Sequences_beyond_32_bits_are_sequences_like_all_others(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.TalkAsync(way, "alice");
        using var bob = await server.TalkAsync(way, "bob");
        using var aliceToo = await server.ConnectAsync("alice", device: "tablet");
        using var bobToo = await server.ConnectAsync("bob", device: "tablet");
        foreach (var head in new[] { int.MaxValue - 1L, uint.MaxValue - 1L, Last - 5 })
        {
            var group = await alice.CreateGroupAsync("bob");
            await server.ChangeAsync($"update conversations set head = {head} where conversation = {group}");

            Assert.Equal(head + 1, Talk.SequenceOf(await alice.SayAsync(group, "one")));
            Assert.Equal(head + 2, Talk.SequenceOf(await alice.SayAsync(group, "two")));

            Assert.Equal($"{head + 1},{head + 2}", Shown(await bob.EntriesAsync(group, $",\"after\":{head}")));
            Assert.Equal($"{head + 2}", Shown(await bob.EntriesAsync(group, $",\"from\":{head + 2},\"to\":{head + 2}")));
            Assert.Equal("reset", Shown(await bob.EntriesAsync(group, $",\"after\":{head + 3}")));
            var read = await bob.AskAsync(Methods.MarkRead, $$"""{"conversation":"{{group}}","upTo":{{head + 2}}}""");
            Assert.Equal(head + 2, read.GetProperty("result").GetProperty("readUpTo").GetInt64());
            await aliceToo.PushedAsync(push => push.TryGetProperty("moved", out var moved) && moved[0].GetProperty("readUpTo").GetInt64() == head + 2);
            await bobToo.PushedAsync(push => push.TryGetProperty("sequence", out var sequence) && sequence.GetInt64() == head + 2);
            var item = (await bob.AskAsync(Methods.ListInbox, """{"limit":1}""")).GetProperty("result").GetProperty("conversations")[0];
            Assert.Equal((head + 2, 0), (item.GetProperty("head").GetInt64(), item.GetProperty("unread").GetInt32()));
        }
    }

    [Theory, EveryWay, Trait("Row", "IN-02")]
    public async Task A_log_whose_last_sequence_is_taken_refuses_what_comes_and_never_begins_anew(Engine engine, Way way)
    {
        await using var server = await RunningServer.StartAsync(engine, ("Limits:RequestsUnderWay", "1000"));
        using var alice = await server.TalkAsync(way, "alice");
        var group = await alice.CreateGroupAsync("bob", "carol");
        await server.ChangeAsync($"update conversations set head = {Last - 3} where conversation = {group}");

        var messages = Enumerable.Range(0, 20).Select(_ => Guid.NewGuid()).ToArray();
        var answers = await TogetherAsync(alice, [.. messages.Select(message => Talk.Message(group, "one of many", message))]);

        var recorded = messages.Zip(answers).Where(one => Talk.CodeOf(one.Second) is null).ToList();
        Assert.Equal([Last - 2, Last - 1, Last], recorded.Select(one => Talk.SequenceOf(one.Second)).Order());
        Assert.All(answers.Except(recorded.Select(one => one.Second)), answer => Assert.Equal("full", Talk.CodeOf(answer)));
        foreach (var (message, answer) in recorded) Assert.Equal(Talk.SequenceOf(answer), Talk.SequenceOf(await alice.SayAsync(group, "one of many", message)));
        var remove = $$"""{"conversation":"{{group}}","commandId":"{{Guid.NewGuid()}}","users":["bob"]}""";
        Assert.Equal("full", Talk.CodeOf(await alice.AskAsync(Methods.RemoveParticipants, remove)));
        Assert.Equal(3, await server.NumberAsync($"select participants from conversations"));
        Assert.Equal(Last, await server.NumberAsync($"select head from conversations"));
        Assert.Equal(Last, await server.NumberAsync($"select max(sequence) from entries"));
        Assert.Equal(4, await server.NumberAsync($"select count(*) from entries"));
        Assert.Equal($"{Last - 2},{Last - 1},{Last}", Shown(await alice.EntriesAsync(group, $",\"after\":{Last - 3}")));
    }

    /// <summary>Asks so that the end falls within a batch: on a connection one behind the other, over HTTP all at once.</summary>
    private static async Task<IReadOnlyList<JsonElement>> TogetherAsync(ITalker talker, string[] messages)
    {
        if (talker is not RawClient connection) return await Task.WhenAll(messages.Select(message => talker.AskAsync(Methods.SendMessage, message)));
        for (var i = 0; i < messages.Length; i++) await connection.SendRequestAsync($"{i}", Methods.SendMessage, messages[i]);
        var answers = new List<JsonElement>();
        for (var i = 0; i < messages.Length; i++) answers.Add(await connection.ReadAnswerAsync($"{i}"));
        // On one connection they are decided in order.
        Assert.Equal([Last - 2, Last - 1, Last], answers.Take(3).Select(Talk.SequenceOf));
        return answers;
    }

    private static string Shown(JsonElement answer) => Talk.CodeOf(answer)
        ?? string.Join(',', answer.GetProperty("result").GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("sequence").GetInt64()));
}
