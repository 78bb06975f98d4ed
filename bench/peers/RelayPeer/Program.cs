using System.Buffers;
using System.Collections.Concurrent;
using System.Net.WebSockets;
using Parley.Peers;

// relay --urls http://127.0.0.1:PORT
var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.ClearProviders();
var app = builder.Build();
app.UseWebSockets();

var users = new ConcurrentDictionary<string, Member>(StringComparer.Ordinal);
app.Map("/relay", async (HttpContext context) =>
{
    using var socket = await context.WebSockets.AcceptWebSocketAsync();
    var member = new Member(socket);
    users[context.Request.Query["user"].ToString()] = member;
    await member.RunAsync(users, context.RequestAborted);
});

await app.RunAsync();
