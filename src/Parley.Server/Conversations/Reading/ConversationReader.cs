using System.Data.Common;
using System.Runtime.InteropServices;
using System.Text.Json;
using Parley.Delivery;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary>Reads conversations for one user. Every statement checks membership and the visible range itself: no cache can let a stranger in.</summary>
/// <param name="database">Where.</param>
/// <param name="receiptsOf">Who is told of others' cursors in an app; null for everybody in all.</param>
internal sealed class ConversationReader(Database database, Func<AppId, ReceiptAudience>? receiptsOf = null)
{
    /// <summary>The conversation as the user sees it; refused when he was never in it, or when it is no more.</summary>
    public async Task<Outcome<ConversationState>> FindAsync(UserKey user, ConversationId conversation, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        return await FindAsync(session, user, conversation, cancel);
    }

    /// <summary>The conversation, and its first entry if he may read it, for who creates it again; null when he was never in it, or it is no more.</summary>
    public async Task<(ConversationState, EncodedEntry?)?> FindCreatedAsync(UserKey user, ConversationId conversation, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        if ((await FindAsync(session, user, conversation, cancel)).Value is not { } state) return null;
        var page = await EntriesAsync(session, user, conversation, new EntryWindow(new Sequence(1), new Sequence(1), 1, Direction.Forward), cancel);
        return (state, page.Value is { Entries: [var first] } ? first : null);
    }

    private async Task<Outcome<ConversationState>> FindAsync(Session session, UserKey user, ConversationId conversation, CancellationToken cancel)
    {
        var found = await StatesAsync(session, user, [conversation], cancel);
        if (!found.TryGetValue(conversation, out var state)) return Refusals.NotFound;
        return state is null ? Refusals.ConversationDeleted : state;
    }

    /// <summary>Conversations as the user sees them, in the order asked; those he was never in are left out, and what was deleted.</summary>
    public async Task<ConversationStates> FindManyAsync(UserKey user, IReadOnlyList<ConversationId> conversations, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        var found = await StatesAsync(session, user, conversations, cancel);
        return new ConversationStates([.. conversations.Distinct().Select(found.GetValueOrDefault).OfType<ConversationState>()]);
    }

    /// <summary>By conversation; null for what was deleted.</summary>
    private async Task<Dictionary<ConversationId, ConversationState?>> StatesAsync(
        Session session, UserKey user, IReadOnlyList<ConversationId> conversations, CancellationToken cancel)
    {
        var states = (await session.QueryAsync($"""
            select p.conversation, c.deleted_at, c.kind, case when p.left_at is null then c.title else p.left_title end, c.created_at, c.revision, {Visible.Head}, c.tail,
                c.default_permissions, c.participants, p.permissions, p.delivered_up_to, p.read_up_to, p.read_ahead, p.left_at,
                m.muted_until, m.allowed, c.description, c.announcement, c.custom_data, c.history,
                c.is_public, c.approval, c.members_invite, c.confirm_invitations, c.muted, c.is_distinct, {Visible.Removals}, {InboxShelf.Columns}
            from participations p
            join conversations c on c.app = p.app and c.conversation = p.conversation
            left join moderation m on m.app = p.app and m.conversation = p.conversation and m.user_id = p.user_id
            left join drafts d on d.app = p.app and d.user_id = p.user_id and d.conversation = p.conversation
            where p.app = {user.App.Number} and p.user_id = {user.User.Value} and p.conversation {database.AnyOf([.. conversations.Select(one => one.Value).Distinct()])}
            """, row => (Id: row.Conversation(0), State: row.IsDBNull(1) ? StateRow.Read(row) : null), cancel)).ToDictionary(row => row.Id, row => row.State);
        var listed = states.Values.OfType<ConversationState>()
            .Where(state => !state.Own.Left && state.ParticipantCount <= ConversationKinds.MaxListedParticipants).Select(state => state.Conversation).ToArray();
        foreach (var (conversation, participants) in await ParticipantsAsync(session, user, listed, 0, cancel))
            states[conversation] = states[conversation]! with { Participants = participants };
        return states;
    }

    /// <summary>A page of the log; refused when the user was never in the conversation, or may not read it.</summary>
    public async Task<Outcome<EncodedPage>> EntriesAsync(UserKey user, ConversationId conversation, EntryWindow window, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        return await EntriesAsync(session, user, conversation, window, cancel);
    }

