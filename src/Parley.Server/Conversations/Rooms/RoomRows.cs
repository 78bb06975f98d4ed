using Parley.Storage;

namespace Parley.Conversations;

/// <summary>The rows of who is in rooms. Runs under the lock of the room and of the participations named.</summary>
internal static class RoomRows
{
    private const int RowsPerStatement = 200;
    private const Permissions Kept = Permissions.Owner | Permissions.ManageParticipants | Permissions.ManageConversation;

    /// <summary>Lets a batch's visits to one room take place, in their order; each slot gets its verdict.</summary>
    public static async ValueTask ApplyAsync(Session session, Database database, ConversationKey key, IReadOnlyList<AppendBatch.Slot> visits, CancellationToken cancel)
    {
        var rooms = await session.QueryAsync($"""
            select revision, head, participants, default_permissions, kind from conversations where app = {key.App.Number} and conversation = {key.Conversation.Value}
            """, row => new Room(row.GetInt64(0), row.Sequence(1), row.GetInt32(2), (Permissions)row.GetInt32(3), ConversationKinds.Of((ConversationKind)row.GetInt32(4)).Cap), cancel);
        if (rooms is not [var room])
        {
            foreach (var slot in visits) slot.Verdict = new AppendVerdict(AppendResult.Gone);
            return;
        }

        var count = room.Count;
        for (var first = 0; first < visits.Count;)
        {
            var end = first + 1;
            while (end < visits.Count && IsEntering(visits[end]) == IsEntering(visits[first])) end++;
            var run = visits.Skip(first).Take(end - first).Where(slot => IsCurrent(slot, room)).ToArray();
            foreach (var some in run.Chunk(RowsPerStatement))
            {
                count = IsEntering(some[0])
                    ? await EnterAsync(session, database, key, room, count, some, cancel)
                    : await ExitAsync(session, database, key, room, count, some, cancel);
            }

            first = end;
        }

        // Not a change of the room: what changed for him stands in his own row.
        if (count != room.Count)
            await session.ExecuteAsync($"update conversations set participants = {count} where app = {key.App.Number} and conversation = {key.Conversation.Value}", cancel);
    }

    /// <summary>Everybody who is in a room.</summary>
    public static async Task<List<(UserKey User, ConversationId Room)>> PresentAsync(Database database, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        return await session.QueryAsync($"""
            select p.app, p.conversation, p.user_id from conversations c
            join participations p on p.app = c.app and p.conversation = c.conversation and p.left_at is null
            where {Visible.IsRoom} and c.deleted_at is null and c.participants > 0
            """, row => (new UserKey(new AppId(row.GetInt32(0)), row.User(2)), row.Conversation(1)), cancel);
    }

    private static bool IsEntering(AppendBatch.Slot slot) => ((Visit)slot.Request).Step == VisitStep.Enter;

    private static bool IsCurrent(AppendBatch.Slot slot, Room room)
    {
        if (slot.Revision == room.Revision) return true;
        slot.Verdict = new AppendVerdict(AppendResult.Stale);
        return false;
    }

