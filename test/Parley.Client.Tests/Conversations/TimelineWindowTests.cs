using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Conversations;

/// <summary>A window over a log: how much it holds, what it takes in at the end and elsewhere, and that it never shows anything else than the log.</summary>
public sealed class TimelineWindowTests
{
    private readonly ConversationId _lunch = ConversationId.New();

    [Theory]
    [InlineData(10, 1, true)]
    [InlineData(11, 2, false)]
    public void At_the_end_it_holds_so_many_and_lets_the_oldest_go(int count, int first, bool isAtStart)
    {
        var window = WindowOf(0, maxItems: 10);
        for (var sequence = 1; sequence <= count; sequence++) window = window.Apply(Says(sequence));

        Assert.Equal((first, count, 10), (window.First.Value, window.Last.Value, window.Items.Count));
        Assert.Equal((isAtStart, true, 0), (window.IsAtStart, window.IsAtEnd, window.NewBelow));
    }

    [Theory]
    [InlineData(5, 20, true)]
    [InlineData(6, 19, false)]
    public void What_is_loaded_before_it_lets_the_newest_go(int older, int last, bool isAtEnd)
    {
        var window = WindowOf(20, maxItems: 10, held: 5).Prepend(Page(16 - older, 15, head: 20, more: true));

        Assert.Equal((16 - older, last, 10), (window.First.Value, window.Last.Value, window.Items.Count));
        Assert.Equal((isAtEnd, false), (window.IsAtEnd, window.IsAtStart));
    }

    [Theory]
    [InlineData(5, 1)]
    [InlineData(6, 2)]
    public void What_is_loaded_behind_it_lets_the_oldest_go(int newer, int first)
    {
        var window = WindowOf(20, maxItems: 10).At(new Sequence(1)).Append(Page(1, 5, head: 20, more: true));
        Assert.Equal((true, false), (window.IsAtStart, window.IsAtEnd));
        window = window.Append(Page(6, 5 + newer, head: 20, more: true));

        Assert.Equal((first, 5 + newer, 10, first == 1), (window.First.Value, window.Last.Value, window.Items.Count, window.IsAtStart));
    }

    [Fact]
    public void Elsewhere_it_does_not_grow_and_counts_the_messages_of_others_that_are_new()
    {
        var window = WindowOf(20, maxItems: 10).At(new Sequence(3)).Append(Page(3, 8, head: 20, more: true));
        Assert.Equal(0, window.NewBelow);
        window = window.Apply(Says(21)).Apply(Alice.Says(_lunch, 22, "mine")).Apply(new ParticipantLeft(Carol).Happened(_lunch, 23)).Apply(Says(24)).Apply(Says(24));

        Assert.Equal((3, 8, 6, 24), (window.First.Value, window.Last.Value, window.Items.Count, window.Head.Value));
        Assert.Equal((2, false), (window.NewBelow, window.IsAtEnd));

        // What was taken back is not to be read; what is older than that was not new.
        window = window.Apply(new MessageRecalled(Bob, MessageId.New(), new Sequence(21)).Happened(_lunch, 25)).Apply(new MessageRecalled(Bob, MessageId.New(), new Sequence(15)).Happened(_lunch, 26));
        Assert.Equal(1, window.NewBelow);

        window = window.Append(Page(9, 18, head: 26, more: true));
        Assert.Equal((1, false), (window.NewBelow, window.IsAtEnd));
        window = window.Append(Page(19, 26, head: 26, more: false));
        Assert.Equal((0, true, 10), (window.NewBelow, window.IsAtEnd, window.Items.Count));
        Assert.Equal(27, window.Apply(Says(27)).Last.Value);
    }

    [Fact]
    public void What_is_hidden_at_the_end_of_the_log_does_not_keep_it_from_the_end()
    {
        var window = WindowOf(20, maxItems: 10).At(new Sequence(11)).Append(Page(11, 18, head: 20, more: false));
        Assert.False(window.IsAtEnd);
        window = window.Append(new EntriesPage(_lunch, [], null, new Sequence(20), new Sequence(1), false));

        Assert.True(window.IsAtEnd);
        Assert.Equal(21, window.Apply(Says(21)).Last.Value);
    }

    [Fact]
    public void A_page_that_does_not_reach_it_changes_nothing()
    {
        var window = WindowOf(20, maxItems: 10, held: 5);

        Assert.Equal(window, window.Prepend(Page(5, 14, head: 20, more: true)));
        Assert.Empty(window.At(new Sequence(3)).Append(Page(5, 9, head: 20, more: true)).Items);
    }

    [Fact]
    public void However_it_is_moved_while_things_happen_it_shows_what_the_whole_log_shows_there()
    {
        for (var seed = 1; seed <= 300; seed++) Wander(new Random(seed), seed);
    }

