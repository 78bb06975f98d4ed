using Microsoft.Extensions.Logging;
using Parley.Storage;

namespace Parley.Delivery;

/// <summary>Tells connected readers what was committed. A hint, never the truth: a reader that misses one reads the log.</summary>
/// <remarks>
/// Per conversation and subscriber entries come in sequence; the origin's answer is enqueued first; nothing follows the entry by which a
/// user left. What was skipped (another node committed it) is read from the log before what came after it is offered: it may hold a removal.
/// </remarks>
internal sealed partial class Fanout(Subscriptions subscriptions, ReadEntries readEntries, TimeProvider clock, ILogger<Fanout> logger)
{
    /// <summary>Entries of a conversation that are kept while one before them is being read; those beyond are read from the log in their turn.</summary>
    public const int MaxAhead = 500;

    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(1);

    /// <summary>Answers the origin and offers the entry. Called in sequence per conversation, after the commit; never waits.</summary>
    public void Publish(in PublishedEntry published)
    {
        published.Origin?.Answer(published.Entry);
        var found = subscriptions.TryFind(published.Entry.Key, out var channel)
            || (published.Joining is { Count: > 0 } joining && subscriptions.TryJoin(published.Entry.Key, joining, out channel));
        if (found)
        {
            lock (channel!.Order) Offer(channel, published);
        }
        else if (published.Leaving is { Count: > 0 } leaving)
        {
            // Nobody follows it yet, but a connection that is being opened may have read that it should.
            subscriptions.Leave(published.Entry.Key, leaving);
        }

        if (published.Told is { Count: > 0 } told) TellInvited(published.Entry.Key, told);
    }

    /// <summary>Says that an invitation of theirs, or what they asked for, is not as it was.</summary>
    private void TellInvited(ConversationKey key, IReadOnlyList<UserId> users)
    {
        ReadOnlyMemory<byte>? notification = null;
        foreach (var subscriber in users.SelectMany(user => subscriptions.Of(new UserKey(key.App, user))))
        {
            notification ??= OriginAnswers.Notification(Methods.Invitation, new InvitationChanged(key.Conversation), ProtocolJson.Lenient.InvitationChanged);
            subscriber.Signal(notification.Value);
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

    /// <summary>As <see cref="Signal"/>, of what somebody does there: nothing is told of a connection that does not receive the conversation any more.</summary>
    /// <param name="key">Where.</param>
    /// <param name="notification">The signal.</param>
    /// <param name="from">The connection that does it, and is not told; null when nobody is connected, and whoever asks has looked at the rules.</param>
    public void Relay(ConversationKey key, ReadOnlyMemory<byte> notification, Subscriber? from)
    {
        if (!subscriptions.TryFind(key, out var channel)) return;
        // In order with the entries: no word of him follows the one by which he left.
        lock (channel.Order)
        {
            if (from is { Receives: Receives.Everything } && !channel.Subscribers.Contains(from)) return;
            foreach (var subscriber in channel.Subscribers)
            {
                if (subscriber != from) subscriber.Signal(notification);
            }
        }
    }

    /// <summary>Sends a signal to a user's own connections, but for the one that caused it and knows.</summary>
    public void Tell(UserKey user, ReadOnlyMemory<byte> notification, Subscriber? except)
    {
        foreach (var subscriber in subscriptions.Of(user))
        {
            if (subscriber != except) subscriber.Signal(notification);
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
            if (ahead.Count < MaxAhead) ahead.TryAdd(sequence, published);
            else if (sequence > channel.Dropped) channel.Dropped = sequence;
        }
        else if (channel.Offered == Sequence.None || sequence == channel.Offered.Next)
        {
            Push(channel, published);
        }
        else
        {
            channel.Ahead = new SortedDictionary<Sequence, PublishedEntry> { [sequence] = published };
            _ = FillAsync(channel);
        }
    }

    /// <summary>Who joins receives from here on and who leaves no longer, so nobody gets what was before or after his time.</summary>
    private void Push(Channel channel, in PublishedEntry published)
    {
        channel.Offered = published.Entry.Sequence;
        // Another channel when the last who followed this one has gone meanwhile.
        var receiving = published.Joining is { Count: > 0 } joining && subscriptions.TryJoin(channel.Key, joining, out var joined) ? joined : channel;
        foreach (var subscriber in receiving.Subscribers)
        {
            if (subscriber != published.Except) subscriber.Push(published.Entry);
        }

        if (published.Leaving is { Count: > 0 } leaving) subscriptions.Leave(channel.Key, leaving);
        if (published.IsLast) subscriptions.End(channel.Key);
    }

    /// <summary>Reads what was skipped, page by page, and offers it; what waits for it follows in its turn.</summary>
    private async Task FillAsync(Channel channel)
    {
        var wait = FirstRetry;
        while (NextGap(channel) is var (after, before))
        {
            try
            {
                Fill(channel, await readEntries(channel.Key, after, before, CancellationToken.None), before);
                wait = FirstRetry;
            }
            catch (Exception exception)
            {
                // Going on without it could pass over a removal, so the channel stays behind.
                if (wait == FirstRetry) Log.GapNotRead(logger, exception);
                await Task.Delay(wait, clock, CancellationToken.None);
                wait = TimeSpan.FromTicks(Math.Min(wait.Ticks * 2, LastRetry.Ticks));
            }
        }
    }

    /// <summary>Offers what waits, up to the next gap; null, and nothing waits any more, when there is none.</summary>
    private (Sequence After, Sequence Before)? NextGap(Channel channel)
    {
        lock (channel.Order)
        {
            // When nobody follows it any more, what waits only says who may: that is heard without the rest.
            var followed = channel.Subscribers.Length > 0;
            while (channel.Ahead is { Count: > 0 } ahead)
            {
                var (sequence, waiting) = ahead.First();
                if (sequence > channel.Offered.Next && followed) return (channel.Offered, sequence);
                ahead.Remove(sequence);
                if (sequence > channel.Offered) Push(channel, waiting);
            }

            if (channel.Dropped > channel.Offered && followed) return (channel.Offered, channel.Dropped.Next);
            channel.Ahead = null;
            return null;
        }
    }

    private void Fill(Channel channel, IReadOnlyList<PublishedEntry> page, Sequence before)
    {
        lock (channel.Order)
        {
            foreach (var entry in page) Push(channel, entry);
            // The log keeps none of it any more.
            if (page.Count == 0) channel.Offered = new Sequence(before.Value - 1);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Entries committed elsewhere could not be read; what came after them waits")]
        public static partial void GapNotRead(ILogger logger, Exception exception);
    }
}
