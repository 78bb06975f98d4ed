using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Parley.Client;

/// <summary>One upload on its way, by tus 1.0.0: created, sent from where the server is, asked for after every failure, and described when it is complete.</summary>
internal sealed partial class Upload(ContentHttp http, UploadSource source, Patience patience, UploadOptions options, ILogger logger)
{
    private const string OffsetHeader = "Upload-Offset";

    /// <summary>Of a body that is longer the server is asked before it is sent: a refusal would be lost under it.</summary>
    private const long AskFirstAbove = 1024 * 1024;

    /// <summary>How long a cancelled upload may take to be given up.</summary>
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(5);

    private readonly ProgressTeller _progress = new(options.Progress, http.Clock);
    private Task<Outcome<Place>>? _creating;
    private ContentId? _content;

    /// <summary>Creates it and sends all of it.</summary>
    /// <param name="stays">Asked when it ends without being complete: whether it stays at the server.</param>
    /// <param name="cancel">Ends it.</param>
    public Task<ContentUploaded> SendAsync(Func<Exception, bool> stays, CancellationToken cancel) => GuardAsync(
        async () =>
        {
            var place = await patience.TryAsync(() => (_creating = CreateAsync()).WaitAsync(cancel), cancel).ConfigureAwait(false);
            Log.Started(logger, _content!.Value, source.Length);
            options.Started?.Invoke(_content.Value);
            if (options.Begun is { } begun) await begun(_content.Value).ConfigureAwait(false);
            return await GoOnAsync(place, cancel).ConfigureAwait(false);
        },
        stays);

    /// <summary>Goes on with one of an earlier run.</summary>
    /// <exception cref="ArgumentException">The stream is not as long as the upload.</exception>
    public Task<ContentUploaded> ResumeAsync(ContentId content, Func<Exception, bool> stays, CancellationToken cancel) => GuardAsync(
        async () =>
        {
            var place = await FindAsync(content, cancel).ConfigureAwait(false);
            if (place.Length is { } length && length != source.Length) throw new ArgumentException($"The upload was begun with {length} bytes, and this stream has {source.Length}.", nameof(content));
            _content = content;
            Log.Resumed(logger, content, place.Offset, source.Length);
            return await GoOnAsync(place, cancel).ConfigureAwait(false);
        },
        stays);

