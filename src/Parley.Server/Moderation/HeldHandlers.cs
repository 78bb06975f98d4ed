using System.Buffers.Binary;
using System.Diagnostics;
using Parley.Conversations;
using Parley.Delivery;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Moderation;

/// <summary><c>moderation.held</c>, <c>.release</c> and <c>.reject</c>. To be asked with an API key only.</summary>
internal sealed class HeldHandler(Database database, Journal journal, WriteAdmission admission, ConversationLog log, PageTokens tokens, TimeProvider clock)
{
    private const string List = "moderation.held";
    private const int DefaultLimit = 20;

    public async Task HandleAsync(PlatformCaller caller, ListHeld query, Origin origin, CancellationToken cancel)
    {
        var page = PageOf.Read(tokens, List, caller.App, query.Limit ?? DefaultLimit, ListHeld.MaxLimit, query.Next);
        if (page.Value is not { } asked)
        {
            origin.Refuse(page.Refusal!);
            return;
        }

        await using var session = await database.OpenReaderAsync(cancel);
        var rows = await HeldStore.ListAsync(session, caller.App, (asked.At, asked.Id), asked.Limit + 1, cancel);
        var shown = rows.Take(asked.Limit).ToList();
        var next = rows.Count > asked.Limit ? PageOf.Make(tokens, List, caller.App, shown[^1].At, shown[^1].Request) : null;
        origin.Answer(new HeldPage([.. shown.Select(row => row.Told)], next), ProtocolJson.Lenient.HeldPage);
    }

    public void Handle(PlatformCaller caller, ReleaseHeld command, Origin origin)
    {
        if (admission.CheckGrowth(pending: 0, long.MaxValue) is { } refusal) origin.Refuse(refusal);
        else journal.Post(new ReleaseItem(journal, log, new ConversationKey(caller.App, command.Conversation), command.Request.Value, origin));
    }

    public void Handle(PlatformCaller caller, RejectHeld command, Origin origin)
    {
        var key = new ConversationKey(caller.App, command.Conversation);
        if (command.Reason is { Length: > RejectHeld.MaxReason }) origin.Refuse(Refusals.TooLarge.Because($"$.reason: at most {RejectHeld.MaxReason} characters"));
        else if (admission.Check(pending: 0) is { } refusal) origin.Refuse(refusal);
        else
        {
            journal.Post(new SettleItem(origin, async (session, cancel) =>
                await HeldStore.RejectAsync(session, key, command.Request.Value, command.Reason, clock.Now(), cancel) ? null : Refusals.NotFound,
                () => origin.Answer(new HeldRejected(command.Conversation, command.Request), ProtocolJson.Lenient.HeldRejected)));
        }
    }
}

/// <summary>Changes one row, and says what became of it.</summary>
/// <param name="origin">Who is told when it is refused.</param>
/// <param name="change">Writes, safe to run again; null, or why it is refused.</param>
/// <param name="changed">Answers.</param>
internal sealed class SettleItem(Origin origin, Func<Session, CancellationToken, ValueTask<Refusal?>> change, Action changed) : JournalItem
{
    private Refusal? _refusal;

    public override JournalLane Lane => JournalLane.Alone;

    public override IEnumerable<ActivityContext> Causes => [origin.Trace];

    protected override async ValueTask WriteAsync(Session session, CancellationToken cancel) => _refusal = await change(session, cancel);

    public override void Committed()
    {
        if (_refusal is not null) origin.Refuse(_refusal);
        else changed();
    }

    public override void Failed(StorageException failure) => origin.Refuse(failure.Refusal);
}

/// <summary>Finds what is to be released and hands it to the log. It is forgotten when it is recorded; until then it can be released again, which records nothing twice.</summary>
internal sealed class ReleaseItem(Journal journal, ConversationLog log, ConversationKey key, Guid request, Origin origin) : JournalItem
{
    private HeldRow? _held;
    private RecordedEntry? _recorded;

    public override JournalLane Lane => JournalLane.Alone;

    public override IEnumerable<ActivityContext> Causes => [origin.Trace];

    protected override async ValueTask WriteAsync(Session session, CancellationToken cancel)
    {
        _held = await HeldStore.FindAsync(session, key, request, cancel);
        _recorded = _held is null ? await ConversationStore.FindAsync(session, key, request, cancel) : null;
    }

    public override void Committed()
    {
        if (_held is { RejectedAt: null } held) log.Record(held.DraftFor(key.App).Append(null, new ReleasingOrigin(journal, key, request, origin)));
        else if (_recorded is { } entry) origin.Answer(new EncodedEntry(key, entry.Sequence, entry.At, entry.Event));
        else origin.Refuse(Refusals.NotFound);
    }

    public override void Failed(StorageException failure) => origin.Refuse(failure.Refusal);

    /// <summary>Answers when it is forgotten that it was held.</summary>
    private sealed class ReleasingOrigin(Journal journal, ConversationKey key, Guid request, Origin origin) : Origin
    {
        public override ActivityContext Trace => origin.Trace;

        public override void Answer(EncodedEntry entry) => Answer(entry.Json);

        public override void Answer(ReadOnlyMemory<byte> json) =>
            journal.Post(new SettleItem(origin, async (session, cancel) =>
            {
                await HeldStore.ForgetAsync(session, key, request, cancel);
                return null;
            }, () => origin.Answer(json)));

        public override void Refuse(Refusal refusal) => origin.Refuse(refusal);
    }
}

/// <summary>A page of a list in the order of time, and where it begins.</summary>
internal sealed record PageOf(int Limit, long At, Guid Id)
{
    private const int Numbers = 3;

    public static Outcome<PageOf> Read(PageTokens tokens, string list, AppId app, int limit, int maxLimit, string? next)
    {
        if (limit < 1 || limit > maxLimit) return Refusals.InvalidParams.Because($"$.limit: expected 1 to {maxLimit}");
        if (next is null) return new PageOf(limit, long.MinValue, Guid.Empty);
        if (tokens.Read(list, new UserKey(app, default), next, Numbers) is not [var at, var high, var low]) return Refusals.InvalidParams.Because("$.next: not a token of this list");
        Span<byte> id = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(id, high);
        BinaryPrimitives.WriteInt64BigEndian(id[8..], low);
        return new PageOf(limit, at, new Guid(id, bigEndian: true));
    }

    public static string Make(PageTokens tokens, string list, AppId app, DateTimeOffset at, Guid id)
    {
        ReadOnlySpan<byte> bytes = id.ToByteArray(bigEndian: true);
        return tokens.Make(
            list, new UserKey(app, default), at.ToUnixTimeMilliseconds(), BinaryPrimitives.ReadInt64BigEndian(bytes), BinaryPrimitives.ReadInt64BigEndian(bytes[8..]));
    }
}
