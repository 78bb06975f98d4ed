using System.Diagnostics;
using Parley.Conversations;
using Parley.Delivery;
using Parley.Identity;
using Parley.People;
using Parley.Storage;

namespace Parley.Messages;

/// <summary><c>message.remove</c>.</summary>
internal sealed class RemoveMessagesHandler(Journal journal, WriteAdmission admission, Database database, Fanout fanout, TimeProvider clock)
{
    public void Handle(Caller caller, RemoveMessages command, Origin origin)
    {
        Refusal? refusal = command switch
        {
            { Messages: { Count: >= 1 and <= RemoveMessages.MaxMessages }, UpTo: null } => null,
            { Messages.Count: > RemoveMessages.MaxMessages, UpTo: null } => Refusals.TooLarge.Because($"$.messages: at most {RemoveMessages.MaxMessages}"),
            { Messages: null, UpTo.Value: >= 1 } => null,
            _ => Refusals.InvalidParams.Because($"give messages (1 to {RemoveMessages.MaxMessages}) or upTo (1 or more), not both"),
        };
        if ((refusal ?? admission.Check(pending: 0)) is { } not) origin.Refuse(not);
        else journal.Post(new RemoveMessagesItem(database, new ConversationKey(caller.App, command.Conversation), caller.User, command, fanout, clock, origin));
    }
}

/// <summary>The journal's item that hides messages from the user who asks. Whoever left may hide what he still reads.</summary>
internal sealed class RemoveMessagesItem(
    Database database, ConversationKey key, UserId user, RemoveMessages command, Fanout fanout, TimeProvider clock, Origin origin) : JournalItem
{
    private Outcome<MessagesRemoved> _outcome;

    /// <summary>It locks by itself, its user before his participation.</summary>
    public override JournalLane Lane => JournalLane.Alone;

    public override IEnumerable<ActivityContext> Causes => [origin.Trace];

    protected override async ValueTask WriteAsync(Session session, CancellationToken cancel)
    {
        // What is removed cannot be had back: none of it is recorded after the answer to whoever suspended him.
        var holder = new UserKey(key.App, user);
        await database.HoldAsync(session, [holder], UserLock.Involve, cancel);
        await database.LockAsync(session, [new ParticipationKey(key, user)], cancel);
        _outcome = await RemoveAsync(session, await PersonSql.FindAsync(session, holder, cancel), cancel);
    }

    private async ValueTask<Outcome<MessagesRemoved>> RemoveAsync(Session session, Person person, CancellationToken cancel)
    {
        var rows = await session.QueryAsync($"""
            select {Visible.Head}, c.deleted_at, p.permissions from participations p
            join conversations c on c.app = p.app and c.conversation = p.conversation
            where p.app = {key.App.Number} and p.conversation = {key.Conversation.Value} and p.user_id = {user.Value}
            """, row => (Head: row.Sequence(0), Deleted: !row.IsDBNull(1), Own: (Permissions)row.GetInt32(2)), cancel);
        if (rows is not [var place]) return Refusals.NotFound;
        if (person.CannotAct(clock.Now()) is { } suspended) return suspended;
        if (place.Deleted) return Refusals.ConversationDeleted;
        if (!place.Own.HasFlag(Permissions.Read)) return Refusals.PermissionDenied;
        return command.UpTo is { } upTo ? await UpToAsync(session, upTo, place.Head, cancel) : await EachAsync(session, command.Messages!, cancel);
    }

    private async ValueTask<Outcome<MessagesRemoved>> UpToAsync(Session session, Sequence upTo, Sequence head, CancellationToken cancel)
    {
        if (upTo > head) return Refusals.InvalidParams.Because("$.upTo: beyond the newest entry");
        await session.ExecuteAsync($"""
            delete from removals
            where app = {key.App.Number} and conversation = {key.Conversation.Value} and user_id = {user.Value} and sequence <= {upTo.Value}
            """, cancel);
        var removals = await SetAsync(session, Sql.From($"removed_up_to = case when removed_up_to > {upTo.Value} then removed_up_to else {upTo.Value} end"), cancel);
        return new MessagesRemoved(key.Conversation, UpTo: upTo, Removals: removals);
    }

    private async ValueTask<Outcome<MessagesRemoved>> EachAsync(Session session, IReadOnlyList<MessageId> messages, CancellationToken cancel)
    {
        Guid[] ids = [.. messages.Select(message => message.Value).Distinct()];
        var found = await session.QueryAsync($"""
            select e.sequence
            from participations p
            join conversations c on c.app = p.app and c.conversation = p.conversation
            join entries e on e.conversation {session.Same} c.number and e.key {database.AnyOf(ids)}
            where p.app = {key.App.Number} and p.conversation = {key.Conversation.Value} and p.user_id = {user.Value}
                and e.kinds <> 0 and e.sequence >= c.tail and e.sequence <= {Visible.Head} and {Visible.InTime}
            """, row => row.Sequence(0), cancel);
        if (found.Count < ids.Length) return Refusals.MessageNotFound.Because("$.messages: expected messages of this conversation");
        var hidden = new SortedSet<long>(found.Select(sequence => sequence.Value));
        // What was said instead is hidden with what was said.
        foreach (var message in found)
        {
            hidden.UnionWith(await session.QueryAsync(
                $"select sequence from message_edits where conversation = {key.Number} and original = {message.Value}", row => row.GetInt64(0), cancel));
        }

        foreach (var sequence in hidden)
        {
            await session.ExecuteAsync($"""
                insert into removals (app, conversation, user_id, sequence)
                select p.app, p.conversation, p.user_id, {sequence} from participations p
                where p.app = {key.App.Number} and p.conversation = {key.Conversation.Value} and p.user_id = {user.Value} and p.removed_up_to < {sequence}
                on conflict do nothing
                """, cancel);
        }

        var removals = await SetAsync(session, Sql.From($"removed_up_to = removed_up_to"), cancel);
        return new MessagesRemoved(key.Conversation, [.. hidden.Select(sequence => new Sequence(sequence))], Removals: removals);
    }

    /// <summary>Counts what is hidden beside what he hid up to a place; what is told of both.</summary>
    private async ValueTask<string?> SetAsync(Session session, Sql upTo, CancellationToken cancel)
    {
        await session.ExecuteAsync($"""
            update participations set {upTo}, changed = {session.Change},
                removals = (select count(*) from removals where app = {key.App.Number} and conversation = {key.Conversation.Value} and user_id = {user.Value})
            where app = {key.App.Number} and conversation = {key.Conversation.Value} and user_id = {user.Value}
            """, cancel);
        return (await session.QueryAsync($"""
            select {Visible.Removals} from participations p
            where p.app = {key.App.Number} and p.conversation = {key.Conversation.Value} and p.user_id = {user.Value}
            """, row => row.TextOrNull(0), cancel))[0];
    }

    public override void Committed()
    {
        if (_outcome.Value is not { } removed)
        {
            origin.Refuse(_outcome.Refusal!);
            return;
        }

        origin.Answer(removed, ProtocolJson.Lenient.MessagesRemoved);
        fanout.Tell(new UserKey(key.App, user), OriginAnswers.Notification(Methods.MessagesRemoved, removed, ProtocolJson.Lenient.MessagesRemoved), origin.Subscriber);
    }

    public override void Failed(StorageException failure) => origin.Refuse(failure.Refusal);
}
