using System.Diagnostics;
using System.Net.Sockets;
using Parley.Bench;

namespace Parley.Chaos;

/// <summary>A good client that goes on sending while others misbehave; each of his sends must succeed.</summary>
internal sealed class Companion : IDisposable
{
    /// <summary>Within what one user may send as shipped.</summary>
    private const int PerSecond = 4;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly CrowdMember _member;
    private readonly Problems _problems;
    private readonly Thread _thread;
    private readonly Tally _tally = new();
    private readonly long _began = Stopwatch.GetTimestamp();
    private volatile bool _stop;

    public Companion(Site site)
    {
        UserId[] pair = [new("companion"), new("silent")];
        var conversation = new Visitor(site.Server.Address, site.Tokens).Make(ConversationKind.Direct, pair);
        _problems = site.Problems;
        _member = new CrowdMember(pair[0], conversation, site.Server.Address, site.Tokens);
        _thread = new Thread(Run);
        _thread.Start();
    }

    /// <summary>Ends, and notes how it went.</summary>
    public void Finish(StrainResult result)
    {
        _stop = true;
        _thread.Join();
        _tally.Length = Stopwatch.GetElapsedTime(_began);
        result.Promise(_tally.AdmittedCount == _tally.Due && _tally.Due > 0, $"of {_tally.Due} sends of a good client beside them {_tally.AdmittedCount} were acknowledged");
        result.Tell($"a good client beside them: {_tally.AdmittedCount} of {_tally.Due} sends acknowledged, p99 {_tally.Percentile(0.99):N0} ms, max {_tally.Percentile(1):N0} ms");
    }

    public void Dispose()
    {
        _stop = true;
        _thread.Join();
        _member.Dispose();
    }

    private void Run()
    {
        try
        {
            for (var ended = 0L; !_stop || (_member.Unanswered > 0 && Stopwatch.GetElapsedTime(ended) < Patience);)
            {
                if (_stop && ended == 0) ended = Stopwatch.GetTimestamp();
                for (; !_stop && _tally.Due < Stopwatch.GetElapsedTime(_began).TotalSeconds * PerSecond; _tally.Due++) _member.Add(Stopwatch.GetTimestamp());
                _member.Flush();
                if (_member.Socket.Poll(Pause, SelectMode.SelectRead)) _member.Receive(_tally);
            }
        }
        catch (Exception lost) when (lost is BenchException or SocketException)
        {
            _problems.Add($"A good client lost its connection: {lost.Message}");
        }
    }
}
