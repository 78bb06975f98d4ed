using System.Runtime.InteropServices;
using Microsoft.AspNetCore.SignalR;
using Microsoft.EntityFrameworkCore;
using Parley.Peers;
using SQLitePCL;

// SignalRPeer --urls http://127.0.0.1:PORT --Sqlite "Data Source=…" or --Postgres "Host=…"
var builder = WebApplication.CreateBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddSignalR();
builder.Services.AddSingleton<IUserIdProvider, NameInQuery>();
builder.Services.AddSingleton<ChatWrites>();
var sqlite = builder.Configuration["Sqlite"];
builder.Services.AddDbContextPool<ChatContext>(options => _ = sqlite is null
    ? options.UseNpgsql(builder.Configuration["Postgres"])
    : options.UseSqlite(sqlite));
if (sqlite is not null) UseSystemSqlite();

var app = builder.Build();
await using (var scope = app.Services.CreateAsyncScope())
{
    await scope.ServiceProvider.GetRequiredService<ChatContext>().Database.EnsureCreatedAsync();
}

app.MapHub<ChatHub>("/chat");
app.MapGet("/", async (ChatContext database, CancellationToken cancel) => $"{await database.Messages.CountAsync(cancel)}");
await app.RunAsync();

static void UseSystemSqlite()
{
    NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly,
        (name, _, _) => name == "e_sqlite3" ? NativeLibrary.Load("libsqlite3.so.0") : 0);
    raw.SetProvider(new SQLite3Provider_e_sqlite3());
}
