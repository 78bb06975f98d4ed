using Microsoft.Extensions.Logging;
using Parley.Storage;

namespace Parley.Content;

/// <summary>Deletes what nobody can get at any more: content without a use, uploads that were given up, and files that no row names.</summary>
/// <remarks>
/// Content goes in three steps, of which each is durable before the next: it is doomed, so that nothing new refers to it; later its rows go, and the name of its file is noted;
/// then the file goes, and the note. A use that was added meanwhile keeps it. So recalling one message never breaks another, and a crash leaves nothing behind.
/// </remarks>
internal sealed partial class Collector(
    ContentOptions options, ContentFolders folders, ContentStore store, CollectorTable table, Eraser eraser, TimeProvider clock, ILogger<Collector> logger) : IAsyncDisposable
{
    /// <summary>How long after it was doomed content is deleted that no message ever referred to: a message that was decided on before may still be recorded.</summary>
    public static readonly TimeSpan DoomedFor = TimeSpan.FromHours(1);

    /// <summary>How old a file without a row must be to be nobody's: one that is just being received or recorded is younger.</summary>
    public static readonly TimeSpan StrayAfter = TimeSpan.FromHours(1);

    private const int Batch = 100;

    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private DateTimeOffset _nextSweep = DateTimeOffset.MinValue;

    /// <summary>From now on until it is disposed; with an endless time between two looks, not at all.</summary>
    public void Start()
    {
        if (options.CollectEvery != Timeout.InfiniteTimeSpan) _running = Task.Run(RunAsync);
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await CollectAsync(_stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                Log.Failed(logger, exception);
            }

            await Task.Delay(options.CollectEvery, clock, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Looks once for what is to be deleted, and deletes it.</summary>
    public async Task CollectAsync(CancellationToken cancel)
    {
        var now = clock.Now();
        while (await table.DoomUnsentAsync(now - options.KeepUnsent, now + DoomedFor, Batch, cancel) == Batch) cancel.ThrowIfCancellationRequested();
        while (await table.LetGoAsync(now, Batch, cancel)) cancel.ThrowIfCancellationRequested();
        await DeleteDueAsync(now, cancel);
        await DeleteExpiredAsync(now, cancel);
        await DeleteFilesAsync(cancel);
        if (now < _nextSweep) return;
        await SweepAsync(now, cancel);
        _nextSweep = now + StrayAfter;
    }

    /// <summary>The name of a file says something, and goes from the database's own files too.</summary>
    private async Task DeleteDueAsync(DateTimeOffset now, CancellationToken cancel)
    {
        int looked;
        do
        {
            cancel.ThrowIfCancellationRequested();
            looked = await table.DeleteDueAsync(now, Batch, cancel);
            if (looked > 0) eraser.Ask();
        }
        while (looked == Batch);
    }

    private async Task DeleteExpiredAsync(DateTimeOffset now, CancellationToken cancel)
    {
        while (true)
        {
            var expired = await table.DeleteExpiredAsync(now, Batch, cancel);
            foreach (var key in expired) await Task.Run(() => File.Delete(folders.IncomingOf(key)), CancellationToken.None);
            if (expired.Count < Batch) return;
        }
    }

    private async Task DeleteFilesAsync(CancellationToken cancel)
    {
        while (true)
        {
            var doomed = await table.DoomedFilesAsync(Batch, cancel);
            var deleted = new List<BlobName>();
            foreach (var name in doomed)
            {
                try
                {
                    await store.DeleteAsync(name, cancel);
                    deleted.Add(name);
                }
                catch (IOException exception)
                {
                    Log.NotDeleted(logger, exception);
                }
            }

            if (deleted.Count > 0) await table.ForgetFilesAsync(deleted);
            if (doomed.Count < Batch || deleted.Count < doomed.Count) return;
        }
    }

    /// <summary>Files that a crash left behind.</summary>
    private async Task SweepAsync(DateTimeOffset now, CancellationToken cancel)
    {
        var old = now - StrayAfter;
        foreach (var app in folders.Apps())
        {
            foreach (var some in folders.Uploads(app).Where(upload => upload.WrittenAt < old).Chunk(Batch))
            {
                var known = await table.KnownUploadsAsync(app, [.. some.Select(upload => upload.Key.Content)], cancel);
                foreach (var (key, path, _) in some.Where(upload => !known.Contains(upload.Key.Content)))
                {
                    Log.Stray(logger, key.App.Number);
                    await Task.Run(() => File.Delete(path), CancellationToken.None);
                }
            }
        }

        var names = new List<BlobName>();
        await foreach (var (name, writtenAt) in store.ListAsync(cancel))
        {
            if (writtenAt < old) names.Add(name);
            if (names.Count == Batch) await DeleteStraysAsync(names, cancel);
        }

        await DeleteStraysAsync(names, cancel);
    }

    private async Task DeleteStraysAsync(List<BlobName> names, CancellationToken cancel)
    {
        foreach (var ofApp in names.GroupBy(name => name.App))
        {
            var known = await table.KnownFilesAsync(ofApp.Key, [.. ofApp.Select(name => name.File)], cancel);
            foreach (var name in ofApp.Where(name => !known.Contains(name.File)))
            {
                Log.Stray(logger, name.App.Number);
                await store.DeleteAsync(name, cancel);
            }
        }

        names.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "Content that is to be deleted could not be looked for; it is tried again")]
        public static partial void Failed(ILogger logger, Exception failure);

        [LoggerMessage(EventId = 2, Level = LogLevel.Warning, Message = "A file of content could not be deleted; it is tried again")]
        public static partial void NotDeleted(ILogger logger, Exception failure);

        [LoggerMessage(EventId = 3, Level = LogLevel.Information, Message = "A file that an interrupted upload left behind was deleted, of app {App}")]
        public static partial void Stray(ILogger logger, int app);
    }
}
