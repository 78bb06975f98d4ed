using System.Diagnostics;
using Parley.Moderation;

namespace Parley.Tests.Moderation;

/// <summary>What looking through a message costs. Prints, and never fails for time: <c>-explicit only -class '*ScreenMeasurement'</c>.</summary>
public sealed class ScreenMeasurement(ITestOutputHelper output)
{
    private const int Rounds = 20;

    [Fact(Explicit = true)]
    public void Print()
    {
        var random = new Random(7);
        var words = Enumerable.Range(0, PutWordList.MaxWords).Select(_ => Word("abcdefghijklmnopqrstuvwxyz", 4, 12)).ToArray();
        var chinese = Enumerable.Range(0, PutWordList.MaxWords).Select(_ => Word(string.Concat(Enumerable.Range(0x4E00, 2_000).Select(unit => (char)unit)), 2, 4)).ToArray();
        var list = new Screen([WordListRules.Compile("list", WordAction.Refuse, [.. words], []).Value!]);
        var both = new Screen([WordListRules.Compile("list", WordAction.Mask, [.. words[..5_000], .. chinese[..5_000]], []).Value!]);
        var patterns = new Screen([WordListRules.Compile("list", WordAction.Refuse, ["never"], [.. Enumerable.Range(0, PutWordList.MaxPatterns).Select(number => $@"\b{words[number]}[0-9]+\b")]).Value!]);
        var hostile = new Screen([WordListRules.Compile("list", WordAction.Refuse, ["never"], ["(a+)+$b", "(x|x)*y"]).Value!]);

        foreach (var (name, letters, longest) in new[] { ("ASCII", "abcdefghijklmnopqrstuvwxyz ", 27), ("Latin", "abcdefghijklmnopqrstuvwxyzäöüé ", 31), ("Chinese", string.Concat(Enumerable.Range(0x4E00, 2_000).Select(unit => (char)unit)), 0) })
        {
            foreach (var length in new[] { 200, 8_000 })
            {
                // What no list has a word of, so that all of it is looked at.
                var text = Word(letters, length, length);
                Measure($"10,000 words, {length,5} of {name}", list, text);
                Measure($"10,000 words of two scripts, {length,5} of {name}", both, text);
                Measure($"100 patterns, {length,5} of {name}", patterns, text);
            }
        }

        Measure("(a+)+$b and (x|x)*y, 8,000 a and !", hostile, new string('a', 7_999) + "!");
        Measure("the words' own letters, 8,000", list, string.Concat(Enumerable.Range(0, 2_000).Select(number => words[number][..4]))[..8_000]);

        string Word(string letters, int least, int most) => string.Create(random.Next(least, most + 1), (random, letters), static (word, state) =>
        {
            for (var index = 0; index < word.Length; index++) word[index] = state.letters[state.random.Next(state.letters.Length)];
        });
    }

    private void Measure(string name, Screen screen, string text)
    {
        var content = MessageContent.OfText(text);
        // Until the compiler has done its best.
        for (var begin = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begin) < TimeSpan.FromSeconds(1);) screen.Check(content, null);
        var best = TimeSpan.MaxValue;
        var times = Math.Max(1, 200_000 / text.Length);
        for (var round = 0; round < Rounds; round++)
        {
            var since = Stopwatch.GetTimestamp();
            for (var time = 0; time < times; time++) screen.Check(content, null);
            if (Stopwatch.GetElapsedTime(since) / times is var one && one < best) best = one;
        }

        output.WriteLine($"{name}: {best.TotalMicroseconds:0.00} µs{(screen.Check(content, null) is null ? "" : ", found")}");
    }
}
