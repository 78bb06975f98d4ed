namespace Parley.Chat;

/// <summary>What somebody typed and sent off: something to say, or a command.</summary>
internal abstract record ChatInput
{
    public const string Help = """
        /inbox                  your conversations, the last active first
        /open NUMBER|USER       go to one of the inbox, or to the conversation with somebody
        /group USER… [: TITLE]  a new group of you and others
        /add USER…              add people to this group
        /leave                  leave this group
        /name [NAME]            what others may see beside your id
        /help                   this
        /quit                   leave the chat (also Ctrl+C)
        Alt+Enter, or \ at the end of a line, starts a new line. A line that begins with // says /.
        """;

    public sealed record Say(string Text) : ChatInput;

    public sealed record ShowHelp : ChatInput;

    public sealed record ShowInbox : ChatInput;

    public sealed record Open(string Target) : ChatInput;

    public sealed record Group(IReadOnlyList<UserId> Users, string? Title) : ChatInput;

    public sealed record Add(IReadOnlyList<UserId> Users) : ChatInput;

    public sealed record Leave : ChatInput;

    public sealed record Rename(string Name) : ChatInput;

    public sealed record Quit : ChatInput;

    public sealed record Nothing : ChatInput;

    /// <summary>It is no command, or not a whole one.</summary>
    public sealed record Mistake(string Sentence) : ChatInput;

    public static ChatInput Parse(string text)
    {
        if (string.IsNullOrWhiteSpace(text)) return new Nothing();
        if (text.StartsWith("//", StringComparison.Ordinal)) return new Say(text[1..]);
        if (!text.StartsWith('/')) return new Say(text);
        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var rest = text[words[0].Length..].Trim();
        return (words[0], words.Length) switch
        {
            ("/help" or "/?", _) => new ShowHelp(),
            ("/inbox", _) => new ShowInbox(),
            ("/leave", _) => new Leave(),
            ("/name", _) => new Rename(rest),
            ("/quit" or "/exit", _) => new Quit(),
            ("/open", 2) => new Open(words[1]),
            ("/open", _) => new Mistake("/open takes the number of a conversation in /inbox, or a user."),
            ("/add", > 1) => WithUsers(words[1..], users => new Add(users)),
            ("/add", _) => new Mistake("/add takes the users to add."),
            ("/group", > 1) => ParseGroup(rest),
            ("/group", _) => new Mistake("/group takes the users to talk to, and perhaps a title: /group bob carol : lunch."),
            _ => new Mistake($"There is no command {words[0]}; /help lists them. To say it, begin with //."),
        };
    }

    private static ChatInput ParseGroup(string rest)
    {
        var colon = rest.IndexOf(" : ", StringComparison.Ordinal);
        var title = colon < 0 ? null : rest[(colon + 3)..].Trim();
        var users = (colon < 0 ? rest : rest[..colon]).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return WithUsers(users, known => new Group(known, title is { Length: 0 } ? null : title));
    }

    private static ChatInput WithUsers(string[] words, Func<IReadOnlyList<UserId>, ChatInput> make)
    {
        var users = new List<UserId>();
        foreach (var word in words)
        {
            if (!UserId.TryParse(word.TrimEnd(','), out var user)) return new Mistake($"{word} is no user id.");
            users.Add(user);
        }

        return make(users);
    }
}
