using System.Globalization;
using Parley.Commands;

namespace Parley.Chat;

/// <content>Reading what was typed.</content>
internal abstract partial record ChatInput
{
    private const int UsualMessages = 10;
    private const int MaxMessages = 50;
    private const string SendMistake = "/send takes a file, and perhaps a text: /send plan.png, or /send \"my plan.png\" What do you think?";

    private const string StatusMistake = "/status takes online, away, busy, invisible or auto, and perhaps a text.";

    public static ChatInput Parse(string text)
    {
        if (string.IsNullOrWhiteSpace(text)) return new Nothing();
        if (text.StartsWith("//", StringComparison.Ordinal)) return new Say(text[1..]);
        if (!text.StartsWith('/')) return new Say(text);
        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var rest = text[words[0].Length..].Trim();
        return ParseMessage(words, rest) ?? ParseSetting(words, rest) ?? ParseOther(words, rest);
    }

    private static ChatInput? ParseMessage(string[] words, string rest)
    {
        var (number, text) = Numbered(rest);
        return (words[0], words.Length) switch
        {
            ("/messages", 1) => new ShowMessages(UsualMessages),
            ("/messages", 2) when int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= MaxMessages => new ShowMessages(count),
            ("/messages", _) => new Mistake($"/messages takes how many, 1 to {MaxMessages}, or nothing."),
            ("/reply", _) when text.Length > 0 => new Reply(number, text),
            ("/reply", _) => new Mistake("/reply takes what you answer, and before it perhaps which message: /reply #4 I am coming."),
            ("/edit", _) when text.Length > 0 => new Edit(number, text),
            ("/edit", _) => new Mistake("/edit takes what your message is to say, and before it perhaps which message: /edit #4 I am coming."),
            ("/recall", 1) => new Recall(null),
            ("/recall", 2) when TryNumber(words[1], out var which) => new Recall(which),
            ("/recall", _) => new Mistake("/recall takes the number of a message in /messages, or nothing for your last one."),
            ("/remove", > 1) when words.Skip(1).All(word => TryNumber(word, out _)) => new Remove([.. words.Skip(1).Select(word => TryNumber(word, out var which) ? which : default)]),
            ("/remove", _) => new Mistake("/remove takes numbers of messages in /messages: /remove #4 #5."),
            ("/unread", 1) => new MarkUnread(null),
            ("/unread", 2) when TryNumber(words[1], out var which) => new MarkUnread(which),
            ("/unread", _) => new Mistake("/unread takes the number of a message in /messages, or nothing for the last one of somebody else."),
            _ => null,
        };
    }

    private static ChatInput? ParseSetting(string[] words, string rest) => (words[0], words.Length) switch
    {
        ("/title", > 1) => new SetTitle(rest),
        ("/topic", > 1) => new SetTopic(rest),
        ("/announce", > 1) => new Announce(rest),
        ("/unannounce", 1) => new Announce(""),
        ("/unannounce", _) => new Mistake("/unannounce takes nothing."),
        ("/title" or "/topic" or "/announce", _) => new Mistake($"{words[0]} takes a text."),
        ("/public", 1) => new ShowPublic(),
        ("/public", 2) when OnOff(words[1]) is { } on => new Set(ChatSetting.Public, on),
        ("/public", _) => new Mistake("/public takes nothing to list what is public, and on or off to let anybody come into this conversation, or nobody."),
        ("/approval", 2) when OnOff(words[1]) is { } on => new Set(ChatSetting.Approval, on),
        ("/confirm", 2) when OnOff(words[1]) is { } on => new Set(ChatSetting.Confirm, on),
        ("/memberinvite", 2) when OnOff(words[1]) is { } on => new Set(ChatSetting.MemberInvite, on),
        ("/approval" or "/confirm" or "/memberinvite", _) => new Mistake($"{words[0]} takes on or off."),
        ("/attributes", 1) => new ShowAttributes(null),
        ("/attributes", 2) => WithUsers([words[1].TrimStart('@')], users => new ShowAttributes(users[0])),
        ("/attributes", _) => new Mistake("/attributes takes a user, or nothing for those of this conversation."),
        ("/attribute", > 3) when words[1][0] == '@' => WithUsers([words[1][1..]], users => new SetAttribute(users[0], words[2], After(rest, 2))),
        ("/attribute", > 2) when words[1][0] != '@' => new SetAttribute(null, words[1], After(rest, 1)),
        ("/attribute", _) => new Mistake("/attribute takes a name and a text, and before them perhaps somebody: /attribute place Paris, or /attribute @bob nick Bobby."),
        ("/unattribute", 3) when words[1][0] == '@' => WithUsers([words[1][1..]], users => new SetAttribute(users[0], words[2], null)),
        ("/unattribute", 2) when words[1][0] != '@' => new SetAttribute(null, words[1], null),
        ("/unattribute", _) => new Mistake("/unattribute takes a name, and before it perhaps somebody: /unattribute place, or /unattribute @bob nick."),
        _ => null,
    };

