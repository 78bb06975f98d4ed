namespace Parley.Storage.Postgres;

/// <summary>What the database says about a batch of appends while its conversations are locked, and what follows for each row.</summary>
internal sealed class AppendGround
{
    private readonly Dictionary<ConversationKey, Conversation> _conversations = [];
    private readonly Dictionary<ParticipationKey, long> _revisions = [];
    private readonly Dictionary<UserKey, long> _actors = [];
    private readonly Dictionary<(long Number, Guid Key), RecordedEntry> _earlier = [];
    private readonly Dictionary<(long Number, long Sequence), (int Version, bool IsRecalled)> _changed = [];
    private readonly HashSet<int> _fenced = [];

    /// <summary>A locked conversation; its head and the time of its newest entry move with what is recorded.</summary>
    internal sealed class Conversation(long number, long revision, long head, long lastAt, int participants, long tail)
    {
        public long Number => number;

        public long Revision => revision;

        public int Participants => participants;

        /// <summary>The oldest sequence that is kept.</summary>
        public long Tail => tail;

        public long Head { get; private set; } = head;

        public long LastAt { get; private set; } = lastAt;

        public bool HasAdvanced { get; private set; }

        /// <summary>Takes the next sequence. Time never goes back within a conversation.</summary>
        public AppendVerdict Record(long now)
        {
            HasAdvanced = true;
            LastAt = Math.Max(now, LastAt);
            return new AppendVerdict(AppendResult.Recorded, new Sequence(++Head), DateTimeOffset.FromUnixTimeMilliseconds(LastAt));
        }
    }

    /// <summary>Whether any of the conversations has a fence: then <see cref="AddFenced"/> is to be told which rows have one.</summary>
    public bool AnyFence { get; private set; }

    /// <summary>The conversations in which something was recorded.</summary>
    public IReadOnlyList<Conversation> Advanced => [.. _conversations.Values.Where(conversation => conversation.HasAdvanced)];

    public void Add(ConversationKey key, Conversation conversation) => _conversations.Add(key, conversation);

    public void Add(UserKey actor, long revision) => _actors.Add(actor, revision);

    public void Add(ParticipationKey participation, long revision, bool anyFence)
    {
        _revisions.Add(participation, revision);
        AnyFence |= anyFence;
    }

    public void Add(long conversation, Guid key, RecordedEntry earlier) => _earlier.Add((conversation, key), earlier);

    /// <summary>The row at <paramref name="place"/> was cancelled by its actor before it arrived.</summary>
    public void AddFenced(int place) => _fenced.Add(place);

    /// <summary>A message was edited or recalled before.</summary>
    public void AddChanged(long conversation, long sequence, int version, bool isRecalled) => _changed[(conversation, sequence)] = (version, isRecalled);

    public bool Has(ConversationKey key) => _conversations.ContainsKey(key);

    public long NumberOf(ConversationKey key) => _conversations[key].Number;

    /// <summary>One verdict for each row, in order; what is recorded gets its sequence here. To be called once.</summary>
    public AppendVerdict[] Judge(IReadOnlyList<AppendRow> rows, DateTimeOffset now)
    {
        var at = now.ToUnixTimeMilliseconds();
        var verdicts = new AppendVerdict[rows.Count];
        for (var place = 0; place < verdicts.Length; place++) verdicts[place] = Judge(rows[place], place, at);
        return verdicts;
    }

    private AppendVerdict Judge(AppendRow row, int place, long now)
    {
        if (!_conversations.TryGetValue(row.Key, out var conversation)) return new AppendVerdict(AppendResult.Gone);

        // A key that is used answers first: a retry gets its entry whatever has become of the rules.
        if (_earlier.TryGetValue((conversation.Number, row.Command), out var earlier))
            return new AppendVerdict(AppendResult.Duplicate, earlier.Sequence, earlier.At, earlier);
        if (row.Revision != conversation.Revision || IsStale(row) || (row.Target is { } target && (target.Sequence < conversation.Tail || IsStale(conversation.Number, target)))) return new AppendVerdict(AppendResult.Stale);
        if (conversation.Participants + row.Joining > row.AtMost) return new AppendVerdict(AppendResult.Full);
        if (_fenced.Contains(place)) return new AppendVerdict(AppendResult.Fenced);
        if (conversation.Head >= Sequence.MaxValue) return new AppendVerdict(AppendResult.Exhausted);

        var recorded = conversation.Record(now);
        _earlier.Add((conversation.Number, row.Command), new RecordedEntry(recorded.Sequence, recorded.At, row.Actor, row.Digest, row.Event));
        return recorded;
    }

    private bool IsStale(long conversation, AppendTarget target) =>
        _changed.GetValueOrDefault((conversation, target.Sequence)) is var (version, isRecalled) && (version != target.Version || isRecalled != target.IsRecalled);

    private bool IsStale(AppendRow row)
    {
        if (_actors.GetValueOrDefault(row.ActorKey) != row.ActorRevision) return true;
        foreach (var one in row.Involved)
        {
            if (_revisions[new ParticipationKey(row.Key, one.User)] != one.Revision) return true;
        }

        return false;
    }
}
