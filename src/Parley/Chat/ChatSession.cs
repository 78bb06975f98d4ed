using System.Collections.Concurrent;
using Parley.Client;

namespace Parley.Chat;

/// <summary>A user in front of one conversation at a time: what both the terminal and the plain chat do, without showing anything.</summary>
/// <remarks>Its hooks are called on the client's own thread, in order.</remarks>
internal sealed class ChatSession : IAsyncDisposable
{
    private readonly ChatOptions _options;
    private readonly ConcurrentDictionary<Task, byte> _sending = new();
    private readonly List<InboxItem> _listed = [];
    private readonly ChatPeople _people;
    private readonly ChatInvitations _invitations;
    private readonly ChatContacts _contacts;
    private readonly ChatPlaces _places;
    private readonly ChatShelf _shelf;
    private readonly ChatMessages _messages;
    private readonly ChatSettings _settings;
    private readonly ChatFiles _files;
    private UserId? _peer;
    private readonly ConcurrentDictionary<UserId, string> _names = new();
    private int _isMarking;

    private const int MaxName = 32;
    private const int MaxListed = 20;
    private const string Notes = "notes to yourself";

    public ChatSession(ChatOptions options)
    {
        _options = options;
        Client = new ParleyClient(new ParleyClientOptions
        {
            Endpoint = options.Url,
            TokenProvider = options.TokenProvider,
            DeviceId = new DeviceId($"chat-{Guid.NewGuid():N}"),
            // Who types waits for the server rather than typing again; and a chat does not end because its server went just after it came.
            SendTimeout = TimeSpan.FromMinutes(10),
            RequestTimeout = TimeSpan.FromMinutes(10),
        });
        _people = new ChatPeople(Client, Notice);
        _invitations = new ChatInvitations(Client, Notice);
        _contacts = new ChatContacts(Client, Notice);
        _places = new ChatPlaces(Client, Notice);
        _shelf = new ChatShelf(Client, options.Zone, Notice);
        _messages = new ChatMessages(Client, Notice, Track);
        _settings = new ChatSettings(Client, Notice);
        _files = new ChatFiles(Client, TimeProvider.System, Notice, (message, part, address) => Linked(message, part, address));
        Client.InvitationsChanged += (_, e) =>
        {
            if (e.Conversation is { } conversation) Track(_invitations.TellAsync(conversation));
        };
        Client.Presence.Changed += (_, e) =>
        {
            if (e.State.User == _peer) Reached(e.State);
        };
        Client.Users.ProfileChanged += (_, e) => Know(e.Profile);
        Client.ConversationEnded += (_, e) =>
        {
            if (e.Conversation == Live?.Id) Notice(e.End == ConversationEnd.Deleted ? "This conversation was ended for everybody." : "You are out of this conversation.");
        };
    }

    /// <summary>Another conversation is in front, or it has another title.</summary>
    public Action Switched { get; set; } = () => { };

    /// <summary>The conversation in front looks different.</summary>
    public Action<Timeline> Changed { get; set; } = _ => { };

    /// <summary>The other one of the direct conversation in front can be reached otherwise than before; null where nobody knows.</summary>
    public Action<PresenceState?> Reached { get; set; } = _ => { };

    /// <summary>Others in the conversation in front type, or do no more.</summary>
    public Action<IReadOnlyList<UserId>> Typing { get; set; } = _ => { };

    /// <summary>A part of a message in front is fetched from this address, until it ends.</summary>
    public Action<TimelineMessage, MessagePart, ContentAddress> Linked { get; set; } = (_, _, _) => { };

    /// <summary>Something to tell the user.</summary>
    public Action<string> Noticed { get; set; } = _ => { };

    public ParleyClient Client { get; }

    /// <summary>The conversation in front; null before the first.</summary>
    public LiveConversation? Live { get; private set; }

    /// <summary>The first message that was unread when the conversation was opened.</summary>
    public Sequence? UnreadFrom { get; private set; }

    /// <summary>How many were unread then, of those loaded.</summary>
    public int UnreadCount { get; private set; }