    private static ChatInput ParseOther(string[] words, string rest)
    {
        return (words[0], words.Length) switch
        {
            ("/help" or "/?", _) => new ShowHelp(rest.Length == 0 ? null : rest),
            ("/inbox", 1) => new ShowInbox(false),
            ("/inbox", 2) when words[1] == "archived" => new ShowInbox(true),
            ("/inbox", _) => new Mistake("/inbox takes nothing, or archived for what is put aside."),
            ("/leave", _) => new Leave(),
            ("/name", _) => new Rename(rest),
            ("/quit" or "/exit", _) => new Quit(),
            ("/open", 2) => new Open(words[1]),
            ("/open", _) => new Mistake("/open takes the number of a conversation in /inbox, or a user."),
            ("/send", > 1) => ParseSend(rest),
            ("/send", _) => new Mistake(SendMistake),
            ("/who", _) => new ShowPeople(),
            ("/room", > 1) => new Room(rest),
            ("/room", _) => new Mistake("/room takes a title."),
            ("/join", > 1) when int.TryParse(words[1], out var number) => new Join(number, After(rest, 1) is { Length: > 0 } text ? text : null),
            ("/join", _) => new Mistake("/join takes a number of /public, and perhaps a text for who decides."),
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
            ("/find", > 1) => new Find(rest),
            ("/find", _) => new Mistake("/find takes an e-mail address, a telephone number, or # and the number of a user."),
            ("/devices", _) => new ShowDevices(),
            ("/signout", 2) when int.TryParse(words[1], out var number) => new SignOut(number),
            ("/signout", _) => new Mistake("/signout takes the number of a device in /devices."),
            ("/block", > 1) => WithUsers(words[1..], users => new Block(users)),
            ("/unblock", > 1) => WithUsers(words[1..], users => new Unblock(users)),
            ("/invitations", _) => new ShowInvitations(),
            ("/accept", 2) when int.TryParse(words[1], out var number) => new Accept(number),
            ("/decline", 2) when int.TryParse(words[1], out var number) => new Decline(number),
            ("/accept" or "/decline", _) => new Mistake($"{words[0]} takes the number of an invitation in /invitations."),
            ("/mute", > 2) when Duration.TryParse(words[^1], out var time) => WithUsers(words[1..^1], users => new Mute(users, time)),
            ("/mute", > 1) => WithUsers(words[1..], users => new Mute(users, null)),
            ("/unmute", > 1) => WithUsers(words[1..], users => new Unmute(users)),
            ("/add", > 1) => WithUsers(words[1..], users => new Add(users)),
            ("/invite", > 1) => WithUsers(words[1..], users => new Invite(users)),
            ("/uninvite", > 1) => WithUsers(words[1..], users => new Uninvite(users)),
            ("/admin", > 1) => WithUsers(words[1..], users => new Admin(users)),
            ("/kick", > 1) => WithUsers(words[1..], users => new Kick(users)),
            ("/ban", > 1) => WithUsers(words[1..], users => new Ban(users)),
            ("/unban", > 1) => WithUsers(words[1..], users => new Unban(users)),
            ("/member", > 1) => WithUsers(words[1..], users => new Member(users)),
            ("/allow", > 1) => WithUsers(words[1..], users => new Allow(users)),
            ("/disallow", > 1) => WithUsers(words[1..], users => new Disallow(users)),
            ("/approve", > 1) => WithUsers(words[1..], users => new Approve(users)),
            ("/reject", > 1) => WithUsers(words[1..], users => new Reject(users)),
            ("/member" or "/allow" or "/disallow" or "/approve" or "/reject" or "/uninvite", _) => new Mistake($"{words[0]} takes one user or more."),
            ("/add" or "/invite" or "/admin" or "/mute" or "/unmute" or "/kick" or "/ban" or "/unban" or "/block" or "/unblock", _) => new Mistake($"{words[0]} takes one user or more."),
            ("/group", > 1) => ParseGroup(words[0], rest, (users, title) => new Group(users, title)),
            ("/club", > 1) => ParseGroup(words[0], rest, (users, title) => new Club(users, title)),
            ("/broadcast", > 1) => ParseGroup(words[0], rest, (users, title) => new Broadcast(users, title)),
            ("/group" or "/club" or "/broadcast", _) => new Mistake($"{words[0]} takes the users to talk to, and perhaps a title: {words[0]} bob carol : lunch."),
            _ => new Mistake($"There is no command {words[0]}; /help lists them. To say it, begin with //."),
        };
    }

