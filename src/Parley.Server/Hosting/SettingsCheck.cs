using Microsoft.Extensions.Configuration;

namespace Parley.Hosting;

/// <summary>Compares all that is configured below <c>Parley</c> with the settings there are.</summary>
internal sealed class SettingsCheck(IConfiguration configuration, SettingsCatalogue catalogue)
{
    /// <summary>The section below which everything is ours.</summary>
    public const string Root = "Parley";

    /// <summary>One sentence per key that is no setting and per value that its setting cannot have, in the order of the keys.</summary>
    public IReadOnlyList<string> Problems => field ??= [.. Below(configuration.GetSection(Root), [Root])];

    /// <summary>The configuration, once it is known to be right.</summary>
    /// <exception cref="InvalidSettingsException">It is not.</exception>
    public IConfiguration PassedConfiguration() => Problems.Count == 0 ? configuration : throw new InvalidSettingsException(Problems);

    private IEnumerable<string> Below(IConfigurationSection section, IReadOnlyList<string> parts)
    {
        var children = section.GetChildren().ToList();
        if ((children.Count == 0 || !string.IsNullOrEmpty(section.Value)) && ProblemWith(parts, section.Value) is { } problem) yield return problem;
        foreach (var nested in children.SelectMany(child => Below(child, [.. parts, child.Key]))) yield return nested;
    }

    private string? ProblemWith(IReadOnlyList<string> parts, string? value)
    {
        var key = string.Join(':', parts);
        if (catalogue.Find(parts) is { } setting) return setting.ProblemWith(value) is { } problem ? $"{key} {problem}." : null;
        // What an empty object or list of a file looks like.
        if (string.IsNullOrEmpty(value) && catalogue.IsSection(parts)) return null;

        return catalogue.Nearest(parts) is { } nearest
            ? $"{key} is not a setting. Did you mean {nearest}?"
            : $"{key} is not a setting. docs/guide/configuration.md lists them all.";
    }
}
