namespace Parley.Tests.Retention;

/// <summary>How long an app may say that entries are kept.</summary>
public class RetentionOptionsTests
{
    [Theory]
    [InlineData("01:00:00")]
    [InlineData("36500.00:00:00")]
    [Trait("Row", "B08")]
    public async Task From_an_hour_to_a_hundred_years_is_taken(string age)
    {
        await using var server = await RunningServer.StartAsync(Engine.Sqlite, ("Apps:demo:Retention:Direct", age), ("Apps:demo:Retention:Room", age));

        await server.Node.Retention.RunAsync(CancellationToken.None);
    }

    [Theory]
    [InlineData("Direct", "00:59:59")]
    [InlineData("Group", "36500.00:00:01")]
    [InlineData("Room", "00:00:00")]
    [InlineData("Broadcast", "-01:00:00")]
    [InlineData("Directs", "01:00:00")]
    [Trait("Row", "B08")]
    public async Task Anything_else_stops_the_server_before_it_begins(string kind, string age)
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => RunningServer.StartAsync(Engine.Sqlite, ($"Apps:demo:Retention:{kind}", age)));

        Assert.Contains("Parley:Apps:demo:Retention", failure.Message, StringComparison.Ordinal);
    }
}
