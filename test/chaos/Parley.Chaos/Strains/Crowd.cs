using System.Diagnostics;
using System.Net.Sockets;
using Parley.Bench;

namespace Parley.Chaos;

/// <summary>Hundreds of users in pairs, on one thread, who send at a rate whatever the server says: an open loop. Each comes from an address of his own.</summary>
internal sealed class Crowd : IDisposable
{
    /// <summary>So many sends of one member may lack an answer. Below what the server takes of one connection at once, so that nothing waits unread.</summary>
    public const int MostUnanswered = 60;

    /// <summary>One in so many says what was delivered to him.</summary>
    private const int Acknowledging = 10;

    /// <summary>With a visitor for each pair somewhat slower than a server takes connections.</summary>
    private static readonly TimeSpan BetweenConnections = TimeSpan.FromMilliseconds(8);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    private readonly Visitor _visitor;
    private readonly Problems _problems;
    private readonly List<(ConversationId Conversation, UserId[] Pair)> _conversations = [];
    private readonly List<CrowdMember> _members = [];
    private readonly Epoll _epoll = new();
    private readonly List<CrowdMember> _gone = [];

    /// <summary>Connects everybody; blocks until all are.</summary>
    public Crowd(Site site, int users)
    {
        (_visitor, _problems) = (new Visitor(site.Server.Address, site.Tokens), site.Problems);
        foreach (var pair in Enumerable.Range(0, users).Select(i => new UserId($"user-{i:0000}")).Chunk(2))
        {
            var conversation = _visitor.Make(ConversationKind.Direct, pair);
            _conversations.Add((conversation, pair));
            foreach (var user in pair)
            {
                _members.Add(new CrowdMember(user, conversation, site.Server.Address, site.Tokens));
                _epoll.Watch(_members[^1].Socket, _members.Count - 1);
                Thread.Sleep(BetweenConnections);
            }
        }
    }

    public int Count => _members.Count;

    /// <summary>Everybody keeps so many sends without an answer: as much as the server can do.</summary>
    public Tally Saturate(int unansweredEach, TimeSpan length, CancellationToken cancel) => Run(length, (tally, now) =>
    {
        foreach (var member in _members)
        {
            for (; member.Unanswered < unansweredEach; tally.Due++) member.Add(now);
        }
    }, cancel);

    /// <summary>So many messages a second, everybody in turn.</summary>
    public Tally Send(double perSecond, TimeSpan length, CancellationToken cancel)
    {
        var began = Stopwatch.GetTimestamp();
        return Run(length, (tally, now) =>
        {
            for (var due = (int)(Stopwatch.GetElapsedTime(began, now).TotalSeconds * perSecond); tally.Due < due; tally.Due++)
            {
                var member = _members[tally.Due % _members.Count];
                if (member.Unanswered < MostUnanswered) member.Add(now);
                else tally.HeldBack++;
            }
        }, cancel);
    }

    /// <summary>Waits until everything is answered, reads what pushes left out, and tells all of it.</summary>
    public History Finish(TimeSpan patience, CancellationToken cancel)
    {
        var last = new Tally();
        for (var began = Stopwatch.GetTimestamp(); _members.Any(member => member.Unanswered > 0); Turn(last))
        {
            cancel.ThrowIfCancellationRequested();
            if (Stopwatch.GetElapsedTime(began) < patience) continue;
            _problems.Add($"{_members.Sum(member => member.Unanswered)} sends have no answer after {patience.TotalSeconds} s.");
            break;
        }

        Parallel.ForEach(_members, member => member.Understand());
        foreach (var member in _members.Except(_gone)) member.Finish();
        var records = _members.Select(member => member.Record()).ToList();
        return new History(
            [.. records.SelectMany(record => record.Attempts)],
            _conversations.ToDictionary(one => one.Conversation, one => (IReadOnlyList<Entry>)_visitor.ReadAll(one.Conversation, one.Pair[^1])),
            [.. records.SelectMany(record => record.Streams)], [.. records.SelectMany(record => record.Timelines)],
            [.. records.SelectMany(record => record.Pages)],
            [.. records.SelectMany(record => record.Cursors), .. _conversations.SelectMany(one => _visitor.ReadCursors(one.Conversation, one.Pair[0]))]);
    }

    public void Dispose()
    {
        foreach (var member in _members) member.Dispose();
        _epoll.Dispose();
    }

    private Tally Run(TimeSpan length, Action<Tally, long> sendWhatIsDue, CancellationToken cancel)
    {
        var tally = new Tally();
        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < length)
        {
            cancel.ThrowIfCancellationRequested();
            var now = Stopwatch.GetTimestamp();
            sendWhatIsDue(tally, now);
            for (var i = 0; i < _members.Count; i++)
            {
                if (i % Acknowledging == 0) _members[i].AddReceipt(now);
                Guarded(_members[i], member => member.Flush());
            }

            Turn(tally);
        }

        tally.Length = Stopwatch.GetElapsedTime(began);
        return tally;
    }

    private void Turn(Tally tally)
    {
        var ready = _epoll.Wait(Tick);
        for (var i = 0; i < ready; i++) Guarded(_members[_epoll[i]], member => member.Receive(tally));
    }

    /// <summary>A member whose connection ends is a problem: everybody reads, and nobody goes over what a connection may do.</summary>
    private void Guarded(CrowdMember member, Action<CrowdMember> act)
    {
        if (_gone.Contains(member)) return;
        try
        {
            act(member);
        }
        catch (Exception ended) when (ended is BenchException or SocketException)
        {
            _gone.Add(member);
            _problems.Add($"A member lost its connection: {ended.Message}");
        }
    }
}