    private async Task<ContentUploaded> GuardAsync(Func<Task<ContentUploaded>> work, Func<Exception, bool> stays)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            await source.DisposeAsync().ConfigureAwait(false);
            if (!stays(error)) await TerminateAsync().ConfigureAwait(false);
            if (_content is { } content) Log.NotComplete(logger, content, (error as ParleyRefusedException)?.Refusal.Code ?? error.GetType().Name);
            throw;
        }
    }

    /// <summary>Sends what is missing, from where the server is, until it has all.</summary>
    private async Task<ContentUploaded> GoOnAsync(Place place, CancellationToken cancel)
    {
        _progress.Tell(place.Offset, source.Length);
        while (!place.IsComplete)
        {
            if (place.Offset > source.Length) throw new ParleyConnectionException($"The server says that it has {place.Offset} bytes of an upload of {source.Length}.");
            var length = await source.TakeAsync(place.Offset, cancel).ConfigureAwait(false);
            Refusal? refusal = null;
            Exception? broken = null;
            try
            {
                var sent = await PatchAsync(place.Offset, length, cancel).ConfigureAwait(false);
                if (sent.Value is { } now)
                {
                    patience.Progress();
                    place = now;
                    continue;
                }

                refusal = sent.Refusal!;
                // Elsewhere than it was thought to be: it is asked.
                if (refusal.Retry == RetryPolicy.Never && refusal != Refusals.WrongOffset) throw new ParleyRefusedException(refusal);
            }
            catch (Exception error) when (ContentHttp.IsBroken(error) && !cancel.IsCancellationRequested)
            {
                source.ThrowIfFailed();
                broken = error;
            }

            await patience.WaitAsync(refusal, broken, cancel).ConfigureAwait(false);
            var found = await FindAsync(_content!.Value, cancel).ConfigureAwait(false);
            Log.WentOn(logger, _content.Value, found.Offset, source.Length, refusal?.Code ?? "connection");
            if (found.IsComplete || found.Offset > place.Offset) patience.Progress();
            place = found;
            _progress.Tell(place.Offset, source.Length);
        }

        var state = await http.AskAsync(Wire.GetContent, new GetContent(_content!.Value), patience, cancel).ConfigureAwait(false);
        if (state is not { State: UploadState.Ready, Type: { } type, Hash: { } hash }) throw new ParleyConnectionException("The server says of a complete upload that it is none.");
        Log.Completed(logger, _content.Value, state.Size);
        return new ContentUploaded(state.Content, state.Size, type, hash, state.Name, state.Width, state.Height);
    }

    /// <summary>Creates it. Not cancelled by who gives it up: only the answer says what there is to be given up.</summary>
    private async Task<Outcome<Place>> CreateAsync()
    {
        using var quiet = new Quiet(http.Clock, CancellationToken.None);
        using var reply = await http.SendAsync(
            () =>
            {
                var request = Request(HttpMethod.Post, "");
                request.Headers.Add("Upload-Length", source.Length.ToString(CultureInfo.InvariantCulture));
                var metadata = string.Join(',', new[] { Pair("filename", options.Name), Pair("filetype", options.Type) }.Where(pair => pair is not null));
                if (metadata.Length > 0) request.Headers.Add("Upload-Metadata", metadata);
                return request;
            },
            quiet.Token).ConfigureAwait(false);
        if (reply.Refusal is { } refusal) return refusal;
        // The address in it may be one that only a proxy's other side knows.
        var location = reply.Header("Location") ?? "";
        var name = location[(location.LastIndexOf('/') + 1)..];
        if (!ContentId.IsValid(name)) throw new ParleyConnectionException("The answer to an upload's creation does not say where it is: the endpoint must be the address of a server of Parley.");
        _content = new ContentId(name);
        return PlaceIn(reply);
    }

    private async Task<Outcome<Place>> PatchAsync(long offset, long length, CancellationToken cancel)
    {
        using var quiet = new Quiet(http.Clock, cancel);
        try
        {
            return await PatchAsync(offset, length, quiet).ConfigureAwait(false);
        }
        finally
        {
            await source.StopAsync().ConfigureAwait(false);
        }
    }

    private async Task<Outcome<Place>> PatchAsync(long offset, long length, Quiet quiet)
    {
        using var reply = await http.SendAsync(
            () =>
            {
                var request = Request(HttpMethod.Patch, $"/{_content}");
                request.Headers.Add(OffsetHeader, offset.ToString(CultureInfo.InvariantCulture));
                if (length > AskFirstAbove) request.Headers.ExpectContinue = true;
                request.Content = new PieceContent(source, offset, length, sent =>
                {
                    quiet.Moved();
                    _progress.Tell(sent, source.Length);
                });
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/offset+octet-stream");
                return request;
            },
            quiet.Token).ConfigureAwait(false);
        return reply.Refusal is { } refusal ? refusal : PlaceIn(reply);
    }

    /// <summary>Where the server is.</summary>
    private async Task<Place> FindAsync(ContentId content, CancellationToken cancel)
    {
        try
        {
            return await patience.TryAsync<Place>(
                async () =>
                {
                    using var quiet = new Quiet(http.Clock, cancel);
                    using var reply = await http.SendAsync(() => Request(HttpMethod.Head, $"/{content}"), quiet.Token).ConfigureAwait(false);
                    return reply.Refusal is { } refusal ? refusal : PlaceIn(reply);
                },
                cancel).ConfigureAwait(false);
        }
        catch (ParleyRefusedException refused) when (refused.Refusal is { Retry: RetryPolicy.Never } refusal && refusal != Refusals.Unauthorized)
        {
            // An answer to HEAD has no body that says why; one to this has.
            await http.AskAsync(Wire.GetContent, new GetContent(content), patience, cancel).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Gives it up at the server, if there is one and it can be reached: what cannot be is deleted there when its time is over.</summary>
    private async Task TerminateAsync()
    {
        using var goodbye = new CancellationTokenSource(Goodbye, http.Clock);
        try
        {
            if (_content is null && _creating is not null) await _creating.WaitAsync(goodbye.Token).ConfigureAwait(false);
            if (_content is null) return;
            using var reply = await http.SendAsync(() => Request(HttpMethod.Delete, $"/{_content}"), goodbye.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (ContentHttp.IsBroken(error) || error is ParleyException or ObjectDisposedException)
        {
            // Nobody waits for it, and its time ends by itself.
        }
    }

    private HttpRequestMessage Request(HttpMethod verb, string path)
    {
        var request = new HttpRequestMessage(verb, $"{http.Address}/v1/content/tus{path}");
        request.Headers.Add("Tus-Resumable", "1.0.0");
        return request;
    }

    private static string? Pair(string name, string? value) => value is null ? null : $"{name} {Convert.ToBase64String(Encoding.UTF8.GetBytes(value))}";

    private static Place PlaceIn(HttpReply reply)
    {
        var offset = Number(reply.Header(OffsetHeader)) ?? throw new HttpRequestException("The answer does not say how far the upload is.");
        return new Place(offset, Number(reply.Header("Upload-Length")), reply.Header("Parley-Content") is not null);
    }

    private static long? Number(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>How far the server is.</summary>
    private sealed record Place(long Offset, long? Length, bool IsComplete);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Upload {Content} of {Bytes} bytes has begun.")]
        public static partial void Started(ILogger logger, ContentId content, long bytes);

        [LoggerMessage(2, LogLevel.Information, "Upload {Content} goes on at {Offset} of {Bytes} bytes, after a restart.")]
        public static partial void Resumed(ILogger logger, ContentId content, long offset, long bytes);

        [LoggerMessage(3, LogLevel.Information, "Upload {Content} goes on at {Offset} of {Bytes} bytes ({Why}).")]
        public static partial void WentOn(ILogger logger, ContentId content, long offset, long bytes, string why);

        [LoggerMessage(4, LogLevel.Information, "Upload {Content} is complete: {Bytes} bytes are kept.")]
        public static partial void Completed(ILogger logger, ContentId content, long bytes);

        [LoggerMessage(5, LogLevel.Warning, "Upload {Content} is not complete: {Why}.")]
        public static partial void NotComplete(ILogger logger, ContentId content, string why);
    }
}
