using Parley.Bench;
using Xunit;

namespace Parley.Chaos.Tests;

/// <summary>The durability rig in its short form: the executable as its users run it, fifty clients, and what may happen to a machine. <c>test/chaos/run.sh</c> is the long form.</summary>
/// <remarks>A class per engine, so that the two run side by side: half of a trial is waiting, and nothing but <see cref="Ready"/> is judged by the clock.</remarks>
public abstract class DurabilityTests(string engine, ITestOutputHelper output)
{
    private const int Seed = 1;
    private static readonly TimeSpan Load = TimeSpan.FromMilliseconds(600);
    private static readonly TimeSpan Ready = TimeSpan.FromSeconds(10);

    [Fact]
    [Trait("Row", "G1")]
    [Trait("Row", "G2")]
    [Trait("Row", "G3")]
    [Trait("Row", "G4")]
    [Trait("Row", "G5")]
    [Trait("Row", "G6")]
    [Trait("Row", "G7")]
    [Trait("Row", "G9")]
    [Trait("Row", "G10")]
    [Trait("Row", "G11")]
    [Trait("Row", "G13")]
    [Trait("Row", "G25")]
    public async Task Nothing_acknowledged_is_lost_doubled_or_reordered_when_everything_is_killed_under_load_and_every_mutant_of_it_is_noticed()
    {
        var (verdict, history) = await RunAsync(FileSystem.Given, "kill,kill-database");

        Assert.All(verdict.Effects, effect => Assert.True(effect.Recovery < Ready, effect.ToString()));
        Assert.All(Mutants.All, mutant => Assert.True(mutant.IsCaught(history, new Random(Seed)), mutant.Name));
    }

    [Fact]
    [Trait("Row", "G1")]
    public async Task Nothing_acknowledged_is_lost_when_the_kill_hits_a_checkpoint_a_recovery_or_a_fsync() =>
        await RunAsync(FileSystem.Given, "kill-in-checkpoint,kill-in-recovery,kill-at-fsync");

    [Fact]
    [Trait("Row", "G1")]
    public async Task A_failed_fsync_ends_whoever_asked_for_it_at_once_and_nothing_acknowledged_is_lost() =>
        await RunAsync(FileSystem.Given, engine == "sqlite" ? "fsync-error-log,fsync-error-file" : "fsync-error-database");

    [Theory]
    [Trait("Row", "G1")]
    [InlineData("Ext4", "power,disk-full")]
    [InlineData("Xfs", "power")]
    public async Task Nothing_acknowledged_is_lost_when_the_power_is_cut_or_the_disk_is_full(string fileSystem, string faults) =>
        await RunAsync(Enum.Parse<FileSystem>(fileSystem), faults);

    [Fact]
    [Trait("Row", "G1")]
    public async Task The_same_power_cut_loses_acknowledged_messages_where_commits_do_not_wait_for_the_disk()
    {
        var control = new PowerControl(Machine.EngineOf(engine), engine == "sqlite" ? FileSystem.Ext4 : FileSystem.Xfs, Load);
        Machine.SkipWhereImpossible(await control.ObstacleAsync(TestContext.Current.CancellationToken));

        var result = await control.RunAsync(Machine.Installed(), TestContext.Current.CancellationToken);

        output.WriteLine(result.ToString());
        Assert.True(result.Passed, result.ToString());
    }

    [Theory]
    [Trait("Row", "G20")]
    [InlineData("Ext4")]
    [InlineData("Xfs")]
    public async Task No_file_whose_upload_was_answered_is_lost_or_damaged_when_the_power_is_cut(string fileSystem)
    {
        var trial = new UploadTrial(Machine.EngineOf(engine), Enum.Parse<FileSystem>(fileSystem), Load, Seed);
        Machine.SkipWhereImpossible(await trial.ObstacleAsync(TestContext.Current.CancellationToken));

        var result = await trial.RunAsync(Machine.Installed(), TestContext.Current.CancellationToken);

        output.WriteLine(result.ToString());
        Assert.True(result.Passed, result.ToString());
    }

    [Fact]
    [Trait("Row", "G3")]
    [Trait("Row", "G13")]
    public async Task Nothing_is_lost_or_reordered_when_processes_stand_still_and_the_clock_jumps() =>
        await RunAsync(FileSystem.Given, engine == "sqlite" ? "stop,clock" : "stop-database,clock");

    private async Task<(Verdict Verdict, History History)> RunAsync(FileSystem fileSystem, string faults)
    {
        var concerned = FaultCatalogue.Parse(faults).Where(fault => fault.Concerns(Machine.EngineOf(engine)));
        var trial = Trial.Of(Machine.EngineOf(engine), fileSystem, Load, Seed, [.. concerned]);
        Machine.SkipWhereImpossible(await trial.ObstacleAsync(TestContext.Current.CancellationToken));

        var (verdict, history) = await trial.RunAsync(Machine.Installed(), TestContext.Current.CancellationToken);

        output.WriteLine(verdict.ToString());
        Assert.True(verdict.Passed, verdict.ToString());
        return (verdict, history);
    }
}

/// <inheritdoc/>
public sealed class SqliteDurabilityTests(ITestOutputHelper output) : DurabilityTests("sqlite", output);

/// <inheritdoc/>
public sealed class PostgresDurabilityTests(ITestOutputHelper output) : DurabilityTests("postgres", output);
