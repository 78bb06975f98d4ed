using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Parley.Hosting;

namespace Parley.Tests.Hosting;

public sealed class SettingsTests
{
    [Fact]
    public void A_misspelt_setting_is_refused_and_the_nearest_is_named() => Assert.Equal(
        "Parley:Limits:SendsPerSecnd is not a setting. Did you mean Parley:Limits:SendsPerSecond?",
        Assert.Single(ProblemsOf(("Parley:Limits:SendsPerSecnd", "5"))));

    [Theory]
    [InlineData("Parley:Limts:SendsPerSecond", "Parley:Limits:SendsPerSecond")]
    [InlineData("Parley:SendsPerSecond", "Parley:Limits:SendsPerSecond")]
    [InlineData("Parley:Limits:sends_per_second", "Parley:Limits:SendsPerSecond")]
    [InlineData("Parley:Limits:Origin:0", "Parley:Limits:Origins:0")]
    [InlineData("Parley:Rooms:lobby:Capp", "Parley:Rooms:lobby:Cap")]
    [InlineData("Parley:Rooms:lobby:Inner:Sceret", "Parley:Rooms:lobby:Inner:Secret")]
    public void The_nearest_is_looked_for_everywhere(string wrong, string right) =>
        Assert.Equal($"{wrong} is not a setting. Did you mean {right}?", Assert.Single(ProblemsOf((wrong, "5"))));

    [Theory]
    [InlineData("Parley:Unheard:Of:Things")]
    [InlineData("Parley")]
    public void Where_nothing_is_near_the_list_is_named(string key) =>
        Assert.Equal($"{key} is not a setting. docs/guide/configuration.md lists them all.", Assert.Single(ProblemsOf((key, "5"))));

    [Theory]
    [InlineData("Parley:Limits:SendsPerSecond", "0", "\"0\", but must be a whole number from 1 to 1000")]
    [InlineData("Parley:Limits:SendsPerSecond", "1001", "\"1001\", but must be a whole number from 1 to 1000")]
    [InlineData("Parley:Limits:SendsPerSecond", "many", "\"many\", but must be a whole number from 1 to 1000")]
    [InlineData("Parley:Limits:SendsPerSecond", "5.5", "\"5.5\", but must be a whole number from 1 to 1000")]
    [InlineData("Parley:Limits:Window", "00:00:00.5", "\"00:00:00.5\", but must be a time from 00:00:01 to 1.00:00:00")]
    [InlineData("Parley:Limits:Window", "30", "\"30\", but must be a time from 00:00:01 to 1.00:00:00")]
    [InlineData("Parley:Limits:Strict", "yes", "\"yes\", but must be true or false")]
    [InlineData("Parley:Limits:Mode", "Fast", "\"Fast\", but must be Careful or Quick")]
    [InlineData("Parley:Limits:Mode", "7", "\"7\", but must be Careful or Quick")]
    [InlineData("Parley:Limits:Name", "longer than five", "\"longer than five\", but must be text of at most 5 characters")]
    [InlineData("Parley:Rooms:lobby:Cap", "-1", "\"-1\", but must be a whole number from 0 to 10")]
    public void An_impossible_value_is_refused_and_the_possible_are_named(string key, string value, string problem) =>
        Assert.Equal($"{key} is {problem}.", Assert.Single(ProblemsOf((key, value))));

    [Fact]
    public void A_setting_without_a_value_is_refused_unless_it_may_have_none()
    {
        Assert.Equal("Parley:Limits:SendsPerSecond has no value: give a whole number from 1 to 1000.", Assert.Single(ProblemsOf(("Parley:Limits:SendsPerSecond", ""))));
        Assert.Empty(ProblemsOf(("Parley:Limits:KeepFor", "")));
    }

    [Fact]
    public void A_secret_is_not_repeated_in_the_message()
    {
        var problem = Assert.Single(ProblemsOf(("Parley:Rooms:lobby:Inner:Secret", "too-short")));
        Assert.Equal("Parley:Rooms:lobby:Inner:Secret has a value that is not allowed, but must be text of 20 to 100 characters.", problem);
    }

    [Fact]
    public void Control_characters_of_a_value_do_not_reach_the_terminal() =>
        Assert.Contains("is \"?[31m\"", Assert.Single(ProblemsOf(("Parley:Limits:Mode", "\u001b[31m"))), StringComparison.Ordinal);

    [Fact]
    public void Every_problem_is_told_at_once() =>
        Assert.Equal(3, ProblemsOf(("Parley:Limits:SendsPerSecond", "0"), ("Parley:Limits:X", "1"), ("Parley:Limits:Strict", "no")).Count);

