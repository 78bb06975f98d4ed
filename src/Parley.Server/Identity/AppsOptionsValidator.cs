using System.Buffers;
using Microsoft.Extensions.Options;

namespace Parley.Identity;

/// <summary>Refuses apps that nobody, or everybody, could sign tokens for (AU-18).</summary>
internal sealed class AppsOptionsValidator : IValidateOptions<AppsOptions>
{
    private const int MaxNameLength = 64;

    private static readonly SearchValues<char> InNames = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    public ValidateOptionsResult Validate(string? name, AppsOptions options)
    {
        var problems = options.Count == 0
            ? [$"{AppsOptions.Section} names no app: give one with a key, as in {AppsOptions.Section}:<name>:Keys:0:Secret."]
            : options.SelectMany(app => Problems(app.Key, app.Value).Concat(ApiKeyProblems(app.Key, app.Value)))
                .Concat(SharedAudiences(options)).Concat(SharedSecrets(options)).ToList();
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static IEnumerable<string> Problems(string name, AppOptions app)
    {
        var key = $"{AppsOptions.Section}:{name}";
        if (name.Length is 0 or > MaxNameLength || name.AsSpan().ContainsAnyExcept(InNames))
        {
            yield return $"{key} is not a name for an app: use 1 to {MaxNameLength} of a-z, 0-9 and -.";
        }

        if (app.Keys.Count == 0 && app.KeySet is null) yield return $"{key} has no key, so no token could be verified: give {key}:Keys:0:Secret.";
        if (app.Issuer is "") yield return $"{key}:Issuer is empty: give what tokens say in iss, or remove the setting to take any.";
        if (app.Audience is "") yield return $"{key}:Audience is empty: give what tokens say in aud, or remove the setting to take the app's name.";
        if (app.DefaultCountry is { } country && (country.Length is 0 or > 3 || country[0] == '0' || !country.All(char.IsAsciiDigit)))
            yield return $"{key}:DefaultCountry is no calling code: give one to three digits, as 49, or remove the setting.";
        if (app.RoomsMadeBy == RoomMakers.Backend && app.ApiKeys.Count == 0)
            yield return $"{key}:RoomsMadeBy is Backend, and its backend has no key to show: give {key}:ApiKeys:0, or nobody makes rooms.";
        if (app.KeySet is not null && KeySetSource.ProblemWith(app.KeySet) is { } wrong) yield return $"{key}:KeySet {wrong}.";
        // A provider may serve many issuers with one key set; which of them is ours, only the issuer says.
        if (app.KeySet is not null && app.Issuer is null)
            yield return $"{key}:KeySet needs {key}:Issuer: give what the provider's tokens say in iss, the \"issuer\" of its openid-configuration.";

        var ids = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < app.Keys.Count; i++)
        {
            if (SigningKey.Read(app.Keys[i]).Problem is { } problem) yield return $"{key}:Keys:{i}{problem}.";
            if (app.Keys[i].Id is not { } id) continue;
            if (id.Length == 0 || id.Any(char.IsControl))
                yield return $"{key}:Keys:{i}:Id is empty or has control characters: give a short name, or remove it.";
            else if (!ids.Add(id))
                yield return $"{key}:Keys:{i}:Id is the id of an earlier key of this app: ids differ.";
        }
    }

    private static IEnumerable<string> ApiKeyProblems(string name, AppOptions app)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < app.ApiKeys.Count; i++)
        {
            var (key, options) = ($"{AppsOptions.Section}:{name}:ApiKeys:{i}", app.ApiKeys[i]);
            if (options.Name.Length is 0 or > MaxNameLength || options.Name.AsSpan().ContainsAnyExcept(InNames))
                yield return $"{key}:Name is not a name for a key: use 1 to {MaxNameLength} of a-z, 0-9 and -.";
            else if (!names.Add(options.Name))
                yield return $"{key}:Name is the name of an earlier API key of this app: names differ.";
            if (AppSecret.ProblemWithShown(options.Secret) is { } problem) yield return $"{key}:Secret {problem}.";
        }
    }

    /// <summary>A secret that stands in two places would prove two things at once: of which app somebody is, or that he may sign.</summary>
    private static IEnumerable<string> SharedSecrets(AppsOptions options) =>
        from app in options
        from shown in app.Value.ApiKeys.Select((key, index) => (key.Secret, Key: $"{AppsOptions.Section}:{app.Key}:ApiKeys:{index}"))
        where shown.Secret.Length > 0
        where options.Values.Any(other => other.Keys.Any(key => key.Secret == shown.Secret))
            || options.Values.Sum(other => other.ApiKeys.Count(key => key.Secret == shown.Secret)) > 1
        select $"{shown.Key}:Secret is the secret of another key too: each key has its own.";

    private static IEnumerable<string> SharedAudiences(AppsOptions options) =>
        from apps in options.GroupBy(app => App.AudienceOf(app.Key, app.Value), StringComparer.Ordinal)
        where apps.Count() > 1
        let names = apps.Select(app => app.Key).Order(StringComparer.Ordinal).ToList()
        select $"{AppsOptions.Section}:{names[1]} has the audience of {AppsOptions.Section}:{names[0]}, "
            + "so no token would say which is meant: audiences differ.";
}
