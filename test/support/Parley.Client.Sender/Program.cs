using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Parley;
using Parley.Client;
using SQLitePCL;

// Hands in one message after the other, and says so of each when the store has it: to be killed at any moment, and started again on the same store.
// Arguments: the server's address, a token, the conversation, the store's file, the first message's number and the last one's. It ends when its input does.
NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, static (name, _, _) => name == "e_sqlite3" ? NativeLibrary.Load("libsqlite3.so.0", Assembly.GetExecutingAssembly(), null) : 0);
raw.SetProvider(new SQLite3Provider_e_sqlite3());

var (token, conversation) = (args[1], new ConversationId(Guid.Parse(args[2])));
var (first, last) = (int.Parse(args[4], CultureInfo.InvariantCulture), int.Parse(args[5], CultureInfo.InvariantCulture));
await using var store = new SqliteStore(args[3]);
await using var client = new ParleyClient(new ParleyClientOptions { Endpoint = new Uri(args[0]), TokenProvider = _ => ValueTask.FromResult(token), Store = store });
client.MessageSettled += (_, settled) => Console.WriteLine($"settled {settled.Message} {settled.Failure?.Reason.ToString() ?? "recorded"}");

// Not waited for: messages are handed in whether or not the server is there.
var connecting = client.ConnectAsync();
for (var number = first; number <= last; number++)
{
    // The same id for the same number in every run: who does not know whether it was handed in does it again.
    var id = new MessageId(new Guid(number, 7, 7, [7, 7, 7, 7, 7, 7, 7, 7]));
    await client.Messages.QueueAsync(conversation, MessageContent.OfText($"{number}"), new SendOptions { Id = id });
    Console.WriteLine($"queued {number}");
}

await Console.In.ReadToEndAsync();
await connecting;