    /// <summary>Whom the conversation in front is with, or its title.</summary>
    public string With { get; private set; } = "";

    /// <summary>Connects and opens the conversation that was asked for.</summary>
    public async Task StartAsync(CancellationToken cancel)
    {
        await Client.ConnectAsync(cancel);
        await SwitchAsync(await FindAsync(cancel), cancel);
    }

    /// <summary>Does what was typed; false when that is to quit.</summary>
    public async Task<bool> DoAsync(ChatInput input, CancellationToken cancel)
    {
        try
        {
            switch (input)
            {
                case ChatInput.Quit:
                    return false;
                case ChatInput.Send(var path, var text) when Live is { } here:
                    Track(_files.SendAsync(here.Id, path, text));
                    break;
                case ChatInput.ShowHelp(var word):
                    Notice(HelpOn(word));
                    break;
                case ChatInput.Mistake(var sentence):
                    Notice(sentence);
                    break;
                case ChatInput.ShowInbox(var archived):
                    await ListAsync(archived, cancel);
                    break;
                case ChatInput.Open(var target):
                    await OpenAsync(target, cancel);
                    break;
                case ChatInput.Group or ChatInput.Club or ChatInput.Broadcast or ChatInput.Room or ChatInput.ShowPublic or ChatInput.Join:
                    if (await _places.DoAsync(input, cancel) is { } place) await SwitchAsync(place, cancel);
                    break;
                case ChatInput.Leave when Live is { Timeline.Kind: ConversationKind.Room } room:
                    await Client.Conversations.LeaveRoomAsync(room.Id, cancel);
                    break;
                case ChatInput.ShowInvitations:
                    await _invitations.ListAsync(cancel);
                    break;
                case ChatInput.Rename(var name):
                    await Client.Users.UpdateAsync(displayName: name, cancel: cancel);
                    Notice(name.Length == 0 ? "Others see nothing beside your id any more." : $"Others may see {DisplayText.Line(name)} beside your id.");
                    break;
                case ChatInput.Accept(var number):
                    if (await _invitations.AcceptAsync(number, cancel) is { } accepted) await SwitchAsync(accepted, cancel);
                    break;
                case ChatInput.Decline(var number):
                    await _invitations.DeclineAsync(number, cancel);
                    break;
                default:
                    if (await _contacts.DoAsync(input, cancel) || await _shelf.DoAsync(input, Live?.Id, cancel)) break;
                    if (Live is not { } live) Notice("There is no conversation yet: it is still connecting.");
                    else if (!await _messages.DoAsync(input, live, cancel) && !await _settings.DoAsync(input, live.Id, cancel)) await _people.DoAsync(input, live.Id, cancel);
                    break;
            }
        }
        catch (ParleyException error)
        {
            Notice(ChatSentences.Of(error));
        }

        return true;
    }

    /// <summary>Says that everything shown was read, soon and at most one request at a time.</summary>
    public void MarkRead()
    {
        if (Live is { } live && Interlocked.Exchange(ref _isMarking, 1) == 0) Track(MarkReadAsync(live));
    }

    /// <summary>Says what the user does with his draft: that he types a message, or has given it up. What begins a command is nobody's business.</summary>
    public void Write(string draft)
    {
        if (Live is not { } live) return;
        var isMessage = draft.Length > 0 && ChatInput.Parse(draft) is ChatInput.Say or ChatInput.Reply;
        _ = WriteAsync(isMessage ? live.StartTypingAsync() : live.StopTypingAsync());
    }

    /// <summary>Completes when nothing is on its way any more.</summary>
    public async Task SettleAsync()
    {
        while (!_sending.IsEmpty) await Task.WhenAll(_sending.Keys);
    }

    public async ValueTask DisposeAsync()
    {
        Live?.Dispose();
        await _files.DisposeAsync();
        await Client.DisposeAsync();
    }

