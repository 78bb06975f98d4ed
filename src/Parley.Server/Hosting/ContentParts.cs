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
    private readonly AskedFiles _asked;

    public ContentParts(
        NodeSettings settings, Database database, Journal journal, Installation installation, Func<AppId, AppOptions> apps, ContentInterceptors interceptors, Eraser eraser)
    {
        var (options, clock, loggers) = (settings.Content, settings.Clock, settings.Loggers);
        var folders = ContentFolders.Of(options, settings.Storage);
        _store = options.Store == ContentStoreKind.S3 ? new S3ContentStore(options.S3) : new FileContentStore(folders);
        Table = new ContentTable(database, journal, clock);
        _urls = new ContentUrls(installation, options, clock);
        _asked = new AskedFiles(installation, folders, clock);
        Handlers = new ContentHandlers(Table, _urls);
        _limits = new UploadLimits(options, clock);
        var space = new ContentSpace(options, () => ContentSpace.Look(folders.Root), clock);
        Uploader = new Uploader(options, folders, _store, Table, space, app => apps(app).Uploads, InspectAsync, loggers.CreateLogger<Uploader>());
        Resumable = new ResumableUploads(options, folders, Table, Uploader, clock, loggers.CreateLogger<ResumableUploads>());
        Collector = new Collector(options, folders, _store, new CollectorTable(database, journal), eraser, clock, loggers.CreateLogger<Collector>());

        Task<Refusal?> InspectAsync(ArrivedFile file, CancellationToken cancel)
        {
            var (app, user) = (file.Owner.App, file.Owner.User);
            var content = new InterceptedContent(interceptors.NameOf(app), user, file.Type, file.Size, Convert.ToHexStringLower(file.Hash), file.Name, file.Open);
            return interceptors.AskAsync(app, content, time =>
            {
                var asked = _asked.Ask(file.Key, time);
                return new AskedAddress(asked.Url, asked.Dispose);
            }, cancel);
        }
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
            new ContentDownload(http, settings.Gateway, Table, _urls, _store, whole, new AskedDownload(http, _asked, settings.Clock), settings.Loggers.CreateLogger<ContentDownload>()));
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
