using Parley.Tests;

namespace Parley.Client.Tests;

public sealed class PublicApiTests
{
    [Fact]
    public void The_public_api_is_the_checked_in_text()
    {
        var file = Checkout.PathOf("src/Parley.Client/PublicApi.txt");
        var api = PublicApi.Render(typeof(ParleyClient).Assembly).ReplaceLineEndings("\n").TrimEnd('\n') + "\n";
        var accept = Environment.GetEnvironmentVariable("PARLEY_ACCEPT") == "1" && Environment.GetEnvironmentVariable("CI") != "true";
        if (accept) File.WriteAllText(file, api);

        Assert.True(File.ReadAllText(file) == api, "The SDK's public API changed. If that is meant: PARLEY_ACCEPT=1 ./test.sh, and read the diff.");
    }
}
