using ConsoleBot;
using Parley.Client;

// Answers whoever writes to it, until its input ends. Arguments: the server's address, and the bot's token.
var (endpoint, token) = (new Uri(args[0]), args[1]);

await using var client = new ParleyClient(new ParleyClientOptions { Endpoint = endpoint, TokenProvider = _ => ValueTask.FromResult(token) });
client.StateChanged += (_, e) => Console.WriteLine($"{e.State}: {e.Reason}");

// From before the first connect, so that nothing comes between.
var entries = client.ReceiveEntriesAsync();
await client.ConnectAsync();
Console.WriteLine($"{client.Session!.User} listens.");

var bot = new Bot(client);
using var end = new CancellationTokenSource();
var answering = bot.AnswerAsync(entries, end.Token);
await Console.In.ReadToEndAsync();
await end.CancelAsync();
await answering;
