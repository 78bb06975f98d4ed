using Parley.Conversations;

namespace Parley.Simulation;

/// <summary>What the server's database holds of one conversation: its log, the ids that were used, and everybody's cursors. All of it survives a crash.</summary>
internal sealed class SimulatedLog
{
    private const Permissions Everybody = Permissions.Read | Permissions.Send | Permissions.EditOwn | Permissions.RemoveOwn;
    private static readonly MessageLimits Limits = new(Edits: 10, EditWithin: null, RecallWithin: TimeSpan.FromDays(1));

    private readonly Dictionary<MessageId, UsedId> _ids = [];
    private readonly Dictionary<CommandId, List<Sequence>> _commands = [];
    private readonly Dictionary<MessageId, List<string>> _texts = [];

    /// <summary>One that begins now.</summary>
    /// <param name="conversation">Which.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="users">Who is in it; the first made it, and may change what others said unless it is of two.</param>
    /// <param name="at">When.</param>
    public SimulatedLog(ConversationId conversation, ConversationKind kind, IReadOnlyList<UserId> users, DateTimeOffset at)
    {
        (Conversation, Kind, Users) = (conversation, kind, users);
        Permissions Of(UserId user) => kind == ConversationKind.Group && user == users[0] ? Everybody | Permissions.EditAny | Permissions.RemoveAny : Everybody;
        var participants = users.Select(user => new Participant(user, Of(user))).ToList();
        Entries = [new LogEntry(conversation, new Sequence(1), at, new ConversationCreated(users[0], kind, null, Everybody, participants))];
        Cursors = users.ToDictionary(user => user, _ => new ReceiptCursors(default, default));
        Rules = new Conversation(kind, Revision: 1, Everybody, Owners: 0, users.ToDictionary(user => user, user => new Participation(user, 1, Of(user), Standing.Joined)));
    }

    public ConversationId Conversation { get; }

    public ConversationKind Kind { get; }

    public IReadOnlyList<UserId> Users { get; }

    /// <summary>The log as it is read now.</summary>
    public List<LogEntry> Entries { get; }

    public Dictionary<UserId, ReceiptCursors> Cursors { get; }

    /// <summary>When it, and each user's cursors, changed last, by the count of changes.</summary>
    public long Changed { get; set; }

    public Dictionary<UserId, long> CursorsChanged { get; } = [];

    /// <summary>Messages that were sent again after they had been taken back: nothing of them came again.</summary>
    public HashSet<MessageId> SentAfterRecall { get; } = [];

    public Sequence Head => new(Entries.Count);

    /// <summary>What may be done in it.</summary>
    public Conversation Rules { get; }

    /// <summary>Who used an id, for what, and where its entry is; null for one that was fenced.</summary>
    public UsedId? Find(MessageId id) => _ids.GetValueOrDefault(id);

    /// <summary>The entry that a command made; null for one that made none yet.</summary>
    public LogEntry? Find(CommandId id) => _commands.TryGetValue(id, out var places) ? At(places[0]) : null;

    /// <summary>How often it was made.</summary>
    public int CountOf(CommandId id) => _commands.GetValueOrDefault(id)?.Count ?? 0;

    public LogEntry At(Sequence sequence) => Entries[(int)sequence.Value - 1];

    /// <summary>What a message said in each of its versions, also after it was taken back; nothing of one that is not on the log.</summary>
    public IReadOnlyList<string> Said(MessageId message) => _texts.GetValueOrDefault(message) ?? [];

    /// <summary>How often one of its ids is on the log.</summary>
    public int CountOf(MessageId message) => Entries.Count(entry => entry.Event is MessageSent sent && sent.Message == message);

    public LogEntry Append(MessageSent message, byte[] digest, DateTimeOffset now)
    {
        var entry = Append(message, now);
        _ids[message.Message] = new UsedId(message.Sender, digest, entry.Sequence);
        _texts[message.Message] = [TextOf(message.Content)];
        return entry;
    }

    /// <summary>An edit or a recall, if it may be: the message is read so from now on, wherever it is read.</summary>
    public Outcome<LogEntry> Change(CommandId command, UserId actor, MessageId message, MessageContent? content, DateTimeOffset now)
    {
        KnownMessage? known = null;
        if (Find(message) is { Place: { } place } && At(place) is { Event: MessageSent sent } before)
            known = new KnownMessage(place, before.At, sent.Sender, ContentKindRules.Of(sent.Content), sent.Version, sent.Recalled);
        var rules = Rules with { Messages = new Dictionary<(MessageId, UserId), KnownMessage?> { [(message, actor)] = known } };
        var decided = content is null
            ? rules.Recall(actor, message, Limits, RecallForce.None, now)
            : rules.Edit(actor, new EditMessage(Conversation, command, message, content), Limits, now);
        if (decided.Refusal is { } refusal) return refusal;

        var entry = Append(decided.Value!.Event, now);
        if (!_commands.TryGetValue(command, out var made)) _commands[command] = made = [];
        made.Add(entry.Sequence);
        if (entry.Event is MessageEdited edited) _texts[message].Add(TextOf(edited.Content!));
        // Of all edits the newest has the content, and of a recalled message none.
        foreach (var earlier in Entries.Where(one => one.Sequence != entry.Sequence && one.Event is MessageEdited { Content: not null } edit && edit.Message == message).ToArray())
            Replace(earlier with { Event = (MessageEdited)earlier.Event with { Content = null } });
        var said = (MessageSent)At(known!.Sequence).Event;
        Replace(At(known.Sequence) with
        {
            Event = entry.Event is MessageEdited newest
                ? said with { Content = newest.Content!, Version = newest.Version, EditedAt = entry.At }
                : said with { Content = MessageContent.None, Version = 0, EditedAt = null, Recalled = true },
        });
        return entry;
    }

    public void Fence(MessageId id, UserId sender) => _ids[id] = new UsedId(sender, [], null);

    /// <summary>As a server does that keeps no id of what is gone.</summary>
    public void Forget(MessageId id) => _ids.Remove(id);

    public static string TextOf(MessageContent content) => content.Parts[0].Body!;

    private LogEntry Append(ConversationEvent happened, DateTimeOffset now)
    {
        var entry = new LogEntry(Conversation, Head.Next, Entries[^1].At > now ? Entries[^1].At : now, happened);
        Entries.Add(entry);
        return entry;
    }

    private void Replace(LogEntry entry) => Entries[(int)entry.Sequence.Value - 1] = entry;
}

/// <summary>An id that a message was sent, or cancelled, under.</summary>
internal sealed record UsedId(UserId Sender, byte[] Digest, Sequence? Place);
