using System.CommandLine;
using System.Globalization;
using Parley.Commands;
using Parley.Conversations;
using Parley.Storage;

namespace Parley.Tail;

/// <summary>How a line is written.</summary>
internal enum TailForm
{
    /// <summary>For people.</summary>
    Text,

    /// <summary>For programs.</summary>
    Json,
}

/// <summary><c>parley tail</c>: shows what is recorded, as it is recorded, from the database. The server is not asked and not held up.</summary>
internal sealed class TailCommand(StorageOptions storage, TailChoice choice, TailContent content, TailForm form, TimeProvider clock)
{
    /// <summary>Between two looks that found nothing new.</summary>
    internal static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Looking takes at most one part in so many of its time: in a database of very many conversations a look is long.</summary>
    private const int Idleness = 20;

    public static Command Build()
    {
        var app = new Option<string?>("--app") { HelpName = "NAME", Description = "Only this app." };
        var conversation = new Option<Guid?>("--conversation") { HelpName = "ID", Description = "Only this conversation." };
        var from = new Option<string?>("--from") { HelpName = "WHERE", Description = "Begin earlier than now: 90s, 30m, 24h or 7d ago; with --conversation also a sequence, like 41." };
        var content = new Option<bool>("--content") { Description = "Show what people wrote. Without it a line says who did what, where and when." };
        var json = new Option<bool>("--json") { Description = "One JSON object a line." };
        var (data, file) = (ServerArguments.DataOption(), ServerArguments.FileOption());
        var command = new Command("tail", "Shows entries as they are recorded, until Ctrl+C. Reads the database, beside the server or without it.")
        {
            app, conversation, from, content, json, data, file,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            ConversationId? one = parsed.GetValue(conversation) is { } id ? new ConversationId(id) : null;
            var (after, since) = From(parsed.GetValue(from), one, TimeProvider.System);
            var tail = new TailCommand(
                new ServerArguments(parsed.GetValue(file), parsed.GetValue(data)).Storage(), new TailChoice(parsed.GetValue(app), one, after, since),
                parsed.GetValue(content) ? TailContent.Shown : TailContent.Hidden, parsed.GetValue(json) ? TailForm.Json : TailForm.Text, TimeProvider.System);
            return await tail.RunAsync(parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, cancel);
        });
        return command;
    }

    /// <summary>Follows until it is cancelled. A database that cannot be read at first ends it; one that goes away later is waited for.</summary>
    /// <exception cref="StorageException">There is no database to begin with.</exception>
    public async Task<int> RunAsync(TextWriter output, TextWriter told, CancellationToken cancel)
    {
        await using var tail = new LogTail(storage, choice);
        var (begun, isAway) = (false, false);
        try
        {
            while (true)
            {
                var start = clock.GetTimestamp();
                IReadOnlyList<TailEntry> entries = [];
                try
                {
                    entries = await tail.ReadAsync(cancel);
                    if (isAway) await told.WriteLineAsync("parley: the database is back.");
                    if (tail.HistoryIsNew) await told.WriteLineAsync("parley: another database is in place, with a history of its own; following it from now on.");
                    (begun, isAway) = (true, false);
                }
                catch (StorageException failure) when (begun)
                {
                    if (!isAway) await told.WriteLineAsync($"parley: {failure.Message} Waiting for it.");
                    isAway = true;
                }

                foreach (var entry in entries) await output.WriteLineAsync(form == TailForm.Json ? TailLine.Json(entry, content) : TailLine.Text(entry, content));
                await output.FlushAsync(cancel);
                if (entries.Count == 0) await Task.Delay(Longer(Pause, clock.GetElapsedTime(start) * Idleness), clock, cancel);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return ExitCode.Done;
        }
    }

    /// <summary>Where to begin.</summary>
    /// <exception cref="CommandException">The argument says neither how long ago nor a sequence.</exception>
    internal static (Sequence? After, DateTimeOffset? Since) From(string? text, ConversationId? conversation, TimeProvider clock)
    {
        if (text is null) return (null, null);
        if (conversation is not null && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) && sequence >= 1) return (new Sequence(sequence - 1), null);
        if (Duration.TryParse(text, out var ago)) return (null, clock.Now() - ago);
        throw new CommandException($"--from is \"{text}\", but must be a time like 90s, 30m, 24h or 7d, or, with --conversation, a sequence from 1.");
    }

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
