using System.Net;
using Microsoft.Extensions.Options;
using Parley.Egress;

namespace Parley.Identity;

/// <summary>Where a key set is: at an address, or in a file.</summary>
internal sealed class KeySetSource
{
    private readonly Uri? _url;
    private readonly string _file;

    /// <param name="text">A setting without <see cref="ProblemWith"/>.</param>
    public KeySetSource(string text)
    {
        _url = text.Contains("://", StringComparison.Ordinal) ? new Uri(text, UriKind.Absolute) : null;
        _file = text;
    }

    /// <summary>The address; null for a file.</summary>
    public Uri? Url => _url;

    /// <summary>What is wrong with the text, as the end of a sentence; null when nothing is. Looks at neither net nor disk.</summary>
    public static string? ProblemWith(string text)
    {
        if (string.IsNullOrWhiteSpace(text)) return "is empty: give the provider's jwks_uri, or remove the setting";
        if (text.Any(char.IsControl)) return "has control characters";
        if (text.TrimStart().StartsWith('{')) return "is a key set itself: put it into a file, and give the path";
        // "https:host" and "file:x" are paths to nobody who wrote them.
        var looksLikeUrl = text.Contains("://", StringComparison.Ordinal)
            || text.StartsWith("http:", StringComparison.OrdinalIgnoreCase) || text.StartsWith("https:", StringComparison.OrdinalIgnoreCase);
        if (!looksLikeUrl) return null;
        return Uri.TryCreate(text, UriKind.Absolute, out var url) ? AddressGuard.ProblemWith(url) : "is no https address";
    }

    /// <summary>What is there now.</summary>
    /// <exception cref="EgressException">It could not be read; the message says why.</exception>
    public Task<byte[]> ReadAsync(EgressClient egress, CancellationToken cancel) =>
        _url is null ? ReadFileAsync(cancel) : egress.GetAsync(_url, Jwks.MaxBytes, cancel);

    private async Task<byte[]> ReadFileAsync(CancellationToken cancel)
    {
        try
        {
            await using var file = new FileStream(_file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return await EgressClient.ReadAsync(file, Jwks.MaxBytes, cancel);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new EgressException($"could not be read ({failure.Message.TrimEnd('.')})", failure);
        }
    }
}

/// <summary>Refuses at start the address of a key set that could never be fetched, where that can be seen without asking anybody.</summary>
internal sealed class KeySetAddressValidator(IOptions<EgressOptions> egress) : IValidateOptions<AppsOptions>
{
    public ValidateOptionsResult Validate(string? name, AppsOptions options)
    {
        var guard = new AddressGuard(egress.Value);
        var problems =
            from app in options
            let url = app.Value.KeySet is { } text && KeySetSource.ProblemWith(text) is null ? new KeySetSource(text).Url : null
            let address = url is not null && IPAddress.TryParse(url.DnsSafeHost, out var literal) ? literal : null
            let problem = address is null ? null : guard.ProblemWith(url, address)
            where problem is not null
            select $"{AppsOptions.Section}:{app.Key}:KeySet {problem}.";
        return problems.ToList() is { Count: > 0 } found ? ValidateOptionsResult.Fail(found) : ValidateOptionsResult.Success;
    }
}