    [Theory]
    [InlineData("""{ "Parley": {} }""")]
    [InlineData("""{ "Parley": { "Limits": {}, "Rooms": {} } }""")]
    [InlineData("""{ "Parley": { "Limits": { "Origins": [] } } }""")]
    [InlineData("""{ "Parley": { "limits": { "sendspersecond": 7, "KeepFor": null, "Origins": ["a", "b"] } }, "Other": { "x": 1 } }""")]
    public void What_is_spelled_well_passes(string json)
    {
        using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(json));
        Assert.Empty(Services(new ConfigurationBuilder().AddJsonStream(stream).Build()).GetRequiredService<SettingsCheck>().Problems);
    }

    [Fact]
    public void Values_reach_the_options()
    {
        var services = Services(Configuration(
            ("Parley:Limits:SendsPerSecond", "7"), ("Parley:Limits:Window", "00:01:00"), ("Parley:Limits:Origins:0", "https://a.example"),
            ("Parley:Rooms:lobby:Cap", "3"), ("Parley:Rooms:lobby:Inner:Secret", "twenty characters and more")));

        var limits = services.GetRequiredService<IOptions<LimitsForTest>>().Value;
        var rooms = services.GetRequiredService<IOptions<RoomsForTest>>().Value;

        Assert.Equal((7, TimeSpan.FromMinutes(1), Mode.Careful, "https://a.example"), (limits.SendsPerSecond, limits.Window, limits.Mode, Assert.Single(limits.Origins)));
        Assert.Equal((3, "twenty characters and more"), (rooms["lobby"].Cap, rooms["lobby"].Inner.Secret));
    }

    [Fact]
    public void Whichever_options_are_asked_for_everything_is_checked()
    {
        var services = Services(Configuration(("Parley:Limits:X", "1")));

        var refused = Assert.Throws<InvalidSettingsException>(() => services.GetRequiredService<IOptions<RoomsForTest>>().Value);

        Assert.StartsWith("Parley:Limits:X is not a setting.", Assert.Single(refused.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_with_a_wrong_setting_does_not_start()
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        Register(builder.Services, Configuration(("Parley:Limits:SendsPerSecond", "0")));
        using var host = builder.Build();

        await Assert.ThrowsAsync<InvalidSettingsException>(() => host.StartAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_host_in_code_may_change_what_was_read_and_is_validated_too()
    {
        var services = new ServiceCollection();
        Register(services, Configuration(("Parley:Limits:SendsPerSecond", "7")));
        services.Configure<LimitsForTest>(limits => limits.SendsPerSecond += 1);
        Assert.Equal(8, services.BuildServiceProvider().GetRequiredService<IOptions<LimitsForTest>>().Value.SendsPerSecond);

        services.Configure<LimitsForTest>(limits => limits.SendsPerSecond = 0);
        Assert.Throws<OptionsValidationException>(() => services.BuildServiceProvider().GetRequiredService<IOptions<LimitsForTest>>().Value);
    }

    [Fact]
    public void Effective_settings_say_where_each_comes_from_and_mask_secrets()
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("Parley:Limits:SendsPerSecond", "7"), new("Parley:Rooms:lobby:Inner:Secret", "twenty characters and more")])
            .Build();

        var settings = EffectiveSetting.All(Services(configuration).GetRequiredService<SettingsCatalogue>(), configuration).ToDictionary(setting => setting.Key);

        Assert.Equal("7", settings["Parley:Limits:SendsPerSecond"].Value);
        Assert.Equal(new EffectiveSetting("Parley:Limits:Window", "00:00:10", "default"), settings["Parley:Limits:Window"]);
        Assert.Equal("********", settings["Parley:Rooms:lobby:Inner:Secret"].Value);
        Assert.DoesNotContain("Parley:Rooms:<name>:Cap", settings.Keys);
    }

    private static IReadOnlyList<string> ProblemsOf(params (string Key, string Value)[] settings) =>
        Services(Configuration(settings)).GetRequiredService<SettingsCheck>().Problems;

    private static IConfigurationRoot Configuration(params (string Key, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))).Build();

    private static ServiceProvider Services(IConfiguration configuration)
    {
        var services = new ServiceCollection();
        Register(services, configuration);
        return services.BuildServiceProvider();
    }

    private static void Register(IServiceCollection services, IConfiguration configuration) => services
        .AddSettings(configuration)
        .AddStrictOptions<LimitsForTest, LimitsForTestValidator>("Parley:Limits")
        .AddStrictOptions<RoomsForTest, AnyRooms>("Parley:Rooms");
}

internal enum Mode
{
    Careful,
    Quick,
}

internal sealed class LimitsForTest
{
    [Range(1, 1_000)]
    public int SendsPerSecond { get; set; } = 5;

    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Window { get; set; } = TimeSpan.FromSeconds(10);

    public TimeSpan? KeepFor { get; set; }

    public bool Strict { get; set; }

    public Mode Mode { get; set; }

    [StringLength(5)]
    public string? Name { get; set; }

    public IList<string> Origins { get; } = [];
}

internal sealed class RoomsForTest : Dictionary<string, RoomForTest>;

internal sealed class RoomForTest
{
    [Range(0, 10)]
    public int Cap { get; set; }

    public InnerForTest Inner { get; set; } = new();
}

internal sealed class InnerForTest
{
    [DataType(DataType.Password), StringLength(100, MinimumLength = 20)]
    public string? Secret { get; set; }
}

internal sealed class AnyRooms : IValidateOptions<RoomsForTest>
{
    public ValidateOptionsResult Validate(string? name, RoomsForTest options) => ValidateOptionsResult.Success;
}

internal sealed class LimitsForTestValidator() : DataAnnotationValidateOptions<LimitsForTest>(null);