    private static async Task<Outcome<EncodedPage>> EntriesAsync(Session session, UserKey user, ConversationId conversation, EntryWindow window, CancellationToken cancel)
    {
        var key = new ConversationKey(user.App, conversation);
        var found = await session.QueryAsync(
            $"select {Visible.Head}, c.tail, p.permissions, c.deleted_at, c.history, p.joined_at, p.removed_up_to, p.removals {Own(user, conversation)}",
            row => (Head: row.Sequence(0), Tail: row.Sequence(1), Own: (Permissions)row.GetInt32(2), IsDeleted: !row.IsDBNull(3),
                Time: Time(row, 4)), cancel);
        if (found is not [var (head, tail, own, isDeleted, time)]) return Refusals.NotFound;
        if (isDeleted) return Refusals.ConversationDeleted;
        if (!own.HasFlag(Permissions.Read)) return Refusals.PermissionDenied;
        var rows = await session.QueryAsync(Page(user, conversation, window, head, time), row => Entry(key, row, 0), cancel);
        var (entries, more) = ByteBudget.Take(rows, window.Limit);
        if (window.Direction == Direction.Backward) entries.Reverse();
        return new EncodedPage(conversation, entries, Skips.Of(window, entries, head, tail, more), head, tail, more);
    }

    internal static VisibleTime Time(DbDataReader row, int first) =>
        new((HistoryVisibility)row.GetInt32(first), row.Sequence(first + 1), row.Sequence(first + 2), row.GetInt32(first + 3));

    /// <summary>The user's participation <c>p</c> and the conversation <c>c</c>: completes a statement that begins with columns of them.</summary>
    internal static Sql Own(UserKey user, ConversationId conversation) => Sql.From($"""
        from participations p
        join conversations c on c.app = p.app and c.conversation = p.conversation
        where p.app = {user.App.Number} and p.conversation = {conversation.Value} and p.user_id = {user.User.Value}
        """);

    /// <summary>The entries of a window up to <paramref name="head"/>, and one more than its limit; asks for membership and the visible range itself, again.</summary>
    /// <remarks>
    /// Values and not a join: PostgreSQL then walks the index from the end it is asked for, and stops. A join it reads whole, and sorts. And
    /// one bound at each end and not two: SQLite walks from whichever it likes.
    /// </remarks>
    internal static Sql Page(UserKey user, ConversationId conversation, EntryWindow window, Sequence head, VisibleTime time)
    {
        var own = Own(user, conversation);
        var last = Math.Min(window.To.Value, head.Value);
        var order = window.Direction == Direction.Forward ? Sql.From($"asc") : Sql.From($"desc");
        return Sql.From($"""
            select e.sequence, e.at, e.event
            from entries e
            where e.conversation = (select c.number {own}) and e.sequence >= (select case when c.tail > {window.From.Value} then c.tail else {window.From.Value} end {own})
                and e.sequence <= (select case when {Visible.Head} < {last} then {Visible.Head} else {last} end {own}) {time.Filter(user, conversation)}
            order by e.sequence {order} limit {window.Limit + 1}
            """);
    }

    /// <summary>What came after many positions: heads in one statement, entries in a second, cursors in a third.</summary>
    /// <param name="user">Who asks.</param>
    /// <param name="positions">Of conversations, each once.</param>
    /// <param name="since">The change number from which on he does not know his conversations' participants; null when he knows none.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<IReadOnlyList<EncodedSync>> SyncAsync(UserKey user, IReadOnlyList<SyncPosition> positions, long? since, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        Guid[] ids = [.. positions.Select(position => position.Conversation.Value).Distinct()];
        var heads = (await session.QueryAsync($"""
            select c.conversation, {Visible.Head}, c.tail, p.left_at, c.participants, c.deleted_at, c.history, p.joined_at, p.removed_up_to, p.removals,
                case when {Visible.IsRoom} and p.left_at is null then c.participants end
            from participations p
            join conversations c on c.app = p.app and c.conversation = p.conversation
            where p.app = {user.App.Number} and p.user_id = {user.User.Value} and p.conversation {database.AnyOf(ids)}
            """,
            row => (Conversation: row.Conversation(0), Head: row.Sequence(1), Tail: row.Sequence(2), Left: !row.IsDBNull(3), Participants: row.GetInt32(4), IsDeleted: !row.IsDBNull(5),
                Time: Time(row, 6), InRoom: row.IsDBNull(10) ? (int?)null : row.GetInt32(10)), cancel))
            .ToDictionary(row => row.Conversation);

