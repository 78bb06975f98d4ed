using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Parley.Identity;
using Parley.Storage;

namespace Parley.Moderation;

/// <summary>The lists of each app, compiled: those of the configuration, and those that its backend put, on whichever node.</summary>
internal sealed partial class WordListCache(Database database, Func<AppId, ModerationOptions> options, TimeSpan every, TimeProvider clock, ILogger<WordListCache> logger) : IAsyncDisposable
{
    /// <summary>How often it looks by default: what another node put counts here within five seconds, with the time to compile it.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<AppId, Loaded> _apps = new();
    private readonly SemaphoreSlim _loading = new(1);
    private readonly CancellationTokenSource _stop = new();
    private Task _watching = Task.CompletedTask;

    /// <summary>What becomes of the texts of an app.</summary>
    public Screen Of(AppId app) => _apps.TryGetValue(app, out var loaded) ? loaded.Screen : Configured(app);

    /// <summary>The lists of the configuration of an app.</summary>
    public IEnumerable<WordList> InConfiguration(AppId app) =>
        options(app).Lists.Select(list => new WordList(list.Name, (WordAction)list.Action, [.. list.Words], WordListSource.Configuration, list.Patterns.Count == 0 ? null : [.. list.Patterns]));

    /// <summary>Reads what there is, before the first message comes; then looks for changes.</summary>
    public async Task StartAsync(CancellationToken cancel)
    {
        await LookAsync(cancel);
        _watching = WatchAsync();
    }

    /// <summary>Takes over what is in the database now; when it cannot be read, the next look does.</summary>
    public async Task TryReloadAsync(AppId app)
    {
        try
        {
            await ReloadAsync(app, CancellationToken.None);
        }
        catch (Exception exception)
        {
            Log.NotRead(logger, exception);
        }
    }

    private async Task ReloadAsync(AppId app, CancellationToken cancel)
    {
        // One after another, so that the last to look is the last to say.
        await _loading.WaitAsync(cancel);
        try
        {
            List<StoredList> lists;
            await using (var session = await database.OpenReaderAsync(cancel)) lists = await WordListStore.ReadAsync(session, app, cancel);
            _apps[app] = new Loaded(Compile(app, lists), lists.ToDictionary(list => list.Name, list => list.Version, StringComparer.Ordinal));
        }
        finally
        {
            _loading.Release();
        }
    }

    private async Task WatchAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(every, clock, _stop.Token);
                await LookAsync(_stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                Log.NotRead(logger, exception);
            }
        }
    }

    private async Task LookAsync(CancellationToken cancel)
    {
        List<(AppId App, string Name, Guid Version)> versions;
        await using (var session = await database.OpenReaderAsync(cancel)) versions = await WordListStore.VersionsAsync(session, cancel);
        var now = versions.ToLookup(list => list.App);
        foreach (var app in versions.Select(list => list.App).Union(_apps.Keys))
        {
            var known = _apps.TryGetValue(app, out var loaded) ? loaded.Versions : NoVersions;
            if (known.Count != now[app].Count() || now[app].Any(list => !known.TryGetValue(list.Name, out var version) || version != list.Version)) await ReloadAsync(app, cancel);
        }
    }

    private Screen Configured(AppId app) => _apps.GetOrAdd(app, one => new Loaded(Compile(one, []), NoVersions)).Screen;

    private Screen Compile(AppId app, List<StoredList> stored)
    {
        var compiled = new List<CompiledList>();
        var all = InConfiguration(app).Concat(stored.Select(list => list.Told)).DistinctBy(list => list.Name, StringComparer.Ordinal).Take(Screen.MaxLists);
        foreach (var list in all)
        {
            var outcome = WordListRules.Compile(list.Name, list.Action, list.Words, list.Patterns ?? []);
            if (outcome.Value is { } good) compiled.Add(good);
            // Another version of the server took it: better without it than without all of them.
            else Log.NotCompiled(logger, list.Name, outcome.Refusal!.Detail);
        }

        return compiled.Count == 0 ? Screen.None : new Screen(compiled);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
        _loading.Dispose();
    }

    private static readonly Dictionary<string, Guid> NoVersions = [];

    private sealed record Loaded(Screen Screen, IReadOnlyDictionary<string, Guid> Versions);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The lists of words could not be read")]
        public static partial void NotRead(ILogger logger, Exception exception);

        [LoggerMessage(2, LogLevel.Error, "The list of words {List} is not taken: {Why}")]
        public static partial void NotCompiled(ILogger logger, string list, string? why);
    }
}
