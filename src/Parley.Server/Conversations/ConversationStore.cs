using System.Data.Common;
using Parley.People;
using Parley.Storage;

namespace Parley.Conversations;

/// <summary>The SQL of the log: loading rules, finding what was recorded, and what an entry changes beside itself.</summary>
internal sealed class ConversationStore(Database database, Func<AppId, WhoMayMessage> whoMayMessage, TimeProvider clock)
{
    /// <summary>Loads the rules, with only the participations asked about: a group may have thousands. Null when there is no such conversation.</summary>
    public async Task<Conversation?> LoadAsync(ConversationKey key, IReadOnlyCollection<UserId> involving, CancellationToken cancel)
    {
        var (now, policy) = (clock.Now(), whoMayMessage(key.App));
        await using var session = await database.OpenRulesReaderAsync(cancel);
        // One statement, so that revision and participations are of one moment.
        var rows = await session.QueryAsync($"""
            select c.kind, c.revision, c.default_permissions, c.owners, p.user_id, p.revision, p.permissions, p.left_at,
                {PeerSql.Column}, {PersonSql.Columns}
            from conversations c
            left join participations p on p.app = c.app and p.conversation = c.conversation
                and p.user_id {database.AnyOf([.. involving.Select(user => user.Value)])}
            left join users u on u.app = p.app and u.user_id = p.user_id
            where c.app = {key.App.Number} and c.conversation = {key.Conversation.Value}
            """,
            row => (
                Conversation: new Conversation((ConversationKind)row.GetInt32(0), row.GetInt64(1), (Permissions)row.GetInt32(2), row.GetInt32(3), Nobody),
                Participation: row.IsDBNull(4) ? null : Participation(row),
                Person: PersonSql.Read(row, 9, now) with { Peer = PeerSql.Read(row.LongOrNull(8), policy) }), cancel);
        if (rows.Count == 0) return null;

        var known = involving.ToDictionary(user => user, Conversations.Participation.Never);
        var people = new Dictionary<UserId, Person>();
        foreach (var (_, participation, person) in rows)
        {
            if (participation is null) continue;
            known[participation.User] = participation;
            people[participation.User] = person;
        }

        return rows[0].Conversation with { Known = known, People = people };
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

    /// <summary>Changes participations as an entry says. Runs in the entry's transaction, under the locks of the conversation and of these.</summary>
    public static async ValueTask ApplyAsync(Session session, ConversationKey key, Decision decision, Sequence sequence, CancellationToken cancel)
    {
        switch (decision.Event)
        {
            case ParticipantsAdded added:
                foreach (var participant in added.Participants) await JoinAsync(session, key, participant.User, participant.Permissions ?? decision.Newcomers, sequence, cancel);
                break;
            case ParticipantsRemoved removed:
                foreach (var user in removed.Users) await LeaveAsync(session, key, user, sequence, cancel);
                break;
            case ParticipantLeft left:
                await LeaveAsync(session, key, left.Actor, sequence, cancel);
                break;
            default:
                return;
        }

        // Ownership is the only rule of these that reaches beyond the participations themselves.
        var leaving = decision.Involved.Count(one => one.Permissions.HasFlag(Permissions.Owner) && Leaves(decision.Event, one.User));
        await session.ExecuteAsync($"""
            update conversations set participants = participants + {decision.Joining}, owners = owners - {leaving},
                revision = revision + {(leaving == 0 ? 0 : 1)}, changed = {session.Change}
            where app = {key.App.Number} and conversation = {key.Conversation.Value}
            """, cancel);
    }

    private static bool Leaves(ConversationEvent happened, UserId user) => happened switch
    {
        ParticipantsRemoved removed => removed.Users.Contains(user),
        ParticipantLeft left => left.Actor == user,
        _ => false,
    };

    /// <summary>Begins an interval. What was there before a newcomer is not unread for him; who comes back keeps his cursors.</summary>
    internal static async ValueTask JoinAsync(
        Session session, ConversationKey key, UserId user, Permissions permissions, Sequence sequence, CancellationToken cancel)
    {
        await session.ExecuteAsync($"""
            insert into past_participations (app, conversation, user_id, joined_at, left_at)
            select app, conversation, user_id, joined_at, left_at from participations
            where app = {key.App.Number} and conversation = {key.Conversation.Value} and user_id = {user.Value} and left_at is not null
            on conflict do nothing
            """, cancel);
        await session.ExecuteAsync($"""
            insert into participations (app, conversation, user_id, revision, permissions, joined_at, left_at, delivered_up_to, read_up_to, read_ahead, changed)
            values ({key.App.Number}, {key.Conversation.Value}, {user.Value}, 1, {(int)permissions},
                {sequence.Value}, null, {sequence.Value - 1}, {sequence.Value - 1}, null, {session.Change})
            on conflict (app, conversation, user_id) do update set
                revision = participations.revision + 1, permissions = excluded.permissions, joined_at = excluded.joined_at, left_at = null,
                changed = excluded.changed
            """, cancel);
    }

    /// <summary>Begins the intervals of a new conversation's participants, of whom nobody was in it before.</summary>
    /// <remarks>Many to a statement: one by one, a group of five thousand would hold everybody's writes up for seconds.</remarks>
    internal static async ValueTask JoinNewAsync(Session session, ConversationKey key, ConversationCreated created, CancellationToken cancel)
    {
        foreach (var some in created.Participants.Chunk(JoinsPerStatement))
        {
            var rows = Sql.List(some.Select(one => Sql.From(
                $"({key.App.Number}, {key.Conversation.Value}, {one.User.Value}, 1, {(int)(one.Permissions ?? created.DefaultPermissions)}, 1, null, 0, 0, null, {session.Change})")));
            await session.ExecuteAsync($"""
                insert into participations (app, conversation, user_id, revision, permissions, joined_at, left_at, delivered_up_to, read_up_to, read_ahead, changed)
                values {rows}
                """, cancel);
        }
    }

    private const int JoinsPerStatement = 200;

    /// <summary>Ends an interval. Of the permissions only that to read is kept: it is what his part of the log is read by.</summary>
    private static async ValueTask LeaveAsync(Session session, ConversationKey key, UserId user, Sequence sequence, CancellationToken cancel) =>
        await session.ExecuteAsync($"""
            update participations set left_at = {sequence.Value}, revision = revision + 1, permissions = permissions & {(int)Permissions.Read}, changed = {session.Change}
            where app = {key.App.Number} and conversation = {key.Conversation.Value} and user_id = {user.Value} and left_at is null
            """, cancel);

    internal static async ValueTask<RecordedEntry?> FindAsync(Session session, ConversationKey key, Guid command, CancellationToken cancel)
    {
        var rows = await session.QueryAsync($"""
            select sequence, at, actor, digest, event from entries
            where key = {command} and conversation {session.Same} {key.Number}
            """,
            row => new RecordedEntry(row.Sequence(0), row.Time(1), row.User(2), row.IsDBNull(3) ? null : row.Bytes(3), row.Bytes(4)), cancel);
        return rows is [var entry] ? entry : null;
    }

    private static Participation Participation(DbDataReader row) =>
        new(row.User(4), row.GetInt64(5), (Permissions)row.GetInt32(6), row.IsDBNull(7) ? Standing.Joined : Standing.Left);

    private static readonly Dictionary<UserId, Participation> Nobody = [];
}
