using FsCheck;
using FsCheck.Fluent;

namespace Parley.Tests.Receipts;

/// <summary>Whatever is asked in whatever order, cursor and read-ahead say what a naive set of read messages says.</summary>
public class ReceiptModelTests
{
    private const int Stories = 15;
    private const int Steps = 30;

    private enum Step
    {
        AliceSends,
        BobSends,
        SomebodyJoins,
        BobReadsSome,
        BobReadsUpTo,
        BobReceives,
    }

    [Theory, EveryEngine]
    [Trait("Row", "G13")]
    [Trait("Row", "G15")]
    public async Task What_was_read_is_what_a_set_of_messages_would_say_and_the_rest_is_unread(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var step = Gen.Frequency<Step>(
            (4, Gen.Constant(Step.AliceSends)), (2, Gen.Constant(Step.BobSends)), (1, Gen.Constant(Step.SomebodyJoins)),
            (4, Gen.Constant(Step.BobReadsSome)), (1, Gen.Constant(Step.BobReadsUpTo)), (1, Gen.Constant(Step.BobReceives)));
        foreach (var story in Gen.Zip(step, Gen.Choose(0, 1_000_000)).ArrayOf(Steps).Sample(Stories, Steps))
        {
            var bob = await Reader.StartAsync(server);
            for (var count = 1; count <= story.Length; count++)
            {
                await bob.GoOnAsync(story[count - 1].Item1, story[count - 1].Item2);
                var wrong = await bob.WrongAsync();
                Assert.True(wrong is null, $"{wrong}, after {string.Join(", ", story.Take(count))}");
            }
        }
    }

    /// <summary>Bob in a group, and what he should have read by now.</summary>
    private sealed class Reader(TestServer server, ConversationId group)
    {
        private readonly SortedDictionary<long, MessageId> _others = [];
        private readonly HashSet<long> _read = [];
        private long _head = 1;
        private long _delivered;
        private (long Delivered, long Read) _before;

        public static async Task<Reader> StartAsync(TestServer server) => new(server, await server.ConversationOfAsync("alice", "bob", "carol"));

        public async Task GoOnAsync(Step step, int number)
        {
            var upTo = 1 + (number % _head);
            switch (step)
            {
                case Step.AliceSends:
                    var message = MessageId.New();
                    await server.SendAsync("alice", group, "hi", message);
                    _others[++_head] = message;
                    break;
                case Step.BobSends:
                    await server.SendAsync("bob", group, "mine");
                    _head++;
                    break;
                case Step.SomebodyJoins:
                    await server.AddAsync("alice", group, $"u{++_head}");
                    break;
                case Step.BobReadsSome when _others.Count > 0:
                    var random = new Random(number);
                    var some = _others.Where(_ => random.Next(4) == 0).Take(3).DefaultIfEmpty(_others.Last()).ToList();
                    Assert.NotNull((await server.AskAsync<ReceiptCursors>(server.As("bob"), new MarkRead(group, Messages: [.. some.Select(one => one.Value)]))).Value);
                    _read.UnionWith(some.Select(one => one.Key));
                    break;
                case Step.BobReadsUpTo:
                    Assert.NotNull((await server.ReadAsync("bob", group, upTo)).Value);
                    _read.UnionWith(_others.Keys.Where(sequence => sequence <= upTo));
                    _delivered = Math.Max(_delivered, upTo);
                    break;
                case Step.BobReceives:
                    Assert.NotNull((await server.DeliveredAsync("bob", group, upTo)).Value);
                    _delivered = Math.Max(_delivered, upTo);
                    break;
            }
        }

        /// <summary>What disagrees with the model; null when nothing does.</summary>
        public async Task<string?> WrongAsync()
        {
            var own = (await server.StateAsync("bob", group)).Own;
            var (delivered, cursor) = (own.DeliveredUpTo.Value, own.ReadUpTo.Value);
            var ahead = (own.ReadAhead ?? []).Select(sequence => sequence.Value).ToArray();
            var before = _before;
            _before = (delivered, cursor);
            if (delivered < before.Delivered || cursor < before.Read) return "a cursor went back";
            if (cursor > delivered || delivered > _head || delivered < _delivered) return $"read {cursor}, delivered {delivered}, head {_head}";
            foreach (var sequence in _others.Keys)
            {
                if (_read.Contains(sequence) != (sequence <= cursor || ahead.Contains(sequence))) return $"{sequence} is read: {_read.Contains(sequence)}";
            }

            var unread = _others.Keys.Where(sequence => !_read.Contains(sequence)).ToArray();
            if (ahead.Any(sequence => sequence < unread.DefaultIfEmpty(long.MaxValue).First())) return $"the cursor stays at {cursor} though nothing is unread before {ahead[0]}";
            var counted = (await server.InboxAsync("bob")).Value!.Conversations.Single(item => item.Conversation == group).Unread;
            return counted == unread.Length ? null : $"{counted} unread instead of {unread.Length}";
        }
    }
}
