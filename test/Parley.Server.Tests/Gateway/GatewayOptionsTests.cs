using Microsoft.Extensions.Configuration;
using Parley.Gateway;

namespace Parley.Tests.Gateway;

public sealed class GatewayOptionsTests
{
    [Fact]
    public void The_defaults_are_valid() =>
        Assert.True(new GatewayOptionsValidator().Validate(null, new GatewayOptions()).Succeeded && new LimitsOptionsValidator().Validate(null, new LimitsOptions()).Succeeded);

    [Fact]
    public void A_value_out_of_range_is_refused_by_name()
    {
        Assert.Contains("PingEvery", new GatewayOptionsValidator().Validate(null, new GatewayOptions { PingEvery = TimeSpan.Zero }).FailureMessage, StringComparison.Ordinal);
        Assert.Contains("BytesBurst", new LimitsOptionsValidator().Validate(null, new LimitsOptions { BytesBurst = 1 }).FailureMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_are_read_from_their_sections()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Parley:Gateway:AllowedOrigins:0"] = "https://chat.example",
            ["Parley:Gateway:PingEvery"] = "00:00:10",
            ["Parley:Limits:SendsPerUserPerSecond"] = "0.5",
        }).Build();

        var options = configuration.GetSection(GatewayOptions.Section).Get<GatewayOptions>()!;
        Assert.Equal(["https://chat.example"], options.AllowedOrigins);
        Assert.Equal(TimeSpan.FromSeconds(10), options.PingEvery);
        Assert.Equal(0.5, configuration.GetSection(LimitsOptions.Section).Get<LimitsOptions>()!.SendsPerUserPerSecond);
    }
}
