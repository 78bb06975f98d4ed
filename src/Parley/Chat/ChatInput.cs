using Parley.Commands;

namespace Parley.Chat;

/// <summary>What somebody typed and sent off: something to say, or a command.</summary>
internal abstract record ChatInput
{
    public const string Help = """
        /inbox                  your conversations, the last active first
        /open NUMBER|USER       go to one of the inbox, or to the conversation with somebody
        /group USER… [: TITLE]  a new group of you and others
        /who                    who is in this conversation
        /add USER…              add people
        /invite USER…           invite people: they are asked, if this conversation asks
        /invitations            what you are invited to
        /accept NUMBER          come into one of them; /decline NUMBER does not
        /title TEXT             call this conversation something else; /topic TEXT says what it is about
        /admin USER…            let people look after this conversation
        /mute USER… [TIME]      let people not speak, for a TIME like 10m or for good; /unmute USER… ends it
        /kick USER…             remove people; /ban USER… keeps them out, /unban USER… no longer
        /leave                  leave this conversation
        /contacts               your contacts, and who asks to be one
        /contact USER           ask somebody to be one, or accept who asks; /uncontact USER declines, or ends it
        /block USER…            take nothing from people directly; /unblock USER… takes it again
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

    public sealed record Invite(IReadOnlyList<UserId> Users) : ChatInput;

    public sealed record Kick(IReadOnlyList<UserId> Users) : ChatInput;

    public sealed record Ban(IReadOnlyList<UserId> Users) : ChatInput;

    public sealed record Unban(IReadOnlyList<UserId> Users) : ChatInput;

    public sealed record Admin(IReadOnlyList<UserId> Users) : ChatInput;

    /// <summary>For a time; for good without one.</summary>
    public sealed record Mute(IReadOnlyList<UserId> Users, TimeSpan? Time) : ChatInput;

    public sealed record Unmute(IReadOnlyList<UserId> Users) : ChatInput;

    public sealed record SetTitle(string Text) : ChatInput;

    public sealed record SetTopic(string Text) : ChatInput;

    public sealed record ShowPeople : ChatInput;

    public sealed record ShowInvitations : ChatInput;

    public sealed record Accept(int Number) : ChatInput;

    public sealed record Decline(int Number) : ChatInput;

    public sealed record Leave : ChatInput;

    public sealed record ShowContacts : ChatInput;

    public sealed record Befriend(UserId User) : ChatInput;

    public sealed record Unfriend(UserId User) : ChatInput;

    public sealed record Block(IReadOnlyList<UserId> Users) : ChatInput;

    public sealed record Unblock(IReadOnlyList<UserId> Users) : ChatInput;

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
            ("/who", _) => new ShowPeople(),
            ("/contacts", _) => new ShowContacts(),
            ("/contact", 2) => WithUsers(words[1..], users => new Befriend(users[0])),
            ("/uncontact", 2) => WithUsers(words[1..], users => new Unfriend(users[0])),
            ("/contact" or "/uncontact", _) => new Mistake($"{words[0]} takes one user."),
            ("/block", > 1) => WithUsers(words[1..], users => new Block(users)),
            ("/unblock", > 1) => WithUsers(words[1..], users => new Unblock(users)),
            ("/invitations", _) => new ShowInvitations(),
            ("/accept", 2) when int.TryParse(words[1], out var number) => new Accept(number),
            ("/decline", 2) when int.TryParse(words[1], out var number) => new Decline(number),
            ("/accept" or "/decline", _) => new Mistake($"{words[0]} takes the number of an invitation in /invitations."),
            ("/title", > 1) => new SetTitle(rest),
            ("/topic", > 1) => new SetTopic(rest),
            ("/title" or "/topic", _) => new Mistake($"{words[0]} takes a text."),
            ("/mute", > 2) when Duration.TryParse(words[^1], out var time) => WithUsers(words[1..^1], users => new Mute(users, time)),
            ("/mute", > 1) => WithUsers(words[1..], users => new Mute(users, null)),
            ("/unmute", > 1) => WithUsers(words[1..], users => new Unmute(users)),
            ("/add", > 1) => WithUsers(words[1..], users => new Add(users)),
            ("/invite", > 1) => WithUsers(words[1..], users => new Invite(users)),
            ("/admin", > 1) => WithUsers(words[1..], users => new Admin(users)),
            ("/kick", > 1) => WithUsers(words[1..], users => new Kick(users)),
            ("/ban", > 1) => WithUsers(words[1..], users => new Ban(users)),
            ("/unban", > 1) => WithUsers(words[1..], users => new Unban(users)),
            ("/add" or "/invite" or "/admin" or "/mute" or "/unmute" or "/kick" or "/ban" or "/unban" or "/block" or "/unblock", _) => new Mistake($"{words[0]} takes one user or more."),
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
