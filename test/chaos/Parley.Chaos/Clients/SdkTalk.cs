using System.Collections.Concurrent;
using System.Diagnostics;
using Parley.Client;

namespace Parley.Chaos;

/// <summary>Pairs of users with the .NET SDK. Of each the first sends, one message after the other, and the second must receive each once and in order.</summary>
internal sealed class SdkTalk : IAsyncDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    private readonly List<Pair> _pairs = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _failures = [];
    private readonly ConcurrentQueue<long> _acknowledged = [];
    private int _attempts;

    /// <summary>Makes clients and their conversations; nobody is connected yet.</summary>
    /// <param name="site">The servers.</param>
    /// <param name="endpoint">Where the clients go.</param>
    /// <param name="pairs">How many.</param>
    public SdkTalk(Site site, Uri endpoint, int pairs)
    {
        var visitor = new Visitor(site.Server.Address, site.Tokens);
        foreach (var pair in Enumerable.Range(0, 2 * pairs).Select(i => new UserId($"user-{i:0000}")).Chunk(2))
        {
            var conversation = visitor.Make(ConversationKind.Direct, pair);
            var (sender, receiver) = (NewClient(pair[0]), NewClient(pair[1]));
            var received = new ConcurrentQueue<MessageId>();
            receiver.MessageReceived += (_, told) => received.Enqueue(told.Message.Message);
            _pairs.Add(new Pair(sender, receiver, conversation, received));
        }

        ParleyClient NewClient(UserId user)
        {
            var client = new ParleyClient(new ParleyClientOptions
            {
                Endpoint = endpoint,
                TokenProvider = _ => ValueTask.FromResult(site.Tokens.For(user.Value)),
            });
            client.StateChanged += (_, change) =>
            {
                if (change.State == ConnectionState.Connecting) Interlocked.Increment(ref _attempts);
            };
            return client;
        }
    }

    /// <summary>How many clients there are.</summary>
    public int Count => 2 * _pairs.Count;

    /// <summary>How many of them have a session.</summary>
    public int Open => Clients.Count(client => client.State == ConnectionState.Open);

    /// <summary>How often a client tried to connect so far.</summary>
    public int Attempts => Volatile.Read(ref _attempts);

    /// <summary>Messages whose sending ended with an entry.</summary>
    public int Acknowledged => _acknowledged.Count;

    /// <summary>What a user of the SDK saw fail.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    /// <summary>Connects all, one every so often.</summary>
    public async Task ConnectAsync(TimeSpan between, CancellationToken cancel)
    {
        var connecting = new List<Task>();
        foreach (var client in Clients)
        {
            connecting.Add(client.ConnectAsync(cancel));
            await Task.Delay(between, TimeProvider.System, cancel);
        }

        await Task.WhenAll(connecting);
    }

    /// <summary>Everybody sends, with a pause after each acknowledgement.</summary>
    public void Start(TimeSpan pause)
    {
        foreach (var pair in _pairs) pair.Sending = Task.Run(() => SendAsync(pair, pause));
    }

    /// <summary>Waits until so many are connected.</summary>
    public async Task<bool> UntilOpenAsync(int count, TimeSpan patience, CancellationToken cancel)
    {
        for (var began = Stopwatch.GetTimestamp(); Open < count; await Task.Delay(Step, TimeProvider.System, cancel))
        {
            if (Stopwatch.GetElapsedTime(began) > patience) return false;
        }

        return true;
    }

    /// <summary>Lets everybody end, waits until the receivers have everything, and notes what is missing, doubled or out of order.</summary>
    public async Task FinishAsync(StrainResult result, TimeSpan patience, CancellationToken cancel)
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_pairs.Select(pair => pair.Sending)).WaitAsync(patience, TimeProvider.System, cancel);
        // An answer of his own shows a receiver whatever a push did not tell him.
        await Task.WhenAll(_pairs.Select(pair => pair.Receiver.Messages.SendAsync(pair.Conversation, "that was all", cancel))).WaitAsync(patience, TimeProvider.System, cancel);
        for (var began = Stopwatch.GetTimestamp(); _pairs.Any(pair => pair.Received.Count < pair.Sent.Count) && Stopwatch.GetElapsedTime(began) < patience;)
            await Task.Delay(Step, TimeProvider.System, cancel);

        foreach (var pair in _pairs)
            result.Promise(pair.Received.SequenceEqual(pair.Sent), $"{pair.Conversation}: {pair.Sent.Count} sent, {pair.Received.Count} received, {pair.Received.Distinct().Count()} different");
        result.Promise(Acknowledged > 0, "nothing was sent");
        result.Tell($"{Acknowledged:N0} messages acknowledged by the SDK, {_failures.Count} failed, {_pairs.Sum(pair => pair.Received.Count):N0} received; longest time without an acknowledgement {LongestSilence().TotalSeconds:0.0} s");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(Clients.Select(client => client.DisposeAsync().AsTask()));
        _stop.Dispose();
    }

    private IEnumerable<ParleyClient> Clients => _pairs.SelectMany(pair => new[] { pair.Sender, pair.Receiver });

    private async Task SendAsync(Pair pair, TimeSpan pause)
    {
        while (!_stop.IsCancellationRequested)
        {
            var message = MessageId.New();
            try
            {
                await pair.Sender.Messages.SendAsync(pair.Conversation, MessageContent.OfText($"number {pair.Sent.Count + 1}"), message);
                pair.Sent.Add(message);
                _acknowledged.Enqueue(Stopwatch.GetTimestamp());
            }
            catch (Exception failed) when (failed is ParleyException or ObjectDisposedException)
            {
                if (!_stop.IsCancellationRequested) _failures.Enqueue($"{failed.GetType().Name}: {failed.Message}");
            }

            // Each at his own time.
            await Task.Delay(pause * (0.5 + Random.Shared.NextDouble()), TimeProvider.System);
        }
    }

    private TimeSpan LongestSilence()
    {
        var times = _acknowledged.Order().ToList();
        return times.Zip(times.Skip(1), (before, after) => Stopwatch.GetElapsedTime(before, after)).DefaultIfEmpty().Max();
    }

    private sealed record Pair(ParleyClient Sender, ParleyClient Receiver, ConversationId Conversation, ConcurrentQueue<MessageId> Received)
    {
        /// <summary>What was acknowledged, in order.</summary>
        public List<MessageId> Sent { get; } = [];

        public Task Sending { get; set; } = Task.CompletedTask;
    }
}
