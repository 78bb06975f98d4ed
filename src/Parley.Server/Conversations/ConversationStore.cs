using System.Data.Common;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary>The SQL of the log: loading rules, finding what was recorded, and what an entry changes beside itself.</summary>
internal sealed class ConversationStore(Database database)
{
    /// <summary>Loads the rules, with only what was asked about: a group may have thousands. Null when there is no such conversation.</summary>
    /// <remarks>Of the attributes those of the first who needs any: what waits behind him is decided after him, on rules that are loaded again.</remarks>
    public async Task<Conversation?> LoadAsync(ConversationKey key, IReadOnlyCollection<Needed> needed, CancellationToken cancel)
    {
        await using var session = await database.OpenRulesReaderAsync(cancel);
        var users = needed.SelectMany(one => one.Users).Select(user => user.Value).Distinct().ToArray();
        var texts = needed.Any(one => one.Texts);
        // One statement, so that revision and participations are of one moment.
        var rows = await session.QueryAsync($"""
            select c.kind, c.revision, c.default_permissions, c.owners,
                c.is_public, c.approval, c.members_invite, c.confirm_invitations, c.muted, c.is_distinct, case when c.deleted_at is null then 0 else 1 end,
                {(texts ? Sql.From($"c.title, c.description, c.announcement, c.custom_data") : Sql.From($"null, null, null, null"))},
                u.value, p.revision, p.permissions, p.left_at, m.muted_until, m.allowed, m.banned, w.state, w.actor, c.participants
            from conversations c
            left join {database.Rows(users)} as u on 1 = 1
            left join participations p on p.app = c.app and p.conversation = c.conversation and p.user_id = u.value
            left join moderation m on m.app = c.app and m.conversation = c.conversation and m.user_id = u.value
            left join pending w on w.app = c.app and w.conversation = c.conversation and w.user_id = u.value
            where c.app = {key.App.Number} and c.conversation = {key.Conversation.Value}
            """,
            row => (
                Conversation: new Conversation((ConversationKind)row.GetInt32(0), row.GetInt64(1), (Permissions)row.GetInt32(2), row.GetInt32(3), Nobody)
                {
                    Traits = TraitsOf(row),
                    Participants = row.GetInt32(24),
                    Texts = texts ? new Texts(row.TextOrNull(11), row.TextOrNull(12), row.TextOrNull(13), CustomDataOf(row, 14)) : null,
                },
                Participation: row.IsDBNull(15) ? null : Participation(row)), cancel);
        if (rows.Count == 0) return null;
        var attributes = needed.Select(one => one.AttributesOf).FirstOrDefault(owner => owner is not null) is { } owner
            ? await AttributesAsync(session, key, owner, cancel)
            : null;
        return rows[0].Conversation with
        {
            Known = rows.Select(row => row.Participation).OfType<Participation>().ToDictionary(one => one.User),
            Attributes = attributes,
        };
    }

    /// <summary>Read after the rules: what is newer than they are has another revision, and is decided again.</summary>
    private static async ValueTask<Attributes> AttributesAsync(Session session, ConversationKey key, AttributeOwner owner, CancellationToken cancel)
    {
        var rows = await session.QueryAsync($"""
            select name, value, actor from attributes
            where app = {key.App.Number} and conversation = {key.Conversation.Value} and user_id = {owner.User?.Value ?? ""}
            """, row => (Name: row.GetString(0), Bytes: TextSize.Bytes(row.GetString(1)), Actor: row.User(2)), cancel);
        return new Attributes(owner, rows.ToDictionary(row => row.Name, row => (row.Bytes, row.Actor), StringComparer.Ordinal));
    }

    /// <summary>What stands under a key.</summary>
    public async Task<RecordedEntry?> FindAsync(ConversationKey key, Guid command, CancellationToken cancel)
    {
        await using var session = await database.OpenRulesReaderAsync(cancel);
        return await FindAsync(session, key, command, cancel);
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
            """,
            row => new RecordedEntry(row.Sequence(0), row.Time(1), row.User(2), row.IsDBNull(3) ? null : row.Bytes(3), row.Bytes(4)), cancel);
        return rows is [var entry] ? entry : null;
    }

    private static Participation Participation(DbDataReader row)
    {
        var user = row.User(15);
        var known = row.IsDBNull(16)
            ? Conversations.Participation.Never(user)
            : new Participation(user, row.GetInt64(16), (Permissions)row.GetInt32(17), row.IsDBNull(18) ? Standing.Joined : Standing.Left);
        var pending = row.IsDBNull(22) ? Pending.None : (Pending)row.GetInt32(22);
        return known with
        {
            Moderation = row.IsDBNull(20) ? Moderation.None : new Moderation(row.IsDBNull(19) ? null : row.Time(19), row.GetInt32(20) != 0, row.GetInt32(21) != 0),
            Pending = pending,
            InvitedBy = pending == Pending.Invited ? row.User(23) : null,
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
