using System.CommandLine;
using Microsoft.Extensions.Configuration;
using Parley.Identity;

namespace Parley.Commands;

/// <summary><c>parley token</c>: what an app's backend does when its user signs in, for trying things out.</summary>
internal static class TokenCommand
{
    public static Command Build()
    {
        var user = new Argument<string>("USER") { Description = "The user's id." };
        var app = new Option<string>("--app") { HelpName = "NAME", Description = "The app.", DefaultValueFactory = _ => DemoApp.Name };
        var lifetime = new Option<TimeSpan>("--lifetime")
        {
            HelpName = "TIME",
            Description = "How long it is valid: 90s, 30m, 1h, at most 24h.",
            DefaultValueFactory = _ => TimeSpan.FromHours(1),
            CustomParser = result =>
            {
                if (Lifetime.TryParse(result.Tokens.Single().Value, out var parsed)) return parsed;
                result.AddError($"--lifetime is \"{result.Tokens.Single().Value}\", but must be a time from 1s to 24h, like 90s, 30m or 1h.");
                return default;
            },
        };
        var (data, file) = (ServerArguments.DataOption(), ServerArguments.FileOption());
        var command = new Command("token", "Prints a token that lets USER in.") { user, app, lifetime, data, file };
        command.SetAction(parsed =>
        {
            var server = new ServerArguments(parsed.GetValue(file), parsed.GetValue(data));
            var token = Issue(server, parsed.GetValue(app)!, User(parsed.GetValue(user)!), parsed.GetValue(lifetime), TimeProvider.System);
            parsed.InvocationConfiguration.Output.WriteLine(token);
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>A token signed with the app's first configured secret, or with the secret of the demo app in the data directory.</summary>
    /// <exception cref="CommandException">The app or its key is not usable.</exception>
    public static string Issue(ServerArguments arguments, string app, UserId user, TimeSpan lifetime, TimeProvider clock)
    {
        using var configuration = new ConfigurationManager();
        arguments.AddTo(configuration);
        DemoApp.AddExistingTo(configuration);
        return new TokenIssuer(app, OptionsOf(configuration, app), clock).Issue(user, lifetime);
    }

    /// <summary>The user of an argument.</summary>
    /// <exception cref="CommandException">It is no user id.</exception>
    public static UserId User(string text) => UserId.TryParse(text, out var user)
        ? user
        : throw new CommandException($"\"{text}\" is not a user id: use 1 to {UserId.MaxLength} of A-Z a-z 0-9 and punctuation "
            + "other than quotes, backslash, angle brackets and / ? # %.");

    /// <summary>Why there are no tokens of an app without a secret.</summary>
    public static string CannotSign(string app) =>
        $"The app \"{app}\" has public keys only, with which tokens are verified and not made: get one from its backend or its identity provider.";

    private static AppOptions OptionsOf(ConfigurationManager configuration, string app)
    {
        var apps = configuration.GetSection(AppsOptions.Section).Get<AppsOptions>() ?? [];
        if (!apps.TryGetValue(app, out var options))
        {
            throw new CommandException(apps.Count > 0
                ? $"There is no app \"{app}\" in the configuration, only {string.Join(", ", apps.Keys)}: choose one with --app."
                : $"No app is configured, and {DemoApp.FileIn(ServerArguments.DataDirectoryOf(configuration))} does not exist: "
                    + "run parley serve first, or name its folder with --data.");
        }

        if (new AppsOptionsValidator().Validate(null, new AppsOptions { [app] = options }) is { Failed: true, Failures: var problems })
            throw new CommandException(string.Join(' ', problems));

        return TokenIssuer.CanSign(options)
            ? options
            : throw new CommandException(CannotSign(app));
    }
}
