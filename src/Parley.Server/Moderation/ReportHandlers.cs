using System.Data.Common;
using System.Diagnostics;
using Parley.Conversations;
using Parley.Delivery;
using Parley.Identity;
using Parley.People;
using Parley.Storage;

namespace Parley.Moderation;

/// <summary><c>message.report</c>.</summary>
internal sealed class ReportMessageHandler(Journal journal, WriteAdmission admission, Database database, TimeProvider clock)
{
    public void Handle(Caller caller, ReportMessage command, Origin origin)
    {
        if (command.Text is { } text && TextSize.Bytes(text) > ReportMessage.MaxTextBytes) origin.Refuse(Refusals.TooLarge.Because($"$.text: at most {ReportMessage.MaxTextBytes} bytes"));
        else if (admission.CheckGrowth(pending: 0, long.MaxValue) is { } refusal) origin.Refuse(refusal);
        else journal.Post(new ReportItem(database, caller.Key, command, Guid.CreateVersion7(), clock, origin));
    }
}

/// <summary><c>moderation.reports</c>, <c>.resolve</c> and <c>.message</c>. To be asked with an API key only.</summary>
internal sealed class ReportsHandler(Database database, Journal journal, WriteAdmission admission, PageTokens tokens, TimeProvider clock)
{
    private const string List = "moderation.reports";
    private const int DefaultLimit = 50;

    public async Task HandleAsync(PlatformCaller caller, ListReports query, Origin origin, CancellationToken cancel)
    {
        // What is open and what is resolved are two lists.
        var state = query.State ?? ReportState.Open;
        var page = PageOf.Read(tokens, $"{List}:{state}", caller.App, query.Limit ?? DefaultLimit, ListReports.MaxLimit, query.Next);
        if (page.Value is not { } asked)
        {
            origin.Refuse(page.Refusal!);
            return;
        }

        await using var session = await database.OpenReaderAsync(cancel);
        var rows = await ReportStore.ListAsync(session, caller.App, state, (asked.At, asked.Id), asked.Limit + 1, cancel);
        var shown = rows.Take(asked.Limit).ToList();
        var next = rows.Count > asked.Limit ? PageOf.Make(tokens, $"{List}:{state}", caller.App, shown[^1].At, shown[^1].Report) : null;
        origin.Answer(new ReportsPage(shown, next), ProtocolJson.Lenient.ReportsPage);
    }

    public void Handle(PlatformCaller caller, ResolveReport command, Origin origin)
    {
        if (command.Note is { } note && TextSize.Bytes(note) > ReportMessage.MaxTextBytes)
        {
            origin.Refuse(Refusals.TooLarge.Because($"$.note: at most {ReportMessage.MaxTextBytes} bytes"));
            return;
        }

        if (admission.Check(pending: 0) is { } refusal)
        {
            origin.Refuse(refusal);
            return;
        }

        MessageReport? report = null;
        journal.Post(new SettleItem(origin, async (session, cancel) =>
        {
            report = await ReportStore.ResolveAsync(session, caller.App, command, clock.Now(), cancel);
            return report is null ? Refusals.NotFound : null;
        }, () => origin.Answer(report!, ProtocolJson.Lenient.MessageReport)));
    }

    public async Task HandleAsync(PlatformCaller caller, GetModeratedMessage query, Origin origin, CancellationToken cancel)
    {
        var key = new ConversationKey(caller.App, query.Conversation);
        await using var session = await database.OpenReaderAsync(cancel);
        var rows = await session.QueryAsync($"""
            select e.sequence, e.at, e.event from entries e
            where e.key = {query.Message.Value} and e.conversation {session.Same} {key.Number} and e.kinds <> 0
            """, row => new EncodedEntry(key, row.Sequence(0), row.Time(1), row.Bytes(2)), cancel);
        if (rows is [var entry]) origin.Answer(entry);
        else origin.Refuse(Refusals.MessageNotFound);
    }
}

/// <summary>The SQL of reports.</summary>
internal static class ReportStore
{
    private static Sql Columns => Sql.From($"report, conversation, message, at, resolved_at, reporter, reason, body, note");

