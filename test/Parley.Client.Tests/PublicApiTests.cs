using Parley.Tests;

namespace Parley.Client.Tests;

public sealed class PublicApiTests
{
    [Theory]
    [InlineData(typeof(ParleyClient))]
    [InlineData(typeof(SqliteStore))]
    [InlineData(typeof(Client.Testing.ParleyTestServer))]
    public void The_public_api_is_the_checked_in_text(Type inIt)
    {
        var file = Checkout.PathOf($"src/{inIt.Assembly.GetName().Name}/PublicApi.txt");
        var api = PublicApi.Render(inIt.Assembly).ReplaceLineEndings("\n").TrimEnd('\n') + "\n";
        var accept = Environment.GetEnvironmentVariable("PARLEY_ACCEPT") == "1" && Environment.GetEnvironmentVariable("CI") != "true";
        if (accept) File.WriteAllText(file, api);

        Assert.True(File.ReadAllText(file) == api, "The SDK's public API changed. If that is meant: PARLEY_ACCEPT=1 ./test.sh, and read the diff.");
    }
}
