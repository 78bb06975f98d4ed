namespace Parley.Client;

/// <content>What it makes of what it hears.</content>
internal sealed partial class KeptState
{
    /// <summary>What a receipt that is about to be told says of earlier messages must be known with it.</summary>
    private void Expect(Happening happening)
    {
        switch (happening)
        {
            case Happening.Reset(null):
                // Now, and the rest of what is kept when the program was told: receipts of the new history may be durable before that.
                _held.Clear();
                _unwritten.ForgetReceipts();
                break;
            case Happening.Reset({ } conversation):
                _held.RemoveAll(held => held.Conversation == conversation);
                _unwritten.ForgetReceipts(conversation);
                break;
            case Happening.Entry({ Event: MessageSent { Expired: false } sent } entry, EntryOrigin.Own):
                Put(KeptHistory.Put(entry.Conversation, new OwnMessage(sent.Message, entry.Sequence)));
                break;
            case Happening.Receipt(var conversation, _, var marks):
                _unwritten.Marks[conversation] = marks;
                break;
            case Happening.Marked(var conversation, var marks):
                _unwritten.Marks[conversation] = marks;
                break;
        }
    }

    /// <summary>Whether there is something to write.</summary>
    private bool Note(Happening happening)
    {
        switch (happening)
        {
            case Happening.Started(var conversation, var at):
                // It begins behind what the server knows to have been delivered.
                Move(conversation, position => position with { Told = at, Acknowledged = at });
                return Add(conversation, happening);
            case Happening.Entry(var entry, _):
                Move(entry.Conversation, position => Ends(entry.Event, position) with { Told = entry.Sequence, Seen = Max(position.Seen, entry.Sequence), Flags = Shown(position.Flags) });
                return Add(entry.Conversation, happening);
            case Happening.Skipped(var conversation, var range):
                Move(conversation, position => position with { Told = range.To });
                return Add(conversation, happening);
            case Happening.Listed(var changes):
                foreach (var change in changes) Listed(change);
                return true;
            case Happening.ListedAll { Since: { } since } all:
                _unwritten.History = (all.Epoch, since);
                LookAtUnknown();
                return true;
            case Happening.Reset(var which):
                Reset(which);
                return true;
            case Happening.Ended(var conversation, var end):
                Move(conversation, position => position with { Ended = end });
                return Add(conversation, happening);
            case Happening.Returned(var conversation):
                Move(conversation, position => position with { Ended = null });
                return Add(conversation, happening);
            case Happening.Shelved(var changed):
                Move(changed.Conversation, position => position with { Flags = changed.Flags });
                return true;
            case Happening.ShelvedHere(var conversation, var flags):
                Move(conversation, position => position with { Flags = flags });
                return true;
            case Happening.Acknowledged(var conversation, var upTo):
                Move(conversation, position => position with { Acknowledged = Max(position.Acknowledged, upTo) });
                return true;
            case Happening.Cursors(var moved):
                return Add(moved.Conversation, happening);
            case Happening.Removed(var removed):
                return Add(removed.Conversation, happening);
            case Happening.ReadHere(var read):
                return _positions.ContainsKey(read.Conversation) && Add(read.Conversation, happening);
            case Happening.ChangeSettled { Unread: { } unread }:
                return _positions.ContainsKey(unread) && Add(unread, happening);
            case Happening.TailMoved(var conversation, _):
                return Add(conversation, happening);
            case Happening.Answered answered:
                return Answered(answered);
            case Happening.AnsweredOf(var profiles, var contacts, var blocks):
                foreach (var profile in profiles ?? []) Put(profile);
                foreach (var contact in contacts ?? []) Put(contact);
                if (blocks is not null) Put(blocks);
                return true;
            case Happening.Profile(var profile):
                Put(profile);
                return true;
            case Happening.ContactMoved(var contact):
                Put(contact);
                return true;
            case Happening.BlocksMoved(var users):
                Put(users);
                return true;
            default:
                return happening is Happening.Marked;
        }
    }

    /// <summary>What was hidden is listed again with what comes next in it, and nobody is told.</summary>
    private static InboxFlags? Shown(InboxFlags? flags) => flags is { Hidden: true } ? flags with { Hidden = false } : flags;

