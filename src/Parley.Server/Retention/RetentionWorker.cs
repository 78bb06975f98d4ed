using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Parley.Delivery;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Retention;

/// <summary>How long the entries of one kind of conversations of an app are kept.</summary>
internal sealed record KeptFor(AppId App, ConversationKind Kind, TimeSpan Age)
{
    /// <summary>What is configured of an app; nothing for kinds of which everything is kept.</summary>
    public static IEnumerable<KeptFor> Of(AppId app, RetentionOptions options)
    {
        foreach (var (kind, age) in new[]
        {
            (ConversationKind.Direct, options.Direct), (ConversationKind.Group, options.Group), (ConversationKind.Room, options.Room), (ConversationKind.Broadcast, options.Broadcast),
        })
        {
            if (age is { } kept) yield return new KeptFor(app, kind, kept);
        }
    }
}

/// <summary>Takes out of the logs what is older than its app keeps it: one conversation after the other, a few entries at a time, behind everything else that is written (G19).</summary>
/// <remarks>Several nodes may do so at once: each transaction begins where the last one ended, whosever it was.</remarks>
internal sealed partial class RetentionWorker(
    Database database, Journal journal, Fanout fanout, IReadOnlyList<KeptFor> ages, TimeProvider clock, ILogger<RetentionWorker> logger) : IAsyncDisposable
{
    /// <summary>How often it looks. What has to go is gone by then, and with the time to take it out, within an hour.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    /// <summary>Conversations of one look.</summary>
    private const int MaxConversations = 100;

    private static readonly Meter Meter = new("Parley");
    private static readonly Counter<long> Expired = Meter.CreateCounter<long>("parley.retention.expired", "{entry}", "Entries taken out because they were kept long enough.");

    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _turn = new(1);
    private Task _running = Task.CompletedTask;

    public void Start() => _running = WorkAsync();

    private async Task WorkAsync()
    {
        // Whoever starts the server does not wait for this.
        await Task.Yield();
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await RunAsync(_stop.Token);
                await Task.Delay(Every, clock, _stop.Token);
            }
            catch (Exception) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                Log.NotDone(logger, database.Explain(exception));
                await Task.Delay(Every, clock, CancellationToken.None);
            }
        }
    }

    /// <summary>Takes out everything that has to go now. One run at a time: what it tells of a conversation it tells once.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            await RunInTurnAsync(cancel);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task RunInTurnAsync(CancellationToken cancel)
    {
        foreach (var kept in ages)
        {
            while (await DueAsync(ExpiryStore.Due(kept.App, kept.Kind, clock.Now() - kept.Age, MaxConversations), cancel) is { Count: > 0 } due)
            {
                foreach (var key in due) await ExpireAsync(key, kept.Age, cancel);
            }
        }

        // Also where nothing expires any more, because the app was configured anew.
        while (await DueAsync(ExpiryStore.DueToForget(clock.Now() - ExpiryRules.KeyWindow, MaxConversations), cancel) is { Count: > 0 } due)
        {
            foreach (var key in due) await ExpireAsync(key, age: null, cancel);
        }
    }

    private async Task<List<ConversationKey>> DueAsync(Sql due, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        return await session.QueryAsync(due, row => new ConversationKey(new AppId(row.GetInt32(0)), row.Conversation(1)), cancel);
    }

    private async Task ExpireAsync(ConversationKey key, TimeSpan? age, CancellationToken cancel)
    {
        var (upTo, undelivered) = (Sequence.None, new List<ExpiredMessage>());
        ExpiryResult result;
        do
        {
            cancel.ThrowIfCancellationRequested();
            var item = new ExpiryItem(database, key, age, clock.Now());
            journal.Post(item);
            result = await item.Done;
            Expired.Add(result.Count);
            if (result.UpTo > upTo) upTo = result.UpTo;
            undelivered.AddRange(result.Undelivered);
        }
        while (result.More);

        foreach (var own in undelivered.GroupBy(message => message.Sender))
        {
            var told = new MessagesExpired(key.Conversation, upTo, own.Count(), [.. own.TakeLast(MessagesExpired.MaxMessages).Select(message => message.Message)]);
            fanout.Tell(new UserKey(key.App, own.Key), OriginAnswers.Notification(Methods.MessagesExpired, told, ProtocolJson.Lenient.MessagesExpired), except: null);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        _turn.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "What is older than it may be could not be taken out; it is tried again")]
        public static partial void NotDone(ILogger logger, Exception exception);
    }
}
