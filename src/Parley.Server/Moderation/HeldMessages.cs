using System.Data.Common;
using System.Diagnostics;
using System.Text.Json;
using Parley.Conversations;
using Parley.Delivery;
using Parley.People;
using Parley.Storage;

namespace Parley.Moderation;

/// <summary>The SQL of what is held.</summary>
internal static class HeldStore
{
    /// <summary>The most of an app that wait.</summary>
    public const int MaxPending = 10_000;

    /// <summary>How long it is known what was rejected: as long as ids are kept at least.</summary>
    private static readonly TimeSpan KeepRejected = TimeSpan.FromHours(72);

    private static Sql Columns => Sql.From($"conversation, request, message, sender, digest, edits, body, reason, at, rejected_at, original");

    public static async ValueTask<HeldRow?> FindAsync(Session session, ConversationKey key, Guid request, CancellationToken cancel)
    {
        var rows = await session.QueryAsync(
            $"select {Columns} from held where app = {key.App.Number} and conversation = {key.Conversation.Value} and request = {request}", Read, cancel);
        return rows is [var row] ? row : null;
    }

    /// <summary>Whether a conversation was deleted. Asked while it is locked.</summary>
    public static async ValueTask<bool> IsDeletedAsync(Session session, ConversationKey key, CancellationToken cancel) =>
        (await session.QueryAsync(
            $"select 1 from conversations where app = {key.App.Number} and conversation = {key.Conversation.Value} and deleted_at is not null", _ => true, cancel)).Count > 0;

    /// <summary>What waits, the oldest first, from behind a place on.</summary>
    public static async ValueTask<List<HeldRow>> ListAsync(Session session, AppId app, (long At, Guid Request) after, int limit, CancellationToken cancel) =>
        await session.QueryAsync($"""
            select {Columns} from held
            where app = {app.Number} and rejected_at is null and (at, request) > ({after.At}, {after.Request})
            order by at, request limit {limit}
            """, Read, cancel);

    /// <summary>Keeps a request; what its sender is told.</summary>
    public static async ValueTask<Refusal> HoldAsync(Session session, Draft draft, string? reason, DateTimeOffset now, CancellationToken cancel)
    {
        var (app, at) = (draft.Key.App.Number, now.ToUnixTimeMilliseconds());
        if (await FindAsync(session, draft.Key, draft.Request, cancel) is { } known) return known.ToldTo(draft);
        await session.ExecuteAsync($"delete from held where app = {app} and rejected_at < {at - (long)KeepRejected.TotalMilliseconds}", cancel);
        var pending = await session.QueryAsync($"select count(*) from held where app = {app} and rejected_at is null", row => row.GetInt64(0), cancel);
        if (pending[0] >= MaxPending) return Refusals.ModerationUnavailable.Because("as many messages are held as may be");
        await session.ExecuteAsync($"""
            insert into held (app, conversation, request, message, sender, digest, edits, body, reason, at, original_in, original)
            values ({app}, {draft.Key.Conversation.Value}, {draft.Request}, {draft.Message.Value}, {draft.Sender.Value}, {draft.Digest},
                {(draft.Step == MessageStep.Edit ? 1 : 0)}, {draft.ToJson()}, {reason}, {at}, {draft.Original?.In.Conversation.Value}, {draft.Original?.Message.Value})
            on conflict do nothing
            """, cancel);
        return Refusals.Held;
    }

    /// <summary>Whether there was such a one to reject. What it said is erased.</summary>
    public static async ValueTask<bool> RejectAsync(Session session, ConversationKey key, Guid request, string? reason, DateTimeOffset now, CancellationToken cancel) =>
        await session.ExecuteAsync($"""
            update held set
                reason = case when rejected_at is null then {reason ?? ""} else reason end, body = {Array.Empty<byte>()},
                rejected_at = coalesce(rejected_at, {now.ToUnixTimeMilliseconds()})
            where app = {key.App.Number} and conversation = {key.Conversation.Value} and request = {request}
            """, cancel) > 0;

    public static async ValueTask ForgetAsync(Session session, ConversationKey key, Guid request, CancellationToken cancel) =>
        await session.ExecuteAsync($"delete from held where app = {key.App.Number} and conversation = {key.Conversation.Value} and request = {request}", cancel);

    private static HeldRow Read(DbDataReader row) =>
        new(row.Conversation(0), row.Uuid(1), new MessageId(row.Uuid(2)), row.User(3), row.Bytes(4), row.GetInt32(5) != 0 ? HeldKind.Edit : row.IsDBNull(10) ? HeldKind.Send : HeldKind.Forward,
            row.Bytes(6), row.TextOrNull(7), row.Time(8), row.TimeOrNull(9));
}

