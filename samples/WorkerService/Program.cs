using System.Threading.Channels;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Parley.Client;
using WorkerService;

// Sends notifications to users. Settings: Chat:Endpoint and Token, from the environment (Chat__Endpoint) or the command line (--Chat:Endpoint …).
var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddSingleton<ChatToken>();

// docs: host
builder.Services
    .AddParleyClient((services, options) => options.TokenProvider = services.GetRequiredService<ChatToken>().GetAsync)
    .Bind(builder.Configuration.GetSection("Chat"))     // Chat:Endpoint, Chat:SendTimeout, …
    .ConnectAtStart();                                  // and says goodbye when the host stops
// docs: end

// After the client, so that it is there until they have stopped.
builder.Services.AddSingleton(Channel.CreateBounded<Notification>(100));
builder.Services.AddHostedService<Notifier>();
builder.Services.AddHostedService<ConsoleQueue>();

await builder.Build().RunAsync();
