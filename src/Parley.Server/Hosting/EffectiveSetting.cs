using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.EnvironmentVariables;

namespace Parley.Hosting;

/// <summary>A setting as this server has it.</summary>
/// <param name="Key">Its full key.</param>
/// <param name="Value">Its value; a secret's is masked.</param>
/// <param name="Source">Where the value comes from: <c>default</c>, <c>file …</c>, <c>environment</c>, or what the program added.</param>
internal sealed record EffectiveSetting(string Key, string Value, string Source)
{
    private const string Mask = "********";

    /// <summary>Every setting that has a value, the defaults among them, in the order of the keys.</summary>
    public static IReadOnlyList<EffectiveSetting> All(SettingsCatalogue catalogue, IConfigurationRoot configuration)
    {
        var configured = Leaves(configuration.GetSection(SettingsCheck.Root))
            .Select(leaf => (leaf.Path, leaf.Value, Setting: catalogue.Find(leaf.Path.Split(':'))))
            .Where(leaf => leaf.Setting is not null)
            .ToList();
        var set = configured.Select(leaf => leaf.Setting).ToHashSet();
        return
        [
            .. configured.Select(leaf => new EffectiveSetting(leaf.Path, Show(leaf.Setting!, leaf.Value), SourceOf(configuration, leaf.Path)))
                .Concat(catalogue.Settings
                    .Where(setting => !set.Contains(setting) && !setting.Parts.Contains(Setting.AnyName))
                    .Where(setting => setting.Default.Length > 0 || !setting.Parts.Contains(Setting.AnyIndex))
                    .Select(setting => new EffectiveSetting(setting.Key, Show(setting, setting.Default), "default")))
                .OrderBy(setting => setting.Key, StringComparer.Ordinal),
        ];
    }

    private static string Show(Setting setting, string? value) => !string.IsNullOrEmpty(value) && setting.Hides(value) ? Mask : value ?? "";

    private static IEnumerable<IConfigurationSection> Leaves(IConfigurationSection section)
    {
        var children = section.GetChildren().ToList();
        return children.Count == 0 ? [section] : children.SelectMany(Leaves);
    }

    private static string SourceOf(IConfigurationRoot configuration, string key) =>
        configuration.Providers.LastOrDefault(provider => provider.TryGet(key, out _)) switch
        {
            null => "default",
            FileConfigurationProvider file => $"file {file.Source.Path}",
            EnvironmentVariablesConfigurationProvider => "environment",
            var other => other.ToString() ?? "",
        };
}
