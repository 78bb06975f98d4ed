using Parley.Client.Testing;
using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Messages;

public sealed class SendTests
{
    private readonly ConversationId _conversation = ConversationId.New();

    [Fact]
    [Trait("Row", "A02")]
    [Trait("Row", "A38")]
    [Trait("Row", "V24")]
    public async Task Sending_completes_with_the_entry_when_the_server_has_recorded_it()
    {
        await using var scene = await Scene.StartAsync();

        var sending = scene.Alice.Messages.SendAsync(_conversation, "hello");
        var request = await scene.Connection.ExpectAsync("message.send");
        Assert.False(sending.IsCompleted);
        var entry = request.As(ProtocolJson.Lenient.SendMessage).Recorded(Alice, 1);
        await scene.Connection.AnswerAsync(request, entry, ProtocolJson.Lenient.LogEntry);

        Assert.Equal(entry, await sending);
        Assert.Equal(7, ((MessageSent)entry.Event).Message.Value.Version);
        await UntilAsync(() => scene.Told.Sent.Count == 1, "alice heard that her message is on the log");
    }

    [Fact]
    [Trait("Row", "G6")]
    public async Task Messages_of_one_conversation_go_out_one_at_a_time_and_those_of_another_do_not_wait()
    {
        await using var scene = await Scene.StartAsync();
        var other = ConversationId.New();
        var sendings = new[] { "one", "two", "three" }.Select(text => scene.Alice.Messages.SendAsync(_conversation, text)).ToList();
        var elsewhere = scene.Alice.Messages.SendAsync(other, "elsewhere");

        var first = await scene.Connection.ExpectAsync("message.send");
        var beside = await scene.Connection.ExpectAsync("message.send");
        Assert.Equal(("one", "elsewhere"), (TextOf(first), TextOf(beside)));
        Assert.Empty(await scene.Connection.WithinAsync(TimeSpan.FromMilliseconds(100)));
        await scene.RecordAsync(beside, 1);
        await elsewhere;
        await scene.RecordAsync(first, 1);
        await scene.RecordAsync(await scene.Connection.ExpectAsync("message.send"), 2);
        await scene.RecordAsync(await scene.Connection.ExpectAsync("message.send"), 3);

        Assert.Equal(["one", "two", "three"], (await Task.WhenAll(sendings)).Select(entry => entry.Text()));
    }

    [Fact]
    [Trait("Row", "G7")]
    public async Task After_a_lost_answer_the_same_id_is_sent_again_on_the_next_connection()
    {
        await using var scene = await Scene.StartAsync();
        var sending = scene.Alice.Messages.SendAsync(_conversation, "hello");
        var lost = (await scene.Connection.ExpectAsync("message.send")).As(ProtocolJson.Lenient.SendMessage);

        scene.Connection.Cut();
        await scene.ReconnectedAsync();
        var again = await scene.Connection.ExpectAsync("message.send");

        Assert.Equal(lost, again.As(ProtocolJson.Lenient.SendMessage));
        await scene.RecordAsync(again, 1);
        Assert.Equal(lost.Message, ((MessageSent)(await sending).Event).Message);
    }

    [Fact]
    public async Task A_message_sent_without_a_connection_goes_out_when_there_is_one()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var alice = ClientOf(server);
        var sending = alice.Messages.SendAsync(_conversation, "early");

        _ = alice.ConnectAsync();
        var connection = await server.NextSessionAsync();
        var request = await connection.ExpectAsync("message.send");
        await connection.AnswerAsync(request, request.As(ProtocolJson.Lenient.SendMessage).Recorded(Alice, 1), ProtocolJson.Lenient.LogEntry);

