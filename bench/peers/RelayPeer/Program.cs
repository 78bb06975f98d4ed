using System.Collections.Concurrent;
using System.Collections.Immutable;
using Parley.Peers;

// relay --urls http://127.0.0.1:PORT
var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.ClearProviders();
var app = builder.Build();
app.UseWebSockets();

var receivers = new ConcurrentDictionary<string, ImmutableArray<Member>>(StringComparer.Ordinal);
app.Map("/relay", async (HttpContext context) =>
{
    using var socket = await context.WebSockets.AcceptWebSocketAsync();
    var member = new Member(socket);
    receivers[context.Request.Query["user"].ToString()] = [member];
    await member.RunAsync(receivers, context.RequestAborted);
});

await app.RunAsync();
