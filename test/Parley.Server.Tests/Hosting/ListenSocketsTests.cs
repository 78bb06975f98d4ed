using Parley.Hosting;

namespace Parley.Tests.Hosting;

public sealed class ListenSocketsTests : IDisposable
{
    private readonly string? _before = Environment.GetEnvironmentVariable(ListenSockets.InlineCompletions);

    public void Dispose() => Environment.SetEnvironmentVariable(ListenSockets.InlineCompletions, _before);

    [Theory]
    [InlineData(null, "1")]
    [InlineData("1", "1")]
    [InlineData("0", "0")]
    public void An_operator_may_have_the_queue_of_events_back(string? set, string read)
    {
        Environment.SetEnvironmentVariable(ListenSockets.InlineCompletions, set);
        ListenSockets.HandleWhereHeard();
        ListenSockets.HandleWhereHeard();
        Assert.Equal(read, Environment.GetEnvironmentVariable(ListenSockets.InlineCompletions));
    }
}
