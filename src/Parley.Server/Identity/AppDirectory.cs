using System.Collections.Frozen;
using Parley.Storage;

namespace Parley.Identity;

/// <summary>The configured apps with their numbers in the database. Made once, after the numbers were read; never changes.</summary>
internal sealed class AppDirectory
{
    private readonly FrozenDictionary<string, App> _apps;

    /// <param name="apps">Options that <see cref="AppsOptionsValidator"/> let pass.</param>
    /// <param name="number">The app's number in this database, by name.</param>
    public AppDirectory(AppsOptions apps, Func<string, AppId> number) =>
        _apps = apps
            .Select(app => new App(number(app.Key), app.Key, app.Value, SigningKey.Of(app.Key, app.Value)))
            .ToFrozenDictionary(app => app.Name, StringComparer.Ordinal);

    public IReadOnlyList<App> All => _apps.Values;

    /// <summary>The app of this name, byte by byte; null when it is not configured.</summary>
    public App? Find(string name) => _apps.GetValueOrDefault(name);
}

/// <summary>A configured app.</summary>
internal sealed record App(AppId Id, string Name, AppOptions Options, IReadOnlyList<SigningKey> Keys);

/// <summary>A key that verifies tokens of exactly one algorithm, so that no token can choose how its key is used.</summary>
internal sealed class SigningKey(string? id, string algorithm, byte[] material)
{
    /// <summary>The <c>kid</c> it answers to; null answers to any.</summary>
    public string? Id => id;

    public string Algorithm => algorithm;

    public ReadOnlySpan<byte> Material => material;

    /// <exception cref="ArgumentException">A secret is not usable; the validator refuses such options at start.</exception>
    public static IReadOnlyList<SigningKey> Of(string app, AppOptions options) =>
    [
        .. options.Keys.Select((key, index) => AppSecret.Read(key.Secret) switch
        {
            (Bytes: { } bytes, _) => new SigningKey(key.Id, Jws.Hs256, bytes),
            var (_, problem) => throw new ArgumentException($"{AppsOptions.Section}:{app}:Keys:{index}:Secret {problem}.", nameof(options)),
        }),
    ];
}
