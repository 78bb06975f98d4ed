using KeptMessages;
using Parley;
using Parley.Client;

var (token, to) = (args[0], new UserId(args[1]));
SystemSqlite.Use();

// docs: store
await using var store = new SqliteStore("alice.parley");
await using var client = new ParleyClient(new ParleyClientOptions
{
    Endpoint = new Uri("http://localhost:5080"),
    TokenProvider = _ => ValueTask.FromResult(token),
    Store = store,
});
client.MessageSettled += (_, e) => Console.WriteLine(e.Failure is null ? $"{e.Message} is on the log." : $"{e.Message} was not sent: {e.Failure.Message}");
// docs: end
Offline.Listen(client);
await Offline.ShowAsync(client);
await client.ConnectAsync();
var conversation = (await client.Conversations.DirectAsync(to)).Conversation;

// docs: queue
await client.Messages.QueueAsync(conversation, MessageContent.OfText("This is sent, whatever happens to the program."));
// docs: end

await Keeping.ShowAsync(client, conversation, to);
if (args.Length > 2) await Keeping.SendFileAsync(client, conversation, args[2]);

Console.WriteLine("Press Enter to leave.");
Console.ReadLine();
