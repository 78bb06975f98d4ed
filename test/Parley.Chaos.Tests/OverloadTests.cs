using Parley.Bench;
using Xunit;

namespace Parley.Chaos.Tests;

/// <summary>The rig's strains in their short form: what is promised however slow the machine is. <c>test/chaos/run.sh overload</c> is the long form, which judges speed too.</summary>
[Collection(Machine.Alone)]
public sealed class OverloadTests(ITestOutputHelper output)
{
    [Theory]
    [Trait("Row", "G24")]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Under_three_times_its_load_a_server_refuses_with_a_reason_and_a_time_and_keeps_every_promise_of_what_it_admitted(string engine) =>
        await RunAsync(engine, "flood");

    [Fact]
    [Trait("Row", "G11")]
    [Trait("Row", "G24")]
    public async Task Clients_that_stop_reading_are_closed_as_slow_others_miss_nothing_and_they_catch_up() => await RunAsync("sqlite", "stalled-readers");

    [Fact]
    [Trait("Row", "G24")]
    [Trait("Row", "G25")]
    [Trait("Row", "V03")]
    public async Task Everybody_comes_back_after_a_kill_and_nothing_is_lost_or_doubled() => await RunAsync("sqlite", "storm");

    [Theory]
    [Trait("Row", "G6")]
    [Trait("Row", "G7")]
    [Trait("Row", "G11")]
    [Trait("Row", "V03")]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task No_user_of_the_SDK_sees_a_send_fail_when_servers_are_restarted_one_after_the_other(string engine) => await RunAsync(engine, "restart");

    [Fact]
    [Trait("Row", "WS-07")]
    public async Task Slow_handshakes_and_connections_without_a_session_are_closed_in_time_and_a_good_client_does_not_notice_them() => await RunAsync("sqlite", "slow-clients");

    [Fact]
    [Trait("Row", "G24")]
    public async Task Clients_that_vanish_without_a_word_are_let_go_in_time() => await RunAsync("sqlite", "half-open");

    private async Task RunAsync(string engineName, string strainName)
    {
        var (strain, engine) = (StrainRun.Parse(strainName).Single(), Machine.EngineOf(engineName));
        Machine.SkipWhereImpossible(await strain.ObstacleAsync(engine, TestContext.Current.CancellationToken));

        var result = await strain.RunAsync(Machine.Installed(), engine, Extent.Short, TestContext.Current.CancellationToken);

        output.WriteLine(result.ToString());
        Assert.True(result.Broken.Count == 0, result.ToString());
    }
}
