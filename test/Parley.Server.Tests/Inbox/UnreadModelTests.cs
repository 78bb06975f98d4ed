using FsCheck;
using FsCheck.Fluent;
using Parley.Identity;
using Parley.Tests.Messages;

namespace Parley.Tests.Inbox;

/// <summary>Whatever four users do on several devices, what the server counts as unread for each is what is counted in the log as he sees it.</summary>
public class UnreadModelTests
{
    private const int Stories = 10;
    private const int Steps = 45;

    private enum Step
    {
        Send,
        Edit,
        Recall,
        Remove,
        MarkUnread,
        ReadSome,
        ReadUpTo,
        ReadAll,
        ReadOnTwoDevices,
        ReadEverywhere,
        LeaveOrReturn,
    }

    [Theory, EveryEngine]
    [Trait("Row", "G15")]
    [Trait("Row", "A45")]
    public async Task Unread_and_mentions_are_what_the_log_as_each_user_sees_it_says(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, apps: app => app.Messages.Edits = 1_000);
        var step = Gen.Frequency<Step>(
            (10, Gen.Constant(Step.Send)), (4, Gen.Constant(Step.Edit)), (2, Gen.Constant(Step.Recall)), (2, Gen.Constant(Step.Remove)), (2, Gen.Constant(Step.MarkUnread)),
            (5, Gen.Constant(Step.ReadSome)), (2, Gen.Constant(Step.ReadUpTo)), (1, Gen.Constant(Step.ReadAll)), (1, Gen.Constant(Step.ReadOnTwoDevices)),
            (1, Gen.Constant(Step.ReadEverywhere)), (3, Gen.Constant(Step.LeaveOrReturn)));
        var number = 0;
        foreach (var story in Gen.Zip(step, Gen.Choose(0, 1_000_000)).ArrayOf(Steps).Sample(Stories, Steps))
        {
            var people = await Town.FoundAsync(server, ++number);
            for (var count = 1; count <= story.Length; count++)
            {
                await people.GoOnAsync(story[count - 1].Item1, new Random(story[count - 1].Item2));
                var wrong = await people.WrongAsync();
                Assert.True(wrong is null, $"{wrong}, after {string.Join(", ", story.Take(count))}");
            }
        }
    }

    /// <summary>Four people in two groups, one of which shows those who come back what they missed; and what each has read by now.</summary>
    private sealed class Town(TestServer server, string[] users, ConversationId[] groups)
    {
        private readonly Dictionary<(string User, ConversationId Group), Reading> _readings = users.SelectMany(user => groups.Select(group => (user, group))).ToDictionary(one => one, _ => new Reading());
        private readonly List<(ConversationId Group, string Sender, MessageId Message)> _sent = [];

        public static async Task<Town> FoundAsync(TestServer server, int number)
        {
            string[] users = [.. new[] { "alice", "bob", "carol", "dave" }.Select(name => $"{name}{number}")];
            var others = Asking.Users(users[1..]);
            ConversationId[] groups =
            [
                await server.MakeAsync(new CreateConversation(ConversationId.New(), ConversationKind.Group, others), users[0]),
                await server.MakeAsync(
                    new CreateConversation(ConversationId.New(), ConversationKind.Group, others, Settings: new NewSettings(History: HistoryVisibility.WhileIn)), users[0]),
            ];
            return new Town(server, users, groups);
        }

        public async Task GoOnAsync(Step step, Random random)
        {
            var user = users[random.Next(users.Length)];
            var group = groups[random.Next(groups.Length)];
            var reading = _readings[(user, group)];
            switch (step)
            {
                case Step.Send when reading.IsIn:
                    var message = MessageId.New();
                    await server.DoAsync(user, new SendMessage(group, message, Content(random)));
                    _sent.Add((group, user, message));
                    break;
                case Step.Edit or Step.Recall when _sent.Count > 0:
                    var (where, sender, which) = _sent[random.Next(_sent.Count)];
                    object change = step == Step.Edit ? new EditMessage(where, CommandId.New(), which, Content(random)) : new RecallMessage(where, CommandId.New(), which);
                    // Who is out, or meets a command or what was recalled, is refused.
                    await server.ChangeAsync(sender, change);
                    break;
                case Step.Remove when await SomeAsync(user, group, random) is { Length: > 0 } seen:
                    Assert.Null((await server.RemoveMessagesAsync(user, group, [.. seen.Select(one => one.Message)])).Refusal);
                    break;
                case Step.MarkUnread:
                    reading.Mark = 1 + random.NextInt64(await HeadAsync(user, group));
                    Assert.Null((await server.AskAsync<InboxFlags>(On(user, "phone"), new MarkUnread(group, new Sequence(reading.Mark.Value)))).Refusal);
                    break;
                case Step.ReadSome when await SomeAsync(user, group, random) is { Length: > 0 } seen:
                    await ReadAsync(On(user, "phone"), new MarkRead(group, Messages: [.. seen.Select(one => one.Message)]));
                    reading.Read(seen.Select(one => one.Sequence));
                    break;
                case Step.ReadUpTo:
                    var upTo = 1 + random.NextInt64(await HeadAsync(user, group));
                    await ReadAsync(On(user, "tablet"), new MarkRead(group, new Sequence(upTo)));
                    reading.Read(upTo);
                    break;
                case Step.ReadAll:
                    await ReadAsync(On(user, "tablet"), new MarkRead(group, All: true));
                    reading.Read(await HeadAsync(user, group));
                    break;
                case Step.ReadOnTwoDevices when await SomeAsync(user, group, random) is { Length: > 0 } seen:
                    var half = 1 + random.NextInt64(await HeadAsync(user, group));
                    await Task.WhenAll(
                        ReadAsync(On(user, "phone"), new MarkRead(group, Messages: [.. seen.Select(one => one.Message)])), ReadAsync(On(user, "tablet"), new MarkRead(group, new Sequence(half))));
                    reading.Read(seen.Select(one => one.Sequence));
                    reading.Read(half);
                    break;
                case Step.ReadEverywhere:
                    Assert.Null((await server.AskAsync<AllRead>(On(user, "phone"), new ReadAll())).Refusal);
                    foreach (var one in groups) _readings[(user, one)].Read(await HeadAsync(user, one));
                    break;
                // The first one owns the groups, and stays.
                case Step.LeaveOrReturn when user != users[0]:
                    if (reading.IsIn) await server.DoAsync(user, new LeaveConversation(group, CommandId.New()));
                    else await server.DoAsync(users[0], new AddParticipants(group, CommandId.New(), [new UserId(user)]));
                    reading.IsIn = !reading.IsIn;
                    break;
            }
        }

        /// <summary>What disagrees with the log; null when nothing does.</summary>
        public async Task<string?> WrongAsync()
        {
            foreach (var user in users)
            {
                var (unread, mentions) = (0, 0);
                var inbox = (await server.InboxAsync(user)).Value!.Conversations.ToDictionary(item => item.Conversation);
                foreach (var group in groups)
                {
                    var expected = (await SeenAsync(user, group)).Where(one => one.Sent.Sender.Value != user && IsCounted(one.Sent) && !_readings[(user, group)].HasRead(one.Sequence)).ToArray();
                    var addressing = expected.Count(one => one.Sent.Content.Mentions?.Has(new UserId(user)) == true);
                    var item = inbox[group];
                    if (item.Unread != expected.Length || item.UnreadIsMore) return $"{item.Unread} unread of {user} instead of {expected.Length}";
                    if (item.Mentions != addressing || item.MentionsAreMore) return $"{item.Mentions} mentions of {user} instead of {addressing}";
                    unread += expected.Length;
                    mentions += addressing;
                }

                var total = (await server.AskAsync<UnreadTotal>(server.As(user), new CountUnread())).Value!;
                if (total != new UnreadTotal(unread, UnreadIsMore: false, mentions)) return $"{total} of {user} instead of {unread} with {mentions}";
            }

            return null;
        }

        private static bool IsCounted(MessageSent sent) => !sent.Recalled && sent.Content.Parts.Any(part => part.Kind != ContentKind.Command);

        private MessageContent Content(Random random)
        {
            var mentions = random.Next(6) switch
            {
                0 => new Mentions(All: true),
                1 => new Mentions([.. users.Select(user => new UserId(user))], All: random.Next(2) == 0),
                2 or 3 => new Mentions([new UserId(users[random.Next(users.Length)])]),
                _ => null,
            };
            return new MessageContent([random.Next(8) == 0 ? MessagePart.Of(new AppCommand("wave")) : MessagePart.OfText("hi")], Mentions: mentions);
        }

        private Caller On(string user, string device) => server.As(user) with { Device = new DeviceId(device) };

        private async Task ReadAsync(Caller caller, MarkRead command) => Assert.Null((await server.AskAsync<ReceiptCursors>(caller, command)).Refusal);

        private async Task<long> HeadAsync(string user, ConversationId group) => (await server.StateAsync(user, group)).Head.Value;

        /// <summary>Up to three messages of others that he sees and that are to be read.</summary>
        private async Task<(long Sequence, MessageId Message)[]> SomeAsync(string user, ConversationId group, Random random)
        {
            var seen = (await SeenAsync(user, group)).Where(one => one.Sent.Sender.Value != user && IsCounted(one.Sent)).ToArray();
            random.Shuffle(seen);
            return [.. seen.Take(3).Select(one => (one.Sequence, one.Sent.Message))];
        }

        /// <summary>The messages of the log as a user sees it.</summary>
        private async Task<List<(long Sequence, MessageSent Sent)>> SeenAsync(string user, ConversationId group)
        {
            var (seen, after) = (new List<(long, MessageSent)>(), Sequence.None);
            for (; ; )
            {
                var page = (await server.EntriesAsync(user, new ReadEntries(group, After: after))).Value!;
                seen.AddRange(page.Entries.Where(entry => entry.Event is MessageSent).Select(entry => (entry.Sequence.Value, (MessageSent)entry.Event)));
                if (!page.More) return seen;
                after = page.Entries[^1].Sequence;
            }
        }
    }

    /// <summary>What one user has read of one conversation.</summary>
    private sealed class Reading
    {
        private readonly HashSet<long> _some = [];
        private long _upTo;

        public bool IsIn { get; set; } = true;

        public long? Mark { get; set; }

        public void Read(IEnumerable<long> some)
        {
            _some.UnionWith(some);
            Mark = null;
        }

        public void Read(long upTo)
        {
            _upTo = Math.Max(_upTo, upTo);
            Mark = null;
        }

        public bool HasRead(long sequence) => (sequence <= _upTo || _some.Contains(sequence)) && !(sequence >= Mark);
    }
}
