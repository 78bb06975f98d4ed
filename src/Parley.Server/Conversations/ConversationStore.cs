using System.Data.Common;
using Parley.People;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary>The SQL of the log: loading rules, finding what was recorded, and what an entry changes beside itself.</summary>
internal sealed class ConversationStore(Database database, Func<AppId, WhoMayMessage> whoMayMessage)
{
    /// <summary>Loads the rules, with only what was asked about: a group may have thousands. Null when there is no such conversation.</summary>
    /// <remarks>Of the attributes those of the first who needs any: what waits behind him is decided after him, on rules that are loaded again.</remarks>
    public async Task<Conversation?> LoadAsync(ConversationKey key, IReadOnlyCollection<Needed> needed, CancellationToken cancel)
    {
        var policy = whoMayMessage(key.App);
        await using var session = await database.OpenRulesReaderAsync(cancel);
        var users = needed.SelectMany(one => one.Users).Select(user => user.Value).Distinct().ToArray();
        var texts = needed.Any(one => one.Texts);
        Conversation? conversation = null;
        var known = new Dictionary<UserId, Participation>();
        // One statement, so that revision and participations are of one moment.
        await session.QueryAsync($"""
            select c.kind, c.revision, c.default_permissions, c.owners,
                c.is_public, c.approval, c.members_invite, c.confirm_invitations, c.muted, c.is_distinct, case when c.deleted_at is null then 0 else 1 end,
                {(texts ? Sql.From($"c.title, c.description, c.announcement, c.custom_data") : Sql.From($"null, null, null, null"))}, c.participants,
                i.value, p.revision, p.permissions, p.left_at, m.muted_until, m.allowed, m.banned, w.state, w.actor, {PeerSql.Column}, {PersonSql.Columns}
            from conversations c
            left join {database.Rows(users)} as i on 1 = 1
            left join participations p on p.app = c.app and p.conversation = c.conversation and p.user_id = i.value
            left join moderation m on m.app = c.app and m.conversation = c.conversation and m.user_id = i.value
            left join pending w on w.app = c.app and w.conversation = c.conversation and w.user_id = i.value
            left join users u on u.app = c.app and u.user_id = i.value
            where c.app = {key.App.Number} and c.conversation = {key.Conversation.Value}
            """,
            row =>
            {
                conversation ??= Read(row, texts);
                if (!row.IsDBNull(UserColumn)) known[row.User(UserColumn)] = Participation(row, policy);
                return true;
            }, cancel);
        if (conversation is null) return null;
        var attributes = needed.Select(one => one.AttributesOf).FirstOrDefault(owner => owner is not null) is { } owner
            ? await AttributesAsync(session, key, owner, cancel)
            : null;
        return conversation with
        {
            Known = known,
            Attributes = attributes,
            Messages = await MessageRows.FindAsync(session, key, needed, cancel),
            Forwards = await MessageRows.ReadForwardsAsync(session, key.App, needed, cancel),
            Contents = await ContentRows.FindAsync(session, database, key.App, needed, cancel),
        };
    }

    private static Conversation Read(DbDataReader row, bool texts) =>
        new((ConversationKind)row.GetInt32(0), row.GetInt64(1), (Permissions)row.GetInt32(2), row.GetInt32(3), new Dictionary<UserId, Participation>())
        {
            Traits = TraitsOf(row),
            Participants = row.GetInt32(UserColumn - 1),
            Texts = texts ? new Texts(row.TextOrNull(11), row.TextOrNull(12), row.TextOrNull(13), CustomDataOf(row, 14)) : null,
        };

    /// <summary>Where the columns of a user begin.</summary>
    private const int UserColumn = 16;

    /// <summary>Read after the rules: what is newer than they are has another revision, and is decided again.</summary>
    private static async ValueTask<Attributes> AttributesAsync(Session session, ConversationKey key, AttributeOwner owner, CancellationToken cancel)
    {
        var rows = await session.QueryAsync($"""
            select name, value, actor from attributes
            where app = {key.App.Number} and conversation = {key.Conversation.Value} and user_id = {owner.User?.Value ?? ""}
            """, row => (Name: row.GetString(0), Bytes: TextSize.Bytes(row.GetString(1)), Actor: row.User(2)), cancel);
        return new Attributes(owner, rows.ToDictionary(row => row.Name, row => (row.Bytes, row.Actor), StringComparer.Ordinal));
    }

