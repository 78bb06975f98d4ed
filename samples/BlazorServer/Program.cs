using BlazorServer;
using BlazorServer.Components;
using EmbeddedServer;
using Parley;
using Parley.Client;

// Settings: Chat:Endpoint, App and Secret, from the environment (Chat__Endpoint) or the command line.
var builder = WebApplication.CreateBuilder(args);
builder.Services.AddRazorComponents().AddInteractiveServerComponents();
builder.Services.AddScoped<Visitor>();
builder.Services.AddSingleton(TimeProvider.System);

// docs: circuit
// A circuit is a scope: each has its own client, as the visitor of this circuit, and it ends with the circuit.
builder.Services
    .AddScopedParleyClient((circuit, options) =>
    {
        var (visitor, tokens) = (circuit.GetRequiredService<Visitor>(), circuit.GetRequiredService<ChatTokens>());
        options.TokenProvider = _ => ValueTask.FromResult(tokens.Create(visitor.Name));
    })
    .Bind(builder.Configuration.GetSection("Chat"));
// docs: end

builder.Services.AddSingleton(services => new ChatTokens(
    builder.Configuration["App"] ?? "demo", builder.Configuration["Secret"] ?? throw new InvalidOperationException("Set Secret: that of the app in Parley's configuration."), services.GetRequiredService<TimeProvider>()));

var app = builder.Build();
app.UseAntiforgery();
app.MapStaticAssets();
app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
await app.RunAsync();
