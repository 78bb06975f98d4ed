using System.Data.Common;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary>Pages of what belongs to a conversation, and of conversations somebody may come into. A room has too many participants to be read at once.</summary>
internal sealed class ConversationLists(Database database)
{
    /// <summary>About what a preview takes: its texts and custom data, at their longest, are twelve times as much.</summary>
    private const int PreviewBytes = 400;

    /// <summary>A page of a list; refused when the user is not in the conversation, or may not read it.</summary>
    public async Task<Outcome<ParticipantsPage>> UsersAsync(UserKey user, ListParticipants query, int limit, DateTimeOffset now, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        var (app, conversation, after) = (user.App.Number, query.Conversation.Value, query.After?.Value ?? "");
        var list = (query.List ?? ParticipantList.Participants) switch
        {
            ParticipantList.Muted => Moderated(Sql.From($"m.muted_until > {now.ToUnixTimeMilliseconds()}")),
            ParticipantList.Allowed => Moderated(Sql.From($"m.allowed = 1")),
            ParticipantList.Banned => Moderated(Sql.From($"m.banned = 1")),
            ParticipantList.Invited => Waiting(Pending.Invited),
            ParticipantList.Requests => Waiting(Pending.Requested),
            _ => Sql.From($"""
                select o.user_id from participations o where o.app = {app} and o.conversation = {conversation} and o.left_at is null and o.user_id > {after}
                order by o.user_id limit {limit + 1}
                """),
        };
        var rows = await session.QueryAsync($"""
            select p.left_at, c.deleted_at, p.permissions, l.user_id, case when o.left_at is null then o.permissions end, m.muted_until, m.allowed, w.actor, w.at, w.message
            from participations p
            join conversations c on c.app = p.app and c.conversation = p.conversation
            left join ({list}) as l on p.left_at is null and c.deleted_at is null and {Visible.Any}
            left join participations o on o.app = p.app and o.conversation = p.conversation and o.user_id = l.user_id
            left join moderation m on m.app = p.app and m.conversation = p.conversation and m.user_id = l.user_id
            left join pending w on w.app = p.app and w.conversation = p.conversation and w.user_id = l.user_id and w.state <> {(int)Pending.None}
            where p.app = {app} and p.conversation = {conversation} and p.user_id = {user.User.Value}
            order by l.user_id
            """, row => (Own: OwnPlace.Read(row), User: row.IsDBNull(3) ? null : Listed(row)), cancel);
        if (OwnPlace.Refuse(rows.Select(row => row.Own)) is { } refusal) return refusal;
        var users = rows.Select(row => row.User).OfType<ListedUser>().ToList();
        var more = users.Count > limit;
        if (more) users.RemoveAt(limit);
        return new ParticipantsPage(users, more ? users[^1].User : null);

        Sql Moderated(Sql which) => Sql.From($"""
            select m.user_id from moderation m where m.app = {app} and m.conversation = {conversation} and {which} and m.user_id > {after}
            order by m.user_id limit {limit + 1}
            """);

        Sql Waiting(Pending state) => Sql.From($"""
            select w.user_id from pending w where w.app = {app} and w.conversation = {conversation} and w.state = {(int)state} and w.user_id > {after}
            order by w.user_id limit {limit + 1}
            """);
    }

    /// <summary>A page of attributes by name; refused when the user is not in the conversation, or may not read it.</summary>
    public async Task<Outcome<AttributesPage>> AttributesAsync(UserKey user, GetAttributes query, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        var rows = await session.QueryAsync($"""
            select p.left_at, c.deleted_at, p.permissions, a.name, a.value
            from participations p
            join conversations c on c.app = p.app and c.conversation = p.conversation
            left join attributes a on p.left_at is null and c.deleted_at is null and {Visible.Any}
                and a.app = p.app and a.conversation = p.conversation and a.user_id = {query.User?.Value ?? ""} and a.name > {query.Next ?? ""}
            where p.app = {user.App.Number} and p.conversation = {query.Conversation.Value} and p.user_id = {user.User.Value}
            order by a.name limit {Parley.SetAttributes.MaxAttributes}
            """,
            row => (Own: OwnPlace.Read(row), Name: row.TextOrNull(3), Value: row.TextOrNull(4)), cancel);
        if (OwnPlace.Refuse(rows.Select(row => row.Own)) is { } refusal) return refusal;
        var found = rows.Where(row => row.Name is not null).ToArray();
        var fitting = Math.Min(found.Length, ByteBudget.Fitting(found.Select(row => 6 * (row.Name!.Length + row.Value!.Length) + 6)));
        return new AttributesPage(found.Take(fitting).ToDictionary(row => row.Name!, row => row.Value!), fitting < found.Length ? found[fitting - 1].Name : null);
    }

