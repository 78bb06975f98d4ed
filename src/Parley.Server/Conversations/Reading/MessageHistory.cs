using Parley.Delivery;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary>Looks for messages of a sort, and for where a time begins. As of any read, each statement checks membership and the visible range itself.</summary>
internal sealed class MessageHistory(Database database)
{
    /// <summary>The most entries that a page looks at.</summary>
    public const int MaxScanned = 10_000;

    /// <summary>How many entries of the index by kind are taken at a time: nearly always they fill the page.</summary>
    private const int Stride = 1_000;

    /// <summary>A page of messages that match, the newest before a place; refused when the user was never in the conversation, or may not read it.</summary>
    public async Task<Outcome<EncodedMessages>> ListAsync(UserKey user, ListMessages query, int limit, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        var found = await PlaceAsync(session, user, query.Conversation, cancel);
        if (found.Value is not { } place) return found.Refusal!;
        var (first, last) = (place.First, Math.Min(place.Head.Value, (query.Before ?? new Sequence(Sequence.MaxValue)).Value - 1));
        if (query.Since is { } since) first = Math.Max(first, await SearchAsync(session, user, place, since, cancel));
        if (query.Until is { } until) last = Math.Min(last, await SearchAsync(session, user, place, until, cancel) - 1);

        var wanted = new Wanted(query.Sender, ContentKindRules.Of(query.Kinds));
        var entries = new List<EncodedEntry>();
        for (var scanned = 0; scanned < MaxScanned && first <= last;)
        {
            var window = wanted.IsBeyondText
                ? (From: await FloorAsync(session, user, place, first, last, cancel), To: last)
                : (From: Math.Max(first, last - MaxScanned + 1), To: last);
            scanned += wanted.IsBeyondText ? Stride : MaxScanned;
            entries.AddRange(await session.QueryAsync(
                Page(user, query.Conversation, window, wanted, place.Time, limit + 1 - entries.Count),
                row => ConversationReader.Entry(new ConversationKey(user.App, query.Conversation), row, 0), cancel));
            last = window.From - 1;
            if (entries.Count > limit) break;
        }

        var (taken, more) = ByteBudget.Take(entries, limit);
        taken.Reverse();
        Sequence? next = more ? taken[0].Sequence : first <= last ? new Sequence(last + 1) : null;
        return new EncodedMessages(query.Conversation, taken, next);
    }

    /// <summary>The first entry from a time on that the user sees; refused when he was never in the conversation, or may not read it.</summary>
    public async Task<Outcome<EntryFound>> FindAsync(UserKey user, FindEntry query, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        var found = await PlaceAsync(session, user, query.Conversation, cancel);
        if (found.Value is not { } place) return found.Refusal!;
        var from = Math.Max(place.First, await SearchAsync(session, user, place, query.At, cancel));
        // What was said between two stays is passed over at once, however long it is.
        if (place.Time.History == HistoryVisibility.WhileIn && from < place.Time.JoinedAt.Value) from = await NextStayAsync(session, user, query.Conversation, place.Time.JoinedAt, from, cancel);
        var own = ConversationReader.Own(user, query.Conversation);
        var rows = await session.QueryAsync($"""
            select e.sequence from entries e
            where e.conversation = (select c.number {own}) and e.sequence >= {from} and e.sequence <= (select {Visible.Head} {own}) {place.Time.Filter(user, query.Conversation)}
            order by e.sequence limit 1
            """, row => row.Sequence(0), cancel);
        return new EntryFound(rows is [var first] ? first : null);
    }

    /// <summary>The messages of a window that match, the newest first.</summary>
    internal static Sql Page(UserKey user, ConversationId conversation, (long From, long To) window, Wanted wanted, VisibleTime time, int limit)
    {
        var own = ConversationReader.Own(user, conversation);
        return Sql.From($"""
            select e.sequence, e.at, e.event
            from entries e
            where e.conversation = (select c.number {own}) and e.sequence >= {window.From}
                and e.sequence <= (select case when {Visible.Head} < {window.To} then {Visible.Head} else {window.To} end {own}) {time.Filter(user, conversation)} {wanted.Filter}
            order by e.sequence desc limit {limit}
            """);
    }

    /// <summary>Where a user stands: what he may read lies between <see cref="First"/> and <see cref="Head"/>.</summary>
    private sealed record Place(ConversationId Conversation, Sequence Head, Sequence Tail, VisibleTime Time, Sequence? FirstStay)
    {
        public long First => Math.Max(Tail.Value, Math.Max(Time.RemovedUpTo.Value + 1, Time.History == HistoryVisibility.All ? 1 : (FirstStay ?? Time.JoinedAt).Value));
    }

