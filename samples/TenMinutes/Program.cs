// docs: ten-minutes
using Parley;
using Parley.Client;

var token = args[0];   // in an app of yours its backend makes it, for who is signed in

await using var client = new ParleyClient(new ParleyClientOptions
{
    Endpoint = new Uri("http://localhost:5080"),
    TokenProvider = _ => ValueTask.FromResult(token),
});
client.StateChanged += (_, e) => Console.WriteLine($"({e.State}: {e.Reason})");
client.MessageReceived += (_, e) => Console.WriteLine($"{e.Message.Sender}: {e.Message.Content.PlainText()}");
client.MessageRead += (_, e) => Console.WriteLine($"{e.Recipient} has read it.");
await client.ConnectAsync();

if (args is [_, var to, var text])
{
    var conversation = await client.Conversations.DirectAsync(new UserId(to));
    var entry = await client.Messages.SendAsync(conversation.Conversation, text);
    Console.WriteLine($"It is number {entry.Sequence} of the conversation, and on disk.");
}
else
{
    await foreach (var entry in client.Messages.ReceiveAsync())
    {
        await client.Receipts.MarkReadAsync(entry.Conversation, entry.Sequence);
        if (entry.Event is MessageSent message && message.Content.PlainText() == "bye") break;
    }
}
// docs: end
