using System.CommandLine;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Parley.Logging;
using Parley.Storage;

namespace Parley.Commands;

/// <summary><c>parley migrate</c>: brings the database to this version's schema, for those who do not let the server do it at start.</summary>
internal static class MigrateCommand
{
    public static Command Build()
    {
        var (data, file) = (ServerArguments.DataOption(), ServerArguments.FileOption());
        var command = new Command("migrate", "Brings the database to the schema of this version, and exits.") { data, file };
        command.SetAction((parsed, cancel) => RunAsync(
            new ServerArguments(parsed.GetValue(file), parsed.GetValue(data)), parsed.InvocationConfiguration.Output, cancel));
        return command;
    }

    private static async Task<int> RunAsync(ServerArguments arguments, TextWriter output, CancellationToken cancel)
    {
        using var configuration = new ConfigurationManager();
        arguments.AddTo(configuration);
        var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddLogging(logging => logging.AddLines()).AddServer(configuration);
        await using var provider = services.BuildServiceProvider();

        var applied = await provider.GetRequiredService<Migrator>().MigrateAsync(cancel);
        await output.WriteLineAsync(applied switch
        {
            0 => "The database has this version's schema already.",
            1 => "One migration was applied.",
            _ => $"{applied} migrations were applied.",
        });
        return ExitCode.Done;
    }
}
