using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Telemetry;

/// <summary>What the SDK traces and measures. Other tests run beside these, so only what belongs to the trace of the test is looked at.</summary>
public sealed class TelemetryTests
{
    private static readonly ConversationId Conversation = ConversationId.New();

    [Fact]
    public async Task Connecting_catching_up_and_sending_are_spans_of_who_asked_for_them()
    {
        using var listener = new Listening();
        await using var scene = await Scene.StartAsync(opening => opening.Changed(Conversation, head: 4, delivered: 2));
        await scene.Connection.AnswerAsync(await scene.Connection.ExpectAsync("conversation.sync"), new ConversationsSynced([new SyncedConversation(Conversation, SyncStatus.Ok, new Sequence(4), new Sequence(1), [Bob.Says(Conversation, 3, "3"), Bob.Says(Conversation, 4, "4")], false, null)]), ProtocolJson.Lenient.ConversationsSynced);
        var sending = scene.Alice.Messages.SendAsync(Conversation, "a secret");
        await scene.RecordAsync(await scene.Connection.ExpectAsync("message.send"), 5);
        await sending;

        await UntilAsync(() => listener.Spans.Count == 3, $"three spans ended: {string.Join(',', listener.Spans.Select(span => span.DisplayName))}", seconds: 10);
        Assert.Equal(["catch up", "connect", "send"], listener.Spans.Select(span => span.DisplayName).Order());
        Assert.All(listener.Spans, span => Assert.Equal((listener.Test.SpanId, ActivityStatusCode.Unset), (span.ParentSpanId, span.Status)));
        Assert.Equal((scene.Server.Address.Host, scene.Server.Address.Port), (listener.Span("connect").GetTagItem("server.address"), listener.Span("connect").GetTagItem("server.port")));
        Assert.Equal(("parley", "recorded"), (listener.Span("send").GetTagItem("messaging.system"), listener.Span("send").GetTagItem("parley.outcome")));
        // The caller goes on with his own.
        Assert.Same(listener.Test, Activity.Current);

        Assert.Equal((1, 2, 0), (listener.Sum("parley.client.connects"), listener.Sum("parley.client.entries.caught_up"), listener.Sum("parley.client.queue")));
        Assert.Equal(1, listener.Sum("parley.client.messages", ("parley.outcome", "recorded")));
        Assert.Equal(1, listener.Count("parley.client.send.duration"));
    }

    [Fact]
    public async Task Each_copy_of_a_message_is_an_event_of_its_span_and_a_refusal_its_error()
    {
        using var listener = new Listening();
        await using var scene = await Scene.StartAsync();
        var sending = scene.Alice.Messages.SendAsync(Conversation, "hello");
        await scene.Connection.ExpectAsync("message.send");
        scene.Connection.Cut();
        await scene.ReconnectedAsync();
        await scene.Connection.RefuseAsync(await scene.Connection.ExpectAsync("message.send"), Refusals.Muted);
        await Assert.ThrowsAsync<ParleyRefusedException>(() => sending);

        await UntilAsync(() => listener.Spans.Any(one => one.DisplayName == "send"), "the span ended", seconds: 10);
        var span = listener.Span("send");
        Assert.Equal(["send", "send"], span.Events.Select(one => one.Name));
        Assert.Equal((ActivityStatusCode.Error, "muted", "refused"), (span.Status, span.GetTagItem("error.type"), span.GetTagItem("parley.outcome")));
        Assert.Equal(1, listener.Sum("parley.client.disconnects", ("parley.reason", "Lost")));
        // Nobody asked for the attempts that follow.
        Assert.Single(listener.Spans, one => one.DisplayName == "connect");
    }

    [Fact]
    public async Task An_attempt_that_fails_is_a_span_with_its_reason()
    {
        using var listener = new Listening();
        await using var alice = ClientOf(new Uri("http://127.0.0.1:9"));
        _ = alice.ConnectAsync();

        await UntilAsync(() => listener.Spans.Count == 1, "the attempt failed", seconds: 10);

        Assert.Equal((ActivityStatusCode.Error, "Unreachable"), (listener.Span("connect").Status, listener.Span("connect").GetTagItem("error.type")));
    }

    [Fact]
    public async Task How_long_a_request_takes_is_measured_by_its_method()
    {
        using var listener = new Listening();
        await using var scene = await Scene.StartAsync();
        var asking = scene.Alice.Presence.GetAsync([Bob]);
        await scene.Connection.AnswerAsync(await scene.Connection.ExpectAsync("presence.get"), new Presences([]), ProtocolJson.Lenient.Presences);
        await asking;

        Assert.Equal(1, listener.Count("parley.client.request.duration", ("rpc.method", "presence.get")));
    }

