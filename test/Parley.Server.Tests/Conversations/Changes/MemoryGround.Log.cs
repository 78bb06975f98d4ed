using Parley.Conversations;
using Parley.Delivery;
using Parley.Storage;

namespace Parley.Tests.Conversations;

/// <content>What the log says of messages, and what each of its people sees of it and of the rest.</content>
internal partial class MemoryGround
{
    public Task<Outcome<ConversationState>> StateAsync(UserId user, ConversationId conversation)
    {
        var (own, place) = (_rules.Known[user], _places[user]);
        if (Gone(own) is { } refusal) return Task.FromResult<Outcome<ConversationState>>(refusal);
        var head = HeadOf(user);
        var ahead = place.Ahead.Count == 0 ? null : place.Ahead;
        if (own.Standing == Standing.Left)
        {
            return Task.FromResult<Outcome<ConversationState>>(new ConversationState(_id, _rules.Kind, place.TitleWhenLeft, _log[0].At, null, head, new Sequence(1), null, null, null,
                new OwnParticipation(Permissions.None, place.Delivered, place.Read, ahead, Left: true, Removals: place.Removals)));
        }

        var (texts, traits) = (_rules.Texts!, _rules.Traits);
        var settings = new ConversationSettings(texts.Description, texts.Announcement, texts.CustomData, _history,
            traits.HasFlag(Traits.Public), traits.HasFlag(Traits.Approval), traits.HasFlag(Traits.MembersInvite), traits.HasFlag(Traits.ConfirmInvitations), traits.HasFlag(Traits.Muted),
            traits.HasFlag(Traits.Distinct));
        return Task.FromResult<Outcome<ConversationState>>(new ConversationState(_id, _rules.Kind, texts.Title, _log[0].At, 0, head, new Sequence(1), _rules.DefaultPermissions, _rules.Participants,
            Participants(), new OwnParticipation(own.Permissions, place.Delivered, place.Read, ahead, Removals: place.Removals), settings));
    }

    private ParticipantState[] Participants() =>
    [
        .. from one in _rules.Known.Values
           where one.Standing == Standing.Joined
           let place = _places[one.User]
           select new ParticipantState(
               one.User, one.Permissions, place.Delivered, place.Read, place.Ahead.Count == 0 ? null : place.Ahead, one.Moderation.MutedUntil, one.Moderation.Allowed,
               _history == HistoryVisibility.LastTen || place.Intervals[^1].Joined == 1 ? null : new Sequence(place.Intervals[^1].Joined)),
    ];

    public Task<Outcome<AttributesPage>> AttributesAsync(UserId user, GetAttributes query)
    {
        var own = _rules.Known[user];
        if ((Gone(own) ?? (own.Standing == Standing.Left ? Refusals.NotParticipant : MayNotRead(own))) is { } refusal) return Task.FromResult<Outcome<AttributesPage>>(refusal);
        var none = new Dictionary<string, string>();
        return Task.FromResult<Outcome<AttributesPage>>(query.Participants
            ? new AttributesPage(none, null, [.. _attributes.Where(one => one.Key.Length > 0 && one.Value.Count > 0).Select(one => new ParticipantAttributes(new UserId(one.Key), Values(one.Value)))])
            : new AttributesPage(Values(AttributesOf(query.User)), null));

        static Dictionary<string, string> Values(SortedDictionary<string, (string Value, UserId Actor)> attributes) => attributes.ToDictionary(one => one.Key, one => one.Value.Value);
    }

    public Task<Outcome<EntriesPage>> EntriesAsync(UserId user, ReadEntries query)
    {
        var own = _rules.Known[user];
        if ((Gone(own) ?? MayNotRead(own)) is { } refusal) return Task.FromResult<Outcome<EntriesPage>>(refusal);
        var head = HeadOf(user);
        if (query.After > head) return Task.FromResult<Outcome<EntriesPage>>(Refusals.Reset);
        var window = EntryWindow.Of(query).Value!.Window;
        var (from, to) = ((int)window.From.Value, (int)Math.Min(window.To.Value, head.Value));
        var visible = Enumerable.Range(from, Math.Max(0, to - from + 1)).Where(sequence => Sees(user, sequence)).Select(sequence => At(sequence)).ToArray();
        var more = visible.Length > window.Limit;
        var entries = window.Direction == Direction.Forward ? visible[..Math.Min(visible.Length, window.Limit)] : visible[^Math.Min(visible.Length, window.Limit)..];
        return Task.FromResult<Outcome<EntriesPage>>(new EntriesPage(_id, entries, Skips.Of(window, [.. entries.Select(Encoded)], head, new Sequence(1), more), head, new Sequence(1), more));
    }

