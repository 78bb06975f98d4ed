namespace Parley.Chat;

/// <summary>What somebody typed and sent off: something to say, or a command.</summary>
internal abstract partial record ChatInput
{
    public const string Help = """
        /inbox [archived]       your conversations, the last active first; or those that are put aside
        /open NUMBER|USER       go to one of the inbox, or to the conversation with somebody
        /group USER… [: TITLE]  a new group of you and others
        /club USER… [: TITLE]   a new group to which people are asked, these and whoever is invited later
        /broadcast USER… [: TITLE]  a new broadcast: you write, they read
        /room TITLE             a new room, into which anybody comes who finds it
        /public                 what anybody may come into; /join NUMBER [TEXT] comes into one, or asks to be let in
        /send FILE [TEXT]       send a picture or a file, and a TEXT below it; a FILE with spaces stands in "quotes"
        /messages [COUNT]       the last messages here, with their numbers
        /reply [#4] TEXT        answer the last message of somebody else, or number 4
        /edit [#4] TEXT         let your last message, or number 4, say something else
        /recall [#4]            take your last message, or number 4, back from everybody
        /remove #4…             hide messages from yourself, for ever
        /unread [#4]            count the last message of somebody else, or all from number 4 on, as unread until you read on
        /who                    who is in this conversation, and who can be reached
        /add USER…              add people
        /invite USER…           invite people: they are asked, if this conversation asks; /uninvite USER… takes it back
        /invitations            what you are invited to
        /accept NUMBER          come into one of them; /decline NUMBER does not
        /requests               who asks to be let in here; /approve USER… lets people in, /reject USER… does not
        /title TEXT             call this conversation something else; /topic TEXT says what it is about
        /announce TEXT          tell something to everybody who opens this conversation; /unannounce no longer
        /public on|off          let anybody find this conversation and come into it, or nobody
        /approval on|off        let those who come by themselves wait for /approve, or not
        /confirm on|off         ask people who are invited whether they come, or not
        /memberinvite on|off    let everybody here invite, or only those who look after it
        /attributes [USER]      small texts that are kept of this conversation, or of somebody in it
        /attribute [@USER] NAME TEXT  keep one; /unattribute [@USER] NAME does no longer
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
        /find EMAIL|PHONE|#4    who has this e-mail address or telephone number, or is user number 4
        /block USER…            take nothing from people directly; /unblock USER… takes it again
        /status STATUS [TEXT]   be online, away, busy or invisible, with a TEXT beside it; auto is as your devices say
        /name [NAME]            what others may see beside your id
        /devices                where you are signed in; /signout NUMBER ends it there
        /help [WORD]            this list, or what of it has the word in it
        /quit                   leave the chat (also Ctrl+C)
        Tab completes a command, and after /edit brings what the message says. Alt+Enter, or \ at the end of a line, starts a new line.
        A line that begins with // says /.
        """;

    public sealed record Say(string Text) : ChatInput;

    /// <summary>A file, and what is said of it.</summary>
    public sealed record Send(string Path, string Text) : ChatInput;

    /// <summary>What of it has a word in it; all of it without one.</summary>
    public sealed record ShowHelp(string? Word) : ChatInput;

    /// <summary>Those that are put aside, or the others.</summary>
    public sealed record ShowInbox(bool Archived) : ChatInput;

    public sealed record Open(string Target) : ChatInput;

    public sealed record Group(IReadOnlyList<UserId> Users, string? Title) : ChatInput;

    /// <summary>A group that asks whom it invites.</summary>
    public sealed record Club(IReadOnlyList<UserId> Users, string? Title) : ChatInput;

    public sealed record Broadcast(IReadOnlyList<UserId> Users, string? Title) : ChatInput;

    public sealed record Room(string Title) : ChatInput;

    public sealed record ShowPublic : ChatInput;

    /// <summary>With a text for who decides, where somebody does.</summary>
    public sealed record Join(int Number, string? Text) : ChatInput;

    public sealed record ShowMessages(int Count) : ChatInput;

    /// <summary>To a message of this number; without one to the last of somebody else.</summary>
    public sealed record Reply(Sequence? Number, string Text) : ChatInput;

    /// <summary>Of a message of this number; without one of the user's last.</summary>
    public sealed record Edit(Sequence? Number, string Text) : ChatInput;

    /// <summary>Of a message of this number; without one of the user's last.</summary>
    public sealed record Recall(Sequence? Number) : ChatInput;

    public sealed record Remove(IReadOnlyList<Sequence> Numbers) : ChatInput;

    /// <summary>From this number on; without one from the last message of somebody else.</summary>
    public sealed record MarkUnread(Sequence? Number) : ChatInput;

    public sealed record Add(IReadOnlyList<UserId> Users) : ChatInput;

    public sealed record Invite(IReadOnlyList<UserId> Users) : ChatInput;

    public sealed record Uninvite(IReadOnlyList<UserId> Users) : ChatInput;

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

    /// <summary>An empty one is none.</summary>
    public sealed record Announce(string Text) : ChatInput;

    public sealed record Set(ChatSetting Setting, bool On) : ChatInput;

    /// <summary>Of a participant; without one of the conversation.</summary>
    public sealed record ShowAttributes(UserId? User) : ChatInput;

    /// <summary>Of a participant, or of the conversation; without a text it is to be no more.</summary>
    public sealed record SetAttribute(UserId? User, string Name, string? Text) : ChatInput;

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

    /// <summary>By an e-mail address, a telephone number, or <c>#</c> and a user's number.</summary>
    public sealed record Find(string Text) : ChatInput;

    public sealed record Block(IReadOnlyList<UserId> Users) : ChatInput;

    public sealed record Unblock(IReadOnlyList<UserId> Users) : ChatInput;

    public sealed record Rename(string Name) : ChatInput;

    /// <summary>As his devices say without a status.</summary>
    public sealed record SetStatus(PresenceStatus? Status, string? Text) : ChatInput;

    public sealed record ShowDevices : ChatInput;

    public sealed record SignOut(int Number) : ChatInput;

    public sealed record Quit : ChatInput;

    public sealed record Nothing : ChatInput;

    /// <summary>It is no command, or not a whole one.</summary>
    public sealed record Mistake(string Sentence) : ChatInput;
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

/// <summary>What of a conversation is on or off.</summary>
internal enum ChatSetting
{
    Public,
    Approval,
    Confirm,
    MemberInvite,
}
