namespace Parley.Tests.Conversations;

public class CancelMessageTests
{
    [Theory, EveryEngine]
    [Trait("Row", "G9")]
    public async Task A_cancelled_id_is_never_recorded_however_late_its_copy_comes(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var message = MessageId.New();

        var cancelled = await server.CancelAsync("alice", conversation, message);
        var again = await server.CancelAsync("alice", conversation, message);
        var late = await server.SendAsync("alice", conversation, "too late", message);
        await server.RestartAsync();
        var later = await server.SendAsync("alice", conversation, "too late", message);

        Assert.Null(cancelled.Value!.Entry);
        Assert.Null(again.Value!.Entry);
        Assert.Equal(Refusals.Cancelled, late.Refusal);
        Assert.Equal(Refusals.Cancelled, later.Refusal);
        Assert.Single(await server.HistoryAsync("bob", conversation));
    }

    [Theory, EveryEngine]
    [Trait("Row", "G9")]
    public async Task Cancelling_a_message_that_landed_answers_its_entry_and_keeps_it(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob", "carol");
        var message = MessageId.New();
        var sent = await server.SendAsync("bob", conversation, "hi", message);

        Assert.Equal(sent.Value, (await server.CancelAsync("bob", conversation, message)).Value!.Entry);
        await server.RemoveAsync("alice", conversation, "bob");
        Assert.Equal(sent.Value, (await server.CancelAsync("bob", conversation, message)).Value!.Entry);
        Assert.Contains(sent.Value, await server.HistoryAsync("alice", conversation));
    }

    [Theory, EveryEngine]
    public async Task Nobody_cancels_or_learns_of_another_ones_message(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        var message = MessageId.New();

        Assert.Null((await server.CancelAsync("bob", conversation, message)).Value!.Entry);
        var sent = await server.SendAsync("alice", conversation, "hi", message);
        Assert.NotNull(sent.Value);
        Assert.Null((await server.CancelAsync("bob", conversation, message)).Value!.Entry);
        Assert.Equal(Refusals.NotFound, (await server.CancelAsync("carol", conversation, message)).Refusal);
    }

    [Theory, EveryEngine]
    [Trait("Row", "G9")]
    public async Task A_send_and_its_cancellation_at_once_agree_on_what_happened(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var conversation = await server.ConversationOfAsync("alice", "bob");
        for (var round = 0; round < 30; round++)
        {
            var message = MessageId.New();
            var (send, cancel) = round % 2 == 0
                ? (server.SendAsync("alice", conversation, "hi", message), server.CancelAsync("alice", conversation, message))
                : Swap(server.CancelAsync("alice", conversation, message), server.SendAsync("alice", conversation, "hi", message));

            var (sent, cancelled) = (await send, await cancel);

            Assert.Equal(sent.Value, cancelled.Value!.Entry);
            Assert.Equal(sent.Value is null ? Refusals.Cancelled : null, sent.Refusal);
        }

        static (Task<Outcome<LogEntry>>, Task<Outcome<MessageCancelled>>) Swap(Task<Outcome<MessageCancelled>> cancel, Task<Outcome<LogEntry>> send) => (send, cancel);
    }
}
