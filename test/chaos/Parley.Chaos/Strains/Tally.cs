using System.Diagnostics;

namespace Parley.Chaos;

/// <summary>What a <see cref="Crowd"/> saw in a phase. Written by its thread; read when the phase is over.</summary>
internal sealed class Tally
{
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly List<(long Answered, double Ms)> _admitted = [];
    private readonly Dictionary<string, int> _refused = [];
    private readonly List<double> _refusedAfter = [];

    /// <summary>Messages that were due.</summary>
    public int Due { get; set; }

    /// <summary>Of them, those that were not sent because too many of their sender had no answer.</summary>
    public int HeldBack { get; set; }

    /// <summary>How long it lasted; once it is over.</summary>
    public TimeSpan Length { get; set; }

    /// <summary>Refusals that did not say when to come back.</summary>
    public int Untimed { get; private set; }

    public int AdmittedCount => _admitted.Count;

    public int RefusedCount => _refused.Values.Sum();

    public IEnumerable<string> Codes => _refused.Keys;

    /// <summary>Messages acknowledged each second while the phase lasted.</summary>
    public double Goodput => _admitted.Count(one => Stopwatch.GetElapsedTime(_began, one.Answered) <= Length) / Length.TotalSeconds;

    public void Admitted(long sent, long answered) => _admitted.Add((answered, Stopwatch.GetElapsedTime(sent, answered).TotalMilliseconds));

    public void Refused(string code, double? retryAfterMs, long sent, long answered)
    {
        _refused[code] = _refused.GetValueOrDefault(code) + 1;
        if (retryAfterMs is null or <= 0) Untimed++;
        _refusedAfter.Add(Stopwatch.GetElapsedTime(sent, answered).TotalMilliseconds);
    }

    /// <summary>The milliseconds within which a share of the admitted messages was answered.</summary>
    public double Percentile(double share) => Percentile(_admitted.Select(one => one.Ms), share);

    /// <summary>The milliseconds within which a share of the refusals came.</summary>
    public double RefusalPercentile(double share) => Percentile(_refusedAfter, share);

    /// <summary>After how many seconds every later second was as it should be: so many of its messages answered within a time.</summary>
    public int SecondsUntil(double share, double ms)
    {
        var seconds = _admitted.GroupBy(one => (int)Stopwatch.GetElapsedTime(_began, one.Answered).TotalSeconds);
        return seconds.Where(second => Percentile(second.Select(one => one.Ms), share) > ms).Select(second => second.Key + 1).DefaultIfEmpty(0).Max();
    }

    public override string ToString() =>
        $"{Due / Length.TotalSeconds:N0}/s due, {HeldBack / Length.TotalSeconds:N0}/s held back by the sender, {Goodput:N0}/s acknowledged " +
        $"(p50 {Percentile(0.5):N1}, p99 {Percentile(0.99):N0}, max {Percentile(1):N0} ms), {RefusedCount / Length.TotalSeconds:N0}/s refused" +
        (RefusedCount == 0 ? "" : $" (p99 {RefusalPercentile(0.99):N0} ms; {string.Join(", ", _refused.Select(one => $"{one.Key} {one.Value:N0}"))})");

    private static double Percentile(IEnumerable<double> values, double share)
    {
        var sorted = values.Order().ToList();
        return sorted.Count == 0 ? 0 : sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * share))];
    }
}
