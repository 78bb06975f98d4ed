using Parley.Commands;

namespace Parley.Chat;

/// <summary>What somebody typed and sent off: something to say, or a command.</summary>
internal abstract record ChatInput
{
    public const string Help = """
        /inbox                  your conversations, the last active first
        /open NUMBER|USER       go to one of the inbox, or to the conversation with somebody
        /group USER… [: TITLE]  a new group of you and others
        /club USER… [: TITLE]   a new group to which people are asked, these and whoever is invited later
        /broadcast USER… [: TITLE]  a new broadcast: you write, they read
        /room TITLE             a new room, into which anybody comes who finds it
        /public                 what anybody may come into; /join NUMBER comes into one, or asks to be let in
        /who                    who is in this conversation, and who can be reached
        /add USER…              add people
        /invite USER…           invite people: they are asked, if this conversation asks
        /invitations            what you are invited to
        /accept NUMBER          come into one of them; /decline NUMBER does not
        /requests               who asks to be let in here; /approve USER… lets people in, /reject USER… does not
        /title TEXT             call this conversation something else; /topic TEXT says what it is about
        /admin USER…            let people look after this conversation; /member USER… takes it from them
        /owner USER             hand this conversation over to somebody
        /mute USER… [TIME]      let people not speak, for a TIME like 10m or for good; /unmute USER… ends it
        /muteall                let only those speak who look after it, or are allowed; /unmuteall ends it
        /allow USER…            let people speak while others may not; /disallow USER… ends it
        /kick USER…             remove people; /ban USER… keeps them out, /unban USER… no longer
        /leave                  leave this conversation
        /delete yes             end this conversation for everybody, for ever
        /pin, /archive          keep this conversation at hand, or put it aside; /unpin and /unarchive end it
        /hide                   put this conversation out of sight until something new is in it
        /silence [TIME]         do not be notified of it, for a TIME or for good; /unsilence ends it
        /contacts               your contacts, and who asks to be one
        /contact USER           ask somebody to be one, or accept who asks; /uncontact USER declines, or ends it
        /block USER…            take nothing from people directly; /unblock USER… takes it again
        /status STATUS [TEXT]   be online, away, busy or invisible, with a TEXT beside it; auto is as your devices say
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

    /// <summary>A group that asks whom it invites.</summary>
    public sealed record Club(IReadOnlyList<UserId> Users, string? Title) : ChatInput;

    public sealed record Broadcast(IReadOnlyList<UserId> Users, string? Title) : ChatInput;

    public sealed record Room(string Title) : ChatInput;

    public sealed record ShowPublic : ChatInput;

    public sealed record Join(int Number) : ChatInput;

    public sealed record Add(IReadOnlyList<UserId> Users) : ChatInput;

    public sealed record Invite(IReadOnlyList<UserId> Users) : ChatInput;

    public sealed record Kick(IReadOnlyList<UserId> Users) : ChatInput;

    public sealed record Ban(IReadOnlyList<UserId> Users) : ChatInput;

    public sealed record Unban(IReadOnlyList<UserId> Users) : ChatInput;

    public sealed record Admin(IReadOnlyList<UserId> Users) : ChatInput;

    public sealed record Member(IReadOnlyList<UserId> Users) : ChatInput;

    public sealed record HandOver(UserId User) : ChatInput;

    /// <summary>For a time; for good without one.</summary>
    public sealed record Mute(IReadOnlyList<UserId> Users, TimeSpan? Time) : ChatInput;

    public sealed record Unmute(IReadOnlyList<UserId> Users) : ChatInput;

    public sealed record MuteAll : ChatInput;

    public sealed record UnmuteAll : ChatInput;

    public sealed record Allow(IReadOnlyList<UserId> Users) : ChatInput;

    public sealed record Disallow(IReadOnlyList<UserId> Users) : ChatInput;

    public sealed record ShowRequests : ChatInput;

    public sealed record Approve(IReadOnlyList<UserId> Users) : ChatInput;

    public sealed record Reject(IReadOnlyList<UserId> Users) : ChatInput;

    public sealed record SetTitle(string Text) : ChatInput;

    public sealed record SetTopic(string Text) : ChatInput;

    public sealed record ShowPeople : ChatInput;

    public sealed record ShowInvitations : ChatInput;

    public sealed record Accept(int Number) : ChatInput;

    public sealed record Decline(int Number) : ChatInput;

    public sealed record Leave : ChatInput;

    public sealed record Delete : ChatInput;

    public sealed record Shelve(ShelfStep Step) : ChatInput;

    /// <summary>For a time; for good without one.</summary>
    public sealed record Silence(TimeSpan? Time) : ChatInput;

    public sealed record Unsilence : ChatInput;

    public sealed record ShowContacts : ChatInput;

    public sealed record Befriend(UserId User) : ChatInput;

    public sealed record Unfriend(UserId User) : ChatInput;

    public sealed record Block(IReadOnlyList<UserId> Users) : ChatInput;

    public sealed record Unblock(IReadOnlyList<UserId> Users) : ChatInput;

    public sealed record Rename(string Name) : ChatInput;

    /// <summary>As his devices say without a status.</summary>
    public sealed record SetStatus(PresenceStatus? Status, string? Text) : ChatInput;

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
            ("/room", > 1) => new Room(rest),
            ("/room", _) => new Mistake("/room takes a title."),
            ("/public", _) => new ShowPublic(),
            ("/join", 2) when int.TryParse(words[1], out var number) => new Join(number),
            ("/join", _) => new Mistake("/join takes a number of /public."),
            ("/requests", _) => new ShowRequests(),
            ("/owner", 2) => WithUsers(words[1..], users => new HandOver(users[0])),
            ("/owner", _) => new Mistake("/owner takes one user."),
            ("/muteall", _) => new MuteAll(),
            ("/unmuteall", _) => new UnmuteAll(),
            ("/delete", 2) when words[1] == "yes" => new Delete(),
            ("/delete", _) => new Mistake("/delete ends this conversation for everybody, for ever. If you mean it: /delete yes."),
            ("/pin", _) => new Shelve(ShelfStep.Pin),
            ("/unpin", _) => new Shelve(ShelfStep.Unpin),
            ("/archive", _) => new Shelve(ShelfStep.Archive),
            ("/unarchive", _) => new Shelve(ShelfStep.Unarchive),
            ("/hide", _) => new Shelve(ShelfStep.Hide),
            ("/silence", 1) => new Silence(null),
            ("/silence", 2) when Duration.TryParse(words[1], out var time) => new Silence(time),
            ("/silence", _) => new Mistake("/silence takes a time like 8h, or nothing."),
            ("/unsilence", _) => new Unsilence(),
            ("/status", > 1) => ParseStatus(words[1], rest[words[1].Length..].Trim()),
            ("/status", _) => new Mistake(StatusMistake),
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
            ("/member", > 1) => WithUsers(words[1..], users => new Member(users)),
            ("/allow", > 1) => WithUsers(words[1..], users => new Allow(users)),
            ("/disallow", > 1) => WithUsers(words[1..], users => new Disallow(users)),
            ("/approve", > 1) => WithUsers(words[1..], users => new Approve(users)),
            ("/reject", > 1) => WithUsers(words[1..], users => new Reject(users)),
            ("/member" or "/allow" or "/disallow" or "/approve" or "/reject", _) => new Mistake($"{words[0]} takes one user or more."),
            ("/add" or "/invite" or "/admin" or "/mute" or "/unmute" or "/kick" or "/ban" or "/unban" or "/block" or "/unblock", _) => new Mistake($"{words[0]} takes one user or more."),
            ("/group", > 1) => ParseGroup(rest, (users, title) => new Group(users, title)),
            ("/club", > 1) => ParseGroup(rest, (users, title) => new Club(users, title)),
            ("/broadcast", > 1) => ParseGroup(rest, (users, title) => new Broadcast(users, title)),
            ("/group" or "/club" or "/broadcast", _) => new Mistake($"{words[0]} takes the users to talk to, and perhaps a title: {words[0]} bob carol : lunch."),
            _ => new Mistake($"There is no command {words[0]}; /help lists them. To say it, begin with //."),
        };
    }

    private const string StatusMistake = "/status takes online, away, busy, invisible or auto, and perhaps a text.";

    private static ChatInput ParseStatus(string status, string text) => status switch
    {
        "online" => new SetStatus(PresenceStatus.Online, text),
        "away" => new SetStatus(PresenceStatus.Away, text),
        "busy" => new SetStatus(PresenceStatus.Busy, text),
        "invisible" => new SetStatus(PresenceStatus.Invisible, text),
        "auto" => new SetStatus(null, text),
        _ => new Mistake(StatusMistake),
    };

    private static ChatInput ParseGroup(string rest, Func<IReadOnlyList<UserId>, string?, ChatInput> make)
    {
        var colon = rest.IndexOf(" : ", StringComparison.Ordinal);
        var title = colon < 0 ? null : rest[(colon + 3)..].Trim();
        var users = (colon < 0 ? rest : rest[..colon]).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return WithUsers(users, known => make(known, title is { Length: 0 } ? null : title));
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

/// <summary>Where a conversation goes in the user's own inbox.</summary>
internal enum ShelfStep
{
    Pin,
    Unpin,
    Archive,
    Unarchive,
    Hide,
}
