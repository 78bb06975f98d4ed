using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Parley;
using Parley.Bench.Device;
using Parley.Client;
using SQLitePCL;

// Comes back to a server and says when it has been told everything. It checks that nothing was missing, out of order, or told twice.
// Arguments: the server's address, a token, the store's file or "-", how many hours later it is on this device, the first sequence it has not been told, how many entries it waits for.
// It says "told <entries> <milliseconds>" and ends when it is asked to (SIGTERM).
NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, static (name, _, _) => name == "e_sqlite3" ? NativeLibrary.Load("libsqlite3.so.0", Assembly.GetExecutingAssembly(), null) : 0);
raw.SetProvider(new SQLite3Provider_e_sqlite3());

var (address, token) = (new Uri(args[0]), args[1]);
var (later, first, expected) = (int.Parse(args[3], CultureInfo.InvariantCulture), long.Parse(args[4], CultureInfo.InvariantCulture), int.Parse(args[5], CultureInfo.InvariantCulture));
var ended = new TaskCompletionSource();
using var asked = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
{
    signal.Cancel = true;
    ended.TrySetResult();
});

await using var store = args[2] == "-" ? (LocalStore)new MemoryStore() : new SqliteStore(args[2]);
var options = new ParleyClientOptions { Endpoint = address, TokenProvider = _ => ValueTask.FromResult(token), Store = args[2] == "-" ? null : store, TimeProvider = new LaterClock(TimeSpan.FromHours(later)) };
await using var client = new ParleyClient(options);
var (told, complete) = (new Dictionary<ConversationId, long>(), new TaskCompletionSource());
var count = 0;
client.EntryReceived += (_, received) =>
{
    var entry = received.Entry;
    var expectedNext = told.TryGetValue(entry.Conversation, out var last) ? last + 1 : first;
    if (entry.Sequence.Value != expectedNext) complete.TrySetException(new InvalidOperationException($"{entry.Sequence} was told where {expectedNext} should be."));
    told[entry.Conversation] = entry.Sequence.Value;
    if (++count == expected) complete.TrySetResult();
};

var begun = Stopwatch.GetTimestamp();
if (expected == 0) complete.TrySetResult();
await client.ConnectAsync();
await complete.Task;
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"told {count} {Stopwatch.GetElapsedTime(begun).TotalMilliseconds:0}"));
await ended.Task;
if (count != expected) throw new InvalidOperationException($"{count} entries were told, and {expected} exist.");
