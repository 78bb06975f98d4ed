using System.Text;
using System.Text.Json;
using Parley.Delivery;
using Parley.Storage;

namespace Parley.Tests.Gateway;

public sealed class OutboundQueueTests
{
    private static readonly ConversationKey Books = new(new AppId(1), ConversationId.New());
    private static readonly ConversationKey Films = new(new AppId(1), ConversationId.New());

    private byte[]? _buffer;

    [Fact]
    public void A_single_item_leaves_plain_and_several_as_an_array_in_their_order()
    {
        var queue = new OutboundQueue(OutboundBounds.Default);
        queue.Answer("1"u8.ToArray());
        Assert.Equal("1", Take(queue));

        queue.Answer("\"a\""u8.ToArray(), "{}"u8.ToArray());
        Assert.Equal("""{"jsonrpc":"2.0","id":"a","result":{}}""", Take(queue));

        queue.Push(Entry(Books, 1));
        queue.Answer("7"u8.ToArray(), "{}"u8.ToArray());
        queue.Signal("2"u8.ToArray());
        Assert.Equal(["entry 1", "answer 7", "2"], Describe(Take(queue)));
        Assert.Equal("", Take(queue));
    }

    [Fact]
    public void A_frame_is_at_most_as_large_as_its_bound_and_a_larger_item_leaves_alone()
    {
        var queue = new OutboundQueue(OutboundBounds.Default with { FrameBytes = 1_000 });
        foreach (var size in new[] { 400, 400, 400, 5_000, 10 }) queue.Answer(Text(size));

        Assert.Equal(803, Take(queue).Length);
        Assert.Equal(400, Take(queue).Length);
        Assert.Equal(5_000, Take(queue).Length);
        Assert.Equal(10, Take(queue).Length);
    }

    [Fact]
    public void Over_half_of_the_bound_entries_become_one_head_per_conversation_and_come_back_in_sequence()
    {
        var queue = new OutboundQueue(OutboundBounds.Default with { Pushes = 8 });
        for (var sequence = 1; sequence <= 9; sequence++)
        {
            queue.Push(Entry(Books, sequence));
            queue.Push(Entry(Films, sequence));
        }

        // Five pushes are more than half of eight; from there on each conversation has one head that moves.
        Assert.Equal(["entry 1", "entry 1", "entry 2", "entry 2", "entry 3", "head 9", "head 9"], Describe(Take(queue)));

        queue.Push(Entry(Books, 10));
        Assert.Equal(["entry 10"], Describe(Take(queue)));
    }

    [Fact]
    public void A_waiting_head_stands_for_later_entries_even_when_there_is_room_again()
    {
        var queue = new OutboundQueue(OutboundBounds.Default with { Pushes = 4, FrameBytes = 250 });
        for (var sequence = 1; sequence <= 5; sequence++) queue.Push(Entry(Books, sequence));
        Assert.Equal(["entry 1"], Describe(Take(queue)));
        Assert.Equal(["entry 2"], Describe(Take(queue)));
        Assert.Equal(["entry 3"], Describe(Take(queue)));

        queue.Push(Entry(Books, 6));

        Assert.Equal(["head 6"], Describe(Take(queue)));
        Assert.Equal("", Take(queue));
    }

    [Fact]
    public void Signals_are_dropped_when_the_client_is_behind_and_answers_never()
    {
        var queue = new OutboundQueue(OutboundBounds.Default with { Pushes = 4 });
        for (var index = 0; index < 10; index++) queue.Signal("1"u8.ToArray());
        for (var index = 0; index < 10; index++) queue.Answer("2"u8.ToArray());

        Assert.Equal("[1,1,1,2,2,2,2,2,2,2,2,2,2]", Take(queue));
        Assert.False(queue.Overflowed);
    }

    [Fact]
    public async Task Beyond_the_bound_everything_is_dropped_and_the_queue_is_over()
    {
        var queue = new OutboundQueue(OutboundBounds.Default with { Pushes = 4 });
        for (var index = 0; index < 5; index++) queue.Push(Entry(new ConversationKey(new AppId(1), ConversationId.New()), 1));

        Assert.True(queue.Overflowed);
        Assert.Equal(0, queue.Unsent);
        Assert.False(await queue.WaitAsync());
    }

    [Fact]
    public void Answers_beyond_every_bound_do_not_overflow()
    {
        var queue = new OutboundQueue(new OutboundBounds(PushBytes: 100, Pushes: 4, FrameBytes: 1_000));
        for (var index = 0; index < 100; index++) queue.Answer(Text(100));

        Assert.False(queue.Overflowed);
        Assert.Equal(10_000, queue.Unsent);
    }

