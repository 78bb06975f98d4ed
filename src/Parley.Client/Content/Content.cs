using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Parley.Client;

/// <summary>Pictures and files: sending them to the server, of which messages then say the id, and fetching them.</summary>
/// <remarks>
/// All of it goes over HTTP, beside the connection: it works while that is gone, and before <see cref="ParleyClient.ConnectAsync"/>. What breaks goes on where it was, until
/// <see cref="ParleyClientOptions.TransferTimeout"/>. A token that the server does not take is replaced once per request. Any number may be under way at once; the server takes four uploads of a
/// user at a time by default, and has the others wait. When the client is disposed of, what is under way ends with a <see cref="ParleyConnectionException"/>, and uploads stay at the server.
/// </remarks>
public sealed class Content
{
    private readonly ParleyClientOptions _options;
    private readonly ContentHttp _http;
    private readonly Func<SessionOpened?> _session;
    private readonly Func<TimeSpan> _serverTimeOffset;
    private readonly Func<double> _uniform;
    private readonly ILogger _logger;

    internal Content(ParleyClientOptions options, ContentHttp http, Func<SessionOpened?> session, Func<TimeSpan> serverTimeOffset, Func<double> uniform)
    {
        (_options, _http, _session, _serverTimeOffset, _uniform) = (options, http, session, serverTimeOffset, uniform);
        _logger = (ILogger?)options.LoggerFactory?.CreateLogger<Content>() ?? NullLogger.Instance;
    }