    public Task<Return> ReturnAsync(UserId user, SyncPosition position, string? since, string? knownSince)
    {
        var (own, place, head, after) = (_rules.Known[user], _places[user], HeadOf(user), position.After);
        var change = own.Standing == Standing.Never
            ? null
            : new ConversationChange(
                _id, _rules.Kind, 0, head, place.Delivered, place.Read, own.Standing == Standing.Left, _rules.Traits.HasFlag(Traits.Deleted), Removals: place.Removals);
        return Task.FromResult(new Return(change, Synced(), ""));

        SyncedConversation Synced()
        {
            if (Gone(own) is { } refusal)
                return new SyncedConversation(_id, refusal == Refusals.NotFound ? SyncStatus.NotFound : SyncStatus.Deleted, default, default, [], false);
            if (after > head) return new SyncedConversation(_id, SyncStatus.Reset, head, new Sequence(1), [], false);
            var entries = Enumerable.Range((int)after.Value + 1, (int)(head.Value - after.Value)).Where(sequence => Sees(user, sequence)).Select(sequence => At(sequence)).ToArray();
            var reached = entries.Length == 0 ? after : entries[^1].Sequence;
            return new SyncedConversation(_id, SyncStatus.Ok, head, new Sequence(1), entries, reached < head, own.Standing == Standing.Left ? null : Participants(),
                Skipped: reached == after ? null : Skips.Between(after.Value + 1, reached.Value, new Sequence(1), [.. entries.Select(Encoded)]),
                ParticipantCount: _history == HistoryVisibility.LastTen && own.Standing == Standing.Joined ? _rules.Participants : null);
        }
    }

    public Task<Outcome<MessagesRemoved>> RemoveAsync(UserId user, RemoveMessages command)
    {
        var (own, place) = (_rules.Known[user], _places[user]);
        if ((Gone(own) ?? MayNotRead(own)) is { } refusal) return Task.FromResult<Outcome<MessagesRemoved>>(refusal);
        if (command.UpTo is { } upTo)
        {
            if (upTo > HeadOf(user)) return Task.FromResult<Outcome<MessagesRemoved>>(Refusals.InvalidParams);
            place.RemovedUpTo = Math.Max(place.RemovedUpTo, upTo.Value);
            place.Removed.RemoveWhere(sequence => sequence <= upTo.Value);
            return Task.FromResult<Outcome<MessagesRemoved>>(new MessagesRemoved(_id, UpTo: upTo, Removals: place.Removals));
        }

        // What he has removed already is found all the same.
        var found = command.Messages!.Select(message => _messages.GetValueOrDefault(message)).Where(one => one is not null && one.Sequence <= HeadOf(user) && place.IsOfHisTime(_history, one.Sequence.Value)).ToArray();
        if (found.Length < command.Messages!.Count) return Task.FromResult<Outcome<MessagesRemoved>>(Refusals.MessageNotFound);
        var hidden = found.SelectMany(one => one!.Edits.Append(one.Sequence)).Order().ToArray();
        foreach (var sequence in hidden.Where(sequence => sequence.Value > place.RemovedUpTo)) place.Removed.Add(sequence.Value);
        return Task.FromResult<Outcome<MessagesRemoved>>(new MessagesRemoved(_id, hidden, Removals: place.Removals));
    }

