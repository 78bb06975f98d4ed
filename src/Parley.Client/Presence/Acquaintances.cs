namespace Parley.Client;

/// <summary>Who is in the direct conversations and groups of the user, as their states said and their entries go on telling. Pure.</summary>
/// <remarks>
/// Of rooms, broadcasts and groups of more than <see cref="MaxParticipants"/> nobody is known: the server does not name who is in them. A group
/// that grows beyond it is forgotten, and read again when it has shrunk.
/// </remarks>
internal sealed class Acquaintances
{
    /// <summary>The server names the participants of larger groups page by page only.</summary>
    public const int MaxParticipants = 200;

    private static readonly UserId[] Nobody = [];

    private readonly Dictionary<ConversationId, Shared> _shared = [];
    private long _recency;

    /// <summary>Whether all conversations of the user were named, if not yet read: before that nobody knows which are the nearest.</summary>
    public bool IsListed { get; private set; }

    /// <summary>Whether there are conversations of which nobody knows who is in them.</summary>
    public bool HasUnread => _shared.Values.Any(one => one.IsUnread);

    /// <summary>Takes note of what happened; whether others may be acquaintances now.</summary>
    public bool Hear(Happening happening, UserId me)
    {
        switch (happening)
        {
            case Happening.Listed(var changes):
                foreach (var change in changes) Hear(change);
                return IsListed;
            case Happening.ListedAll:
                return IsListed = true;
            case Happening.Entry(var entry, _):
                return Hear(entry, me);
            case Happening.Skipped(var conversation, _):
                // Somebody may have come or gone in it.
                return Doubt(conversation);
            case Happening.Reset({ } conversation):
                return Doubt(conversation);
            case Happening.Reset:
                _shared.Clear();
                return IsListed = false;
            default:
                return false;
        }
    }

    /// <summary>The conversations to read next, the nearest first. Their answer goes to <see cref="Learn"/>.</summary>
    /// <param name="most">No more than this.</param>
    /// <param name="fresh">Whether those are wanted too of which nothing is known; else only those of which what is known may be wrong.</param>
    public ConversationId[] ToRead(int most, bool fresh)
    {
        var next = _shared.Values.Where(one => one.IsUnread && (fresh || one.Users is not null)).OrderByDescending(one => one.Recency).Take(most).ToArray();
        // What is seen from now on may not be in the answer.
        foreach (var one in next) one.Seen = Sequence.None;
        return Array.ConvertAll(next, one => one.Id);
    }

    /// <summary>Conversations that <see cref="ToRead"/> named, as they were read; those that are missing are not the user's.</summary>
    public void Learn(IReadOnlyCollection<ConversationId> asked, IReadOnlyCollection<ConversationState> states)
    {
        var found = states.ToDictionary(state => state.Conversation);
        foreach (var id in asked)
        {
            if (!_shared.TryGetValue(id, out var one)) continue;
            if (!found.TryGetValue(id, out var state)) _shared.Remove(id);
            else if (state.Head < one.Seen) continue;
            else if (state.Own.Left || !IsFollowed(state.Kind)) _shared.Remove(id);
            else one.Learn(state.Participants?.Select(participant => participant.User), state.ParticipantCount ?? 0, state.Head);
        }
    }

    /// <summary>Everybody but the user, each once, those of the conversation that changed last first.</summary>
    public IEnumerable<UserId> NearestFirst(UserId me) =>
        _shared.Values.OrderByDescending(one => one.Recency).SelectMany(one => one.Users ?? []).Where(user => user != me).Distinct();

    private static bool IsFollowed(ConversationKind kind) => kind is ConversationKind.Direct or ConversationKind.Group;

    private void Hear(ConversationChange change)
    {
        if (change.Left || change.Deleted || !IsFollowed(change.Kind)) _shared.Remove(change.Conversation);
        else Touch(Share(change.Conversation), change.Head);
    }

    private void Touch(Shared one, Sequence head) => (one.Recency, one.Head) = (++_recency, head);

    private bool Hear(LogEntry entry, UserId me)
    {
        UserId[] came = entry.Event switch
        {
            ConversationCreated created when IsFollowed(created.Kind) => [.. created.Participants.Select(participant => participant.User)],
            ParticipantsAdded added => [.. added.Participants.Select(participant => participant.User)],
            ParticipantJoined joined => [joined.Actor],
            _ => Nobody,
        };
        IReadOnlyList<UserId> gone = entry.Event switch
        {
            ParticipantsRemoved removed => removed.Users,
            ParticipantsBanned banned => banned.Users,
            ParticipantLeft left => [left.Actor],
            ConversationDeleted => [me],
            _ => Nobody,
        };
        // Of a conversation that the user left, older entries may still come.
        if (!_shared.TryGetValue(entry.Conversation, out var one) && !came.Contains(me)) return false;
        one ??= Share(entry.Conversation);
        // What is read of the time before says nothing of how near it is: the newest conversation is read first.
        if (entry.Sequence > one.Head) Touch(one, entry.Sequence);
        if ((came.Length == 0 && gone.Count == 0) || entry.Sequence <= one.KnownAt) return false;
        if (gone.Contains(me)) return _shared.Remove(entry.Conversation);
        one.Seen = entry.Sequence;
        if (entry.Event is ConversationCreated) one.Learn(came, came.Length, entry.Sequence);
        else if (!one.IsUnread) one.Change(came, gone);
        return true;
    }

    private bool Doubt(ConversationId conversation)
    {
        if (!_shared.TryGetValue(conversation, out var one)) return false;
        one.IsUnread = true;
        one.KnownAt = Sequence.None;
        return true;
    }

    private Shared Share(ConversationId conversation)
    {
        if (!_shared.TryGetValue(conversation, out var one)) _shared[conversation] = one = new Shared(conversation);
        return one;
    }

    private sealed class Shared(ConversationId id)
    {
        private int _count;

        public ConversationId Id => id;

        /// <summary>Everybody in it, the user among them; null when nobody knows.</summary>
        public HashSet<UserId>? Users { get; private set; }

        /// <summary>Whether it is to be read.</summary>
        public bool IsUnread { get; set; } = true;

        /// <summary>What was read shows the entries up to here.</summary>
        public Sequence KnownAt { get; set; }

        /// <summary>The newest entry by which somebody came or went, since it is being read.</summary>
        public Sequence Seen { get; set; }

        /// <summary>The newest entry that was heard of.</summary>
        public Sequence Head { get; set; }

        /// <summary>When it last changed; the newest are the nearest.</summary>
        public long Recency { get; set; }

        public void Learn(IEnumerable<UserId>? users, int count, Sequence head)
        {
            (Users, _count, IsUnread, KnownAt) = (users is null ? null : [.. users], count, false, head);
            ForgetTooMany();
        }

        public void Change(UserId[] came, IReadOnlyCollection<UserId> gone)
        {
            _count += came.Length - gone.Count;
            Users?.UnionWith(came);
            Users?.ExceptWith(gone);
            ForgetTooMany();
            if (Users is null && _count <= MaxParticipants) IsUnread = true;
        }

        private void ForgetTooMany()
        {
            if (Users is null) return;
            _count = Users.Count;
            if (_count > MaxParticipants) Users = null;
        }
    }
}
