using Parley.Storage;

namespace Parley.Conversations;

/// <summary>What an entry changes beside the log. Runs in the entry's transaction, under the locks of its conversation and of the participations it involves.</summary>
internal static class EntryEffects
{
    private const int JoinsPerStatement = 200;

    /// <summary>What came of an entry beside itself.</summary>
    /// <param name="Settled">Those whose invitation or request to come in is settled by it.</param>
    /// <param name="Participants">How many are in the conversation after it.</param>
    public readonly record struct Effects(IReadOnlyList<UserId> Settled, int Participants);

    /// <summary>Makes the changes.</summary>
    public static async ValueTask<Effects> ApplyAsync(
        Session session, Database database, ConversationKey key, Decision decision, Sequence sequence, DateTimeOffset at, Earlier earlier, CancellationToken cancel)
    {
        if (await MessageEffects.ApplyAsync(session, key, decision, sequence, at, earlier, cancel) == EffectsOn.Message) return new Effects([], 0);
        var settled = decision.Settled;
        switch (decision.Event)
        {
            case ParticipantsAdded added:
                foreach (var one in added.Participants) await JoinAsync(session, key, one.User, one.Permissions ?? decision.Newcomers, sequence, cancel);
                break;
            case ParticipantJoined joined:
                await JoinAsync(session, key, joined.Actor, joined.Permissions ?? decision.Newcomers, sequence, cancel);
                break;
            case ParticipantsRemoved removed:
                foreach (var user in removed.Users) await LeaveAsync(session, key, user, decision, sequence, at, cancel);
                break;
            case ParticipantLeft left:
                await LeaveAsync(session, key, left.Actor, decision, sequence, at, cancel);
                break;
            case ParticipantsBanned banned:
                foreach (var user in banned.Users) await LeaveAsync(session, key, user, decision, sequence, at, cancel);
                break;
            case PermissionsChanged changed:
                foreach (var one in changed.Participants) await PermitAsync(session, key, one, decision, cancel);
                break;
            case ConversationChanged changed:
                await ChangeAsync(session, key, changed, cancel);
                break;
            case ConversationDeleted:
                settled = await DeleteAsync(session, key, at, cancel);
                break;
            case AttributesChanged changed:
                await AttributesAsync(session, database, key, changed, cancel);
                break;
            case ParticipantsInvited invited:
                foreach (var user in invited.Users) await WaitAsync(session, key, user, Pending.Invited, invited.Actor, message: null, at, cancel);
                break;
            case JoinRequested requested:
                await WaitAsync(session, key, requested.Actor, Pending.Requested, requested.Actor, requested.Message, at, cancel);
                break;
            default:
                break;
        }

        foreach (var (user, moderation) in decision.Moderated) await ModerateAsync(session, key, user, moderation, cancel);
        foreach (var user in decision.Settled) await SettleAsync(session, key, user, decision.Involved[0].User, at, cancel);
        if (decision.EndsDistinct)
            await session.ExecuteAsync($"delete from distincts where app = {key.App.Number} and conversation = {key.Conversation.Value}", cancel);
        var participants = await session.QueryAsync($"""
            update conversations set participants = participants + {decision.Joining}, owners = owners + {decision.Owning},
                revision = revision + {(decision.ConcernsAll || decision.Owning != 0 || decision.EndsDistinct ? 1 : 0)},
                is_distinct = case when {(decision.EndsDistinct ? 1 : 0)} = 1 then 0 else is_distinct end, changed = {session.Change}
            where app = {key.App.Number} and conversation = {key.Conversation.Value}
            returning participants
            """, row => row.GetInt32(0), cancel);
        return new Effects(settled, participants[0]);
    }

    /// <summary>Begins the intervals of a new conversation's participants, of whom nobody was in it before.</summary>
    /// <remarks>Many to a statement: one by one, a group of five thousand would hold everybody's writes up for seconds.</remarks>
    public static async ValueTask JoinNewAsync(Session session, ConversationKey key, ConversationCreated created, CancellationToken cancel)
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

