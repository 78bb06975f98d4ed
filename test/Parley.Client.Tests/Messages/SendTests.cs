using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Messages;

public sealed class SendTests
{
    private readonly ConversationId _conversation = ConversationId.New();

    [Fact]
    [Trait("Row", "A38")]
    [Trait("Row", "V24")]
    public async Task Sending_completes_with_the_entry_when_the_server_has_recorded_it()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var alice = ClientOf(server);
        var told = new Told(alice);
        var connecting = alice.ConnectAsync();
        var connection = await server.NextSessionAsync();
        await connecting;

        var sending = alice.Messages.SendAsync(_conversation, "hello");
        var request = await connection.ExpectAsync("message.send");
        Assert.False(sending.IsCompleted);
        var entry = request.As(ProtocolJson.Lenient.SendMessage).Recorded(Alice, 1);
        await connection.AnswerAsync(request, entry, ProtocolJson.Lenient.LogEntry);

        Assert.Equal(entry, await sending);
        await UntilAsync(() => told.Sent.Count == 1, "alice heard that her message is on the log");
        Assert.Equal(7, ((MessageSent)entry.Event).Message.Value.Version);
    }
}
