using Parley.Conversations;

namespace Parley.Simulation;

/// <summary>What the server's database holds of one conversation: its log, the ids that were used, and everybody's cursors. All of it survives a crash.</summary>
internal sealed class SimulatedLog
{
    private const Permissions Everybody = Permissions.Read | Permissions.Send | Permissions.EditOwn | Permissions.RemoveOwn;

    private readonly Dictionary<MessageId, UsedId> _ids = [];

    public SimulatedLog(ConversationId conversation, IReadOnlyList<UserId> users, DateTimeOffset at)
    {
        (Conversation, Users) = (conversation, users);
        var participants = users.Select(user => new Participant(user, Everybody)).ToList();
        Entries = [new LogEntry(conversation, new Sequence(1), at, new ConversationCreated(users[0], ConversationKind.Group, null, Everybody, participants))];
        Cursors = users.ToDictionary(user => user, _ => new ReceiptCursors(default, default));
        Rules = new Conversation(ConversationKind.Group, Revision: 1, Everybody, Owners: 0, users.ToDictionary(user => user, user => new Participation(user, 1, Everybody, Standing.Joined)));
    }

    public ConversationId Conversation { get; }

    public IReadOnlyList<UserId> Users { get; }

    public List<LogEntry> Entries { get; }

    public Dictionary<UserId, ReceiptCursors> Cursors { get; }

    /// <summary>When it, and each user's cursors, changed last, by the count of changes.</summary>
    public long Changed { get; set; }

    public Dictionary<UserId, long> CursorsChanged { get; } = [];

    public Sequence Head => new(Entries.Count);

    /// <summary>What may be done in it.</summary>
    public Conversation Rules { get; }

    /// <summary>Who used an id, for what, and which entry it became; null for one that was fenced.</summary>
    public UsedId? Find(MessageId id) => _ids.GetValueOrDefault(id);

    public LogEntry Append(MessageSent message, byte[] digest, DateTimeOffset now)
    {
        var at = Entries[^1].At > now ? Entries[^1].At : now;
        var entry = new LogEntry(Conversation, Head.Next, at, message);
        Entries.Add(entry);
        _ids[message.Message] = new UsedId(message.Sender, digest, entry);
        return entry;
    }

    public void Fence(MessageId id, UserId sender) => _ids[id] = new UsedId(sender, [], null);
}

/// <summary>An id that a message was sent, or cancelled, under.</summary>
internal sealed record UsedId(UserId Sender, byte[] Digest, LogEntry? Entry);
