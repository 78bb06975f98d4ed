using System.Text;
using Parley.Bench;

namespace Parley.Chaos;

/// <summary>A kill, and what it hit.</summary>
/// <param name="Victim">What was killed.</param>
/// <param name="Unanswered">Requests without an answer at that moment.</param>
/// <param name="PerSecond">Sends acknowledged a second before.</param>
/// <param name="Down">Until what was killed answered again.</param>
internal sealed record Kill(Victim Victim, int Unanswered, double PerSecond, TimeSpan Down);

/// <summary>What came of a run.</summary>
/// <param name="Engine">Which database.</param>
/// <param name="Kills">In order.</param>
/// <param name="History">What happened.</param>
/// <param name="Violations">Promises broken.</param>
/// <param name="Problems">What else went wrong: clients that did not come back, a server that ended by itself.</param>
internal sealed record Verdict(Engine Engine, IReadOnlyList<Kill> Kills, History History, IReadOnlyList<Violation> Violations, IReadOnlyList<string> Problems)
{
    private const int Shown = 20;

    /// <summary>The end of the server's log, for whoever has to find out.</summary>
    public string Log { get; init; } = "";

    public bool Passed => Violations.Count == 0 && Problems.Count == 0 && Kills.All(IsHard);

    public override string ToString()
    {
        var text = new StringBuilder().Append(Engine).AppendLine(":");
        foreach (var kill in Kills)
        {
            var how = kill.Victim is Victim.Server or Victim.Database ? "kill -9 of the" : "failed fsync of the";
            text.AppendLine($"  {how} {kill.Victim.ToString().ToLowerInvariant()}: {kill.PerSecond:N0} acknowledged/s before, {kill.Unanswered} unanswered, back after {kill.Down.TotalSeconds:0.0} s" +
                (IsHard(kill) ? "" : "   TOO LITTLE LOAD"));
        }

        int Ended(Ending ending) => History.Attempts.Count(attempt => attempt.Ending == ending);
        text.AppendLine($"  {History.Attempts.Count:N0} sends: {Ended(Ending.Acknowledged):N0} acknowledged, {Ended(Ending.Landed) + Ended(Ending.Fenced):N0} settled by message.cancel " +
            $"({Ended(Ending.Landed):N0} recorded, {Ended(Ending.Fenced):N0} fenced), {Ended(Ending.Open) + Ended(Ending.Refused):N0} neither");
        text.AppendLine($"  {History.Log.Values.Sum(log => log.Count):N0} entries in {History.Log.Count} conversations, " +
            $"{History.Streams.Sum(stream => stream.Items.Count):N0} pushes and answers on {History.Streams.Select(stream => (stream.Reader, stream.Connection)).Distinct().Count()} connections");
        text.AppendLine($"  {Violations.Count} violations, {Problems.Count} problems");
        foreach (var group in Violations.GroupBy(violation => violation.Promise))
        {
            foreach (var violation in group.Take(Shown)) text.AppendLine($"    {violation}");
            if (group.Count() > Shown) text.AppendLine($"    … and {group.Count() - Shown} more of {group.Key}");
        }

        foreach (var problem in Problems.Take(Shown)) text.AppendLine($"    {problem}");
        if (!Passed && Log.Length > 0) text.AppendLine("  The server's last words:").AppendLine(Log);
        return text.ToString();
    }

    private static bool IsHard(Kill kill) => kill is { Unanswered: >= KillTest.WantedUnanswered, PerSecond: >= KillTest.WantedPerSecond };
}
