using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Parley.Commands;
using Parley.Egress;
using Parley.Gateway;
using Parley.Hosting;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Doctor;

/// <summary>Whether a server would start with these settings; without valid ones nothing else can be looked at.</summary>
internal static class ConfigurationCheck
{
    private const string Name = "configuration";

    /// <summary>The settings when they are valid, and what there is to say of them.</summary>
    public static (Patient? Patient, IReadOnlyList<Finding> Findings) Run(IConfigurationManager configuration, TimeProvider clock)
    {
        try
        {
            DemoApp.AddExistingTo(configuration);
            var isNew = !configuration.GetSection(AppsOptions.Section).GetChildren().Any();
            // The demo app's secret is made at the first start. Until then a valid one stands in its place.
            if (isNew) configuration.Add(new NamedSource("stand-in", [new($"{AppsOptions.Section}:{DemoApp.Name}:Keys:0:Secret", Guid.NewGuid().ToString())]));
            using var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddLogging().AddServer(configuration).BuildServiceProvider();
            services.GetRequiredService<IStartupValidator>().Validate();
            T Get<T>()
                where T : class => services.GetRequiredService<IOptions<T>>().Value;
            var patient = new Patient(
                configuration, Get<StorageOptions>(), isNew ? [] : Get<AppsOptions>(), Get<LimitsOptions>(), Get<HttpOptions>(), Get<EgressOptions>(), clock);
            return (patient, [Finding.Ok(Name, Say(patient.Apps))]);
        }
        catch (Exception error) when (ErrorSentences.Of(error) is { Count: > 0 } sentences)
        {
            return (null, [.. sentences.Select(sentence => Finding.Fail(Name, sentence, "A server does not start like this. docs/guide/configuration.md lists all settings."))]);
        }
    }

    private static string Say(AppsOptions apps) => apps.Count switch
    {
        0 => "valid; no app is configured, so the first start makes one named demo",
        1 => $"valid; serves the app {apps.Keys.First()}",
        var count => $"valid; serves {count} apps",
    };
}
