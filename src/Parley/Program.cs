using System.CommandLine;
using Parley.Chat;
using Parley.Commands;
using Parley.Hosting;
using Parley.Tail;

namespace Parley;

/// <summary>The executable <c>parley</c>: the server and its tools.</summary>
internal static class Program
{
    public static Task<int> Main(string[] args)
    {
        ListenSockets.HandleWhereHeard();
        return RunAsync(args, Console.Out, Console.Error);
    }

    /// <summary>Runs one command. Answers 0 when it did what it should, 1 after an error that it described, 2 when the command line is wrong.</summary>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error)
    {
        var serve = ServeCommand.Build();
        var root = new RootCommand("Parley: in-app messaging on your own machine.")
        {
            serve,
            TokenCommand.Build(),
            ChatCommand.Build(),
            MigrateCommand.Build(),
            BackupCommand.Build(),
            RestoreCommand.Build(),
            ConfigCommand.Build(),
            DoctorCommand.Build(),
            TailCommand.Build(),
        };

        // A user may be called @alice: that is no file with arguments.
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            await error.WriteLineAsync($"parley: {(parsed.UnmatchedTokens is [var word, ..] ? Unknown(word, parsed) : parsed.Errors[0].Message)}");
            await error.WriteLineAsync($"Run \"{string.Join(' ', Words(parsed))} --help\" to see what it takes.");
            return ExitCode.Usage;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
                // The server's host handles Ctrl+C and SIGTERM itself, and drains for longer than a tool may take to stop.
                ProcessTerminationTimeout = parsed.CommandResult.Command == serve ? null : TimeSpan.FromSeconds(2),
            });
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Error;
        }
        catch (Exception e) when (ErrorSentences.Of(e) is { Count: > 0 } sentences)
        {
            foreach (var sentence in sentences) await error.WriteLineAsync($"parley: {sentence}");
            return ExitCode.Error;
        }
    }

    private static string Unknown(string word, ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var nearest = command.Subcommands.Select(sub => sub.Name).Concat(command.Options.Select(option => option.Name))
            .MinBy(known => EditDistance.Between(word, known));
        var hint = nearest is not null && EditDistance.Between(word, nearest) <= 2 ? $" Did you mean {nearest}?" : "";
        return $"\"{word}\" is nothing that {string.Join(' ', Words(parsed))} knows.{hint}";
    }

    private static IEnumerable<string> Words(ParseResult parsed) =>
        parsed.CommandResult.Command is RootCommand ? ["parley"] : ["parley", parsed.CommandResult.Command.Name];
}