    /// <summary>Begins an interval. What was there before a newcomer is not unread for him; who comes back keeps his cursors.</summary>
    private static async ValueTask JoinAsync(Session session, ConversationKey key, UserId user, Permissions permissions, Sequence sequence, CancellationToken cancel)
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
                revision = participations.revision + 1, permissions = excluded.permissions, joined_at = excluded.joined_at, left_at = null, left_title = null,
                changed = excluded.changed
            """, cancel);
    }

    /// <summary>
    /// Ends an interval, if he is in one. Of the permissions only that to read is kept: it is what his part of the log is read by. And the title: what it is called later is not his.
    /// </summary>
    private static async ValueTask LeaveAsync(
        Session session, ConversationKey key, UserId user, Decision decision, Sequence sequence, DateTimeOffset at, CancellationToken cancel)
    {
        if (decision.ForgetsLeavers)
        {
            await session.ExecuteAsync($"delete from participations where app = {key.App.Number} and conversation = {key.Conversation.Value} and user_id = {user.Value}", cancel);
            await ForgetOwnAsync(session, key, user, cancel);
        }

        await session.ExecuteAsync($"""
            update participations set left_at = {sequence.Value}, left_on = {at.ToUnixTimeMilliseconds()}, revision = revision + 1, permissions = permissions & {(int)Permissions.Read},
                left_title = (select title from conversations c where c.app = {key.App.Number} and c.conversation = {key.Conversation.Value}), changed = {session.Change}
            where app = {key.App.Number} and conversation = {key.Conversation.Value} and user_id = {user.Value} and left_at is null
            """, cancel);
        await session.ExecuteAsync($"""
            delete from attributes where app = {key.App.Number} and conversation = {key.Conversation.Value} and user_id = {user.Value}
            """, cancel);
    }

    private static async ValueTask PermitAsync(Session session, ConversationKey key, Participant participant, Decision decision, CancellationToken cancel)
    {
        if (decision.ForgetsLeavers)
        {
            // With what he may do goes the rest that was kept of him.
            var gone = await session.ExecuteAsync($"""
                delete from participations
                where app = {key.App.Number} and conversation = {key.Conversation.Value} and user_id = {participant.User.Value} and left_at is not null
                """, cancel);
            if (gone > 0) await ForgetOwnAsync(session, key, participant.User, cancel);
        }

        await session.ExecuteAsync($"""
            update participations set permissions = {(int)participant.Permissions!.Value}, revision = revision + 1, changed = {session.Change}
            where app = {key.App.Number} and conversation = {key.Conversation.Value} and user_id = {participant.User.Value}
            """, cancel);
    }

    /// <summary>A draft stands in the inbox of who has a participation, and what is hidden is hidden from him, and from nobody else.</summary>
    private static async ValueTask ForgetOwnAsync(Session session, ConversationKey key, UserId user, CancellationToken cancel)
    {
        await session.ExecuteAsync($"delete from drafts where app = {key.App.Number} and conversation = {key.Conversation.Value} and user_id = {user.Value}", cancel);
        await session.ExecuteAsync($"delete from removals where app = {key.App.Number} and conversation = {key.Conversation.Value} and user_id = {user.Value}", cancel);
    }

    private static async ValueTask ChangeAsync(Session session, ConversationKey key, ConversationChanged changed, CancellationToken cancel) =>
        await session.ExecuteAsync($"""
            update conversations set
                title = nullif(coalesce({changed.Title}, title), ''), description = nullif(coalesce({changed.Description}, description), ''),
                announcement = nullif(coalesce({changed.Announcement}, announcement), ''), custom_data = nullif(coalesce({changed.CustomData?.Json}, custom_data), {CustomData.Empty.Json}),
                is_public = coalesce({Number(changed.Public)}, is_public), approval = coalesce({Number(changed.Approval)}, approval),
                members_invite = coalesce({Number(changed.MembersInvite)}, members_invite),
                confirm_invitations = coalesce({Number(changed.ConfirmInvitations)}, confirm_invitations),
                muted = coalesce({Number(changed.Muted)}, muted), default_permissions = coalesce({(int?)changed.DefaultPermissions}, default_permissions)
            where app = {key.App.Number} and conversation = {key.Conversation.Value}
            """, cancel);

    private static int? Number(bool? yes) => yes is { } value ? value ? 1 : 0 : null;

    /// <summary>Nobody waits any more to come in, or to be let in; those who did. What is kept beside the log goes; of the content, which may be much, the collector takes the uses away some at a time.</summary>
    private static async ValueTask<List<UserId>> DeleteAsync(Session session, ConversationKey key, DateTimeOffset at, CancellationToken cancel)
    {
        await MessageVersions.ForgetAllAsync(session, key, cancel);
        await session.ExecuteAsync($"""
            update conversations set deleted_at = {at.ToUnixTimeMilliseconds()}, is_public = 0 where app = {key.App.Number} and conversation = {key.Conversation.Value}
            """, cancel);
        await session.ExecuteAsync($"delete from held where app = {key.App.Number} and conversation = {key.Conversation.Value}", cancel);
        await session.ExecuteAsync($"delete from reports where app = {key.App.Number} and conversation = {key.Conversation.Value}", cancel);
        await session.ExecuteAsync($"delete from drafts where app = {key.App.Number} and conversation = {key.Conversation.Value}", cancel);
        await session.ExecuteAsync($"""
            insert into deleted_uses (app, conversation)
            select c.app, c.number from conversations c
            where c.app = {key.App.Number} and c.conversation = {key.Conversation.Value} and exists (select 1 from content_uses cu where cu.conversation = c.number)
            on conflict do nothing
            """, cancel);
        return await session.QueryAsync($"""
            update pending set state = {(int)Pending.None}, message = null, changed = {session.Change}
            where app = {key.App.Number} and conversation = {key.Conversation.Value} and state <> {(int)Pending.None}
            returning user_id
            """, row => row.User(0), cancel);
    }

    private static async ValueTask AttributesAsync(Session session, Database database, ConversationKey key, AttributesChanged changed, CancellationToken cancel)
    {
        var owner = changed.User?.Value ?? "";
        foreach (var (name, value) in changed.Set ?? new Dictionary<string, string>())
        {
            await session.ExecuteAsync($"""
                insert into attributes (app, conversation, user_id, name, value, actor)
                values ({key.App.Number}, {key.Conversation.Value}, {owner}, {name}, {value}, {changed.Actor.Value})
                on conflict (app, conversation, user_id, name) do update set value = excluded.value, actor = excluded.actor
                """, cancel);
        }

        if (changed.Removed is { } removed)
        {
            await session.ExecuteAsync($"""
                delete from attributes where app = {key.App.Number} and conversation = {key.Conversation.Value} and user_id = {owner} and name {database.AnyOf(removed.ToArray())}
                """, cancel);
        }
    }

    private static async ValueTask ModerateAsync(Session session, ConversationKey key, UserId user, Moderation moderation, CancellationToken cancel)
    {
        if (moderation == Moderation.None)
        {
            await session.ExecuteAsync($"delete from moderation where app = {key.App.Number} and conversation = {key.Conversation.Value} and user_id = {user.Value}", cancel);
        }
        else
        {
            await session.ExecuteAsync($"""
                insert into moderation (app, conversation, user_id, muted_until, allowed, banned)
                values ({key.App.Number}, {key.Conversation.Value}, {user.Value}, {moderation.MutedUntil?.ToUnixTimeMilliseconds()}, {(moderation.Allowed ? 1 : 0)}, {(moderation.Banned ? 1 : 0)})
                on conflict (app, conversation, user_id) do update set muted_until = excluded.muted_until, allowed = excluded.allowed, banned = excluded.banned
                """, cancel);
        }

        // Whoever is told of participants that changed is told of him.
        await session.ExecuteAsync($"""
            update participations set changed = {session.Change} where app = {key.App.Number} and conversation = {key.Conversation.Value} and user_id = {user.Value}
            """, cancel);
    }

    private static async ValueTask WaitAsync(
        Session session, ConversationKey key, UserId user, Pending state, UserId actor, string? message, DateTimeOffset at, CancellationToken cancel) =>
        await session.ExecuteAsync($"""
            insert into pending (app, conversation, user_id, state, actor, at, message, changed)
            values ({key.App.Number}, {key.Conversation.Value}, {user.Value}, {(int)state}, {actor.Value}, {at.ToUnixTimeMilliseconds()}, {message}, {session.Change})
            on conflict (app, conversation, user_id) do update set
                state = excluded.state, actor = excluded.actor, at = excluded.at, message = excluded.message, changed = excluded.changed
            """, cancel);

    private static async ValueTask SettleAsync(Session session, ConversationKey key, UserId user, UserId actor, DateTimeOffset at, CancellationToken cancel) =>
        await session.ExecuteAsync($"""
            update pending set state = {(int)Pending.None}, actor = {actor.Value}, at = {at.ToUnixTimeMilliseconds()}, message = null, changed = {session.Change}
            where app = {key.App.Number} and conversation = {key.Conversation.Value} and user_id = {user.Value}
            """, cancel);
}