    /// <summary>What becomes of messages by an entry; false when it is of something else. The content has one home, and the newest edit a copy.</summary>
    private bool IsOfMessages(LogEntry entry)
    {
        switch (entry.Event)
        {
            case MessageSent sent:
                _messages[sent.Message] = new Message(entry.Sequence, ContentKindRules.Of(sent.Content), 0, IsRecalled: false, []);
                return true;
            case MessageEdited edited:
                var before = _messages[edited.Message];
                Rewrite<MessageSent>(before.Sequence, sent => sent with { Content = edited.Content!, Version = edited.Version, EditedAt = entry.At });
                foreach (var earlier in before.Edits) Rewrite<MessageEdited>(earlier, edit => edit with { Content = null });
                _messages[edited.Message] = before with { Kinds = ContentKindRules.Of(edited.Content!), Version = edited.Version, Edits = [.. before.Edits, entry.Sequence] };
                return true;
            case MessageRecalled recalled:
                var taken = _messages[recalled.Message];
                Rewrite<MessageSent>(taken.Sequence, sent => sent with { Content = MessageContent.None, Forwarded = null, Version = 0, EditedAt = null, Recalled = true });
                foreach (var edit in taken.Edits) Rewrite<MessageEdited>(edit, one => one with { Content = null });
                _messages[recalled.Message] = taken with { Kinds = ContentKinds.Recalled, IsRecalled = true };
                return true;
            default:
                return false;
        }
    }

    private void Rewrite<T>(Sequence sequence, Func<T, T> change)
        where T : ConversationEvent
    {
        var entry = At(sequence.Value);
        _log[(int)sequence.Value - 1] = entry with { Event = change((T)entry.Event) };
    }

    private LogEntry At(long sequence) => _log[(int)sequence - 1];

    private EncodedEntry Encoded(LogEntry entry) => new(new ConversationKey(new AppId(1), _id), entry.Sequence, entry.At, []);

    private Refusal? Gone(Participation own) => own.Standing == Standing.Never ? Refusals.NotFound : _rules.Traits.HasFlag(Traits.Deleted) ? Refusals.ConversationDeleted : null;

    private static Refusal? MayNotRead(Participation own) => own.Permissions.HasFlag(Permissions.Read) ? null : Refusals.PermissionDenied;

    private Sequence HeadOf(UserId user)
    {
        var own = _rules.Known[user];
        if (own.Standing == Standing.Never || !own.Permissions.HasFlag(Permissions.Read)) return Sequence.None;
        return own.Standing == Standing.Left ? new Sequence(_places[user].Intervals[^1].Left!.Value) : new Sequence(_log.Count);
    }

    private bool Sees(UserId user, long sequence) => _places[user] is var place && place.IsOfHisTime(_history, sequence) && sequence > place.RemovedUpTo && !place.Removed.Contains(sequence);

    /// <summary>Where a message is, and what became of it.</summary>
    private sealed record Message(Sequence Sequence, ContentKinds Kinds, int Version, bool IsRecalled, IReadOnlyList<Sequence> Edits);

    /// <summary>What is kept of somebody beside the rules.</summary>
    private sealed class Place
    {
        public List<(long Joined, long? Left)> Intervals { get; } = [];

        public string? TitleWhenLeft { get; private set; }

        public long RemovedUpTo { get; set; }

        public HashSet<long> Removed { get; } = [];

        public string? Removals => RemovedUpTo == 0 && Removed.Count == 0 ? null : $"{RemovedUpTo}.{Removed.Count}";

        public Sequence Delivered { get; set; }

        public Sequence Read { get; set; }

        public IReadOnlyList<Sequence> Ahead { get; set; } = [];

        public void Come(long at)
        {
            if (Intervals.Count == 0) (Delivered, Read) = (new Sequence(at - 1), new Sequence(at - 1));
            Intervals.Add((at, null));
        }

        public void Go(long at, string? title)
        {
            Intervals[^1] = (Intervals[^1].Joined, at);
            TitleWhenLeft = title;
        }

        public bool IsOfHisTime(HistoryVisibility history, long sequence) => history switch
        {
            HistoryVisibility.All => true,
            HistoryVisibility.LastTen => sequence >= Intervals[^1].Joined,
            _ => Intervals.Any(one => sequence >= one.Joined && sequence <= (one.Left ?? long.MaxValue)),
        };
    }
}