/// <summary>A request that is held, or was rejected.</summary>
internal sealed record HeldRow(
    ConversationId Conversation, Guid Request, MessageId Message, UserId Sender, byte[] Digest, HeldKind Kind, byte[] Body, string? Reason, DateTimeOffset At, DateTimeOffset? RejectedAt)
{
    public HeldMessage Told => new(Conversation, new CommandId(Request), Message, Sender, At, DraftFor(default).Content, Reason);

    /// <summary>Nobody types who is looked at afterwards.</summary>
    private static readonly Action<ConversationKey, UserId> Released = (_, _) => { };

    /// <summary>The request as it would be recorded. Limits in time count when something is asked for, not when somebody has looked at it.</summary>
    public Draft DraftFor(AppId app)
    {
        var key = new ConversationKey(app, Conversation);
        return Kind switch
        {
            HeldKind.Edit => new EditDraft(key, Sender, Digest, JsonSerializer.Deserialize(Body, ProtocolJson.Lenient.EditMessage)!, new MessageLimits(int.MaxValue, null, null)),
            HeldKind.Forward => ForwardDraft.FromJson(key, Sender, Digest, Body, Released),
            _ => SendDraft.FromJson(key, Sender, Digest, Body, Released),
        };
    }

    /// <summary>What somebody is told who asks for something under this id.</summary>
    public Refusal ToldTo(Draft draft)
    {
        if (Sender != draft.Sender || !Digest.AsSpan().SequenceEqual(draft.Digest)) return Refusals.IdInUse;
        if (RejectedAt is null) return Refusals.Held;
        return string.IsNullOrEmpty(Reason) ? Refusals.Intercepted : Refusals.Intercepted.Because(Reason);
    }
}

/// <summary>What is held.</summary>
internal enum HeldKind
{
    /// <summary>A message.</summary>
    Send,

    /// <summary>An edit of one.</summary>
    Edit,

    /// <summary>A forward of one.</summary>
    Forward,
}

/// <summary>Answers as another origin does; a message that the log refuses as held, which is one that could be recorded, is kept first.</summary>
internal sealed class HoldingOrigin(Origin origin, Draft draft, string? reason, Database database, Journal journal, TimeProvider clock) : Origin
{
    public override Subscriber? Subscriber => origin.Subscriber;

    public override ActivityContext Trace => origin.Trace;

    public override void Answer(EncodedEntry entry) => origin.Answer(entry);

    public override void Answer(ReadOnlyMemory<byte> json) => origin.Answer(json);

    public override void Refuse(Refusal refusal)
    {
        if (refusal == Refusals.Held) journal.Post(new HoldItem(origin, draft, reason, database, clock));
        else origin.Refuse(refusal);
    }
}

/// <summary>Keeps a message until somebody decides, then tells its sender that it is kept.</summary>
internal sealed class HoldItem(Origin origin, Draft draft, string? reason, Database database, TimeProvider clock) : JournalItem
{
    private Refusal _told = Refusals.Held;

    public override JournalLane Lane => JournalLane.Alone;

    public override IEnumerable<ActivityContext> Causes => [origin.Trace];

    /// <summary>The log said that it could be recorded. What was deleted since, the conversation or its sender, keeps nothing that comes later; nor does the message that it edits or forwards, when it was recalled.</summary>
    protected override async ValueTask WriteAsync(Session session, CancellationToken cancel)
    {
        var (now, sender) = (clock.Now(), new UserKey(draft.Key.App, draft.Sender));
        ConversationKey[] locked = draft.Original is { } original && original.In != draft.Key ? [draft.Key, original.In] : [draft.Key];
        await database.AppendAsync(session, [], locked, now, cancel);
        await database.HoldAsync(session, [sender], UserLock.Involve, cancel);
        if ((await PersonSql.FindAsync(session, sender, cancel)).CannotAct(now) is { } refusal) _told = refusal;
        else if (await HeldStore.IsDeletedAsync(session, draft.Key, cancel)) _told = Refusals.ConversationDeleted;
        else if (draft.Original is { } of && await HeldRows.GoneAsync(session, of.In, of.Message, cancel) is { } gone) _told = gone;
        else _told = await HeldStore.HoldAsync(session, draft, reason, now, cancel);
    }

    public override void Committed() => origin.Refuse(_told);

    public override void Failed(StorageException failure) => origin.Refuse(failure.Refusal);
}
