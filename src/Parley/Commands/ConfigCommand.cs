using System.CommandLine;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Parley.Hosting;
using Spectre.Console;

namespace Parley.Commands;

/// <summary><c>parley config</c>: the settings a server started like this would have, and where each comes from.</summary>
internal static class ConfigCommand
{
    public static Command Build()
    {
        var urls = new Option<string?>("--urls") { HelpName = "URLS", Description = "As for serve." };
        var (data, file) = (ServerArguments.DataOption(), ServerArguments.FileOption());
        var command = new Command("config", "Shows the effective settings and where each comes from. Secrets are masked.") { urls, data, file };
        command.SetAction(parsed => Run(
            new ServerArguments(parsed.GetValue(file), parsed.GetValue(data), parsed.GetValue(urls)), parsed.InvocationConfiguration.Output));
        return command;
    }

    private static int Run(ServerArguments arguments, TextWriter output)
    {
        using var configuration = new ConfigurationManager();
        arguments.AddTo(configuration);
        DemoApp.AddExistingTo(configuration);
        using var provider = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddLogging().AddServer(configuration)
            .BuildServiceProvider();

        var settings = EffectiveSetting.All(provider.GetRequiredService<SettingsCatalogue>(), configuration);
        if (Console.IsOutputRedirected) WriteLines(settings, output);
        else WriteTable(settings);

        // The list first: it shows what is there. Then what a server would not start with.
        provider.GetRequiredService<SettingsCheck>().PassedConfiguration();
        return ExitCode.Done;
    }

    private static void WriteLines(IReadOnlyList<EffectiveSetting> settings, TextWriter output)
    {
        foreach (var (key, value, source) in settings) output.WriteLine($"{key}\t{Printable(value)}\t{source}");
    }

    private static void WriteTable(IReadOnlyList<EffectiveSetting> settings)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("Setting", "Value", "From");
        foreach (var (key, value, source) in settings) table.AddRow(Cell(key), Cell(value), Cell(source));
        AnsiConsole.Write(table);
    }

    private static Spectre.Console.Text Cell(string text) => new(Printable(text));

    /// <summary>A line: those of a key in PEM are put behind one another.</summary>
    private static string Printable(string text) =>
        string.Concat(text.Trim().ReplaceLineEndings(" ").Select(character => char.IsControl(character) ? '?' : character));
}