    private void Put(UserProfile profile) =>
        Put(new LocalChange(new LocalKey(KeptKind.Profile, profile.User.Value, 0), KeptValue.Of(profile, ProtocolJson.Lenient.UserProfile)));

    private void Put(Contact contact) => Put(new LocalChange(
        new LocalKey(KeptKind.Contact, contact.User.Value, 0), contact.State == ContactState.None ? null : KeptValue.Of(contact, ProtocolJson.Lenient.Contact)));

    private void Put(IReadOnlyList<UserId> blocked) =>
        Put(new LocalChange(new LocalKey(KeptKind.Blocks, "", 0), KeptValue.Of(new BlockList(blocked), ProtocolJson.Lenient.BlockList)));

    private void Put(LocalChange change) => _unwritten.Records[change.Key] = change;

    private void Move(ConversationId conversation, Func<KeptPosition, KeptPosition> change)
    {
        var before = _positions.GetValueOrDefault(conversation) ?? new KeptPosition();
        var after = change(before);
        if (after == before && _positions.ContainsKey(conversation)) return;
        _positions[conversation] = after;
        _unwritten.Moved(conversation);
    }

    private bool Add(ConversationId conversation, Happening happening)
    {
        if (!_positions.ContainsKey(conversation)) _positions[conversation] = new KeptPosition();
        _unwritten.Add(conversation, happening, _isFailing);
        return true;
    }

    private KeptPosition Ends(ConversationEvent change, KeptPosition position) =>
        me() is { } user && Follower.Ends(change, user, out var end) ? position with { Ended = end } : position;

    /// <summary>What the server says of a conversation that changed. How it ended is told by itself where the program heard of it before.</summary>
    private void Listed(ConversationChange change)
    {
        ConversationEnd? end = change.Deleted ? ConversationEnd.Deleted : change.Left ? ConversationEnd.Left : null;
        Move(change.Conversation, position => position with
        {
            Seen = Max(position.Seen, change.Head),
            IsRoom = change.Kind == ConversationKind.Room,
            Flags = change.Flags,
            Ended = position.Told is null ? end : position.Ended,
        });
        if (change.Deleted) return;
        Add(change.Conversation, new Happening.Removals(change.Conversation, change.Removals));
        if (me() is { } user) Add(change.Conversation, new Happening.Cursors(new CursorsMoved(change.Conversation, user, change.DeliveredUpTo, change.ReadUpTo, ReadAhead: null, At: null)));
    }

    private bool Answered(Happening.Answered answered)
    {
        // Rooms are lists of nobody's, and who only looks at one is not in it.
        var position = _positions.GetValueOrDefault(answered.Conversation);
        if (position?.Ended == ConversationEnd.Deleted || (position is null && answered.State?.Kind == ConversationKind.Room)) return false;
        if (answered.State is { } state) Move(answered.Conversation, one => one with { IsRoom = state.Kind == ConversationKind.Room, Flags = state.Own.Flags });
        if (answered.Item is { } item) Move(answered.Conversation, one => one with { Flags = item.Flags });
        return Add(answered.Conversation, answered);
    }

    private void Reset(ConversationId? which)
    {
        if (which is { } conversation)
        {
            _positions[conversation] = new KeptPosition { IsRoom = _positions.GetValueOrDefault(conversation)?.IsRoom == true };
            _unwritten.Forget(conversation);
            return;
        }

        _positions.Clear();
        _unwritten = _unwritten.Anew();
    }

    /// <summary>A list that is shown without a connection needs to know what it shows.</summary>
    private void LookAtUnknown()
    {
        var needs = new KeptNeeds();
        foreach (var (conversation, position) in _positions)
        {
            if (position.IsRoom || position.Ended == ConversationEnd.Deleted) continue;
            var range = _ranges.GetValueOrDefault(conversation, KeptRange.None);
            // What is hidden is in no list, so asking would not end.
            if ((!range.HasItem || range.IsDoubtful) && position.Flags is not { Hidden: true }) needs.Items.Add(conversation);
            if ((!range.HasState && !range.IsEmpty) || range.IsDoubtful) needs.States.Add(conversation);
            if (range is { IsDoubtful: true, IsEmpty: true }) needs.Entries.Add(conversation);
        }

        if (!needs.IsEmpty) lookAt(needs);
    }

    private static Sequence Max(Sequence one, Sequence other) => one > other ? one : other;
}