        Assert.Equal("early", (await sending).Text());
    }

    [Fact]
    public async Task A_limiter_is_obeyed_and_the_message_arrives_after_all()
    {
        await using var server = await ParleyTestServer.StartAsync();
        var alice = await server.ConnectAsync("alice");
        var conversation = (await alice.Conversations.DirectAsync(Bob)).Conversation;
        server.Faults.Refuse(Refusals.RateLimited.After(TimeSpan.FromSeconds(9)), requests: 1, Methods.SendMessage);
        var sending = alice.Messages.SendAsync(conversation, "hello");

        await server.Clock.AdvanceAsync(TimeSpan.FromSeconds(9) - TimeSpan.FromTicks(1));
        Assert.False(sending.IsCompleted);

        Assert.Equal("hello", (await server.Clock.AdvanceUntilAsync(sending, TimeSpan.FromSeconds(5))).Text());
    }

    [Theory]
    [Trait("Row", "B02")]
    [Trait("Row", "S26")]
    [InlineData("not_participant", FailureReason.Refused)]
    [InlineData("not_capable", FailureReason.Capability)]
    [InlineData("blocked", FailureReason.Refused)]
    public async Task A_final_refusal_is_thrown_with_its_code_and_what_kind_of_reason_it_is(string code, FailureReason reason)
    {
        await using var scene = await Scene.StartAsync();
        var sending = scene.Alice.Messages.SendAsync(_conversation, "hello");

        await scene.Connection.RefuseAsync(await scene.Connection.ExpectAsync("message.send"), Refusals.Find(code)!.Because("the detail"));

        var refused = await Assert.ThrowsAsync<ParleyRefusedException>(() => sending);
        Assert.Equal((Refusals.Find(code), false, reason), (refused.Refusal, refused.IsTransient, refused.Reason));
    }

    [Fact]
    [Trait("Row", "G9")]
    public async Task Without_an_answer_in_time_the_message_is_cancelled_and_only_the_fence_makes_it_failed()
    {
        await using var scene = await Scene.StartAsync(sendTimeout: 0.2);
        var sending = scene.Alice.Messages.SendAsync(_conversation, "hello");
        var sent = (await scene.Connection.ExpectAsync("message.send")).As(ProtocolJson.Lenient.SendMessage);

        var cancel = await scene.Connection.ExpectAsync("message.cancel");
        Assert.Equal(new CancelMessage(_conversation, sent.Message), cancel.As(ProtocolJson.Lenient.CancelMessage));
        Assert.False(sending.IsCompleted);
        await scene.Connection.AnswerAsync(cancel, "{}");

        var failed = await Assert.ThrowsAsync<MessageNotSentException>(() => sending);
        Assert.Equal((_conversation, sent.Message, FailureReason.Network), (failed.Conversation, failed.MessageId, failed.Reason));
    }

    [Fact]
    [Trait("Row", "G9")]
    public async Task A_cancel_that_finds_the_message_on_the_log_is_a_success()
    {
        await using var scene = await Scene.StartAsync(sendTimeout: 0.2);
        var sending = scene.Alice.Messages.SendAsync(_conversation, "hello");
        var sent = (await scene.Connection.ExpectAsync("message.send")).As(ProtocolJson.Lenient.SendMessage);

        var entry = sent.Recorded(Alice, 1);
        await scene.Connection.AnswerAsync(await scene.Connection.ExpectAsync("message.cancel"), new MessageCancelled(entry), ProtocolJson.Lenient.MessageCancelled);

        Assert.Equal(entry, await sending);
        await UntilAsync(() => scene.Told.Sent.Count == 1, "alice heard of it too");
    }

    [Fact]
    [Trait("Row", "G9")]
    public async Task A_message_that_cannot_be_settled_is_unknown_and_settled_when_the_server_is_back()
    {
        await using var scene = await Scene.StartAsync(sendTimeout: 0.2, settleTimeout: 0.2);
        var sending = scene.Alice.Messages.SendAsync(_conversation, "hello");
        var sent = (await scene.Connection.ExpectAsync("message.send")).As(ProtocolJson.Lenient.SendMessage);
        scene.Server.Refusing = (503, 0);
        scene.Connection.Cut();

        var unknown = await Assert.ThrowsAsync<MessageUnknownException>(() => sending);
        Assert.Equal((sent.Message, FailureReason.Network), (unknown.MessageId, unknown.Reason));
        scene.Server.Refusing = null;
        await scene.ReconnectedAsync();
        await scene.Connection.AnswerAsync(await scene.Connection.ExpectAsync("message.cancel"), "{}");

        await UntilAsync(() => scene.Told.Settled.Count == 1, "alice heard how it ended");
        Assert.Equal((sent.Message, null), (scene.Told.Settled.Single().Message, scene.Told.Settled.Single().Entry));
    }

    [Fact]
    [Trait("Row", "B02")]
    [Trait("Row", "G9")]
    [Trait("Row", "S26")]
    public async Task A_message_that_never_left_the_device_fails_when_its_time_is_over()
    {
        await using var alice = ClientOf(new Uri("http://localhost:9"), options => new ParleyClientOptions
        {
            Endpoint = options.Endpoint, TokenProvider = options.TokenProvider, SendTimeout = TimeSpan.FromMilliseconds(100),
        });

        var failed = await Assert.ThrowsAsync<MessageNotSentException>(() => alice.Messages.SendAsync(_conversation, "hello"));
        Assert.Equal((FailureReason.Network, true), (failed.Reason, failed.IsTransient));
    }

    [Fact]
    public async Task Giving_up_a_message_that_left_makes_it_unknown_and_settles_it_behind_the_scenes()
    {
        await using var scene = await Scene.StartAsync();
        using var patience = new CancellationTokenSource();
        var sending = scene.Alice.Messages.SendAsync(_conversation, MessageContent.OfText("hello"), cancel: patience.Token);
        var sent = (await scene.Connection.ExpectAsync("message.send")).As(ProtocolJson.Lenient.SendMessage);

        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        var entry = sent.Recorded(Alice, 1);
        await scene.Connection.AnswerAsync(await scene.Connection.ExpectAsync("message.cancel"), new MessageCancelled(entry), ProtocolJson.Lenient.MessageCancelled);
        await UntilAsync(() => scene.Told.Settled.Count == 1, "alice heard that it was recorded");
        Assert.Equal(entry, scene.Told.Settled.Single().Entry);
    }

    [Fact]
    public async Task Disposing_the_client_reports_an_unanswered_message_as_unknown()
    {
        var scene = await Scene.StartAsync();
        var sending = scene.Alice.Messages.SendAsync(_conversation, "hello");
        var waiting = scene.Alice.Messages.SendAsync(_conversation, "behind it");
        await scene.Connection.ExpectAsync("message.send");

        await scene.DisposeAsync();

        await Assert.ThrowsAsync<MessageUnknownException>(() => sending);
        Assert.Equal(FailureReason.Cancelled, (await Assert.ThrowsAsync<MessageNotSentException>(() => waiting)).Reason);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => scene.Alice.Messages.SendAsync(_conversation, "late"));
    }

    [Fact]
    [Trait("Row", "TX-02")]
    public async Task Text_that_JSON_cannot_carry_is_misuse_and_not_silently_changed()
    {
        await using var alice = ClientOf(new Uri("http://localhost:9"));

        foreach (var text in new[] { "half a pair: \ud83d!", "the other half: \udc4d", "nul: \0" })
            await Assert.ThrowsAsync<ArgumentException>(() => alice.Messages.SendAsync(_conversation, text));
    }

    [Fact]
    public async Task A_message_larger_than_a_frame_is_refused_here_and_not_by_closing_the_connection()
    {
        await using var scene = await Scene.StartAsync();

        var refused = await Assert.ThrowsAsync<ParleyRefusedException>(
            () => scene.Alice.Messages.SendAsync(_conversation, new string('\u0001', 30_000)));

        Assert.Equal(Refusals.TooLarge, refused.Refusal);
    }

    [Theory]
    [InlineData(100, 1)]
    [InlineData(101, 2)]
    public async Task What_waits_together_leaves_in_one_frame_as_far_as_the_server_takes_it(int requests, int frames)
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var link = await SocketLink.ConnectAsync(new ParleyClientOptions { Endpoint = server.Address, TokenProvider = _ => default }, CancellationToken.None);
        using var connection = await server.NextConnectionAsync();
        link.Allow(new SessionLimits(128 * 1024, MaxBatch: 100, MessageContent.MaxCodePoints, 25));
        for (var count = 0; count < requests; count++)
            link.Post(Wire.SendMessage, new SendMessage(_conversation, MessageId.New(), MessageContent.OfText("hello")), _ => { });

        var running = link.RunAsync(_ => { });
        for (var count = 0; count < requests; count++) await connection.ExpectAsync("message.send");

        Assert.Equal(frames, connection.Frames);
        link.Abort();
        await running;
    }

    private static string TextOf(ScriptedRequest request) => request.As(ProtocolJson.Lenient.SendMessage).Content.PlainText();
}
