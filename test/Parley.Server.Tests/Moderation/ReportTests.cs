namespace Parley.Tests.Moderation;

/// <summary>Reports: who makes them, of what, and who deals with them.</summary>
public sealed class ReportTests
{
    [Theory, EveryEngine, Trait("Row", "B45")]
    public async Task A_user_reports_a_message_once_and_the_backend_reads_it_and_has_done_with_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (conversation, message) = (await server.ConversationOfAsync("alice", "bob"), MessageId.New());
        var sent = await server.SendAsync("alice", conversation, "buy this", message);

        var first = await ReportAsync(server, "bob", conversation, message, ReportReason.Spam, "again and again");
        var again = await ReportAsync(server, "bob", conversation, message, ReportReason.Other, "something else");
        var report = Assert.Single((await WordListTests.ReportsAsync(server)).Reports);
        var read = await server.AskAsync<LogEntry>(server.As("alice"), new GetModeratedMessage(report.Conversation, report.Message));
        var resolved = (await server.AskAsync<MessageReport>(server.As("alice"), new ResolveReport(report.Report, "muted for a day"))).Value!;
        var resolvedAgain = (await server.AskAsync<MessageReport>(server.As("alice"), new ResolveReport(report.Report, "other"))).Value!;

        Assert.Equal(new MessageReported(conversation, message, ReportReason.Spam, first.Value!.At), first.Value);
        Assert.Equal(first.Value, again.Value);
        Assert.Equal((new UserId("bob"), ReportReason.Spam, "again and again", ReportState.Open), (report.Reporter, report.Reason, report.Text, report.State));
        Assert.Null(report.Lists);
        Assert.Equal(sent.Value, read.Value);
        Assert.Equal((ReportState.Resolved, "muted for a day"), (resolved.State, resolved.Note));
        Assert.Equal(resolved, resolvedAgain);
        Assert.Empty((await WordListTests.ReportsAsync(server)).Reports);
        Assert.Equal(resolved, Assert.Single((await WordListTests.ReportsAsync(server, ReportState.Resolved)).Reports));
    }

    [Theory, EveryEngine, Trait("Row", "B45"), Trait("Row", "G23")]
    public async Task Only_what_somebody_may_read_he_may_report(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (conversation, before, after) = (await server.ConversationOfAsync("alice", "bob", "carol"), MessageId.New(), MessageId.New());
        await server.SendAsync("alice", conversation, "for all", before);
        await server.RemoveAsync("alice", conversation, "carol");
        await server.SendAsync("alice", conversation, "without carol", after);

        Assert.Equal(Refusals.MessageNotFound, (await ReportAsync(server, "mallory", conversation, before)).Refusal);
        Assert.Equal(Refusals.MessageNotFound, (await ReportAsync(server, "carol", conversation, after)).Refusal);
        Assert.Equal(Refusals.MessageNotFound, (await ReportAsync(server, "bob", conversation, MessageId.New())).Refusal);
        Assert.Equal(Refusals.MessageNotFound, (await ReportAsync(server, "bob", ConversationId.New(), before)).Refusal);
        Assert.Null((await ReportAsync(server, "carol", conversation, before)).Refusal);
        Assert.Single((await WordListTests.ReportsAsync(server)).Reports);
    }

    [Theory, EveryEngine, Trait("Row", "B45")]
    public async Task What_a_reporter_writes_is_as_long_as_may_be_and_no_longer(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (conversation, message) = (await server.ConversationOfAsync("alice", "bob"), MessageId.New());
        await server.SendAsync("alice", conversation, "hi", message);
        var longest = new string('é', ReportMessage.MaxTextBytes / 2);

        Assert.Equal(Refusals.TooLarge, (await ReportAsync(server, "bob", conversation, message, text: longest + "x")).Refusal);
        Assert.Null((await ReportAsync(server, "bob", conversation, message, text: longest)).Refusal);
        var report = Assert.Single((await WordListTests.ReportsAsync(server)).Reports);
        Assert.Equal(longest, report.Text);
        Assert.Equal(Refusals.TooLarge, (await server.AskAsync<MessageReport>(server.As("alice"), new ResolveReport(report.Report, longest + "x"))).Refusal);
    }

    [Theory, EveryEngine, Trait("Row", "B45")]
    public async Task Nothing_of_a_recalled_message_is_left_in_its_report(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (conversation, message) = (await server.ConversationOfAsync("alice", "bob"), MessageId.New());
        await server.SendAsync("alice", conversation, "regretted", message);
        await ReportAsync(server, "bob", conversation, message);
        await server.AskAsync<LogEntry>(server.As("alice"), new RecallMessage(conversation, CommandId.New(), message));

        var read = await server.AskAsync<LogEntry>(server.As("alice"), new GetModeratedMessage(conversation, message));

        Assert.True(Assert.IsType<MessageSent>(read.Value!.Event).Recalled);
        Assert.Single((await WordListTests.ReportsAsync(server)).Reports);
    }

    [Theory, EveryEngine, Trait("Row", "B45"), Trait("Row", "TE-05")]
    public async Task Reports_are_listed_by_pages_the_oldest_first_and_to_their_own_app_only(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var messages = Enumerable.Range(0, 5).Select(_ => MessageId.New()).ToArray();
        foreach (var message in messages)
        {
            await server.SendAsync("alice", conversation, "hi", message);
            await ReportAsync(server, "bob", conversation, message);
        }

        var seen = new List<MessageReport>();
        var page = (await server.AskAsync<ReportsPage>(server.As("alice"), new ListReports(Limit: 2))).Value!;
        for (; ; page = (await server.AskAsync<ReportsPage>(server.As("alice"), new ListReports(Limit: 2, Next: page.Next))).Value!)
        {
            seen.AddRange(page.Reports);
            if (page.Next is null) break;
        }

        // Two of one millisecond are in the order of their ids.
        Assert.Equal(messages.OrderBy(message => message.Value), seen.Select(report => report.Message).OrderBy(message => message.Value));
        Assert.Equal(seen.Select(report => report.At).Order(), seen.Select(report => report.At));
        var report = (await WordListTests.ReportsAsync(server)).Reports[0];
        Assert.Empty((await server.AskAsync<ReportsPage>(server.As("alice", "other"), new ListReports())).Value!.Reports);
        Assert.Equal(Refusals.NotFound, (await server.AskAsync<MessageReport>(server.As("alice", "other"), new ResolveReport(report.Report))).Refusal);
        Assert.Equal(Refusals.MessageNotFound, (await server.AskAsync<LogEntry>(server.As("alice", "other"), new GetModeratedMessage(conversation, messages[0]))).Refusal);
        Assert.Equal(Refusals.InvalidParams, (await server.AskAsync<ReportsPage>(server.As("alice"), new ListReports(Limit: ListReports.MaxLimit + 1))).Refusal);
    }

    private static Task<Outcome<MessageReported>> ReportAsync(
        TestServer server, string user, ConversationId conversation, MessageId message, ReportReason reason = ReportReason.Spam, string? text = null) =>
        server.AskAsync<MessageReported>(server.As(user), new ReportMessage(conversation, message, reason, text));
}
