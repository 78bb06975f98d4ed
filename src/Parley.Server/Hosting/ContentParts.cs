using Microsoft.Extensions.Logging;
using Parley.Content;
using Parley.Gateway;
using Parley.Identity;
using Parley.Moderation;
using Parley.Storage;

namespace Parley.Hosting;

/// <summary>What a node has of uploads, put together.</summary>
internal sealed class ContentParts : IAsyncDisposable
{
    private readonly ContentStore _store;
    private readonly ContentUrls _urls;
    private readonly UploadLimits _limits;

    public ContentParts(
        NodeSettings settings, Database database, Journal journal, Installation installation, Func<AppId, AppOptions> apps, Interceptors interceptors, Eraser eraser)
    {
        var (options, clock, loggers) = (settings.Content, settings.Clock, settings.Loggers);
        var folders = ContentFolders.Of(options, settings.Storage);
        _store = options.Store == ContentStoreKind.S3 ? new S3ContentStore(options.S3) : new FileContentStore(folders);
        Table = new ContentTable(database, journal, clock);
        _urls = new ContentUrls(installation, options, clock);
        Handlers = new ContentHandlers(Table, _urls);
        _limits = new UploadLimits(options, clock);
        var space = new ContentSpace(options, () => ContentSpace.Look(folders.Root), clock);
        Uploader = new Uploader(options, folders, _store, Table, space, app => apps(app).Uploads, InspectAsync, loggers.CreateLogger<Uploader>());
        Resumable = new ResumableUploads(options, folders, Table, Uploader, clock, loggers.CreateLogger<ResumableUploads>());
        Collector = new Collector(options, folders, _store, new CollectorTable(database, journal), eraser, clock, loggers.CreateLogger<Collector>());

        // The host's own word first, then the app's.
        async ValueTask<Refusal?> InspectAsync(ArrivedFile file, CancellationToken cancel) =>
            await settings.Inspect(file, cancel)
            ?? await interceptors.InspectAsync(
                file.Owner.App,
                new InspectedContent(interceptors.NameOf(file.Owner.App), file.Owner.User, file.Type, file.Size, Convert.ToHexStringLower(file.Hash), file.Name),
                cancel) switch
            {
                null => null,
                var refusal when refusal == Refusals.Intercepted => refusal.Detail is { } reason ? Refusals.ContentRefused.Because(reason) : Refusals.ContentRefused,
                var refusal => refusal,
            };
    }

    public ContentTable Table { get; }

    public Uploader Uploader { get; }

    public ResumableUploads Resumable { get; }

    public ContentHandlers Handlers { get; }

    public Collector Collector { get; }

    /// <summary>The ways in and out over HTTP.</summary>
    public ContentEndpoints Endpoints(HttpGateway http, NodeSettings settings)
    {
        var whole = new ContentGateway(http, Uploader, Resumable, _limits, settings.Content);
        return new ContentEndpoints(
            whole, new TusGateway(http, Resumable, _limits, settings.Content),
            new ContentDownload(http, settings.Gateway, Table, _urls, _store, whole, settings.Loggers.CreateLogger<ContentDownload>()));
    }

    /// <summary>After nothing is received any more, and before the journal ends.</summary>
    public async ValueTask DisposeAsync()
    {
        await Collector.DisposeAsync();
        await _store.DisposeAsync();
    }
}

/// <summary>Content over HTTP.</summary>
internal sealed record ContentEndpoints(ContentGateway Whole, TusGateway Tus, ContentDownload Download);
