using System.Collections.Frozen;
using Parley.Storage;

namespace Parley.Identity;

/// <summary>The configured apps with their numbers in the database. Made once, after the numbers were read; never changes.</summary>
internal sealed class AppDirectory
{
    private static readonly AppOptions Defaults = new();

    private readonly FrozenDictionary<string, App> _apps;
    private readonly FrozenDictionary<AppId, AppOptions> _byId;
    private readonly FrozenDictionary<AppId, string> _names;

    /// <param name="apps">Options that <see cref="AppsOptionsValidator"/> let pass.</param>
    /// <param name="number">The app's number in this database, by name.</param>
    /// <param name="keySet">The app's key set, by name; null for apps without.</param>
    public AppDirectory(AppsOptions apps, Func<string, AppId> number, Func<string, KeySet?> keySet)
    {
        _apps = apps
            .Select(app => new App(number(app.Key), app.Key, app.Value, SigningKey.Of(app.Key, app.Value), keySet(app.Key)))
            .ToFrozenDictionary(app => app.Audience, StringComparer.Ordinal);
        _names = _apps.Values.ToFrozenDictionary(app => app.Id, app => app.Name);
        _byId = _apps.Values.ToFrozenDictionary(app => app.Id, app => app.Options);
    }

    /// <summary>What is configured of an app; the defaults for one that is in the database and no longer configured.</summary>
    public AppOptions OptionsOf(AppId app) => _byId.GetValueOrDefault(app) ?? Defaults;

    /// <summary>Its name in the configuration; empty for one that is no longer configured.</summary>
    public string NameOf(AppId app) => _names.GetValueOrDefault(app) ?? "";

    public IEnumerable<App> All => _apps.Values;

    /// <summary>The app whose tokens have this audience, byte by byte; null when none is configured.</summary>
    public App? Find(string audience) => _apps.GetValueOrDefault(audience);
}

/// <summary>A configured app.</summary>
/// <param name="Id">Its number in this database.</param>
/// <param name="Name">Its name in the configuration.</param>
/// <param name="Options">What else is configured.</param>
/// <param name="Keys">The keys of the configuration.</param>
/// <param name="KeySet">The keys that its identity provider publishes; null when it has none.</param>
internal sealed record App(AppId Id, string Name, AppOptions Options, IReadOnlyList<SigningKey> Keys, KeySet? KeySet)
{
    public string Audience => AudienceOf(Name, Options);

    /// <summary>What the tokens of an app say in <c>aud</c>.</summary>
    public static string AudienceOf(string name, AppOptions options) => options.Audience ?? name;
}