    /// <summary>Makes a report, if the user sees the message and has not reported it yet; his report, or null when there is none.</summary>
    public static async ValueTask<MessageReported?> MakeAsync(Session session, UserKey user, ReportMessage command, Guid report, DateTimeOffset now, CancellationToken cancel)
    {
        await session.ExecuteAsync($"""
            insert into reports (app, report, conversation, message, reporter, reason, body, at)
            select p.app, {report}, p.conversation, e.key, p.user_id, {(int)command.Reason}, {command.Text}, {now.ToUnixTimeMilliseconds()}
            {MessageRows.Seen(session, user, command.Conversation, command.Message)}
            on conflict do nothing
            """, cancel);
        var rows = await session.QueryAsync($"""
            select reason, at from reports
            where app = {user.App.Number} and conversation = {command.Conversation.Value} and message = {command.Message.Value} and reporter = {user.User.Value}
            """, row => new MessageReported(command.Conversation, command.Message, (ReportReason)row.GetInt32(0), row.Time(1)), cancel);
        return rows is [var made] ? made : null;
    }

    public static async ValueTask<List<MessageReport>> ListAsync(Session session, AppId app, ReportState state, (long At, Guid Report) after, int limit, CancellationToken cancel)
    {
        var wanted = state == ReportState.Open ? Sql.From($"resolved_at is null") : Sql.From($"resolved_at is not null");
        return await session.QueryAsync($"""
            select {Columns} from reports
            where app = {app.Number} and {wanted} and (at, report) > ({after.At}, {after.Report})
            order by at, report limit {limit}
            """, Read, cancel);
    }

    /// <summary>Marks a report as dealt with; null when there is none.</summary>
    public static async ValueTask<MessageReport?> ResolveAsync(Session session, AppId app, ResolveReport command, DateTimeOffset now, CancellationToken cancel)
    {
        await session.ExecuteAsync($"""
            update reports set resolved_at = {now.ToUnixTimeMilliseconds()}, note = {command.Note}
            where app = {app.Number} and report = {command.Report} and resolved_at is null
            """, cancel);
        var rows = await session.QueryAsync($"select {Columns} from reports where app = {app.Number} and report = {command.Report}", Read, cancel);
        return rows is [var report] ? report : null;
    }

    private static MessageReport Read(DbDataReader row)
    {
        var (resolvedAt, reporter, body) = (row.TimeOrNull(4), row.GetString(5), row.TextOrNull(7));
        var report = new MessageReport(
            row.Uuid(0), row.Conversation(1), new MessageId(row.Uuid(2)), row.Time(3), resolvedAt is null ? ReportState.Open : ReportState.Resolved, ResolvedAt: resolvedAt, Note: row.TextOrNull(8));
        return reporter.Length == 0
            ? report with { Lists = body!.Split(' ') }
            : report with { Reporter = reporter[0] == Erasure.GoneReporter ? null : new UserId(reporter), Reason = (ReportReason)row.GetInt32(6), Text = body };
    }
}

/// <summary>Makes a report.</summary>
internal sealed class ReportItem(Database database, UserKey user, ReportMessage command, Guid report, TimeProvider clock, Origin origin) : JournalItem
{
    private Outcome<MessageReported> _outcome;

    public override JournalLane Lane => JournalLane.Alone;

    public override IEnumerable<ActivityContext> Causes => [origin.Trace];

    protected override async ValueTask WriteAsync(Session session, CancellationToken cancel)
    {
        var now = clock.Now();
        // So that what is deleted at the same time, the conversation or the user, is deleted before this looks, or takes the report with it.
        await database.AppendAsync(session, [], [new ConversationKey(user.App, command.Conversation)], now, cancel);
        await database.HoldAsync(session, [user], UserLock.Involve, cancel);
        if ((await PersonSql.FindAsync(session, user, cancel)).CannotAct(now) is { } refusal) _outcome = refusal;
        else if (await ReportStore.MakeAsync(session, user, command, report, now, cancel) is { } made) _outcome = made;
        else _outcome = Refusals.MessageNotFound;
    }

    public override void Committed()
    {
        if (_outcome.Value is not { } made)
        {
            origin.Refuse(_outcome.Refusal!);
            return;
        }

        ModerationMetrics.Reported(made.Reason.ToString().ToLowerInvariant());
        origin.Answer(made, ProtocolJson.Lenient.MessageReported);
    }

    public override void Failed(StorageException failure) => origin.Refuse(failure.Refusal);
}