    private async Task<ConversationId> FindAsync(CancellationToken cancel)
    {
        if (_options.Conversation is { } named) return named;
        if (_options.Group is not { } group) return (await Client.Conversations.DirectAsync(_options.Peer!.Value, cancel)).Conversation;
        if (group.Title is null) return (await Client.Conversations.CreateDistinctAsync(group.Others, null, cancel)).Conversation.Conversation;
        return await FindAsync(group.Title, archived: false, cancel) ?? await FindAsync(group.Title, archived: true, cancel)
            ?? (await Client.Conversations.CreateGroupAsync(group.Others, group.Title, cancel)).Conversation;
    }

    private async Task<ConversationId?> FindAsync(string title, bool archived, CancellationToken cancel)
    {
        string? next = null;
        do
        {
            var page = await Client.Inbox.ListAsync(new ListInbox(ListInbox.MaxLimit, next, archived), cancel);
            if (page.Conversations.FirstOrDefault(item => item.Title == title && !item.Left) is { } found) return found.Conversation;
            next = page.Next;
        }
        while (next is not null);

        return null;
    }

    /// <summary>The list of commands, or the lines of it that have a word in them.</summary>
    private static string HelpOn(string? word)
    {
        if (word is null) return ChatInput.Help;
        var lines = ChatInput.Help.Split('\n').Where(line => line.Contains(word, StringComparison.OrdinalIgnoreCase)).ToList();
        return lines.Count > 0 ? string.Join('\n', lines) : $"Nothing in /help has {DisplayText.Line(word)} in it.";
    }

    private static async Task WriteAsync(Task saying)
    {
        try
        {
            await saying;
        }
        catch (Exception error) when (error is ParleyException or ObjectDisposedException)
        {
            // Who may not send is told when he does.
        }
    }

    private async Task FollowAsync(UserId? peer)
    {
        var before = _peer;
        _peer = peer;
        Reached(null);
        try
        {
            if (before is { } gone && gone != peer) await Client.Presence.UnsubscribeAsync([gone]);
            if (peer is { } user && (await Client.Presence.SubscribeAsync([user])) is [var state] && _peer == user) Reached(state);
        }
        catch (Exception error) when (error is ParleyException or ObjectDisposedException)
        {
            // A chat without a dot, which nobody waits for.
        }
    }

    private async Task MarkReadAsync(LiveConversation live)
    {
        var marked = Sequence.None;
        try
        {
            // What comes while it is asked is asked for next.
            while (IsUnread(live, marked))
            {
                var head = live.Timeline.Head;
                await Client.Receipts.MarkReadAsync(live.Id, head);
                marked = head;
            }
        }
        catch (ParleyException)
        {
            // It is said again with the next message.
            return;
        }
        finally
        {
            Interlocked.Exchange(ref _isMarking, 0);
        }

        // Whoever asked in the moment before was sent away.
        if (IsUnread(live, marked)) MarkRead();
    }

    /// <summary>What was marked unread is in front now. Nothing of it was unread to others, so no message says so.</summary>
    private async Task EndMarkAsync(LiveConversation live)
    {
        try
        {
            await Client.Receipts.MarkReadAsync(live.Id, live.Timeline.Head);
        }
        catch (ParleyException)
        {
            // The mark stays until something is read.
        }
    }

    private bool IsUnread(LiveConversation live, Sequence marked) => Live == live && live.Timeline is { FirstUnread: not null } now && now.Head > marked;