    [Fact]
    public void What_is_being_written_counts_as_unsent_until_it_left()
    {
        var queue = new OutboundQueue(OutboundBounds.Default);
        queue.Answer(Text(100));
        Take(queue);
        Assert.Equal(100, queue.Unsent);
        queue.Left();
        Assert.Equal(0, queue.Unsent);
    }

    [Fact]
    public async Task What_is_held_leaves_after_the_answer_that_releases_it()
    {
        var queue = new OutboundQueue(OutboundBounds.Default);
        queue.Hold();
        var waiting = queue.WaitAsync().AsTask();
        queue.Push(Entry(Books, 4));
        Assert.Equal("", Take(queue));
        Assert.False(waiting.IsCompleted);

        queue.Release("1"u8.ToArray(), "{}"u8.ToArray());

        Assert.True(await waiting);
        Assert.Equal(["answer 1", "entry 4"], Describe(Take(queue)));
    }

    [Fact]
    public void When_the_session_is_not_opened_nothing_that_was_held_leaves()
    {
        var queue = new OutboundQueue(OutboundBounds.Default);
        queue.Hold();
        queue.Push(Entry(Books, 4));
        queue.ReleaseOnly("1"u8.ToArray());
        Assert.Equal("1", Take(queue));
        Assert.Equal("", Take(queue));
    }

    [Fact]
    public async Task A_completed_queue_gives_what_it_has_and_takes_no_more()
    {
        var queue = new OutboundQueue(OutboundBounds.Default);
        queue.Answer("1"u8.ToArray());
        queue.Complete();
        queue.Answer("2"u8.ToArray());
        queue.Push(Entry(Books, 1));

        Assert.True(await queue.WaitAsync());
        Assert.Equal("1", Take(queue));
        Assert.False(await queue.WaitAsync());
    }

    [Fact]
    public async Task Many_threads_put_in_and_one_takes_out_everything_in_each_ones_order()
    {
        var queue = new OutboundQueue(OutboundBounds.Default);
        var seen = new List<int>();
        var taking = Task.Run(async () =>
        {
            byte[]? buffer = null;
            while (await queue.WaitAsync())
            {
                while (queue.Take(ref buffer) is { IsEmpty: false } frame)
                {
                    var json = JsonSerializer.Deserialize<JsonElement>(frame.Span);
                    if (json.ValueKind == JsonValueKind.Array) seen.AddRange(json.EnumerateArray().Select(item => item.GetInt32()));
                    else seen.Add(json.GetInt32());
                    queue.Left();
                }
            }
        });

        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (var index = 0; index < 5_000; index++) queue.Answer(Encoding.ASCII.GetBytes($"{(thread * 10_000) + index}"));
        })));
        queue.Complete();
        await taking;

        Assert.Equal(20_000, seen.Count);
        foreach (var thread in seen.GroupBy(number => number / 10_000)) Assert.Equal(thread.Order(), thread);
    }

    [Fact]
    public void A_session_that_only_sends_gets_answers_only()
    {
        var queue = new OutboundQueue(OutboundBounds.Default);
        var subscriber = new Subscriber(new UserKey(new AppId(1), new UserId("alice")), new DeviceId("phone"), Receives.AnswersOnly, queue);
        subscriber.Push(Entry(Books, 1));
        subscriber.Signal("2"u8.ToArray());
        subscriber.Answer("1"u8.ToArray());
        Assert.Equal("1", Take(queue));
    }

    private static EncodedEntry Entry(ConversationKey key, long sequence) => GatewayHost.Entry(key, sequence, "hi");

    private static byte[] Text(int size) => Encoding.ASCII.GetBytes("\"" + new string('x', size - 2) + "\"");

    private string Take(OutboundQueue queue) => Encoding.UTF8.GetString(queue.Take(ref _buffer).Span);

    private static IEnumerable<string> Describe(string frame)
    {
        var json = JsonSerializer.Deserialize<JsonElement>(frame);
        return json.ValueKind == JsonValueKind.Array ? json.EnumerateArray().Select(DescribeItem) : [DescribeItem(json)];
    }

    private static string DescribeItem(JsonElement item)
    {
        if (item.ValueKind != JsonValueKind.Object) return item.ToString();
        if (item.TryGetProperty("id", out var id)) return $"answer {id}";
        var (method, parameters) = (item.GetProperty("method").GetString(), item.GetProperty("params"));
        return $"{method} {parameters.GetProperty(method == "head" ? "head" : "sequence")}";
    }
}