    private void Wander(Random random, int seed)
    {
        var (log, sent, max) = (new List<LogEntry>(), new List<(MessageId Message, long Sequence, int Version)>(), 6 + random.Next(10));
        var whole = Timeline.Empty(_lunch, Alice);
        var window = TimelineWindow.Newest(whole, max);
        for (var step = 0; step < 120; step++)
        {
            var page = 1 + random.Next(3);
            switch (random.Next(12))
            {
                case < 6:
                    var entry = Next(random, log.Count + 1, sent);
                    log.Add(entry);
                    whole = whole.Apply(entry).Timeline;
                    window = window.Apply(entry);
                    break;
                case < 8 when !window.IsAtStart && window.First.Value > 1:
                    window = window.Prepend(Read(whole, Math.Max(1, window.First.Value - page), window.First.Value - 1, isForward: false));
                    break;
                case < 10 when !window.IsAtEnd:
                    window = window.Append(Read(whole, window.Last.Value + 1, Math.Min(log.Count, window.Last.Value + page), isForward: true));
                    break;
                case 10 when log.Count > 0:
                    var at = 1 + random.Next(log.Count);
                    if (at < window.First.Value || at > window.Last.Value)
                        window = window.At(new Sequence(at)).Append(Read(whole, at, Math.Min(log.Count, at + page), isForward: true));
                    break;
                case 11 when sent.Count > 0:
                    var hidden = new MessagesRemoved(_lunch, Sequences: [new Sequence(sent[random.Next(sent.Count)].Sequence)]);
                    whole = whole.Hide(hidden);
                    window = window.Hide(hidden);
                    break;
            }

            var expected = whole.Items.Where(item => item.To >= window.First && item.From <= window.Last).ToList();
            Assert.True(SequencesOf(expected, window).SequenceEqual(SequencesOf(window.Items, window)), $"seed {seed}, step {step}: {window.First}..{window.Last} of {window.Head}");
            Assert.True(window.Items.Count <= max, $"seed {seed}, step {step}: it holds {window.Items.Count}");
            Assert.Equal(log.Count, window.Head.Value);
        }
    }

    /// <summary>What it shows at each sequence: placeholders side by side may be one here and two there.</summary>
    private static IEnumerable<(long, TimelineItem?)> SequencesOf(IEnumerable<TimelineItem> items, TimelineWindow window) =>
        from item in items
        from sequence in Enumerable.Range((int)item.From.Value, (int)(item.To.Value - item.From.Value + 1))
        where sequence >= window.First.Value && sequence <= window.Last.Value
        select ((long)sequence, item is TimelinePlaceholder ? null : item);

    private LogEntry Next(Random random, int sequence, List<(MessageId Message, long Sequence, int Version)> sent)
    {
        if (sent.Count > 0 && random.Next(4) == 0)
        {
            var index = random.Next(sent.Count);
            var (message, original, version) = sent[index];
            sent[index] = (message, original, version + 1);
            return random.Next(2) == 0
                ? new MessageEdited(Bob, message, new Sequence(original), version + 1, MessageContent.OfText($"edited {sequence}")).Happened(_lunch, sequence)
                : new MessageRecalled(Bob, message, new Sequence(original)).Happened(_lunch, sequence);
        }

        var id = MessageId.New();
        sent.Add((id, sequence, 0));
        return Bob.Says(_lunch, sequence, $"{sequence}", id);
    }

    /// <summary>A page as the server has it now, from what a timeline of the whole log shows.</summary>
    private EntriesPage Read(Timeline whole, long from, long to, bool isForward)
    {
        var items = whole.Items.Where(item => item.To.Value >= from && item.From.Value <= to).ToList();
        var entries = items.Select(item => item switch
        {
            TimelineMessage message => new LogEntry(_lunch, message.Sequence, message.At, new MessageSent(message.Message, message.Sender, message.Content, Version: message.Version, EditedAt: message.EditedAt, Recalled: message.IsRecalled)),
            TimelineEvent other => new LogEntry(_lunch, other.Sequence, other.At, other.Event),
            _ => null,
        }).OfType<LogEntry>().ToList();
        var skipped = items.OfType<TimelinePlaceholder>().Select(item => new SkippedRange(new Sequence(Math.Max(from, item.From.Value)), new Sequence(Math.Min(to, item.To.Value)), item.Why)).ToList();
        return new EntriesPage(_lunch, entries, skipped, whole.Head, new Sequence(1), isForward ? to < whole.Head.Value : from > 1);
    }

    private TimelineWindow WindowOf(int head, int maxItems, int? held = null)
    {
        var timeline = Timeline.Empty(_lunch, Alice);
        for (var sequence = 1; sequence <= head; sequence++) timeline = timeline.Apply(Says(sequence)).Timeline;
        return TimelineWindow.Newest(held is { } count ? timeline.Newest(count) : timeline, maxItems);
    }

    private LogEntry Says(long sequence) => Bob.Says(_lunch, sequence, $"{sequence}");

    private EntriesPage Page(long from, long to, long head, bool more) =>
        new(_lunch, [.. Enumerable.Range((int)from, (int)(to - from + 1)).Select(sequence => Says(sequence))], null, new Sequence(head), new Sequence(1), more);
}