    /// <summary>What a message says that is to be forwarded, for who looks at it before the log does; null when its forwarder does not see it.</summary>
    public async Task<ForwardedContent?> ReadForwardAsync(UserKey user, MessageToForward forward, CancellationToken cancel)
    {
        await using var session = await database.OpenRulesReaderAsync(cancel);
        return await MessageRows.ReadForwardAsync(session, user, forward, cancel);
    }

    /// <summary>What stands under these keys; under most of them nothing.</summary>
    public async Task<Dictionary<Guid, RecordedEntry>> FindAsync(ConversationKey key, IReadOnlyCollection<Guid> commands, CancellationToken cancel)
    {
        await using var session = await database.OpenRulesReaderAsync(cancel);
        var rows = await session.QueryAsync($"""
            select sequence, at, actor, digest, event, key from entries
            where key {database.AnyOf(commands)} and conversation {session.Same} {key.Number}
            """, row => (Key: row.Uuid(5), Entry: Recorded(row)), cancel);
        return rows.ToDictionary(row => row.Key, row => row.Entry);
    }

    /// <summary>The entry of a message of this sender; when there is none, the id is fenced: no later copy is recorded.</summary>
    /// <remarks>Runs under the conversation's lock. An id used by another sender answers like an unused one.</remarks>
    public static async ValueTask<RecordedEntry?> CancelAsync(Session session, ConversationKey key, Guid message, UserId sender, DateTimeOffset now, CancellationToken cancel)
    {
        if (await FindAsync(session, key, message, cancel) is { } entry && entry.Actor == sender) return entry;
        await session.ExecuteAsync($"""
            insert into fences (app, conversation, key, actor, at)
            values ({key.App.Number}, {key.Conversation.Value}, {message}, {sender.Value}, {now.ToUnixTimeMilliseconds()})
            on conflict do nothing
            """, cancel);
        return null;
    }

    internal static async ValueTask<RecordedEntry?> FindAsync(Session session, ConversationKey key, Guid command, CancellationToken cancel)
    {
        var rows = await session.QueryAsync($"""
            select sequence, at, actor, digest, event from entries
            where key = {command} and conversation {session.Same} {key.Number}
            """, Recorded, cancel);
        return rows is [var entry] ? entry : null;
    }

    private static RecordedEntry Recorded(DbDataReader row) => new(row.Sequence(0), row.Time(1), row.User(2), row.IsDBNull(3) ? null : row.Bytes(3), row.Bytes(4));

    private static Participation Participation(DbDataReader row, WhoMayMessage policy)
    {
        const int first = UserColumn;
        var user = row.User(first);
        var known = row.IsDBNull(first + 1)
            ? Conversations.Participation.Never(user)
            : new Participation(user, row.GetInt64(first + 1), (Permissions)row.GetInt32(first + 2), row.IsDBNull(first + 3) ? Standing.Joined : Standing.Left);
        var pending = row.IsDBNull(first + 7) ? Pending.None : (Pending)row.GetInt32(first + 7);
        return known with
        {
            Moderation = row.IsDBNull(first + 5)
                ? Moderation.None
                : new Moderation(row.TimeOrNull(first + 4), row.GetInt32(first + 5) != 0, row.GetInt32(first + 6) != 0),
            Pending = pending,
            InvitedBy = pending == Pending.Invited ? row.User(first + 8) : null,
            Person = PersonSql.Read(row, first + 10) with { Peer = PeerSql.Read(row.LongOrNull(first + 9), policy) },
        };
    }

    private static Traits TraitsOf(DbDataReader row)
    {
        var traits = Traits.None;
        // The columns stand in the order of the flags.
        for (var bit = 0; bit < 7; bit++)
        {
            if (row.GetInt32(4 + bit) != 0) traits |= (Traits)(1 << bit);
        }

        return traits;
    }

    internal static CustomData? CustomDataOf(DbDataReader row, int column) => row.TextOrNull(column) is { } json ? CustomData.Parse(json) : null;

    private static readonly Dictionary<UserId, Participation> Nobody = [];
}
