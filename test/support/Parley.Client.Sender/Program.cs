using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Parley;
using Parley.Client;
using SQLitePCL;

// Hands in one message after the other, with edits, recalls and reads between them, and says so of each when the store has it: to be killed at any moment, and started again on the same store.
// Arguments: the server's address, a token, the conversation, the store's file, the first message's number and the last one's, and a file that goes with the first one, if any. It ends when its input does.
NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, static (name, _, _) => name == "e_sqlite3" ? NativeLibrary.Load("libsqlite3.so.0", Assembly.GetExecutingAssembly(), null) : 0);
raw.SetProvider(new SQLite3Provider_e_sqlite3());

var (token, conversation) = (args[1], new ConversationId(Guid.Parse(args[2])));
var (first, last) = (int.Parse(args[4], CultureInfo.InvariantCulture), int.Parse(args[5], CultureInfo.InvariantCulture));
var file = args.Length > 6 ? args[6] : null;
await using var store = new SqliteStore(args[3]);
await using var client = new ParleyClient(new ParleyClientOptions { Endpoint = new Uri(args[0]), TokenProvider = _ => ValueTask.FromResult(token), Store = store });
client.MessageSettled += (_, settled) => Console.WriteLine($"settled {settled.Message} {settled.Failure?.Reason.ToString() ?? "recorded"}");
client.ChangeSettled += (_, settled) => Console.WriteLine($"settled {NameOf(settled.Change)} {settled.Failure?.Message.ReplaceLineEndings(" ") ?? "recorded"}");

// Not waited for: everything is handed in whether or not the server is there.
var connecting = client.ConnectAsync();
for (var number = first; number <= last; number++)
{
    // The same ids for the same number in every run: who does not know whether it was handed in does it again.
    var id = new MessageId(IdOf(number, 7));
    IReadOnlyList<LocalFile> files = file is not null && number == first ? [new LocalFile(file)] : [];
    await client.Messages.QueueAsync(conversation, MessageContent.OfText($"{number}"), new SendOptions { Id = id, Files = files });
    if (number % 5 == 0) await client.Changes.QueueAsync(Change.Edit(new EditMessage(conversation, new CommandId(IdOf(number, 5)), id, MessageContent.OfText($"{number} again"))));
    if (number % 7 == 0) await client.Changes.QueueAsync(Change.Recall(new RecallMessage(conversation, new CommandId(IdOf(number, 8)), id)));
    if (number % 3 == 0) await client.Changes.QueueAsync(Change.MarkRead(conversation, new Sequence(number)));
    Console.WriteLine($"queued {number}");
}

await Console.In.ReadToEndAsync();
await connecting;

static Guid IdOf(int number, short kind) => new(number, kind, 7, [7, 7, 7, 7, 7, 7, 7, 7]);

static string NameOf(Change change) => change.Request switch
{
    EditMessage edit => $"edit:{edit.Message}",
    RecallMessage recall => $"recall:{recall.Message}",
    MarkRead read => $"read:{read.UpTo}",
    _ => change.Method,
};
