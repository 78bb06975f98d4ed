using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Parley.Egress;
using Parley.Identity;

namespace Parley.Tests.Identity;

/// <summary>An identity provider without a network: what it publishes is read when the set is, on a clock that a test moves.</summary>
internal sealed class Provider : IAsyncDisposable
{
    public const string Issuer = "https://id.example";

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly RecordedLog _log = new();
    private readonly KeySet _set;
    private int _reads;

    public Provider(params IReadOnlyList<Signer> published)
    {
        Published = published;
        var app = Forge.App(Forge.Key(Forge.Secret));
        (app.KeySet, app.Issuer) = ("https://id.example/keys", Issuer);
        _set = new KeySet("demo", ReadAsync, new KeySetsOptions(), Clock, _log.CreateLogger("keys"), Fetches.Add);
        Verifier = new TokenVerifier(
            Forge.Directory(new() { ["demo"] = app }, _ => _set), Clock, NullLogger<TokenVerifier>.Instance, _services.GetRequiredService<IMeterFactory>());
    }

    public ManualClock Clock { get; } = new(Forge.Now);

    public TokenVerifier Verifier { get; }

    /// <summary>What the next read answers.</summary>
    public IReadOnlyList<Signer> Published { get; set; }

    /// <summary>What the next read answers in place of a key set.</summary>
    public string? Instead { get; set; }

    /// <summary>While set, reading fails.</summary>
    public bool IsDown { get; set; }

    /// <summary>While set, reads wait for it.</summary>
    public TaskCompletionSource? Held { get; set; }

    /// <summary>How often the set was read.</summary>
    public int Reads => Volatile.Read(ref _reads);

    public List<KeySetFetch> Fetches { get; } = [];

    public KeySet Set => _set;

    public IEnumerable<string> Warnings => _log.Lines.Where(line => line.Level >= LogLevel.Warning).Select(line => line.Text);

    /// <summary>A provider whose key set was fetched once.</summary>
    public static async Task<Provider> StartAsync(params Signer[] published)
    {
        var provider = new Provider(published);
        await provider.StartFetchingAsync();
        return provider;
    }

    /// <summary>Starts, and waits until the first fetch has ended.</summary>
    public async Task StartFetchingAsync()
    {
        _set.Start();
        await RestAsync();
    }

    /// <summary>Waits until nothing is being fetched and the next time is set.</summary>
    public Task RestAsync() => Clock.WaitedForAsync(IsDown || Instead is not null ? TimeSpan.FromSeconds(5) : TimeSpan.FromMinutes(10));

    /// <summary>The claims of a good token.</summary>
    public static string Claims(string issuer = Issuer, string aud = "\"demo\"") => Forge.Claims(aud: aud, extra: $"\"iss\":\"{issuer}\"", exp: $"{Forge.Unix(TimeSpan.FromHours(12))}");

    public Task<Outcome<VerifiedToken>> VerifyAsync(Signer signer, string? header = null) => VerifyAsync(signer.Token(Claims(), header));

    public Task<Outcome<VerifiedToken>> VerifyAsync(string token) => Verifier.VerifyAsync(token, TestContext.Current.CancellationToken).AsTask();

    public async ValueTask DisposeAsync()
    {
        Held?.TrySetResult();
        await _set.DisposeAsync();
        await _services.DisposeAsync();
    }

    private async Task<byte[]> ReadAsync(CancellationToken cancel)
    {
        Interlocked.Increment(ref _reads);
        if (Held is { } held) await held.Task.WaitAsync(cancel);
        if (IsDown) throw new EgressException("could not be reached (test)");
        return Encoding.UTF8.GetBytes(Instead ?? $$"""{"keys":[{{string.Join(',', Published.Select(signer => signer.Jwk))}}]}""");
    }
}