    /// <summary>Uploads what a stream has from its position on, and completes when it is on the server's disk.</summary>
    /// <remarks>
    /// Memory is bounded: of a stream that can seek nothing is kept, of another up to 4 MiB. A broken connection, a server that died, and refusals that say <em>later</em> are waited for, and it goes on
    /// from what the server has. Twice, it is uploaded twice: two ids, and the bytes are kept once. Content that no message refers to is deleted after a day by default.
    /// Cancelling gives it up at the server too, if that can be reached within five seconds, or keeps it there (<see cref="UploadOptions.WhenCancelled"/>); so does any failure of the stream give it up.
    /// After a <see cref="ParleyConnectionException"/> it stays there, and <see cref="ResumeAsync"/> goes on.
    /// </remarks>
    /// <param name="stream">The bytes; not disposed of. Nobody else may use it meanwhile.</param>
    /// <param name="options">What is said with it; null for nothing, of a stream that can seek.</param>
    /// <param name="cancel">Gives it up.</param>
    /// <returns>What the server made of it: its type by its bytes, and its hash.</returns>
    /// <exception cref="ArgumentException">The stream cannot be read; or cannot seek, and no length is said; or has another length than is said.</exception>
    /// <exception cref="EndOfStreamException">The stream ended before its length.</exception>
    /// <exception cref="InvalidDataException">The stream, which cannot seek, goes on after the length that was said.</exception>
    /// <exception cref="ParleyRefusedException">The server does not take it: among others <see cref="Refusals.TooLarge"/>, before anything is sent where a session told the limit; <see cref="Refusals.ContentRefused"/>; <see cref="Refusals.UnsupportedContent"/>; <see cref="Refusals.QuotaExceeded"/>.</exception>
    /// <exception cref="ParleyConnectionException">Nothing got through for too long.</exception>
    public async Task<ContentUploaded> UploadAsync(Stream stream, UploadOptions? options = null, CancellationToken cancel = default)
    {
        options ??= new UploadOptions();
        var source = UploadSource.Of(stream, options.Length);
        await using (source.ConfigureAwait(false))
        {
            if (_session()?.Limits.MaxContentBytes is { } most && source.Length > most) throw new ParleyRefusedException(Refusals.TooLarge.Because($"the file: at most {most} bytes"));
            return await RunAsync(stop => UploadOf(source, options).SendAsync(Stays(options, cancel), stop), cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Uploads a file, as <see cref="UploadAsync"/> does. It is called what its path ends with, and said to be what its extension says, unless the options say otherwise.</summary>
    /// <exception cref="IOException">The file cannot be opened or read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <inheritdoc cref="UploadAsync"/>
    public async Task<ContentUploaded> UploadFileAsync(string path, UploadOptions? options = null, CancellationToken cancel = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new UploadOptions();
        var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.Read, BufferSize = 0, Options = FileOptions.Asynchronous | FileOptions.SequentialScan });
        await using (file.ConfigureAwait(false))
        {
            var type = FileType.Of(path);
            return await UploadAsync(file, options with { Name = options.Name ?? Path.GetFileName(path), Type = options.Type ?? (type == FileType.Unknown ? null : type) }, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Uploads a file of the outbox: from where the server is, if it was begun. Cancelled, it stays at the server.</summary>
    /// <param name="file">Which.</param>
    /// <param name="begun">Hears the id of a new upload, and is waited for, before the first byte is sent.</param>
    /// <param name="cancel">Ends it.</param>
    internal async Task<ContentUploaded> UploadOutgoingAsync(OutgoingFile file, Func<ContentId, Task> begun, CancellationToken cancel)
    {
        if (file.Content is not { } content)
            return await UploadFileAsync(file.Path, new UploadOptions { Name = file.Name, Type = file.Type, Begun = begun, WhenCancelled = CancelledUpload.Keep }, cancel).ConfigureAwait(false);
        var stream = new FileStream(file.Path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.Read, BufferSize = 0, Options = FileOptions.Asynchronous | FileOptions.SequentialScan });
        await using (stream.ConfigureAwait(false)) return await ResumeAsync(content, stream, new UploadOptions { WhenCancelled = CancelledUpload.Keep }, cancel).ConfigureAwait(false);
    }

    /// <summary>Goes on with an upload of this user that is not complete: one of an earlier run, or one that ended with a <see cref="ParleyConnectionException"/>.</summary>
    /// <remarks>The server is asked how far it is; what it has is not sent again. Of one that is complete nothing is sent, so it may be called twice. Name and type are those that it began with.</remarks>
    /// <param name="content">The id, which <see cref="UploadOptions.Started"/> told.</param>
    /// <param name="stream">The same bytes as before, from the first on; of a stream that cannot seek what the server has is read and passed over.</param>
    /// <param name="options">As before.</param>
    /// <param name="cancel">Gives it up.</param>
    /// <exception cref="ArgumentException">The stream has another length than the upload, or cannot be read.</exception>
    /// <exception cref="ParleyRefusedException">There is no such upload of this user (any more): <see cref="Refusals.NotFound"/>, <see cref="Refusals.UploadExpired"/>.</exception>
    /// <inheritdoc cref="UploadAsync"/>
    public async Task<ContentUploaded> ResumeAsync(ContentId content, Stream stream, UploadOptions? options = null, CancellationToken cancel = default)
    {
        options ??= new UploadOptions();
        var source = UploadSource.Of(stream, options.Length);
        await using (source.ConfigureAwait(false))
            return await RunAsync(stop => UploadOf(source, options).ResumeAsync(content, Stays(options, cancel), stop), cancel).ConfigureAwait(false);
    }

    /// <summary>How far an upload of this user is; of one that is complete, what it became.</summary>
    /// <exception cref="ParleyRefusedException">There is none (<see cref="Refusals.NotFound"/>), also where it is somebody else's.</exception>
    /// <exception cref="ParleyConnectionException">There was no answer in time.</exception>
    public Task<ContentState> GetAsync(ContentId content, CancellationToken cancel = default) =>
        RunAsync(stop => _http.AskAsync(Wire.GetContent, new GetContent(content), PatienceOf(_options.RequestTimeout), stop), cancel);

    /// <summary>An address from which this user fetches what a message refers to, for a while: for a browser, a player, a picture on a screen. Twice, another one, which is good for longer.</summary>
    /// <param name="content">What, as a part of the message says it.</param>
    /// <param name="conversation">Where the message is.</param>
    /// <param name="message">The message.</param>
    /// <param name="cancel">Stops asking.</param>
    /// <exception cref="ParleyRefusedException">There is no such message that the user can read, or it does not refer to this content (<see cref="Refusals.NotFound"/>).</exception>
    /// <exception cref="ParleyConnectionException">There was no answer in time.</exception>
    public Task<ContentAddress> GetUrlAsync(ContentId content, ConversationId conversation, MessageId message, CancellationToken cancel = default) =>
        RunAsync(stop => AddressAsync(new GetContentUrl(content, conversation, message), PatienceOf(_options.RequestTimeout), stop), cancel);

    /// <summary>As the other, of what this user uploaded himself.</summary>
    /// <inheritdoc cref="GetUrlAsync(ContentId, ConversationId, MessageId, CancellationToken)"/>
    public Task<ContentAddress> GetUrlAsync(ContentId content, CancellationToken cancel = default) =>
        RunAsync(stop => AddressAsync(new GetContentUrl(content), PatienceOf(_options.RequestTimeout), stop), cancel);

    /// <summary>Fetches what a message refers to, and completes when all of it is written and its SHA-256 is that of what was uploaded.</summary>
    /// <remarks>After a broken connection it goes on where it stopped, with a new address when the old one has ended. Twice, it is fetched twice.</remarks>
    /// <param name="content">What, as a part of the message says it.</param>
    /// <param name="conversation">Where the message is.</param>
    /// <param name="message">The message.</param>
    /// <param name="destination">Written to from its position on, in order; flushed, not disposed of. After an exception it holds a part, or what is damaged.</param>
    /// <param name="progress">Hears how far it is, one call at a time, on any thread, ten times a second at most.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="ContentDamagedException">It is not what was uploaded.</exception>
    /// <exception cref="ParleyRefusedException">There is no such message that the user can read, or it does not refer to this content (any more): <see cref="Refusals.NotFound"/>.</exception>
    /// <exception cref="ParleyConnectionException">Nothing got through for too long.</exception>
    public Task DownloadAsync(
        ContentId content, ConversationId conversation, MessageId message, Stream destination, IProgress<ContentProgress>? progress = null, CancellationToken cancel = default) =>
        DownloadAsync(new GetContentUrl(content, conversation, message), destination, progress, cancel);

    /// <summary>As the other, of what this user uploaded himself.</summary>
    /// <inheritdoc cref="DownloadAsync(ContentId, ConversationId, MessageId, Stream, IProgress{ContentProgress}, CancellationToken)"/>
    public Task DownloadAsync(ContentId content, Stream destination, IProgress<ContentProgress>? progress = null, CancellationToken cancel = default) =>
        DownloadAsync(new GetContentUrl(content), destination, progress, cancel);

    /// <summary>Gives up an upload of this user that no message refers to, whether it is complete or not; its bytes are deleted within a minute. One that is not there is fine, so it may be called twice.</summary>
    /// <exception cref="ParleyRefusedException">A message refers to it: recall that (<see cref="Refusals.PermissionDenied"/>).</exception>
    /// <exception cref="ParleyConnectionException">There was no answer in time; it may be gone.</exception>
    public Task DiscardAsync(ContentId content, CancellationToken cancel = default) => RunAsync(
        async stop =>
        {
            try
            {
                return await PatienceOf(_options.RequestTimeout).TryAsync<Nothing>(
                    async () =>
                    {
                        using var quiet = new Quiet(_http.Clock, stop);
                        using var reply = await _http.SendAsync(() => new HttpRequestMessage(HttpMethod.Delete, $"{_http.Address}/v1/content/{content}"), quiet.Token).ConfigureAwait(false);
                        return reply.Refusal is { } refusal ? refusal : new Nothing();
                    },
                    stop).ConfigureAwait(false);
            }
            catch (ParleyRefusedException refused) when (refused.Refusal == Refusals.NotFound || refused.Refusal == Refusals.UploadExpired)
            {
                return new Nothing();
            }
        },
        cancel);

    private Task<Nothing> DownloadAsync(GetContentUrl what, Stream destination, IProgress<ContentProgress>? progress, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(destination);
        if (!destination.CanWrite) throw new ArgumentException("The stream cannot be written to.", nameof(destination));
        var patience = PatienceOf(_options.TransferTimeout);
        var download = new Download(_http, what.Content, stop => AddressAsync(what, patience, stop), () => _http.Clock.Now() + _serverTimeOffset(), patience, _logger);
        return RunAsync(
            async stop =>
            {
                await download.RunAsync(destination, progress, stop).ConfigureAwait(false);
                return new Nothing();
            },
            cancel);
    }

    private async Task<ContentAddress> AddressAsync(GetContentUrl what, Patience patience, CancellationToken cancel)
    {
        var answer = await _http.AskAsync(Wire.GetContentUrl, what, patience, cancel).ConfigureAwait(false);
        return new ContentAddress(new Uri(answer.Url.StartsWith('/') ? _http.Address + answer.Url : answer.Url), answer.ExpiresAt);
    }

    private Upload UploadOf(UploadSource source, UploadOptions options) => new(_http, source, PatienceOf(_options.TransferTimeout), options, _logger);

    /// <summary>Whether an upload that ended so stays at the server: what it refused, what did not reach it, and what is to be kept.</summary>
    private static Func<Exception, bool> Stays(UploadOptions options, CancellationToken cancel) => error =>
        cancel.IsCancellationRequested ? options.WhenCancelled == CancelledUpload.Keep : error is ParleyException or OperationCanceledException;

    private Patience PatienceOf(TimeSpan most) => new(most, _http.Clock, _uniform);

    /// <summary>Does what may be cancelled, and ends with the client.</summary>
    private async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancel)
    {
        ObjectDisposedException.ThrowIf(_http.Ended.IsCancellationRequested, typeof(ParleyClient));
        cancel.ThrowIfCancellationRequested();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, _http.Ended);
        try
        {
            return await work(either.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (cancel.IsCancellationRequested && ContentHttp.IsBroken(error))
        {
            throw new OperationCanceledException("It was cancelled.", error, cancel);
        }
        catch (Exception error) when (_http.Ended.IsCancellationRequested && (ContentHttp.IsBroken(error) || error is ObjectDisposedException))
        {
            throw new ParleyConnectionException("The client was closed before it was done.", error);
        }
    }

    /// <summary>What is answered where nothing is to be said.</summary>
    private sealed record Nothing;
}