    private static async ValueTask<Outcome<Place>> PlaceAsync(Session session, UserKey user, ConversationId conversation, CancellationToken cancel)
    {
        var found = await session.QueryAsync($"""
            select {Visible.Head}, c.tail, p.permissions, c.deleted_at, c.history, p.joined_at, p.removed_up_to, p.removals,
                case when c.history = {(int)HistoryVisibility.WhileIn} then (
                    select min(pp.joined_at) from past_participations pp where pp.app = p.app and pp.conversation = p.conversation and pp.user_id = p.user_id) end
            {ConversationReader.Own(user, conversation)}
            """,
            row => (Place: new Place(conversation, row.Sequence(0), row.Sequence(1), ConversationReader.Time(row, 4), row.LongOrNull(8) is { } first ? new Sequence(first) : null),
                Own: (Permissions)row.GetInt32(2), IsDeleted: !row.IsDBNull(3)), cancel);
        if (found is not [var (place, own, isDeleted)]) return Refusals.NotFound;
        if (isDeleted) return Refusals.ConversationDeleted;
        return own.HasFlag(Permissions.Read) ? place : Refusals.PermissionDenied;
    }

    /// <summary>The first sequence that was recorded at a time or later; one past the head when there is none. Times never go back within a conversation.</summary>
    private static async ValueTask<long> SearchAsync(Session session, UserKey user, Place place, DateTimeOffset time, CancellationToken cancel)
    {
        var own = ConversationReader.Own(user, place.Conversation);
        var (low, high) = (place.Tail.Value, place.Head.Value + 1);
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            var rows = await session.QueryAsync($"""
                select 1 from entries e
                where e.conversation = (select c.number {own}) and e.sequence = {middle} and e.at < {time.ToUnixTimeMilliseconds()} and e.sequence <= (select {Visible.Head} {own})
                """, row => row.GetInt32(0), cancel);
            if (rows.Count == 1) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    /// <summary>Down to where the newest of those with more than text lie that are taken at a time; the index alone is read.</summary>
    private static async ValueTask<long> FloorAsync(Session session, UserKey user, Place place, long first, long last, CancellationToken cancel)
    {
        var own = ConversationReader.Own(user, place.Conversation);
        var rows = await session.QueryAsync($"""
            select e.sequence from entries e
            where e.conversation = (select c.number {own}) and e.sequence >= {first} and e.sequence <= (select case when {Visible.Head} < {last} then {Visible.Head} else {last} end {own})
                and e.kinds > 1
            order by e.sequence desc limit 1 offset {Stride - 1}
            """, row => row.GetInt64(0), cancel);
        return rows is [var floor] ? floor : first;
    }

    /// <summary>Where he was in it again, from a place of the time before his latest stay on.</summary>
    private static async ValueTask<long> NextStayAsync(Session session, UserKey user, ConversationId conversation, Sequence latest, long from, CancellationToken cancel)
    {
        var rows = await session.QueryAsync($"""
            select min(pp.joined_at) from past_participations pp
            where pp.app = {user.App.Number} and pp.conversation = {conversation.Value} and pp.user_id = {user.User.Value} and pp.left_at >= {from}
            """, row => row.LongOrNull(0), cancel);
        return Math.Max(from, rows is [{ } stay] ? stay : latest.Value);
    }

    /// <summary>Which messages.</summary>
    /// <param name="Sender">By whom; null for anybody.</param>
    /// <param name="Kinds">Having one of these; none for any message.</param>
    internal readonly record struct Wanted(UserId? Sender, ContentKinds Kinds)
    {
        /// <summary>Whether texts are out of the question: then the index by kind has them all.</summary>
        public bool IsBeyondText => Kinds != ContentKinds.None && !Kinds.HasFlag(ContentKinds.Text);

        public Sql Filter
        {
            get
            {
                var kinds = Kinds == ContentKinds.None ? Sql.From($"and e.kinds <> 0") : Sql.From($"and (e.kinds & {(int)Kinds}) <> 0");
                var index = IsBeyondText ? Sql.From($"and e.kinds > 1") : Sql.Nothing;
                return Sender is { } sender ? Sql.From($"{index} {kinds} and e.actor = {sender.Value}") : Sql.From($"{index} {kinds}");
            }
        }
    }
}

/// <summary>A page of messages, as stored.</summary>
internal sealed record EncodedMessages(ConversationId Conversation, IReadOnlyList<EncodedEntry> Entries, Sequence? Next);
