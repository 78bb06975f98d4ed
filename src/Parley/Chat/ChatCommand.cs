using System.CommandLine;
using Parley.Client;
using Parley.Commands;
using Spectre.Console;

namespace Parley.Chat;

/// <summary><c>parley chat</c>: two people in two terminals.</summary>
internal sealed class ChatCommand(TextReader input, TextWriter output, ChatSurface surface, TimeProvider clock)
{
    private static readonly TimeSpan TokenLifetime = TimeSpan.FromHours(12);

    /// <summary>A chat may be started at the same moment as its server.</summary>
    private static readonly TimeSpan ServerStart = TimeSpan.FromSeconds(30);

    public static Command Build()
    {
        var user = new Argument<string>("USER") { Description = "Who you are." };
        var peers = new Argument<string[]>("PEER") { Description = "Whom to talk to; several are a group.", Arity = ArgumentArity.ZeroOrMore };
        var group = new Option<string?>("--group") { HelpName = "TITLE", Description = "The group of this title: yours, or a new one of you and every PEER." };
        var conversation = new Option<string?>("--conversation") { HelpName = "ID", Description = "The conversation to open, instead of the one with PEER." };
        var url = new Option<string>("--url") { HelpName = "URL", Description = "The server.", DefaultValueFactory = _ => "http://localhost:5080" };
        var token = new Option<string?>("--token") { HelpName = "TOKEN", Description = "A token of USER; without it one is made with the key of --app, as parley token does." };
        var app = new Option<string>("--app") { HelpName = "NAME", Description = "The app.", DefaultValueFactory = _ => DemoApp.Name };
        var (data, file) = (ServerArguments.DataOption(), ServerArguments.FileOption());
        var command = new Command("chat", "Chats with PEER, or a group, in this terminal; with input from a pipe, one line is one message.")
        {
            user, peers, group, conversation, url, token, app, data, file,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            var who = TokenCommand.User(parsed.GetValue(user)!);
            UserId[] others = [.. (parsed.GetValue(peers) ?? []).Select(TokenCommand.User)];
            var title = parsed.GetValue(group);
            if (others.Length > 0 || title is not null ? parsed.GetValue(conversation) is not null : parsed.GetValue(conversation) is null)
                throw new CommandException("Say whom to talk to: parley chat USER PEER…, parley chat USER --group TITLE PEER…, or parley chat USER --conversation ID.");
            if (others.Contains(who)) throw new CommandException("Say whom to talk to other than yourself.");
            var arguments = new ServerArguments(parsed.GetValue(file), parsed.GetValue(data));
            var (given, name, clock) = (parsed.GetValue(token), parsed.GetValue(app)!, TimeProvider.System);
            string Issue() => given ?? TokenCommand.Issue(arguments, name, who, TokenLifetime, clock);
            if (given is null) await DemoApp.AwaitAsync(arguments, parsed.InvocationConfiguration.Error, ServerStart, TimeProvider.System, cancel);
            // Once now, so that a missing secret is told at once and not as a connection that does not come.
            _ = Issue();
            UserId? whom = title is null && others is [var one] ? one : null;
            var options = new ChatOptions(who, whom, parsed.GetValue(conversation) is { } id ? Conversation(id) : null, Address(parsed.GetValue(url)!), _ => ValueTask.FromResult(Issue()))
            {
                Group = title is not null || others.Length > 1 ? new GroupWish(title, others) : null,
            };
            var surface = Console.IsInputRedirected || Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Ansi ? ChatSurface.Plain : ChatSurface.Terminal;
            return await new ChatCommand(Console.In, parsed.InvocationConfiguration.Output, surface, clock).RunAsync(options, cancel);
        });
        return command;
    }

    /// <summary>Chats until the user quits, the input ends, or the server ends it for good.</summary>
    /// <exception cref="CommandException">The server is none, or lets the user not in.</exception>
    public async Task<int> RunAsync(ChatOptions options, CancellationToken cancel)
    {
        ChatSession session;
        try
        {
            session = new ChatSession(options);
        }
        catch (ArgumentException error)
        {
            throw new CommandException(error.Message);
        }

        await using (session)
        {
            try
            {
                if (surface == ChatSurface.Plain) await new PlainChat(session, options, output).RunAsync(input, cancel);
                else await new TerminalChat(session, options, AnsiConsole.Console, Console.Out, clock).RunAsync(cancel);
                return ExitCode.Done;
            }
            catch (ParleyException error)
            {
                throw new CommandException(ChatSentences.Of(error));
            }
        }
    }

    private static ConversationId Conversation(string text) => Guid.TryParse(text, out var id)
        ? new ConversationId(id)
        : throw new CommandException($"--conversation is \"{text}\", but must be the id of a conversation, like 0193f2a0-6c00-7000-8000-0000000000d1.");

    private static Uri Address(string text) => Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" or "ws" or "wss"
        ? address
        : throw new CommandException($"--url is \"{text}\", but must be an address like http://localhost:5080.");
}

/// <summary>Where a chat is shown.</summary>
internal enum ChatSurface
{
    /// <summary>Lines in, lines out.</summary>
    Plain,

    /// <summary>A screen.</summary>
    Terminal,
}
