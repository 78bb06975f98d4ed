// docs: first-message
using Parley;
using Parley.Client;

var token = args[0];   // made by the backend of your app, which knows who is signed in

await using var client = new ParleyClient(new ParleyClientOptions
{
    Endpoint = new Uri("http://localhost:5080"),
    TokenProvider = _ => ValueTask.FromResult(token),
});
client.MessageReceived += (_, e) => Console.WriteLine($"{e.Message.Sender}: {e.Message.Content.PlainText()}");
client.MessageRead += (_, e) => Console.WriteLine($"{e.Recipient} has read it.");
await client.ConnectAsync();

var conversation = await client.Conversations.DirectAsync(new UserId("bob"));
var entry = await client.Messages.SendAsync(conversation.Conversation, "Hello, Bob!");
Console.WriteLine($"Number {entry.Sequence} of the conversation, recorded at {entry.At:HH:mm:ss} UTC.");
// docs: end

Console.WriteLine("Press Enter to leave.");
Console.ReadLine();
