using System.Diagnostics;

namespace Parley.Bench;

/// <summary>How fast W1 sends.</summary>
/// <param name="Name">Of the mode, in results.</param>
/// <param name="Outstanding">Messages of a sender that are neither acknowledged nor delivered, at most.</param>
/// <param name="PerSecond">Messages of all senders at a fixed rate; null for as many as <paramref name="Outstanding"/> lets through.</param>
internal sealed record Pace(string Name, int Outstanding, int? PerSecond)
{
    public static readonly Pace Saturated = new("saturated", 8, null);

    public static readonly Pace Single = new("1 outstanding", 1, null);

    /// <summary>Late answers do not slow it down, so latency counts from the moment a message was due.</summary>
    public static readonly Pace Fixed = new("10,000/s", 128, 10_000);
}

/// <summary>W1: chat one to one. A pair is a sender and a receiver, each on a connection of his own; a message is out of the way when it was
/// acknowledged to the one, which means durable, and delivered to the other.</summary>
internal sealed class Chat : IDisposable
{
    private const int Pairs = 100;
    private const int Buffer = 160 * 1024;
    private const int MaxRefused = 20_000;
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(10);

    private readonly ChatPair[] _pairs;
    private readonly Line[] _lines;
    private readonly Pace _pace;
    private readonly Epoll _epoll = new();
    private readonly List<ChatPair> _paused = [];
    private readonly Thread _thread;
    private readonly long _rampEnds;
    private volatile Traffic _traffic = new();
    private volatile bool _ending;
    private volatile Exception? _failure;
    private long _refused;

    private Chat(ChatPair[] pairs, Pace pace, TimeSpan warmUp)
    {
        (_pairs, _pace) = (pairs, pace);
        _rampEnds = Stopwatch.GetTimestamp() + (long)(warmUp.TotalSeconds / 2 * Stopwatch.Frequency);
        _lines = [.. pairs.SelectMany(pair => new[] { pair.Sender, pair.Receiver })];
        for (var i = 0; i < _lines.Length; i++) _epoll.Watch(_lines[i].Socket, i);
        _thread = new Thread(Run) { Name = "generator" };
    }

    /// <summary>Opens the connections and makes the conversations; nothing is sent yet.</summary>
    public static Chat Open(LoadedServer server, Pace pace)
    {
        var run = Guid.NewGuid().ToString("N")[..8];
        var users = Enumerable.Range(0, 2 * Pairs).Select(i => $"w1-{run}-{i}").ToList();
        server.Dialect.Introduce(users);
        var lines = server.Dialect.Open(users, Buffer).ToList();
        var pairs = new ChatPair[Pairs];
        for (var i = 0; i < Pairs; i++)
        {
            var (sender, receiver) = (lines[2 * i], lines[2 * i + 1]);
            sender.TalkTo(users[2 * i + 1], i);
            pairs[i] = new ChatPair(sender, receiver);
        }

        return new Chat(pairs, pace, server.Plan.WarmUp);
    }

    /// <summary>How many messages the server has stored, of those that were sent since the beginning; null when it stores none, or has no way to tell.</summary>
    /// <exception cref="BenchException">Fewer than it acknowledged, or more than it was sent.</exception>
    public long? CountStored(LoadedServer server)
    {
        if (server.Dialect.CountStored([.. _pairs.Select(pair => pair.Sender)]) is not { } stored) return null;
        var (sent, acknowledged) = (_pairs.Sum(pair => (long)pair.Last), _pairs.Sum(pair => pair.AcknowledgedInAll));
        return Stored.Check(stored, sent, acknowledged);
    }

    /// <summary>Sends and counts until the measuring is over.</summary>
    public async Task<IReadOnlyList<Window>> MeasureAsync(LoadedServer server, CancellationToken cancel)
    {
        _thread.Start();
        var windows = await server.MeasureAsync(traffic => _traffic = _failure is { } failure ? throw new BenchException(failure.ToString()) : traffic, cancel);
        Stop();
        return windows;
    }

