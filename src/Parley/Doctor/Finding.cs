namespace Parley.Doctor;

/// <summary>How serious a finding is.</summary>
internal enum Verdict
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Works, and will hurt some day.</summary>
    Warn,

    /// <summary>A server would not start, not work, or lose what it acknowledged.</summary>
    Fail,
}

/// <summary>What one check found.</summary>
/// <param name="Check">What was looked at, in a word or two.</param>
/// <param name="Verdict">How it is.</param>
/// <param name="Sentence">What is so. Never a secret.</param>
/// <param name="Advice">What to do; null when nothing is to be done.</param>
internal sealed record Finding(string Check, Verdict Verdict, string Sentence, string? Advice = null)
{
    public static Finding Ok(string check, string sentence) => new(check, Verdict.Ok, sentence);

    public static Finding Warn(string check, string sentence, string advice) => new(check, Verdict.Warn, sentence, advice);

    public static Finding Fail(string check, string sentence, string advice) => new(check, Verdict.Fail, sentence, advice);
}
