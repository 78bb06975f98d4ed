// docs: embedded-server
using EmbeddedServer;
using Parley.Hosting;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddParley(builder.Configuration);

var app = builder.Build();
app.MapParley();

// For trying it out on your own machine. In earnest an app asks who is signed in, and makes a token for nobody else.
app.MapGet("/token/{user}", (string user, IConfiguration settings, TimeProvider clock) =>
    new ChatTokens("shop", settings["Parley:Apps:shop:Keys:0:Secret"]!, clock).Create(user));

await app.RunAsync();
// docs: end
