using FsCheck;
using FsCheck.Fluent;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Conversations;

/// <summary>Edits, recalls and removals in a timeline.</summary>
public sealed class TimelineMessageTests
{
    private static readonly ConversationId Conversation = ConversationId.New();

    [Fact]
    [Trait("Row", "V25"), Trait("Row", "G17")]
    public void An_edit_changes_the_message_where_it_is()
    {
        var log = new ModelLog();
        var message = log.Send(Bob, "first");
        log.Send(Bob, "beside");
        log.Edit(message, "second");

        var shown = log.Live();

        var item = Assert.IsType<TimelineMessage>(shown.Items[0]);
        Assert.Equal(("second", 1, log.Pushed[2].At), (item.Content.PlainText(), item.Version, item.EditedAt));
        Assert.Null(((MessageEdited)((TimelineEvent)shown.Items[2]).Event).Content);
        Assert.Equal(item, shown.Find(message));
    }

    [Fact]
    [Trait("Row", "A37"), Trait("Row", "G16")]
    public void A_recall_leaves_nothing_of_what_was_said_and_nothing_unread()
    {
        var log = new ModelLog();
        var message = log.Send(Bob, "xyzzy");
        log.Edit(message, "xyzzy again");
        log.Recall(message);

        var shown = log.Live();

        Assert.True(shown.Find(message)!.IsRecalled);
        Assert.Equal((0, null), (shown.UnreadCount, shown.FirstUnread));
        Assert.DoesNotContain("xyzzy", System.Text.Json.JsonSerializer.Serialize(shown.Items.Cast<object>()), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Row", "G17")]
    public void Of_versions_the_higher_counts_in_whichever_order_they_come()
    {
        var log = new ModelLog();
        var message = log.Send(Bob, "0");
        log.Edit(message, "1");
        log.Edit(message, "2");

        // The page was read after both edits, and then they are told.
        var late = Timeline.Empty(Conversation, Alice).Apply(log.Stored[0]).Timeline;
        late = late.Apply(log.Pushed[1]).Timeline.Apply(log.Pushed[2]).Timeline;

        Assert.Equal(("2", 2), (late.Find(message)!.Content.PlainText(), late.Find(message)!.Version));
    }

    [Fact]
    [Trait("Row", "A20")]
    public void A_command_is_not_unread()
    {
        var sent = new MessageSent(MessageId.New(), Bob, new MessageContent([MessagePart.Of(new AppCommand("blink"))]));
        var shown = Timeline.Empty(Conversation, Alice).Apply(sent.Happened(Conversation, 1)).Timeline;

        Assert.Equal(0, shown.UnreadCount);
        Assert.False(Assert.IsType<TimelineMessage>(shown.Items[0]).IsCounted);
    }

    [Fact]
    [Trait("Row", "G19")]
    public void What_expired_is_a_placeholder_wherever_it_is_heard_of()
    {
        var gone = new MessageSent(MessageId.New(), Bob, MessageContent.None, Expired: true);
        var told = Timeline.Empty(Conversation, Alice).Apply(gone.Happened(Conversation, 1)).Timeline;
        var skipped = Timeline.Empty(Conversation, Alice).Apply(new SkippedRange(new Sequence(1), new Sequence(1), SkippedRange.Expired)).Timeline;

        Assert.Equal([new TimelinePlaceholder(new Sequence(1), new Sequence(1), TimelinePlaceholder.Expired)], told.Items);
        Assert.Equal(told.Items, skipped.Items);
        Assert.Equal(0, told.UnreadCount);
        // Who may have come or gone meanwhile is not known.
        Assert.True(skipped.NeedsState);
    }

    [Fact]
    public void What_is_hidden_is_placeholders_and_neighbours_are_one()
    {
        var log = new ModelLog();
        for (var number = 1; number <= 6; number++) log.Send(Bob, $"{number}");
        var shown = log.Live();

        var one = shown.Hide(new MessagesRemoved(Conversation, [new Sequence(2), new Sequence(4)]));
        var more = one.Hide(new MessagesRemoved(Conversation, [new Sequence(3)]));
        var all = more.Hide(new MessagesRemoved(Conversation, UpTo: new Sequence(5)));

        Assert.Equal([(1L, 1L), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6)], Ranges(one));
        Assert.Equal([(1L, 1L), (2, 4), (5, 5), (6, 6)], Ranges(more));
        Assert.Equal([(1L, 5L), (6, 6)], Ranges(all));
        Assert.Equal(new TimelinePlaceholder(new Sequence(1), new Sequence(5), TimelinePlaceholder.Hidden), all.Items[0]);
        Assert.Equal(1, all.UnreadCount);
        Assert.Same(all, all.Hide(new MessagesRemoved(Conversation, [new Sequence(3)])));
        Assert.Null(all.Apply(log.Next(Bob, "7")).Gap);
    }

    [Fact]
    [Trait("Row", "G17"), Trait("Row", "G16")]
    public void Whoever_reads_the_log_at_any_time_and_hears_the_rest_sees_what_everybody_sees()
    {
        var steps = Gen.Choose(0, 9).ListOf().Where(list => list.Count > 0);
        var stories = from list in steps from at in Gen.Choose(0, list.Count) from held in Gen.Choose(0, list.Count) select (list, at, held);

        Prop.ForAll(Arb.From(stories), story =>
        {
            var log = new ModelLog();
            var timelines = new List<Timeline>();
            EntriesPage? page = null;
            var from = Sequence.None;
            for (var step = 0; step < story.list.Count; step++)
            {
                // One who opens it here: he holds nothing yet, and his page was read now and comes later.
                if (step == story.at)
                {
                    from = log.Head;
                    page = log.Page();
                }

                log.Step(story.list[step]);
            }

            var always = log.Live();
            if (page is null) return;
            var late = ModelLog.Opened(from);
            var applied = 0;
            foreach (var entry in log.Pushed.Where(entry => entry.Sequence > from))
            {
                if (applied++ == story.held) late = late.Prepend(page).Timeline;
                late = late.Apply(entry).Timeline;
            }

            if (applied <= story.held) late = late.Prepend(page).Timeline;
            Assert.Equal(always.Items.AsEnumerable(), late.Items);
            Assert.Equal(log.Fresh().Items.AsEnumerable(), always.Items);
        }).QuickCheckThrowOnFailure();
    }

    private static IEnumerable<(long, long)> Ranges(Timeline timeline) => timeline.Items.Select(item => (item.From.Value, item.To.Value));

    /// <summary>A log as a server keeps it: what is pushed, and what is stored since.</summary>
    private sealed class ModelLog
    {
        private readonly List<LogEntry> _pushed = [];
        private readonly List<LogEntry> _stored = [];

        public List<LogEntry> Pushed => _pushed;

        public List<LogEntry> Stored => _stored;

        public Sequence Head => new(_stored.Count);

        public MessageId Send(UserId sender, string text)
        {
            var message = MessageId.New();
            Add(new MessageSent(message, sender, MessageContent.OfText(text)));
            return message;
        }

        public LogEntry Next(UserId sender, string text)
        {
            Send(sender, text);
            return _pushed[^1];
        }

        public void Edit(MessageId message, string text)
        {
            var (index, sent) = Find(message);
            var version = sent.Version + 1;
            Empty(message);
            Add(new MessageEdited(sent.Sender, message, _stored[index].Sequence, version, MessageContent.OfText(text)));
            _stored[index] = _stored[index] with { Event = sent with { Content = MessageContent.OfText(text), Version = version, EditedAt = _stored[^1].At } };
        }

        public void Recall(MessageId message)
        {
            var (index, sent) = Find(message);
            Empty(message);
            Add(new MessageRecalled(sent.Sender, message, _stored[index].Sequence));
            _stored[index] = _stored[index] with { Event = sent with { Content = MessageContent.None, Version = 0, EditedAt = null, Recalled = true } };
        }

        /// <summary>Mostly sends, and does something to what was said.</summary>
        public void Step(int chance)
        {
            var open = _stored.Select(entry => entry.Event).OfType<MessageSent>().Where(sent => !sent.Recalled).ToList();
            if (open.Count == 0 || chance < 4) Send(chance % 2 == 0 ? Alice : Bob, $"{chance}");
            else if (chance < 8) Edit(open[(chance * 7) % open.Count].Message, $"edited {chance}");
            else Recall(open[(chance * 5) % open.Count].Message);
        }

        public EntriesPage Page() => new(Conversation, [.. _stored], null, Head, new Sequence(1), More: false);

        public Timeline Live() => _pushed.Aggregate(Timeline.Empty(Conversation, Alice), (timeline, entry) => timeline.Apply(entry).Timeline);

        public Timeline Fresh() => Opened(Head).Prepend(Page()).Timeline;

        public static Timeline Opened(Sequence head) => Timeline.At(new ConversationState(
            Conversation, ConversationKind.Direct, null, DateTimeOffset.UnixEpoch, 1, head, new Sequence(1), Permissions.Read, 2, null, new OwnParticipation(Permissions.Read, default, default)), Alice);

        private (int Index, MessageSent Sent) Find(MessageId message)
        {
            var index = _stored.FindIndex(entry => entry.Event is MessageSent sent && sent.Message == message);
            return (index, (MessageSent)_stored[index].Event);
        }

        private void Empty(MessageId message)
        {
            for (var index = 0; index < _stored.Count; index++)
            {
                if (_stored[index].Event is MessageEdited edited && edited.Message == message) _stored[index] = _stored[index] with { Event = edited with { Content = null } };
            }
        }

        private void Add(ConversationEvent happened)
        {
            var entry = happened.Happened(Conversation, _stored.Count + 1);
            _pushed.Add(entry);
            _stored.Add(entry);
        }
    }
}