        var behind = positions.Where(position => heads.TryGetValue(position.Conversation, out var head) && position.After < head.Head).ToArray();
        var entries = behind.Length == 0 ? [] : await EntriesAfterAsync(session, user, behind, cancel);
        var listed = positions.Where(IsListed).ToLookup(KnowsAll, position => position.Conversation);
        var participants = await ParticipantsAsync(session, user, [.. listed[false]], 0, cancel);
        var changed = await ParticipantsAsync(session, user, [.. listed[true]], since ?? 0, cancel);
        return [.. positions.Select(One)];

        bool IsListed(SyncPosition position) =>
            heads.TryGetValue(position.Conversation, out var head) && !head.Left && !head.IsDeleted && head.Participants <= ConversationKinds.MaxListedParticipants;

        // Who came back after his position does not know who left while he was away. And where cursors are told to nobody, who changed would tell whose moved.
        bool KnowsAll(SyncPosition position) => since is not null && TellsCursors(user.App) && heads[position.Conversation].Time.JoinedAt <= position.After;

        EncodedSync One(SyncPosition position)
        {
            var id = position.Conversation;
            if (!heads.TryGetValue(id, out var head)) return new EncodedSync(id, SyncStatus.NotFound, default, default, [], More: false, null, OnlyChanged: false);
            if (head.IsDeleted) return new EncodedSync(id, SyncStatus.Deleted, default, default, [], More: false, null, OnlyChanged: false);
            if (position.After > head.Head) return new EncodedSync(id, SyncStatus.Reset, head.Head, head.Tail, [], More: false, null, OnlyChanged: false);
            var after = entries.GetValueOrDefault(id) ?? [];
            var kept = head.Tail.Value > position.After.Value + 1 ? new Sequence(Math.Min(head.Tail.Value - 1, head.Head.Value)) : position.After;
            var reached = after.Count == 0 ? kept : after[^1].Sequence;
            var told = !IsListed(position) ? null : (KnowsAll(position) ? changed : participants).GetValueOrDefault(id) ?? [];
            // Of what is hidden only that before and between what is shown.
            var skipped = reached <= position.After || (head.Time.IsAll && kept == position.After) ? null : Skips.Between(position.After.Value + 1, reached.Value, head.Tail, after);
            return new EncodedSync(id, SyncStatus.Ok, head.Head, head.Tail, after, More: reached < head.Head, told, KnowsAll(position), skipped, head.InRoom);
        }
    }

    private static async Task<Dictionary<ConversationId, List<EncodedEntry>>> EntriesAfterAsync(
        Session session, UserKey user, SyncPosition[] positions, CancellationToken cancel)
    {
        var values = Sql.List(positions.Select((position, place) => Sql.From($"({place}, {position.Conversation.Value}, {position.After.Value})")));
        var rows = await session.QueryAsync($"""
            with positions (place, conversation, position) as (values {values})
            select s.place, e.sequence, e.at, e.event
            from positions s
            join participations p on p.app = {user.App.Number} and p.conversation = s.conversation and p.user_id = {user.User.Value}
            join conversations c on c.app = p.app and c.conversation = p.conversation
            join entries e on e.conversation = c.number
                and e.sequence > {Start} and e.sequence <= {Start} + {Parley.ReadEntries.MaxLimit} and e.sequence <= {Visible.Head} and {Visible.Entry}
            order by s.place, e.sequence limit {SyncConversations.MaxEntries}
            """, row => Entry(new ConversationKey(user.App, positions[row.GetInt32(0)].Conversation), row, 1), cancel);
        var (entries, _) = ByteBudget.Take(rows, SyncConversations.MaxEntries);
        return entries.GroupBy(entry => entry.Key.Conversation).ToDictionary(group => group.Key, group => group.ToList());
    }

    /// <summary>What is below the tail is passed over at once, however long it is.</summary>
    private static Sql Start { get; } = Sql.From($"(case when s.position < c.tail - 1 then c.tail - 1 else s.position end)");

    /// <summary>Who is in conversations that the user is in, and changed from a number on.</summary>
    private async Task<Dictionary<ConversationId, List<ParticipantState>>> ParticipantsAsync(
        Session session, UserKey user, ConversationId[] conversations, long since, CancellationToken cancel)
    {
        var told = new Dictionary<ConversationId, List<ParticipantState>>(conversations.Length);
        if (conversations.Length == 0) return told;
        var tellsCursors = TellsCursors(user.App);
        await session.ReadAsync($"""
            select o.conversation, o.user_id, o.permissions, o.delivered_up_to, o.read_up_to, o.read_ahead, m.muted_until, m.allowed,
                case when o.joined_at > 1 and not {Visible.IsRoom} then o.joined_at end, o.delivered_at, o.read_at
            from participations p
            join conversations c on c.app = p.app and c.conversation = p.conversation
            join participations o on o.app = p.app and o.conversation = p.conversation and o.left_at is null and o.changed >= {since}
            left join moderation m on m.app = o.app and m.conversation = o.conversation and m.user_id = o.user_id
            where p.app = {user.App.Number} and p.user_id = {user.User.Value} and p.left_at is null
                and p.conversation {database.AnyOf([.. conversations.Select(id => id.Value)])}
            """,
            row =>
            {
                ref var participants = ref CollectionsMarshal.GetValueRefOrAddDefault(told, row.Conversation(0), out _);
                var participant = Participant(row);
                (participants ??= []).Add(tellsCursors || participant.User == user.User ? participant : participant with { DeliveredUpTo = null, ReadUpTo = null, ReadAhead = null, DeliveredAt = null, ReadAt = null });
            }, cancel);
        var room = ParticipantState.MaxAheadInAnswer;
        foreach (var participants in conversations.Select(told.GetValueOrDefault).OfType<List<ParticipantState>>())
        {
            // Sorted here: a database sorts text by its own locale.
            participants.Sort((one, other) => one.User.CompareTo(other.User));
            for (var index = 0; index < participants.Count; index++)
            {
                if (participants[index].ReadAhead is not { } ahead) continue;
                if (ahead.Count <= room) room -= ahead.Count;
                else participants[index] = participants[index] with { ReadAhead = null };
            }
        }

        return told;
    }

    private bool TellsCursors(AppId app) => receiptsOf is null || receiptsOf(app) == ReceiptAudience.Everyone;

    private static ParticipantState Participant(DbDataReader row)
    {
        var ahead = ReadAhead.Parse(row.TextOrNull(5), row.Sequence(4));
        return new ParticipantState(row.User(1), (Permissions)row.GetInt32(2), row.Sequence(3), row.Sequence(4), ahead.Count == 0 ? null : ahead,
            row.TimeOrNull(6), !row.IsDBNull(7) && row.GetInt32(7) != 0, row.IsDBNull(8) ? null : row.Sequence(8), row.TimeOrNull(9), row.TimeOrNull(10));
    }

    /// <summary>The conversations a user receives now: those he is in and may read.</summary>
    public async Task<IReadOnlyList<ConversationId>> FollowedByAsync(UserKey user, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        return await session.QueryAsync($"""
            select p.conversation from participations p
            where p.app = {user.App.Number} and p.user_id = {user.User.Value} and p.left_at is null and {Visible.Any}
            """, row => row.Conversation(0), cancel);
    }

    /// <summary>A page of what is strictly between two sequences, for the fan-out. The only read that is nobody's: what it returns goes to subscribers only.</summary>
    public async ValueTask<IReadOnlyList<PublishedEntry>> BetweenAsync(ConversationKey key, Sequence after, Sequence before, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        var rows = await session.QueryAsync($"""
            select e.sequence, e.at, e.event
            from conversations c
            join entries e on e.conversation = c.number and e.sequence > {after.Value} and e.sequence < {before.Value} and e.sequence >= c.tail
            where c.app = {key.App.Number} and c.conversation = {key.Conversation.Value}
            order by e.sequence limit {Parley.ReadEntries.MaxLimit}
            """, row => (Entry: Entry(key, row, 0), Event: row.Bytes(2)), cancel);
        var fitting = ByteBudget.Fitting(rows.Select(row => row.Entry.Length));
        return
        [
            .. from row in rows.Take(fitting)
               select PublishedEntries.Of(row.Entry, JsonSerializer.Deserialize(row.Event, ProtocolJson.Lenient.ConversationEvent)!),
        ];
    }

    internal static EncodedEntry Entry(ConversationKey key, DbDataReader row, int first) =>
        new(key, row.Sequence(first), row.Time(first + 1), row.Bytes(first + 2));
}
