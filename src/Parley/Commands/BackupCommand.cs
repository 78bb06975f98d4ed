using System.CommandLine;
using Parley.Storage;
using Parley.Storage.Backups;

namespace Parley.Commands;

/// <summary><c>parley backup</c>: copies the database into one file while the server goes on.</summary>
internal static class BackupCommand
{
    public static Command Build()
    {
        var to = new Option<string?>("--to") { HelpName = "FILE", Description = "The file to write, ./parley-<time>.db (PostgreSQL: .dump) unless named. Never overwritten." };
        var (data, file) = (ServerArguments.DataOption(), ServerArguments.FileOption());
        var command = new Command("backup", "Copies the database into a file, while the server runs or not.") { to, data, file };
        command.SetAction((parsed, cancel) => RunAsync(
            new ServerArguments(parsed.GetValue(file), parsed.GetValue(data)), parsed.GetValue(to), TimeProvider.System, parsed.InvocationConfiguration.Output, cancel));
        return command;
    }

    private static async Task<int> RunAsync(ServerArguments arguments, string? to, TimeProvider clock, TextWriter output, CancellationToken cancel)
    {
        var storage = arguments.Storage();
        var file = to ?? $"parley-{clock.Now().UtcDateTime:yyyyMMdd'T'HHmmss'Z'}.{Backup.Extension(storage.Engine)}";
        var start = clock.GetTimestamp();
        var contents = await Backup.MakeAsync(storage, file, cancel);
        await output.WriteLineAsync($"{file}: {BackupText.Size(new FileInfo(file).Length)}, written and checked in {clock.GetElapsedTime(start).TotalSeconds:0.0} s.");
        await output.WriteLineAsync($"It holds {BackupText.Of(contents)}, epoch {contents.Epoch?.ToString() ?? "none yet"}.");
        return ExitCode.Done;
    }
}
