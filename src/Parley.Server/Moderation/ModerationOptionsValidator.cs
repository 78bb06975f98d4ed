using System.Net;
using Microsoft.Extensions.Options;
using Parley.Egress;
using Parley.Identity;

namespace Parley.Moderation;

/// <summary>Refuses at start lists of words that could not be compiled, and hooks that could never be asked.</summary>
internal sealed class ModerationOptionsValidator(IOptions<EgressOptions> egress) : IValidateOptions<AppsOptions>
{
    public ValidateOptionsResult Validate(string? name, AppsOptions options)
    {
        var guard = new AddressGuard(egress.Value);
        var problems = options.SelectMany(app => Problems($"{AppsOptions.Section}:{app.Key}:{nameof(AppOptions.Moderation)}", app.Value, guard)).ToList();
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static IEnumerable<string> Problems(string key, AppOptions app, AddressGuard guard)
    {
        var (lists, hook) = (app.Moderation.Lists, app.Moderation.Hook);
        if (lists.Count > PutWordList.MaxLists) yield return $"{key}:Lists has {lists.Count} lists, but may have at most {PutWordList.MaxLists}.";
        foreach (var (list, index) in lists.Select((list, index) => (list, index)))
        {
            if (WordListRules.Compile(list.Name, (WordAction)list.Action, [.. list.Words], [.. list.Patterns]).Refusal is { } refusal) yield return $"{key}:Lists:{index} is no list: {refusal.Detail}.";
            if (lists.Take(index).Any(earlier => earlier.Name == list.Name)) yield return $"{key}:Lists:{index}:Name is the name of an earlier list of this app: names differ.";
        }

        if (hook.Url is null) yield break;
        if (!Uri.TryCreate(hook.Url, UriKind.Absolute, out var url)) yield return $"{key}:Hook:Url is no https address.";
        else if (AddressGuard.ProblemWith(url) is { } form) yield return $"{key}:Hook:Url {form}.";
        else if (IPAddress.TryParse(url.DnsSafeHost, out var address) && guard.ProblemWith(url, address) is { } where) yield return $"{key}:Hook:Url {where}.";
        if (AppSecret.Read(hook.Secret).Problem is { } problem) yield return $"{key}:Hook:Secret {problem}.";
        // Whoever gets what it signs could otherwise act as the backend, or as any user.
        else if (app.Keys.Any(other => other.Secret == hook.Secret) || app.ApiKeys.Any(other => other.Secret == hook.Secret))
            yield return $"{key}:Hook:Secret is the secret of another key too: each has its own.";
    }
}
