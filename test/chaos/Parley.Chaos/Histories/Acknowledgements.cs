using System.Diagnostics;

namespace Parley.Chaos;

/// <summary>When things were acknowledged in a history: how long nothing was, and what became of it. Times are ticks of the run's clock.</summary>
internal sealed class Acknowledgements
{
    private readonly List<(long At, Attempt Attempt)> _all;
    private readonly ILookup<(ConversationId, MessageId), Entry> _log;

    public Acknowledgements(History history)
    {
        _all = [.. history.Attempts.Where(attempt => attempt.Answers.Count > 0).Select(attempt => (attempt.Answers.Min(answer => answer.At), attempt)).OrderBy(one => one.Item1)];
        _log = history.Log.SelectMany(log => log.Value.Select(entry => (log.Key, Entry: entry))).ToLookup(one => (one.Key, one.Entry.Message), one => one.Entry);
    }

    /// <summary>The longest time without any that begins, ends or lies between two moments, and when it ended.</summary>
    public (TimeSpan Length, long Until) LongestSilence(long from, long to)
    {
        var around = _all.Where(one => one.At >= from && one.At <= to).Select(one => one.At)
            .Prepend(_all.LastOrDefault(one => one.At < from).At).Append(_all.FirstOrDefault(one => one.At > to).At).Where(at => at > 0).ToList();
        return around.Zip(around.Skip(1), (before, after) => (Stopwatch.GetElapsedTime(before, after), after)).DefaultIfEmpty().MaxBy(silence => silence.Item1);
    }

    /// <summary>How many messages were acknowledged after one moment and before another, and how many of them are not in the log where they were said to be.</summary>
    public (int Count, int Lost) Between(long after, long before)
    {
        var all = _all.Where(one => one.At > after && one.At < before).Select(one => one.Attempt).ToList();
        return (all.Count, all.Count(IsLost));
    }

    private bool IsLost(Attempt attempt) =>
        !_log[(attempt.Conversation, attempt.Message)].Any(entry => entry.Sequence == attempt.Answers[0].Sequence && entry.Text == attempt.Text);
}
