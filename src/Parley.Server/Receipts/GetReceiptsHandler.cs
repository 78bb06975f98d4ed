using Parley.Conversations;
using Parley.Delivery;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Receipts;

/// <summary><c>receipt.get</c>: how far one message got. Computed from cursors when it is asked, so it costs by how many were there, and nothing when nobody asks.</summary>
internal sealed class GetReceiptsHandler(Database database, Func<AppId, ReceiptAudience> audienceOf)
{
    public async Task HandleAsync(Caller caller, GetReceipts query, Origin origin, CancellationToken cancel)
    {
        var outcome = query.Limit is < 1 or > GetReceipts.MaxLimit
            ? Refusals.InvalidParams.Because($"$.limit: expected 1 to {GetReceipts.MaxLimit}")
            : await ReadAsync(caller.Key, query, cancel);
        if (outcome.Value is { } receipts) origin.Answer(receipts, ProtocolJson.Lenient.MessageReceipts);
        else origin.Refuse(outcome.Refusal!);
    }

    private async Task<Outcome<MessageReceipts>> ReadAsync(UserKey user, GetReceipts query, CancellationToken cancel)
    {
        await using var session = await database.OpenReaderAsync(cancel);
        var seen = Seen(session, user, query);
        var places = await session.QueryAsync($"""
            select p.left_at, c.deleted_at, p.permissions, c.kind, e.sequence, e.actor {seen.From} left join entries e on {seen.Entry} where {seen.Own}
            """,
            row => (Left: !row.IsDBNull(0), Deleted: !row.IsDBNull(1), Own: (Permissions)row.GetInt32(2), Kind: (ConversationKind)row.GetInt32(3),
                Message: row.IsDBNull(4) ? null : new Found(row.Sequence(4), row.User(5))), cancel);
        if (places is not [var place]) return Refusals.NotFound;
        if (place.Deleted) return Refusals.ConversationDeleted;
        if (place.Left) return Refusals.NotParticipant;
        if (ConversationKinds.Of(place.Kind).Receipts == Conversations.Receipts.None) return Refusals.NotForThisKind.Because("a room has no receipts");
        if (!place.Own.HasFlag(Permissions.Read)) return Refusals.PermissionDenied;
        if (place.Message is not { } message) return Refusals.MessageNotFound.Because("$.message: no such message in this conversation");
        if (Denied(audienceOf(user.App), message.Sender == user.User) is { } refusal) return refusal;

        var limit = query.Limit ?? GetReceipts.MaxLimit;
        var recipients = Recipients(user, query, message, seen);
        var (received, read) = (Received(message), Read(message));
        var counts = await session.QueryAsync($"""
            select count(*), count(case when {received} then 1 end), count(case when {read} then 1 end) {recipients}
            """, row => (Participants: row.GetInt64(0), Delivered: row.GetInt64(1), Read: row.GetInt64(2)), cancel);
        var users = await session.QueryAsync($"""
            select o.user_id, case when {read} then {(int)RecipientState.Read} when {received} then {(int)RecipientState.Delivered} else {(int)RecipientState.Sent} end, {At(message)}
            {recipients} {(query.After is { } after ? Sql.From($"and o.user_id > {after.Value}") : Sql.Nothing)} {AtLeast(query.State, message)}
            order by o.user_id limit {limit + 1}
            """, row => new Recipient(row.User(0), (RecipientState)row.GetInt32(1), row.TimeOrNull(2)), cancel);
        var more = users.Count > limit;
        if (more) users.RemoveAt(limit);
        var (participants, delivered, readBy) = counts[0];
        return new MessageReceipts(query.Conversation, query.Message, message.Sequence, (int)participants, (int)delivered, (int)readBy, users, more ? users[^1].User : null);
    }

    /// <summary>Why an app does not tell; null where it does.</summary>
    private static Refusal? Denied(ReceiptAudience audience, bool isSender) => audience switch
    {
        ReceiptAudience.Everyone => null,
        ReceiptAudience.Sender when isSender => null,
        ReceiptAudience.Sender => Refusals.PermissionDenied.Because("this app tells receipts to the sender only"),
        _ => Refusals.PermissionDenied.Because("this app tells receipts to nobody"),
    };

    /// <summary>Everybody <c>o</c> who was in the conversation when the message was sent, without its sender; nobody, if the asker does not see the message any more.</summary>
    private static Sql Recipients(UserKey user, GetReceipts query, Found message, Visibility seen) => Sql.From($"""
        from participations o
        where o.app = {user.App.Number} and o.conversation = {query.Conversation.Value} and o.user_id <> {message.Sender.Value}
            and exists (select 1 {seen.From} join entries e on {seen.Entry} where {seen.Own})
            and ((o.joined_at < {message.Sequence.Value} and (o.left_at is null or o.left_at > {message.Sequence.Value})) or exists (
                select 1 from past_participations pp
                where pp.app = o.app and pp.conversation = o.conversation and pp.user_id = o.user_id
                    and pp.joined_at < {message.Sequence.Value} and pp.left_at > {message.Sequence.Value}))
        """);

    private static Sql Received(Found message) => Sql.From($"(o.delivered_up_to >= {message.Sequence.Value} or {Read(message)})");

    private static Sql Read(Found message)
    {
        var amongAhead = $"%,{message.Sequence.Value},%";
        return Sql.From($"(o.read_up_to >= {message.Sequence.Value} or (o.read_ahead is not null and ',' || o.read_ahead || ',' like {amongAhead}))");
    }

    /// <summary>When the cursor that says how far it got came to it; null when that cursor has gone on, or was there before times were kept.</summary>
    private static Sql At(Found message) => Sql.From($"""
        (case when o.read_up_to = {message.Sequence.Value} then o.read_at when not {Read(message)} and o.delivered_up_to = {message.Sequence.Value} then o.delivered_at end)
        """);

    private static Sql AtLeast(RecipientState? state, Found message) => state switch
    {
        RecipientState.Delivered => Sql.From($"and {Received(message)}"),
        RecipientState.Read => Sql.From($"and {Read(message)}"),
        _ => Sql.Nothing,
    };

    private static Visibility Seen(Session session, UserKey user, GetReceipts query) => new(
        Sql.From($"from participations p join conversations c on c.app = p.app and c.conversation = p.conversation"),
        Sql.From($"""
            e.key = {query.Message.Value} and e.conversation {session.Same} c.number and p.left_at is null
                and e.kinds <> 0 and e.sequence >= c.tail and e.sequence <= {Visible.Head} and {Visible.Entry}
            """),
        Sql.From($"p.app = {user.App.Number} and p.conversation = {query.Conversation.Value} and p.user_id = {user.User.Value}"));

    /// <summary>The asker's participation <c>p</c>, its conversation <c>c</c>, and the message <c>e</c> if he sees it: parts of a statement.</summary>
    private readonly record struct Visibility(Sql From, Sql Entry, Sql Own);

    private sealed record Found(Sequence Sequence, UserId Sender);
}
