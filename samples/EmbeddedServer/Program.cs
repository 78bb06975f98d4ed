// docs: embedded-server
using System.Security.Claims;
using EmbeddedServer;
using Parley.Hosting;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddParley(builder.Configuration);
builder.Services.AddShop();

var app = builder.Build();
app.MapParley();
app.MapShop();

// The app knows who is signed in, and makes a token for nobody else.
app.MapGet("/chat/token", (ClaimsPrincipal user, IConfiguration settings, TimeProvider clock) =>
    new ChatTokens("shop", settings["Parley:Apps:shop:Keys:0:Secret"]!, clock).Create(user.Identity!.Name!)).RequireAuthorization();

await app.RunAsync();
// docs: end