    [Fact]
    public async Task Nothing_that_anybody_wrote_is_in_it_nor_who_he_is()
    {
        using var listener = new Listening();
        await using var scene = await Scene.StartAsync();
        var sending = scene.Alice.Messages.SendAsync(Conversation, "a secret");
        var request = await scene.Connection.ExpectAsync("message.send");
        await scene.RecordAsync(request, 1);
        await sending;
        await UntilAsync(() => listener.Spans.Any(span => span.DisplayName == "send"), "the span ended", seconds: 10);

        var said = string.Join(' ', listener.Spans.SelectMany(span => span.TagObjects).Concat(listener.Tags).Select(tag => $"{tag.Key}={tag.Value}"));
        Assert.All(["secret", "alice", "token", $"{Conversation}", $"{request.As(ProtocolJson.Lenient.SendMessage).Message}"], word => Assert.DoesNotContain(word, said, StringComparison.OrdinalIgnoreCase));
        Assert.Contains("parley.outcome=recorded", said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_that_is_settled_before_it_is_told_as_unknown_leaves_the_queue_once()
    {
        using var listener = new Listening();
        var message = new OutgoingMessage(Conversation, MessageId.New(), MessageContent.OfText("hello"), TimeSpan.MaxValue);
        ClientTelemetry.HandedIn(message, TimeProvider.System);
        message.IsDone = true;

        ClientTelemetry.Settled(message, new SendResult.Unknown("no answer came in time."), TimeProvider.System);
        ClientTelemetry.Settled(message, new SendResult.Recorded(Bob.Says(Conversation, 1, "hello")), TimeProvider.System);

        Assert.Equal(0, listener.Sum("parley.client.queue"));
        Assert.Equal(2, listener.Sum("parley.client.messages"));
    }

    [Fact]
    public void While_nobody_listens_nothing_is_allocated()
    {
        var message = new OutgoingMessage(Conversation, MessageId.New(), MessageContent.OfText("hello"), TimeSpan.MaxValue) { IsDone = true };
        var recorded = new SendResult.Recorded(Bob.Says(Conversation, 1, "hello"));
        var address = new Uri("ws://localhost:5080");
        for (var warm = 0; warm < 100; warm++) Pass();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var times = 0; times < 10_000; times++) Pass();

        // Less than a byte each time: what the runtime does for itself meanwhile is not ours.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 9_999);

        void Pass()
        {
            ClientTelemetry.Opened(ClientTelemetry.Connecting(address));
            ClientTelemetry.CatchingUp()?.End();
            ClientTelemetry.HandedIn(message, TimeProvider.System);
            ClientTelemetry.Answered("message.send", ClientTelemetry.Asked(TimeProvider.System), TimeProvider.System);
            ClientTelemetry.Settled(message, recorded, TimeProvider.System);
        }
    }

    /// <summary>Hears what belongs to a trace that it begins.</summary>
    private sealed class Listening : IDisposable
    {
        private static readonly ActivitySource Tests = new("Parley.Client.Tests");

        private readonly ActivityListener _spans;
        private readonly MeterListener _figures = new();
        private readonly ConcurrentQueue<Activity> _ended = [];
        private readonly ConcurrentQueue<(string Name, double Value, KeyValuePair<string, object?>[] Tags)> _measured = [];

        public Listening()
        {
            _spans = new ActivityListener
            {
                ShouldListenTo = source => source.Name is "Parley.Client.Tests" or ParleyTelemetry.ActivitySourceName,
                Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = span =>
                {
                    if (span.TraceId == Test?.TraceId) _ended.Enqueue(span);
                },
            };
            ActivitySource.AddActivityListener(_spans);
            Test = Tests.StartActivity("test")!;
            _figures.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == ParleyTelemetry.MeterName) listener.EnableMeasurementEvents(instrument);
            };
            _figures.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Measured(instrument, value, tags));
            _figures.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Measured(instrument, value, tags));
            _figures.Start();
        }

        public Activity Test { get; }

        public IReadOnlyCollection<Activity> Spans => [.. _ended.Where(span => span != Test)];

        public IEnumerable<KeyValuePair<string, object?>> Tags => _measured.SelectMany(one => one.Tags);

        public Activity Span(string name) => Assert.Single(Spans, span => span.DisplayName == name);

        public double Sum(string name, params (string Key, string Value)[] tags) => Of(name, tags).Sum(one => one.Value);

        public int Count(string name, params (string Key, string Value)[] tags) => Of(name, tags).Count();

        public void Dispose()
        {
            _figures.Dispose();
            Test.Dispose();
            _spans.Dispose();
        }

        private IEnumerable<(string Name, double Value, KeyValuePair<string, object?>[] Tags)> Of(string name, (string Key, string Value)[] tags) =>
            _measured.Where(one => one.Name == name && tags.All(tag => one.Tags.Any(its => its.Key == tag.Key && (string?)its.Value == tag.Value)));

        private void Measured(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (Activity.Current?.TraceId == Test.TraceId) _measured.Enqueue((instrument.Name, value, tags.ToArray()));
        }
    }
}
