using Xunit;

namespace Parley.Chaos.Tests;

/// <summary>The checker on histories that chance has made: it must find nothing in those that are right, and every mutant of them.</summary>
public sealed class MutantTests
{
    private const int Seeds = 100;

    public static TheoryData<string> Names => [.. Mutants.All.Select(mutant => mutant.Name)];

    [Fact]
    public void A_right_history_has_no_violations_and_puts_every_promise_to_the_test()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var judgement = Checker.Check(new RightHistory(seed).Make());

            Assert.True(judgement.Violations.Count == 0, $"Seed {seed}: {string.Join(", ", judgement.Violations)}");
            Assert.Empty(judgement.Unexamined);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_spoilt_history_is_noticed_wherever_it_is_spoilt(string name)
    {
        var mutant = Mutants.All.Single(one => one.Name == name);
        for (var seed = 0; seed < Seeds; seed++)
        {
            var caught = mutant.IsCaught(new RightHistory(seed).Make(), new Random(seed));

            Assert.True(caught, $"Seed {seed}: {(caught is null ? "could not be spoilt" : "was not noticed")}");
        }
    }

    [Fact]
    public void A_history_is_the_same_after_it_was_kept_in_a_file()
    {
        var history = new RightHistory(1).Make();
        var path = Path.GetTempFileName();
        try
        {
            HistoryFile.Write(path, history);
            var read = HistoryFile.Read(path);

            Assert.Equivalent(history, read, strict: true);
            Assert.Equal(Checker.Check(history).Examined, Checker.Check(read).Examined);
            Assert.Empty(Checker.Check(read).Violations);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