    private static ChatInput ParseSend(string rest)
    {
        if (rest[0] != '"')
        {
            var path = rest.Split((char[]?)null, 2)[0];
            return new Send(path, rest[path.Length..].Trim());
        }

        var end = rest.IndexOf('"', 1);
        return end > 1 ? new Send(rest[1..end], rest[(end + 1)..].Trim()) : new Mistake(SendMistake);
    }

    private static ChatInput ParseStatus(string status, string text) => status switch
    {
        "online" => new SetStatus(PresenceStatus.Online, text),
        "away" => new SetStatus(PresenceStatus.Away, text),
        "busy" => new SetStatus(PresenceStatus.Busy, text),
        "invisible" => new SetStatus(PresenceStatus.Invisible, text),
        "auto" => new SetStatus(null, text),
        _ => new Mistake(StatusMistake),
    };

    /// <summary>The number before a text, as <c>#4</c>, and the text; all of it where none is.</summary>
    private static (Sequence? Number, string Text) Numbered(string rest)
    {
        var first = rest.Split((char[]?)null, 2)[0];
        return first.StartsWith('#') && TryNumber(first, out var number) ? (number, rest[first.Length..].Trim()) : (null, rest);
    }

    private static bool TryNumber(string word, out Sequence number)
    {
        var isNumber = long.TryParse(word.StartsWith('#') ? word[1..] : word, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value is >= 1 and <= Sequence.MaxValue;
        number = new Sequence(isNumber ? value : 0);
        return isNumber;
    }

    private static bool? OnOff(string word) => word switch
    {
        "on" => true,
        "off" => false,
        _ => null,
    };

    /// <summary>A text without its first words, and otherwise as it was typed.</summary>
    private static string After(string text, int words)
    {
        var rest = text.AsSpan();
        for (var count = 0; count < words; count++)
        {
            var space = 0;
            while (space < rest.Length && !char.IsWhiteSpace(rest[space])) space++;
            rest = rest[space..].TrimStart();
        }

        return rest.ToString();
    }

    private static ChatInput ParseGroup(string command, string rest, Func<IReadOnlyList<UserId>, string?, ChatInput> make)
    {
        var colon = rest.IndexOf(" : ", StringComparison.Ordinal);
        var title = colon < 0 ? null : rest[(colon + 3)..].Trim();
        var users = (colon < 0 ? rest : rest[..colon]).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        // An id may begin or end so, but hardly does: otherwise the words of the title would be people.
        if (users.Any(word => word.StartsWith(':') || word.EndsWith(':'))) return new Mistake($"{command} takes a title behind a colon that has a space on either side: {command} bob carol : lunch.");
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
