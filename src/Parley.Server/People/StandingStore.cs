using Parley.Storage;

namespace Parley.People;

/// <summary>The SQL of what the platform decides about a user: suspension, mute, deactivation, deletion.</summary>
internal static class StandingStore
{
    /// <summary>Changes his standing; what he appends from now on is decided on the new one. The caller holds <see cref="UserLock.Judge"/> of him.</summary>
    public static async ValueTask<UserRow> ChangeAsync(Session session, UserKey user, UserRow after, DateTimeOffset now, CancellationToken cancel)
    {
        var deactivatedAt = after.Status == UserStatus.Deactivated ? Sql.From($"coalesce(deactivated_at, {now.ToUnixTimeMilliseconds()})") : Sql.From($"null");
        await session.ExecuteAsync($"""
            update users set revision = revision + 1, standing_changed = {session.Change}, profile_changed = {session.Change},
                suspended_until = {after.SuspendedUntil?.ToUnixTimeMilliseconds()}, muted_until = {after.MutedUntil?.ToUnixTimeMilliseconds()},
                deactivated_at = {deactivatedAt}
            where app = {user.App.Number} and user_id = {user.User.Value}
            """, cancel);
        return after;
    }

    /// <summary>Gives him messaging, or takes it; what he appends from now on is decided on that. The caller holds <see cref="UserLock.Judge"/> of him.</summary>
    public static async ValueTask<UserRow> GiveMessagingAsync(Session session, UserKey user, UserRow after, CancellationToken cancel)
    {
        await session.ExecuteAsync($"""
            update users set revision = revision + 1, no_messaging = {(after.HasMessaging ? 0 : 1)} where app = {user.App.Number} and user_id = {user.User.Value}
            """, cancel);
        return after;
    }

    /// <summary>Who has him in his lists.</summary>
    public static async ValueTask<List<UserId>> ConcernedAsync(Session session, UserKey user, CancellationToken cancel) =>
        await session.QueryAsync($"""
            select user_id from contacts where app = {user.App.Number} and contact = {user.User.Value} and state <> {(int)ContactState.None}
            union select user_id from blocks where app = {user.App.Number} and blocked = {user.User.Value}
            """, row => row.User(0), cancel);

    /// <summary>Erases everything that is his but the id, the number and what he wrote; takes him out of the lists of others.</summary>
    /// <returns>Whose contacts and whose block lists he was in.</returns>
    public static async ValueTask<(List<UserId> Contacts, List<UserId> Blockers)> DeleteAsync(
        Database database, Session session, UserKey user, DateTimeOffset now, CancellationToken cancel)
    {
        var (app, at) = (user.App.Number, now.ToUnixTimeMilliseconds());
        await session.ExecuteAsync($"""
            update users set contacts_changed = {session.Change} where app = {app} and user_id in (
                select user_id from contacts where app = {app} and contact = {user.User.Value} and state <> {(int)ContactState.None})
            """, cancel);
        var contacts = await session.QueryAsync($"""
            update contacts set state = {(int)ContactState.None}, change = {(int)ContactChange.Removed}, message = null, at = {at}, changed = {session.Change}
            where app = {app} and contact = {user.User.Value} and state <> {(int)ContactState.None}
            returning user_id
            """, row => row.User(0), cancel);
        await session.ExecuteAsync($"delete from contacts where app = {app} and user_id = {user.User.Value}", cancel);
        await session.ExecuteAsync($"delete from blocks where app = {app} and user_id = {user.User.Value}", cancel);
        await session.ExecuteAsync($"""
            update users set blocks_changed = {session.Change} where app = {app} and user_id in (
                select user_id from blocks where app = {app} and blocked = {user.User.Value})
            """, cancel);
        var blockers = await session.QueryAsync($"delete from blocks where app = {app} and blocked = {user.User.Value} returning user_id", row => row.User(0), cancel);
        await session.ExecuteAsync($"""
            update users set revision = revision + 1, standing_changed = {session.Change}, profile_changed = {session.Change},
                contacts_changed = {session.Change}, blocks_changed = {session.Change},
                suspended_until = null, muted_until = null, deactivated_at = null, deleted_at = coalesce(deleted_at, {at}),
                display_name = null, avatar_url = null, public_data = null, private_data = null, email = null, email_key = null, phone = null
            where app = {app} and user_id = {user.User.Value}
            """, cancel);
        await TidyAsync(database, session, user, now, cancel);
        return (contacts, blockers);
    }

    /// <summary>
    /// Erases how he had put his inbox in order, what he had hidden from himself, what he had begun to write, and when he was seen last; then what other folders keep of him (<see cref="Erasure"/>).
    /// In the order of locks participations come after users, as here.
    /// </summary>
    public static async ValueTask TidyAsync(Database database, Session session, UserKey user, DateTimeOffset now, CancellationToken cancel)
    {
        var touched = await session.QueryAsync($"""
            select conversation from participations
            where app = {user.App.Number} and user_id = {user.User.Value}
                and (shelf <> 0 or silenced_until is not null or unread_from is not null or removals > 0 or removed_up_to > 0)
            union select conversation from drafts where app = {user.App.Number} and user_id = {user.User.Value}
            """, row => new ParticipationKey(new ConversationKey(user.App, row.Conversation(0)), user.User), cancel);
        await database.LockAsync(session, touched, cancel);
        foreach (var one in touched)
        {
            await session.ExecuteAsync($"""
                update participations set shelf = 0, hidden_at = 0, silenced_until = null, unread_from = null, removals = 0, removed_up_to = 0
                where app = {user.App.Number} and conversation = {one.Conversation.Conversation.Value} and user_id = {user.User.Value}
                """, cancel);
            await session.ExecuteAsync($"""
                delete from removals where app = {user.App.Number} and conversation = {one.Conversation.Conversation.Value} and user_id = {user.User.Value}
                """, cancel);
        }

        await session.ExecuteAsync($"delete from drafts where app = {user.App.Number} and user_id = {user.User.Value}", cancel);
        await session.ExecuteAsync($"delete from last_seen where app = {user.App.Number} and user_id = {user.User.Value}", cancel);
        await Erasure.EraseAsync(session, user, now, cancel);
    }
}
