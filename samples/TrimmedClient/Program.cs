using Parley;
using Parley.Client;

// Sends a message and waits for an answer. Arguments: the server's address, a token, to whom, and the text.
var (token, to, text) = (args[1], new UserId(args[2]), args[3]);

await using var client = new ParleyClient(new ParleyClientOptions { Endpoint = new Uri(args[0]), TokenProvider = _ => ValueTask.FromResult(token) });
var answers = client.Messages.ReceiveAsync();
await client.ConnectAsync();

var conversation = await client.Conversations.DirectAsync(to);
var entry = await client.Messages.SendAsync(conversation.Conversation, text);
Console.WriteLine($"{text} is number {entry.Sequence}.");

await foreach (var answer in answers)
{
    Console.WriteLine($"{to}: {((MessageSent)answer.Event).Content.PlainText()}");
    break;
}
