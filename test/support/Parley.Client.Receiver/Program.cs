using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using Parley;
using Parley.Client;
using SQLitePCL;

// Writes a line for each thing that it is told, durable before the listener returns: to be killed at any moment, and started again on the same store and the same file.
// Arguments: the server's address, a token, the conversation, the store's file, the file of lines, and how many messages it sends, each when the one before is kept. It ends when its input does.
NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, static (name, _, _) => name == "e_sqlite3" ? NativeLibrary.Load("libsqlite3.so.0", Assembly.GetExecutingAssembly(), null) : 0);
raw.SetProvider(new SQLite3Provider_e_sqlite3());

var (token, conversation) = (args[1], new ConversationId(Guid.Parse(args[2])));
var writing = new Lock();
await using var lines = new FileStream(args[4], FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
await using var store = new SqliteStore(args[3]);
await using var client = new ParleyClient(new ParleyClientOptions { Endpoint = new Uri(args[0]), TokenProvider = _ => ValueTask.FromResult(token), Store = store });
Write("started");
client.MessageReceived += (_, e) => Write($"received {e.Entry.Sequence} {e.Message.Message}");
client.MessageSent += (_, e) => Write($"sent {e.Entry.Sequence} {e.Message.Message}");
client.MessageDelivered += (_, e) => Write($"delivered {e.Message} {e.Recipient}");
client.MessageRead += (_, e) => Write($"read {e.Message} {e.Recipient}");
client.StoreFailed += (_, e) => Write($"failed {e.Failure.Message}");

var connecting = client.ConnectAsync();
for (var number = int.Parse(args[5], CultureInfo.InvariantCulture); number > 0; number--) Write($"queued {await client.Messages.QueueAsync(conversation, MessageContent.OfText("mine"))}");
await Console.In.ReadToEndAsync();
await connecting;

void Write(string line)
{
    lock (writing)
    {
        lines.Write(Encoding.UTF8.GetBytes(line + "\n"));
        lines.Flush(flushToDisk: true);
    }
}