    /// <summary>A page of the attributes of everybody who is in it, each user's whole; refused when the user is not in the conversation, or may not read it.</summary>
    public async Task<Outcome<AttributesPage>> ParticipantAttributesAsync(UserKey user, GetAttributes query, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        var rows = await session.QueryAsync($"""
            select p.left_at, c.deleted_at, p.permissions, l.user_id, l.name, l.value
            from participations p
            join conversations c on c.app = p.app and c.conversation = p.conversation
            left join (
                select a.user_id, a.name, a.value from attributes a
                where a.app = {user.App.Number} and a.conversation = {query.Conversation.Value} and a.user_id > {query.Next ?? ""}
                order by a.user_id, a.name limit {RowsOfParticipants}) as l on p.left_at is null and c.deleted_at is null and {Visible.Any}
            where p.app = {user.App.Number} and p.conversation = {query.Conversation.Value} and p.user_id = {user.User.Value}
            order by l.user_id, l.name
            """,
            row => (Own: OwnPlace.Read(row), User: row.TextOrNull(3), Name: row.TextOrNull(4), Value: row.TextOrNull(5)), cancel);
        if (OwnPlace.Refuse(rows.Select(row => row.Own)) is { } refusal) return refusal;
        var owners = rows.Where(row => row.User is not null).GroupBy(row => row.User!).Select(owner => owner.ToArray()).ToList();
        // The last may have more than was read; he is read with the next page.
        var more = rows.Count == RowsOfParticipants;
        if (more) owners.RemoveAt(owners.Count - 1);
        var fitting = ByteBudget.Fitting(owners.Select(owner => 40 + owner[0].User!.Length + owner.Sum(row => 6 * (row.Name!.Length + row.Value!.Length) + 6)));
        more |= fitting < owners.Count;
        return new AttributesPage(
            new Dictionary<string, string>(), more ? owners[fitting - 1][0].User : null,
            [.. owners.Take(fitting).Select(owner => new ParticipantAttributes(new UserId(owner[0].User!), owner.ToDictionary(row => row.Name!, row => row.Value!)))]);
    }

    /// <summary>What a statement reads of participants' attributes; more than one of them can have.</summary>
    private const int RowsOfParticipants = 1_000;

    /// <summary>A page of public conversations, the newest ids first.</summary>
    public async Task<PreviewPage> PublicAsync(UserKey user, ListPublic query, int limit, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        var rows = await session.QueryAsync($"""
            select c.conversation, c.kind, c.title, c.description, c.custom_data, c.participants, c.approval, w.state, w.actor, w.at, w.message
            from conversations c
            left join pending w on w.app = c.app and w.conversation = c.conversation and w.user_id = {user.User.Value} and w.state <> {(int)Pending.None}
            where c.app = {user.App.Number} and c.is_public = 1 {After(query.Next, Sql.From($"c.conversation"))}
                and c.kind {(query.Kind is { } kind ? Sql.From($"= {(int)kind}") : Sql.From($">= 0"))}
                and not exists (
                    select 1 from moderation m where m.app = c.app and m.conversation = c.conversation and m.user_id = {user.User.Value} and m.banned = 1)
            order by c.conversation desc limit {limit + 1}
            """, Preview, cancel);
        return Page(rows, limit);
    }

    /// <summary>A page of what waits for a decision about the user.</summary>
    public async Task<PreviewPage> InvitationsAsync(UserKey user, ListInvitations query, int limit, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        var rows = await session.QueryAsync($"""
            select c.conversation, c.kind, c.title, c.description, c.custom_data, c.participants, c.approval, w.state, w.actor, w.at, w.message
            from pending w
            join conversations c on c.app = w.app and c.conversation = w.conversation
            where w.app = {user.App.Number} and w.user_id = {user.User.Value} and w.state <> {(int)Pending.None} {After(query.Next, Sql.From($"w.conversation"))}
            order by w.conversation desc limit {limit + 1}
            """, Preview, cancel);
        return Page(rows, limit);
    }

    /// <summary>Goes on after the last of the page before. Ids are made by clients, and so the greatest there is may be one of them: the first page has no bound.</summary>
    private static Sql After(ConversationId? last, Sql column) => last is { } id ? Sql.From($"and {column} < {id.Value}") : Sql.Nothing;

    private static PreviewPage Page(List<ConversationPreview> rows, int limit)
    {
        var fitting = Math.Min(limit, ByteBudget.Fitting(rows.Select(row =>
            PreviewBytes + 6 * ((row.Title?.Length ?? 0) + (row.Description?.Length ?? 0) + (row.Pending?.Message?.Length ?? 0)) + TextSize.Bytes(row.CustomData?.Json ?? ""))));
        return fitting < rows.Count ? new PreviewPage(rows.GetRange(0, fitting), rows[fitting - 1].Conversation) : new PreviewPage(rows, null);
    }

    private static ConversationPreview Preview(DbDataReader row) => new(
        row.Conversation(0), (ConversationKind)row.GetInt32(1), row.TextOrNull(2), row.TextOrNull(3), ConversationStore.CustomDataOf(row, 4), row.GetInt32(5), row.GetInt32(6) != 0,
        row.IsDBNull(7) ? null : new PendingEntry((Pending)row.GetInt32(7) == Pending.Invited ? PendingState.Invited : PendingState.Requested, row.User(8), row.Time(9), row.TextOrNull(10)));

    private static ListedUser Listed(DbDataReader row) => new(
        row.User(3), row.IsDBNull(4) ? null : (Permissions)row.GetInt32(4), row.IsDBNull(5) ? null : row.Time(5), !row.IsDBNull(6) && row.GetInt32(6) != 0,
        row.IsDBNull(7) ? null : row.User(7), row.IsDBNull(8) ? null : row.Time(8), row.TextOrNull(9));

    /// <summary>Whether who asks is in the conversation: the first three columns of each row.</summary>
    private readonly record struct OwnPlace(bool HasLeft, bool IsDeleted, bool MayRead)
    {
        public static OwnPlace Read(DbDataReader row) => new(!row.IsDBNull(0), !row.IsDBNull(1), ((Permissions)row.GetInt32(2)).HasFlag(Permissions.Read));

        public static Refusal? Refuse(IEnumerable<OwnPlace> rows) => rows.Cast<OwnPlace?>().FirstOrDefault() switch
        {
            null => Refusals.NotFound,
            { IsDeleted: true } => Refusals.ConversationDeleted,
            { HasLeft: true } => Refusals.NotParticipant,
            { MayRead: false } => Refusals.PermissionDenied,
            _ => null,
        };
    }
}
