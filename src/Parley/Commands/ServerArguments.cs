using System.CommandLine;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Parley.Hosting;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Commands;

/// <summary>The arguments that say which server is meant: shared by all commands that read its configuration.</summary>
/// <param name="File">A JSON file with settings.</param>
/// <param name="DataDirectory">Where the server keeps its files.</param>
/// <param name="Urls">Where the server listens.</param>
internal sealed record ServerArguments(string? File, string? DataDirectory, string? Urls = null)
{
    public const string DataDirectoryKey = "Parley:Storage:DataDirectory";

    private const string DefaultDataDirectory = "data";

    public static Option<string?> FileOption() => new("--config") { HelpName = "FILE", Description = "A JSON file with settings." };

    public static Option<string?> DataOption() =>
        new("--data") { HelpName = "DIR", Description = $"The folder with the server's files, ./{DefaultDataDirectory} unless configured otherwise." };

    /// <summary>Adds where settings come from; the later wins: the file, the environment (<c>Parley__Http__Urls</c>), the arguments.</summary>
    /// <exception cref="CommandException">The file is not there, or is no JSON.</exception>
    public void AddTo(IConfigurationBuilder builder)
    {
        try
        {
            if (File is not null) builder.AddJsonFile(Path.GetFullPath(File), optional: false, reloadOnChange: false);
        }
        catch (FileNotFoundException)
        {
            throw new CommandException($"There is no file {File}: check --config.");
        }
        catch (InvalidDataException e)
        {
            throw new CommandException($"{File} is not a configuration: {(e.InnerException ?? e).Message.TrimEnd('.')}.");
        }

        builder.AddEnvironmentVariables();
        builder.Add(new NamedSource("argument", new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            [DataDirectoryKey] = DataDirectory,
            [$"{HttpOptions.Section}:{nameof(HttpOptions.Urls)}"] = Urls,
        }));
    }

    /// <summary>Where such a server keeps its data. All of the configuration is checked, as at a start.</summary>
    /// <exception cref="InvalidSettingsException">It is not one that a server would start with.</exception>
    public StorageOptions Storage()
    {
        using var configuration = new ConfigurationManager();
        AddTo(configuration);
        using var provider = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddLogging().AddServer(configuration).BuildServiceProvider();
        return provider.GetRequiredService<IOptions<StorageOptions>>().Value;
    }

    /// <summary>The folder with the server's files, as an absolute path.</summary>
    public static string DataDirectoryOf(IConfiguration configuration) =>
        Path.GetFullPath(configuration[DataDirectoryKey] is { Length: > 0 } configured ? configured : DefaultDataDirectory);

    /// <summary>Whether the configuration names an app of its own; then there is no demo.</summary>
    public static bool NamesApps(IConfiguration configuration) => configuration.GetSection(AppsOptions.Section).GetChildren().Any();
}

/// <summary>Settings a command adds, under the name that <c>parley config</c> shows as their source. Null values are left out.</summary>
internal sealed class NamedSource : ConfigurationProvider, IConfigurationSource
{
    private readonly string _name;

    public NamedSource(string name, IEnumerable<KeyValuePair<string, string?>> settings)
    {
        _name = name;
        foreach (var (key, value) in settings.Where(setting => setting.Value is not null)) Data[key] = value;
    }

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    public override string ToString() => _name;
}
