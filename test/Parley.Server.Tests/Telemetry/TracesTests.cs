using System.Collections.Concurrent;
using System.Diagnostics;
using Parley.Delivery;
using Parley.Storage;

namespace Parley.Tests.Telemetry;

/// <summary>Whether somebody listens is so for the whole process, so these tests run alone.</summary>
[Collection(nameof(Alone))]
public sealed class TracesTests
{
    private static readonly string[] Ours = ["Parley"];

    [Fact]
    public void While_nobody_listens_a_span_allocates_nothing()
    {
        var batch = new List<JournalItem>();
        Spans();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var count = 0; count < 1_000; count++) Spans();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Spans()
        {
            RequestTraces.Begin(Methods.SendMessage)?.Answered(null);
            using var span = JournalTraces.Batch(batch);
            using var publishing = JournalTraces.Publish();
        }
    }

    [Theory, EveryEngine]
    public async Task Requests_of_one_connection_have_traces_of_their_own(Engine engine)
    {
        using var spans = new RecordedSpans();
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.ConnectAsync("alice");
        var lunch = Guid.NewGuid();
        await alice.AskAsync(Methods.CreateConversation, $$"""{"conversation":"{{lunch}}","kind":"group","participants":[]}""");
        for (var count = 0; count < 5; count++) await alice.AskAsync(Methods.SendMessage, Hostile.Talk.Message(lunch, "hi"));
        await alice.AskAsync(Methods.ReadEntries, $$"""{"conversation":"{{lunch}}"}""");

        var requests = spans.All.Where(span => span.Kind == ActivityKind.Server).ToList();
        Assert.Equal(8, requests.Count);
        Assert.Equal(8, requests.Select(span => span.TraceId).Distinct().Count());
        Assert.All(requests, span => Assert.Null(span.ParentId));
        Assert.All(spans.All.Where(span => span.OperationName == "journal.batch"), span => Assert.Null(span.ParentId));
        Assert.All(spans.All.Where(span => span.OperationName == "journal.publish"), span => Assert.Equal("journal.batch", span.Parent?.OperationName));
    }

    [Theory, EveryEngine]
    public async Task A_request_over_HTTP_is_one_span_that_says_how_it_came_and_one_count(Engine engine)
    {
        using var spans = new RecordedSpans();
        using var metrics = new RecordedMetrics();
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.TalkAsync(Gateway.Way.Http, "alice");
        await alice.AskAsync(Methods.SendMessage, Hostile.Talk.Message(Guid.NewGuid(), "hi"));
        await alice.AskAsync(Methods.ListInbox, "{}");

        var requests = spans.All.Where(span => span.Kind == ActivityKind.Server).ToList();
        Assert.Equal([(Methods.SendMessage, "not_found"), (Methods.ListInbox, null)], requests.Select(span => (span.OperationName, (string?)span.GetTagItem("parley.refusal"))));
        Assert.All(requests, span => Assert.Equal("http", span.GetTagItem("rpc.system")));
        Assert.Single(metrics.Seen, seen => seen == $"parley.gateway.requests 1 method={Methods.SendMessage} system=http");
        Assert.Single(metrics.Seen, seen => seen == "parley.gateway.refusals 1 code=not_found");
    }

    [Theory, EveryEngine]
    public async Task What_failed_is_an_error_and_what_was_asked_wrongly_is_not(Engine engine)
    {
        using var spans = new RecordedSpans();
        await using var server = await RunningServer.StartAsync(engine);
        using var alice = await server.ConnectAsync("alice");
        await alice.AskAsync(Methods.SendMessage, Hostile.Talk.Message(Guid.NewGuid(), "hi"));
        await alice.AskAsync(Methods.SendMessage, """{"nonsense":1}""");
        await server.ChangeAsync($"alter table conversations rename to elsewhere");
        await alice.AskAsync(Methods.GetConversation, $$"""{"conversation":"{{Guid.NewGuid()}}"}""");

        Assert.Equal(["not_found", "unknown_field"], spans.All.Where(span => span.OperationName == Methods.SendMessage).Select(span => span.GetTagItem("parley.refusal")));
        Assert.All(spans.All.Where(span => span.OperationName == Methods.SendMessage), span => Assert.Equal(ActivityStatusCode.Unset, span.Status));
        Assert.Equal(ActivityStatusCode.Error, spans.All.Single(span => span.OperationName == Methods.GetConversation).Status);
    }

    /// <summary>Keeps every span of ours that ended, in that order.</summary>
    private sealed class RecordedSpans : IDisposable
    {
        private readonly ConcurrentQueue<Activity> _ended = new();
        private readonly ActivityListener _listener;

        public RecordedSpans()
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = source => Ours.Contains(source.Name),
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = _ended.Enqueue,
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public IReadOnlyList<Activity> All => [.. _ended];

        public void Dispose() => _listener.Dispose();
    }
}