    public void Dispose()
    {
        Stop();
        foreach (var line in _lines) line.Dispose();
        _epoll.Dispose();
    }

    private void Stop()
    {
        _ending = true;
        if (_thread.IsAlive) _thread.Join();
    }

    private void Run()
    {
        try
        {
            Epoll.WaitPrecisely();
            if (_pace.PerSecond is not { } rate) RunSaturated(_pace.Outstanding, long.MaxValue);
            else
            {
                // A server that has compiled nothing yet could not keep up with a fixed rate; at its own pace it gets ready.
                RunSaturated(Pace.Saturated.Outstanding, _rampEnds);
                RunAtFixedRate(rate);
            }

            ReceiveTheRest();
        }
        catch (Exception failure)
        {
            _failure = failure;
        }
    }

    private void RunSaturated(int outstanding, long until)
    {
        foreach (var pair in _pairs) SendWhatFits(pair, outstanding);
        while (!_ending && Stopwatch.GetTimestamp() < until)
        {
            var ready = _epoll.Wait(LongestWait);
            for (var i = 0; i < ready; i++) Receive(_epoll[i]);

            // Only now, so that what several frames of this round set free goes out together.
            for (var i = 0; i < ready; i++) SendWhatFits(_pairs[_epoll[i] / 2], outstanding);
            Resume(outstanding);
        }
    }

    /// <summary>Sends nothing more, so that what is stored can be counted at rest.</summary>
    private void ReceiveTheRest()
    {
        var ended = Stopwatch.GetTimestamp();
        while (_pairs.Any(pair => pair.Outstanding > 0) && Stopwatch.GetElapsedTime(ended) < LongestRest)
        {
            var ready = _epoll.Wait(LongestWait);
            for (var i = 0; i < ready; i++) Receive(_epoll[i]);
        }
    }

    private static void SendWhatFits(ChatPair pair, int outstanding)
    {
        if (pair.Outstanding >= outstanding || pair.PausedUntil > 0) return;
        var now = Stopwatch.GetTimestamp();
        while (pair.Outstanding < outstanding) pair.Add(now);
        pair.Flush();
    }

    /// <summary>Lets pairs send again that were told to wait, when they have.</summary>
    private void Resume(int outstanding)
    {
        if (_paused.Count == 0) return;
        var now = Stopwatch.GetTimestamp();
        foreach (var pair in _paused.Where(pair => pair.PausedUntil <= now))
        {
            pair.Resume();
            SendWhatFits(pair, outstanding);
        }

        _paused.RemoveAll(pair => pair.PausedUntil == 0);
    }

    private void RunAtFixedRate(int rate)
    {
        var apart = Stopwatch.Frequency / rate;
        var due = Stopwatch.GetTimestamp();
        var next = 0;
        while (!_ending)
        {
            for (; Stopwatch.GetTimestamp() >= due; due += apart, next = (next + 1) % Pairs)
            {
                var pair = _pairs[next];
                if (pair.PausedUntil > 0 || pair.Outstanding == _pace.Outstanding)
                {
                    _traffic.Refused++;
                    continue;
                }

                pair.Add(due);
                pair.Flush();
            }

            var wait = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
            var ready = _epoll.Wait(wait > TimeSpan.Zero ? wait : TimeSpan.Zero);
            for (var i = 0; i < ready; i++) Receive(_epoll[i]);
            Resume(outstanding: 0);
        }
    }

    private void Receive(int index)
    {
        var (line, pair) = (_lines[index], _pairs[index / 2]);
        line.Fill();
        _refused += pair.Take(line, Stopwatch.GetTimestamp(), _traffic);
        if (_refused > MaxRefused) throw new BenchException($"The server refuses too much: {pair.Refusal}");
        if (pair.PausedUntil > 0 && !_paused.Contains(pair)) _paused.Add(pair);
    }
}
