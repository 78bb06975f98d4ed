using System.Data.Common;
using System.Diagnostics;
using Parley.Conversations;
using Parley.Delivery;
using Parley.People;
using Parley.Storage;

namespace Parley.Inbox;

/// <summary>Changes how a conversation stands in its user's own inbox.</summary>
/// <param name="database">Locks.</param>
/// <param name="key">Which conversation.</param>
/// <param name="user">Whose inbox.</param>
/// <param name="change">What he wants, or null to leave it.</param>
/// <param name="unreadFrom">Where his mark is to be; 0 for nowhere, null to leave it.</param>
/// <param name="fanout">Tells his other devices.</param>
/// <param name="clock">What time it is.</param>
/// <param name="origin">Who asked.</param>
internal sealed class InboxFlagsItem(
    Database database, ConversationKey key, UserId user, UpdateInbox? change, Sequence? unreadFrom, Fanout fanout, TimeProvider clock, Origin origin) : JournalItem
{
    private Outcome<InboxFlags> _outcome;

    /// <summary>It locks by itself, all that it may have to count.</summary>
    public override JournalLane Lane => JournalLane.Alone;

    public override IEnumerable<ActivityContext> Causes => [origin.Trace];

    protected override async ValueTask WriteAsync(Session session, CancellationToken cancel)
    {
        // Held before participations are: of a user who is deleted nothing is kept that was erased.
        await database.HoldAsync(session, [new UserKey(key.App, user)], UserLock.Involve, cancel);
        if ((await PersonSql.FindAsync(session, new UserKey(key.App, user), cancel)).CannotAct(clock.Now()) is { } refusal)
        {
            _outcome = refusal;
            return;
        }

        var pinned = change?.Pinned == true ? await PinnedAsync(session, cancel) : [];
        // The journal's lanes lock participations in the order of their keys; so does this, before it looks.
        await database.LockAsync(session, [.. pinned.Append(key.Conversation).Distinct().Select(one => new ParticipationKey(key with { Conversation = one }, user))], cancel);
        _outcome = await ChangeAsync(session, cancel);
    }

    private async ValueTask<Outcome<InboxFlags>> ChangeAsync(Session session, CancellationToken cancel)
    {
        var rows = await session.QueryAsync($"""
            select c.deleted_at, {Visible.Head}, {InboxShelf.Columns} {InboxShelf.From(key.App, user)} and p.conversation = {key.Conversation.Value}
            """, row => (Deleted: !row.IsDBNull(0), Head: row.Sequence(1), Flags: InboxShelf.Read(row, 2)), cancel);
        if (rows is not [var (deleted, head, before)]) return Refusals.NotFound;
        if (deleted) return Refusals.ConversationDeleted;
        if (unreadFrom > head) return Refusals.InvalidParams.Because("$.from: beyond the newest entry");
        if (change?.Pinned == true && !before.Pinned && (await PinnedAsync(session, cancel)).Count >= UpdateInbox.MaxPinned)
            return Refusals.TooLarge.Because($"at most {UpdateInbox.MaxPinned} pinned conversations");

        var after = before with
        {
            SilencedUntil = change?.SilencedUntil ?? before.SilencedUntil,
            Pinned = change?.Pinned ?? before.Pinned,
            Archived = change?.Archived ?? before.Archived,
            Hidden = change?.Hidden ?? before.Hidden,
            UnreadFrom = unreadFrom is { } from ? from == Sequence.None ? null : from : before.UnreadFrom,
            Draft = change?.Draft is { } draft ? draft.Length == 0 ? null : draft : before.Draft,
        };
        if (after != before) await StoreAsync(session, after, head, cancel);
        return after;
    }

    private async ValueTask StoreAsync(Session session, InboxFlags flags, Sequence head, CancellationToken cancel)
    {
        await session.ExecuteAsync($"""
            update participations set shelf = {(int)InboxShelf.Of(flags)}, hidden_at = {(flags.Hidden ? head.Value : 0)},
                silenced_until = {flags.SilencedUntil?.ToUnixTimeMilliseconds()}, unread_from = {flags.UnreadFrom?.Value}, changed = {session.Change}
            where app = {key.App.Number} and conversation = {key.Conversation.Value} and user_id = {user.Value}
            """, cancel);
        if (change?.Draft is null) return;
        if (flags.Draft is null)
            await session.ExecuteAsync($"delete from drafts where app = {key.App.Number} and conversation = {key.Conversation.Value} and user_id = {user.Value}", cancel);
        else
        {
            await session.ExecuteAsync($"""
                insert into drafts (app, user_id, conversation, body) values ({key.App.Number}, {user.Value}, {key.Conversation.Value}, {flags.Draft})
                on conflict (app, user_id, conversation) do update set body = excluded.body
                """, cancel);
        }
    }

    /// <summary>What he has pinned and can see: of a conversation that was deleted nobody could take the pin off.</summary>
    private async ValueTask<List<ConversationId>> PinnedAsync(Session session, CancellationToken cancel) =>
        await session.QueryAsync($"""
            select p.conversation from participations p
            join conversations c on c.app = p.app and c.conversation = p.conversation and c.deleted_at is null
            where p.app = {key.App.Number} and p.user_id = {user.Value} and (p.shelf & {(int)Shelf.Pinned}) <> 0
            """, row => row.Conversation(0), cancel);

    public override void Committed()
    {
        if (_outcome.Value is not { } flags)
        {
            origin.Refuse(_outcome.Refusal!);
            return;
        }

        origin.Answer(flags, ProtocolJson.Lenient.InboxFlags);
        fanout.Tell(
            new UserKey(key.App, user), OriginAnswers.Notification(Methods.Inbox, new InboxChanged(key.Conversation, flags), ProtocolJson.Lenient.InboxChanged), origin.Subscriber);
    }

    public override void Failed(StorageException failure) => origin.Refuse(failure.Refusal);
}
