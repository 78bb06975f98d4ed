using System.CommandLine;
using Parley.Storage;
using Parley.Storage.Backups;

namespace Parley.Commands;

/// <summary><c>parley restore</c>: puts a backup in the place of the database of a stopped server.</summary>
internal static class RestoreCommand
{
    public static Command Build()
    {
        var backup = new Argument<string>("FILE") { Description = "What parley backup made." };
        var replace = new Option<bool>("--replace") { Description = "Put aside what is there, and say where it is." };
        var (data, file) = (ServerArguments.DataOption(), ServerArguments.FileOption());
        var command = new Command("restore", "Puts a backup in the place of the database. Stop the server first.") { backup, replace, data, file };
        command.SetAction((parsed, cancel) => RunAsync(
            new ServerArguments(parsed.GetValue(file), parsed.GetValue(data)), parsed.GetValue(backup)!,
            parsed.GetValue(replace) ? RestoreMode.Replace : RestoreMode.WhereNothingIs, TimeProvider.System, parsed.InvocationConfiguration.Output, cancel));
        return command;
    }

    private static async Task<int> RunAsync(
        ServerArguments arguments, string file, RestoreMode mode, TimeProvider clock, TextWriter output, CancellationToken cancel)
    {
        var storage = arguments.Storage();
        var restored = await Restore.RunAsync(storage, file, mode, clock.Now(), cancel);
        await output.WriteLineAsync($"Restored {BackupText.Of(restored.Contents)}.");
        await output.WriteLineAsync($"The epoch is {restored.Epoch} now: clients that know of later entries are told to read anew.");
        if (restored.Aside is { } aside)
            await output.WriteLineAsync(storage.Engine == StorageEngine.Sqlite ? $"What was there is {aside}." : $"What was there is in the schema {aside}.");
        return ExitCode.Done;
    }
}
