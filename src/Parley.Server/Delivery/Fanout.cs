using Microsoft.Extensions.Logging;
using Parley.Storage;

namespace Parley.Delivery;

/// <summary>Tells connected readers what was committed. A hint, never the truth: a reader that misses one reads the log.</summary>
/// <remarks>
/// Per conversation and subscriber entries come in sequence; the origin's answer is enqueued first; nothing follows the entry by which a
/// user left. What was skipped (another node committed it) is read from the log before what came after it is offered.
/// </remarks>
internal sealed partial class Fanout(Subscriptions subscriptions, ReadEntries readEntries, ILogger<Fanout> logger)
{
    /// <summary>Answers the origin and offers the entry. Called in sequence per conversation, after the commit; never waits.</summary>
    public void Publish(in PublishedEntry published)
    {
        published.Origin?.Answer(published.Entry);
        var found = published.Joining is { Count: > 0 } joining
            ? subscriptions.TryJoin(published.Entry.Key, joining, out var channel)
            : subscriptions.TryFind(published.Entry.Key, out channel);
        if (found)
        {
            lock (channel!.Order) Offer(channel, published);
        }
        else if (published.Leaving is { Count: > 0 } leaving)
        {
            // Nobody follows it yet, but a connection that is being opened may have read that it should.
            subscriptions.Leave(published.Entry.Key, leaving);
        }
    }

    /// <summary>Sends a signal to everybody who receives the conversation now, but for the connection that caused it.</summary>
    public void Signal(ConversationKey key, ReadOnlyMemory<byte> notification, Subscriber? except)
    {
        if (!subscriptions.TryFind(key, out var channel)) return;
        // In order with the entries: nothing follows the one by which a user left.
        lock (channel.Order)
        {
            foreach (var subscriber in channel.Subscribers)
            {
                if (subscriber != except) subscriber.Signal(notification);
            }
        }
    }

    private void Offer(Channel channel, in PublishedEntry published)
    {
        var sequence = published.Entry.Sequence;
        if (sequence <= channel.Offered)
        {
            if (published.Leaving is { Count: > 0 } leaving) subscriptions.Leave(channel.Key, leaving);
        }
        else if (channel.Ahead is { } ahead)
        {
            ahead.TryAdd(sequence, published);
        }
        else if (channel.Offered == Sequence.None || sequence == channel.Offered.Next)
        {
            Push(channel, published);
        }
        else
        {
            channel.Ahead = new SortedDictionary<Sequence, PublishedEntry> { [sequence] = published };
            _ = FillAsync(channel, channel.Offered, sequence);
        }
    }

    private void Push(Channel channel, in PublishedEntry published)
    {
        channel.Offered = published.Entry.Sequence;
        foreach (var subscriber in channel.Subscribers)
        {
            if (subscriber != published.Except) subscriber.Push(published.Entry);
        }

        if (published.Leaving is { Count: > 0 } leaving) subscriptions.Leave(channel.Key, leaving);
    }

    /// <summary>Reads what was skipped, offers it, then what waited for it.</summary>
    private async Task FillAsync(Channel channel, Sequence after, Sequence before)
    {
        IReadOnlyList<PublishedEntry> missing = [];
        try
        {
            missing = await readEntries(channel.Key, after, before, CancellationToken.None);
        }
        catch (Exception exception)
        {
            // Subscribers see the gap and read it themselves; holding back what came after it would only make it longer.
            Log.GapNotRead(logger, exception);
        }

        lock (channel.Order)
        {
            foreach (var entry in missing)
            {
                Join(entry);
                Push(channel, entry);
            }

            var waiting = channel.Ahead!;
            channel.Ahead = null;
            channel.Offered = new Sequence(before.Value - 1);
            foreach (var entry in waiting.Values)
            {
                Join(entry);
                Offer(channel, entry);
            }
        }

        // Who joins at an entry may have left at one before it, which is only now gone through.
        void Join(in PublishedEntry entry)
        {
            if (entry.Joining is { Count: > 0 } joining) subscriptions.TryJoin(channel.Key, joining, out _);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Entries committed elsewhere could not be read; clients will read them")]
        public static partial void GapNotRead(ILogger logger, Exception exception);
    }
}
