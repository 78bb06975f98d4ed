using Parley.Client.Tests.Support;
using static Parley.Client.Tests.Support.Cast;

namespace Parley.Client.Tests.Messages;

/// <summary>What is logged of messages: each by its id, how it ended, and nothing that it says.</summary>
public sealed class SendLogTests
{
    private readonly ConversationId _conversation = ConversationId.New();

    [Fact]
    [Trait("Row", "A07")]
    public async Task Every_message_is_logged_by_its_id_when_it_succeeds_and_when_it_fails()
    {
        var lines = new RecordedLines();
        await using var server = await ScriptedServer.StartAsync();
        await using var alice = ClientOf(server, options => new ParleyClientOptions
        {
            Endpoint = options.Endpoint, TokenProvider = options.TokenProvider, LoggerFactory = lines, SendTimeout = TimeSpan.FromSeconds(1), SettleTimeout = TimeSpan.FromSeconds(1),
        });
        var connecting = alice.ConnectAsync();
        var connection = await server.NextSessionAsync();
        await connecting;
        var (recorded, refused, unsent, unknown, late) = (MessageId.New(), MessageId.New(), MessageId.New(), MessageId.New(), MessageId.New());
        Task SendAsync(MessageId id, CancellationToken cancel = default) => alice.Messages.SendAsync(_conversation, MessageContent.OfText("a secret"), id, cancel: cancel);

        var sending = SendAsync(recorded);
        await connection.AnswerAsync(await connection.ExpectAsync("message.send"), Alice.Says(_conversation, 1, "a secret", recorded), ProtocolJson.Lenient.LogEntry);
        await sending;
        sending = SendAsync(refused);
        await connection.RefuseAsync(await connection.ExpectAsync("message.send"), Refusals.Muted);
        await Assert.ThrowsAsync<ParleyRefusedException>(() => sending);
        sending = SendAsync(unknown);
        await connection.ExpectAsync("message.send");
        await connection.RefuseAsync(await connection.ExpectAsync("message.cancel"), Refusals.PermissionDenied);
        await Assert.ThrowsAsync<MessageUnknownException>(() => sending);
        sending = SendAsync(late);
        await connection.ExpectAsync("message.send");
        var cancelling = await connection.ExpectAsync("message.cancel");
        await Assert.ThrowsAsync<MessageUnknownException>(() => sending);
        await connection.AnswerAsync(cancelling, new MessageCancelled(null), ProtocolJson.Lenient.MessageCancelled);
        await UntilAsync(() => lines.Lines.Count(line => line.Contains($"{late}", StringComparison.Ordinal)) == 2, "the late one is settled");
        connection.Cut();
        await UntilAsync(() => alice.State != ConnectionState.Open, "the connection is gone");
        sending = SendAsync(unsent);
        await Assert.ThrowsAsync<MessageNotSentException>(() => sending);

        var to = $"to {_conversation}";
        Assert.Equal(
            [
                $"Information Outbox: Message {recorded} {to} is on the log as 1.",
                $"Warning Outbox: Message {refused} {to} was refused: muted.",
                $"Warning Outbox: Whether message {unknown} {to} was sent is unknown: no answer came in time, and cancelling it was refused: permission_denied.",
                $"Warning Outbox: Whether message {late} {to} was sent is unknown: no answer came in time, nor could it be cancelled yet.",
                $"Warning Outbox: Message {late} {to} was not sent: no answer came in time, and it was cancelled before it was recorded.",
                $"Warning Outbox: Message {unsent} {to} was not sent: there was no connection, and it never left the device.",
            ],
            lines.Lines.Where(line => line.Contains(" Outbox: ", StringComparison.Ordinal)));
        Assert.DoesNotContain(lines.Lines, line => line.Contains("secret", StringComparison.Ordinal) || line.Contains("token-of", StringComparison.Ordinal));
    }
}
