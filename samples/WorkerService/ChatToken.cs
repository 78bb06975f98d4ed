using Microsoft.Extensions.Configuration;

namespace WorkerService;

/// <summary>Where the token comes from: in earnest the backend that knows the app's secret, here a setting.</summary>
internal sealed class ChatToken(IConfiguration settings)
{
    public ValueTask<string> GetAsync(CancellationToken cancel) => ValueTask.FromResult(settings["Token"] ?? throw new InvalidOperationException("Set Token."));
}