    private static async ValueTask<int> EnterAsync(
        Session session, Database database, ConversationKey key, Room room, int count, AppendBatch.Slot[] visits, CancellationToken cancel)
    {
        var users = visits.Select(slot => slot.Request.Actor).Distinct().ToArray();
        var present = (await session.QueryAsync($"""
            select user_id, permissions from participations
            where app = {key.App.Number} and conversation = {key.Conversation.Value} and left_at is null and user_id {database.AnyOf([.. users.Select(user => user.Value)])}
            """, Row, cancel)).ToDictionary(row => row.User, row => row.Permissions);
        var entering = users.Where(user => !present.ContainsKey(user)).Take(Math.Max(0, room.Cap - count)).ToArray();
        var entered = new Dictionary<UserId, Permissions>();
        if (entering.Length > 0)
        {
            var joinedAt = Math.Max(1, room.Head.Value - 9);
            var rows = Sql.List(entering.Select(user => Sql.From(
                $"({key.App.Number}, {key.Conversation.Value}, {user.Value}, 1, {(int)room.Newcomers}, {joinedAt}, null, {room.Head.Value}, {room.Head.Value}, null, {session.Change})")));
            // Of who looks after it the row was kept, and stays as it is.
            entered = (await session.QueryAsync($"""
                insert into participations (app, conversation, user_id, revision, permissions, joined_at, left_at, delivered_up_to, read_up_to, read_ahead, changed)
                values {rows}
                on conflict (app, conversation, user_id) do update set
                    revision = participations.revision + 1, joined_at = excluded.joined_at, left_at = null, left_title = null,
                    delivered_up_to = excluded.delivered_up_to, read_up_to = excluded.read_up_to, changed = excluded.changed
                returning user_id, permissions
                """, Row, cancel)).ToDictionary(row => row.User, row => row.Permissions);
        }

        foreach (var slot in visits)
        {
            var isEntering = entered.TryGetValue(slot.Request.Actor, out var own);
            var isIn = isEntering || present.TryGetValue(slot.Request.Actor, out own);
            ((Visit)slot.Request).MayRead = own.HasFlag(Permissions.Read);
            Judge(slot, isIn ? AppendResult.Recorded : AppendResult.Full, isEntering, count + entering.Length);
        }

        return count + entering.Length;

        static (UserId User, Permissions Permissions) Row(System.Data.Common.DbDataReader row) => (row.User(0), (Permissions)row.GetInt32(1));
    }

    /// <summary>Who looks after the room keeps his row, and with it what he may do when he comes back.</summary>
    private static async ValueTask<int> ExitAsync(
        Session session, Database database, ConversationKey key, Room room, int count, AppendBatch.Slot[] visits, CancellationToken cancel)
    {
        var users = database.AnyOf([.. visits.Select(slot => slot.Request.Actor.Value).Distinct()]);
        var gone = (await session.QueryAsync($"""
            delete from participations
            where app = {key.App.Number} and conversation = {key.Conversation.Value} and left_at is null and (permissions & {(int)Kept}) = 0 and user_id {users}
            returning user_id
            """, row => row.User(0), cancel)).ToHashSet();
        var forgotten = database.AnyOf([.. gone.Select(user => user.Value)]);
        await session.ExecuteAsync($"delete from drafts where app = {key.App.Number} and conversation = {key.Conversation.Value} and user_id {forgotten}", cancel);
        await session.ExecuteAsync($"delete from removals where app = {key.App.Number} and conversation = {key.Conversation.Value} and user_id {forgotten}", cancel);
        gone.UnionWith(await session.QueryAsync($"""
            update participations set left_at = {room.Head.Value}, revision = revision + 1, changed = {session.Change},
                left_title = (select title from conversations c where c.app = {key.App.Number} and c.conversation = {key.Conversation.Value})
            where app = {key.App.Number} and conversation = {key.Conversation.Value} and left_at is null and user_id {users}
            returning user_id
            """, row => row.User(0), cancel));
        await session.ExecuteAsync($"delete from attributes where app = {key.App.Number} and conversation = {key.Conversation.Value} and user_id {users}", cancel);
        foreach (var slot in visits) Judge(slot, AppendResult.Recorded, gone.Contains(slot.Request.Actor), count - gone.Count);
        return count - gone.Count;
    }

    private static void Judge(AppendBatch.Slot slot, AppendResult result, bool changed, int count)
    {
        var visit = (Visit)slot.Request;
        slot.Verdict = new AppendVerdict(result);
        // A batch that runs again, because nobody knew how it ended, finds its own work done.
        visit.Changed |= changed;
        visit.Count = count;
    }

    private sealed record Room(long Revision, Sequence Head, int Count, Permissions Newcomers, int Cap);
}
