using System.CommandLine;
using Microsoft.Extensions.Configuration;
using Parley.Doctor;
using Parley.Identity;

namespace Parley.Commands;

/// <summary><c>parley doctor</c>: looks at what a machine or a configuration may have wrong, and says what to do. Changes nothing.</summary>
internal static class DoctorCommand
{
    private static readonly TimeSpan TokenLifetime = TimeSpan.FromMinutes(5);

    public static Command Build()
    {
        var url = new Option<string?>("--url") { HelpName = "URL", Description = "Also reach a running server at this address, as clients do, and open a session." };
        var app = new Option<string?>("--app") { HelpName = "NAME", Description = "The app of that session, the first one unless named." };
        var damage = new Option<bool>("--damage") { Description = "Also read all of an SQLite database to look for damage." };
        var urls = new Option<string?>("--urls") { HelpName = "URLS", Description = "As for serve." };
        var (data, file) = (ServerArguments.DataOption(), ServerArguments.FileOption());
        var command = new Command("doctor", "Looks at the configuration, the machine and the database, and says what to do. Answers 1 when a server would fail.")
        {
            url, app, damage, urls, data, file,
        };
        command.SetAction((parsed, cancel) => RunAsync(
            new ServerArguments(parsed.GetValue(file), parsed.GetValue(data), parsed.GetValue(urls)), parsed.GetValue(url) is { } at ? ServerCheck.Address(at) : null,
            parsed.GetValue(app), parsed.GetValue(damage) ? Damage.LookedFor : Damage.NotLookedFor, TimeProvider.System, parsed.InvocationConfiguration.Output, cancel));
        return command;
    }

    private static async Task<int> RunAsync(
        ServerArguments arguments, Uri? server, string? app, Damage damage, TimeProvider clock, TextWriter output, CancellationToken cancel)
    {
        using var configuration = new ConfigurationManager();
        arguments.AddTo(configuration);
        var (patient, findings) = ConfigurationCheck.Run(configuration, clock);
        var (failed, warned) = (0, 0);
        await foreach (var finding in AllAsync())
        {
            await output.WriteLineAsync($"{finding.Verdict.ToString().ToUpperInvariant(),-4}  {finding.Check}: {finding.Sentence}");
            if (finding.Advice is { } advice) await output.WriteLineAsync($"      {advice}");
            if (finding.Verdict == Verdict.Fail) failed++;
            if (finding.Verdict == Verdict.Warn) warned++;
        }

        await output.WriteLineAsync((failed, warned) switch
        {
            (0, 0) => "All is well.",
            (0, _) => $"It works; {warned} to look after.",
            _ => $"{failed} failed{(warned == 0 ? "" : $", {warned} to look after")}.",
        });
        return failed == 0 ? ExitCode.Done : ExitCode.Error;

        async IAsyncEnumerable<Finding> AllAsync()
        {
            foreach (var finding in findings) yield return finding;
            if (patient is null) yield break;
            foreach (var finding in ClockCheck.Run(patient)) yield return finding;
            foreach (var finding in FolderCheck.Run(patient)) yield return finding;
            await foreach (var finding in DatabaseCheck.RunAsync(patient, damage, cancel)) yield return finding;
            foreach (var finding in FileLimitCheck.Run(patient)) yield return finding;
            await foreach (var finding in TokenCheck.RunAsync(patient, cancel)) yield return finding;
            await foreach (var finding in KeySetCheck.RunAsync(patient, cancel)) yield return finding;
            await foreach (var finding in ListenCheck.RunAsync(patient, cancel)) yield return finding;
            if (server is null) yield break;
            await foreach (var finding in new ServerCheck(server, () => Token(patient, app), clock).RunAsync(cancel)) yield return finding;
        }
    }

    private static string Token(Patient patient, string? app)
    {
        var name = app ?? patient.Apps.Keys.FirstOrDefault() ?? throw new CommandException("There is no app to sign a token for: give the server's --config or --data.");
        if (!patient.Apps.TryGetValue(name, out var options)) throw new CommandException($"There is no app \"{name}\" in the configuration: choose one with --app.");
        return TokenIssuer.CanSign(options)
            ? new TokenIssuer(name, options, patient.Clock).Issue(TokenCheck.User, TokenLifetime)
            : throw new CommandException(TokenCommand.CannotSign(name));
    }
}