    private void Track(Task task)
    {
        _sending[task] = 0;
        _ = task.ContinueWith(done => _sending.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task ListAsync(bool archived, CancellationToken cancel)
    {
        var page = await Client.Inbox.ListAsync(new ListInbox(MaxListed, Archived: archived), cancel);
        _listed.Clear();
        _listed.AddRange(page.Conversations);
        Notice(_listed.Count == 0 ? archived ? "Nothing is put aside." : "Your inbox is empty." : string.Join('\n', _listed.Select((item, index) => Line(index + 1, item))));
    }

    private static string Line(int number, InboxItem item)
    {
        var unread = item.UnreadIsMore ? $" ({InboxItem.MaxExactUnread}+ unread)" : item.Unread > 0 ? $" ({item.Unread} unread)" : "";
        var last = item.LastMessage is { Event: MessageSent sent } ? $"  {sent.Sender}: {DisplayText.Truncate(DisplayText.Line(sent.Recalled ? "(taken back)" : MessageText.Of(sent.Content)), 50)}" : "";
        var name = item.Peer?.Value ?? item.Title ?? (item.Kind == ConversationKind.Direct ? Notes : "a group");
        return $"{number,3}  {name}{(item.Flags is { Pinned: true } ? " (pinned)" : "")}{unread}{(item.Left ? " (left)" : "")}{last}";
    }

    private async Task OpenAsync(string target, CancellationToken cancel)
    {
        if (int.TryParse(target, out var number) && number >= 1 && number <= _listed.Count) await SwitchAsync(_listed[number - 1].Conversation, cancel);
        else if (UserId.TryParse(target, out var user)) await SwitchAsync((await Client.Conversations.DirectAsync(user, cancel)).Conversation, cancel);
        else Notice($"{target} is neither a number of /inbox nor a user.");
    }

    private async Task SwitchAsync(ConversationId conversation, CancellationToken cancel)
    {
        var live = await Client.Conversations.OpenAsync(conversation, cancel);
        Live?.Dispose();
        var marked = (await Client.Conversations.GetAsync(conversation, cancel)).Own.Flags?.UnreadFrom;
        UnreadFrom = live.Timeline.FirstUnread is { } first && !(marked < first) ? first : marked;
        UnreadCount = marked is null ? live.Timeline.UnreadCount : live.Timeline.Items.OfType<TimelineMessage>().Count(message => message.Sequence >= UnreadFrom && message.Sender != live.Timeline.Me && message.IsCounted);
        Live = live;
        await KnowPeerAsync(live.Timeline, cancel);
        Name(live.Timeline);
        live.Changed += (_, e) =>
        {
            if (Live != live) return;
            Name(e.Timeline);
            Changed(e.Timeline);
            _files.Look(live.Id, e.Timeline);
        };
        live.TypingChanged += (_, _) =>
        {
            if (Live == live) Typing([.. live.Typing.Where(one => one.Value == TypingState.Started).Select(one => one.Key)]);
        };
        Switched();
        Typing([]);
        _ = FollowAsync(PeerOf(live.Timeline));
        if (live.Timeline.Settings?.Announcement is { } news) Notice($"Announcement: {DisplayText.Line(news)}");
        if (marked is not null) Track(EndMarkAsync(live));
        // What came between loading and listening is on the timeline already.
        Changed(live.Timeline);
        _files.Look(conversation, live.Timeline);
    }

    private static UserId? PeerOf(Timeline timeline) =>
        timeline.Kind == ConversationKind.Direct && timeline.Participants?.Keys.Where(user => user != timeline.Me).ToArray() is [var peer] ? peer : null;

    /// <summary>Looks up what the other one calls himself.</summary>
    private async Task KnowPeerAsync(Timeline timeline, CancellationToken cancel)
    {
        if (timeline is not { Kind: ConversationKind.Direct, Participants: { } participants }) return;
        foreach (var profile in await Client.Users.GetAsync(participants.Keys.Where(user => user != timeline.Me), cancel)) Know(profile);
    }

    private void Know(UserProfile profile)
    {
        if (profile.DisplayName is { } name) _names[profile.User] = name;
        else _names.TryRemove(profile.User, out _);
    }

    /// <summary>The id, and what its user calls himself. Anybody may call himself anything, so the id comes first and is never left out.</summary>
    private string Shown(UserId user) =>
        _names.TryGetValue(user, out var name) ? $"{user.Value} ({DisplayText.Truncate(DisplayText.Line(name), MaxName)})" : user.Value;

    private void Name(Timeline timeline)
    {
        var others = timeline.Participants?.Keys.Where(user => user != timeline.Me).ToList();
        With = timeline switch
        {
            { Title: { } title } => title,
            { Kind: ConversationKind.Direct } when others is [var peer] => Shown(peer),
            { Kind: ConversationKind.Direct } when others is [] => Notes,
            _ when others is not null => ChatSentences.Names(others),
            _ => timeline.ParticipantCount is { } count ? $"a group of {count}" : "a group",
        };
    }

    private void Notice(string text) => Noticed(text);
}
