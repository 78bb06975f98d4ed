using System.Diagnostics;
using System.Text;

namespace Parley.Chaos;

/// <summary>What came of a trial, in figures.</summary>
/// <param name="Trial">Which.</param>
/// <param name="Effects">What each fault did, in order.</param>
/// <param name="Figures">How much there was to judge by.</param>
/// <param name="Judgement">What was promised, and kept or not.</param>
/// <param name="Problems">What else went wrong.</param>
/// <param name="Log">The end of the server's log, for whoever has to find out.</param>
internal sealed record Verdict(
    Trial Trial, IReadOnlyList<Effect> Effects, Figures Figures, Judgement Judgement, IReadOnlyList<string> Problems, string Log)
{
    private const int Shown = 20;

    public bool Passed => Judgement.Violations.Count == 0 && !Judgement.Unexamined.Any() && Problems.Count == 0 && Effects.All(effect => effect.Strike.IsHard);

    public override string ToString()
    {
        var text = new StringBuilder().AppendLine($"{Trial}:");
        foreach (var effect in Effects) text.AppendLine($"  {effect}");
        text.AppendLine($"  {Figures}");
        text.AppendLine($"  {Judgement.Violations.Count} violations, {Problems.Count} problems");
        foreach (var group in Judgement.Violations.GroupBy(violation => violation.Promise))
        {
            foreach (var violation in group.Take(Shown)) text.AppendLine($"    {violation}");
            if (group.Count() > Shown) text.AppendLine($"    … and {group.Count() - Shown} more of {group.Key}");
        }

        foreach (var promise in Judgement.Unexamined) text.AppendLine($"    {promise} was not put to the test.");
        foreach (var problem in Problems.Take(Shown)) text.AppendLine($"    {problem}");
        if (!Passed && Log.Length > 0) text.AppendLine("  The server's last words:").AppendLine(Log);
        return text.ToString();
    }
}

/// <summary>What a fault did.</summary>
/// <param name="Strike">Which.</param>
/// <param name="Silence">The longest time around it in which nothing was acknowledged to anybody.</param>
/// <param name="Recovery">From when the server could have served again to the acknowledgement that ended the silence.</param>
/// <param name="Acknowledged">Messages acknowledged between the fault before, or the beginning, and this one.</param>
/// <param name="Lost">Those of them that in the end are not where they were said to be.</param>
internal sealed record Effect(Strike Strike, TimeSpan Silence, TimeSpan Recovery, int Acknowledged, int Lost)
{
    /// <summary>Finds the effects of the faults of a trial in its history.</summary>
    public static IReadOnlyList<Effect> Of(IReadOnlyList<Strike> strikes, History history)
    {
        var acknowledgements = new Acknowledgements(history);
        return
        [
            .. from strike in strikes
               let silence = acknowledgements.LongestSilence(strike.Begun, strike.Over)
               let before = strikes.TakeWhile(one => one != strike).LastOrDefault()?.Restored ?? 0
               let between = acknowledgements.Between(before, strike.Restored)
               let recovery = silence.Until > strike.Restored ? Stopwatch.GetElapsedTime(strike.Restored, silence.Until) : TimeSpan.Zero
               select new Effect(strike, silence.Length, recovery, between.Count, between.Lost),
        ];
    }

    public override string ToString() =>
        $"{Strike.Fault}: {Strike.PerSecond:N0} acknowledged/s before, {Strike.Unanswered} unanswered; {Acknowledged:N0} acknowledged since the last, {Lost:N0} lost; " +
        $"nothing for {Silence.TotalSeconds:0.00} s, back after {Recovery.TotalSeconds:0.00} s{(Strike.IsHard ? "" : "   TOO LITTLE LOAD")}";
}

/// <summary>How much there was in a history.</summary>
/// <param name="Outcomes">Requests.</param>
/// <param name="Acknowledged">Messages whose send was answered with an entry.</param>
/// <param name="Landed">Messages whose <c>message.cancel</c> was.</param>
/// <param name="Fenced">Messages that were settled as never recorded.</param>
/// <param name="Neither">Messages of which none of that is true.</param>
/// <param name="Entries">Entries in the end.</param>
/// <param name="Pushes">Pushes, and answers in their place.</param>
/// <param name="Connections">Sessions that were opened.</param>
internal sealed record Figures(Outcomes Outcomes, int Acknowledged, int Landed, int Fenced, int Neither, int Entries, int Pushes, int Connections)
{
    public static Figures Of(History history)
    {
        int Ended(params Ending[] endings) => history.Attempts.Count(attempt => endings.Contains(attempt.Ending));
        return new Figures(history.Outcomes, Ended(Ending.Acknowledged), Ended(Ending.Landed), Ended(Ending.Fenced), Ended(Ending.Open, Ending.Refused),
            history.Log.Values.Sum(log => log.Count), history.Streams.Sum(stream => stream.Items.Count),
            history.Streams.Select(stream => (stream.Reader, stream.Connection)).Distinct().Count());
    }

    public override string ToString() =>
        $"{Acknowledged + Landed + Fenced + Neither:N0} messages: {Acknowledged:N0} acknowledged, {Landed + Fenced:N0} settled by message.cancel " +
        $"({Landed:N0} recorded, {Fenced:N0} fenced), {Neither:N0} neither; {Entries:N0} entries, {Pushes:N0} pushes and answers on {Connections} connections";
}
