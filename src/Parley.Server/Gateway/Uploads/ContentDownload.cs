using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Parley.Content;
using Parley.Storage;

namespace Parley.Gateway;

/// <summary><c>GET</c> and <c>HEAD</c> of content, by an address that <c>content.url</c> made. What the address grants is asked again each time: a recall counts at once.</summary>
internal sealed partial class ContentDownload(
    HttpGateway http, GatewayOptions options, ContentTable table, ContentUrls urls, ContentStore store, ContentGateway uploads, AskedDownload staged, ILogger<ContentDownload> logger)
{
    /// <summary>Where content is fetched.</summary>
    public const string Path = ContentUrls.Path + "{content}";

    private const int BufferLength = 128 * 1024;
    private const string Boundary = "parley-bytes-3f1c2a7be6";
    private const string Verbs = "GET, HEAD, DELETE";

    private static readonly CrossOriginWords Words = new(Verbs, ", Range, If-Range, If-None-Match", ", Accept-Ranges, Content-Disposition, Content-Range, ETag");

    /// <summary>Answers a request for content.</summary>
    public Task HandleAsync(HttpContext context) => http.HandleAsync(context, Words, () =>
    {
        if (context.Request.RouteValues["content"] is not string text || !ContentId.IsValid(text)) return Task.FromResult<HttpAnswer>(Refusals.NotFound);
        var content = new ContentId(text);
        return context.Request.Method switch
        {
            "GET" or "HEAD" when context.Request.Query.ContainsKey(AskedFiles.Parameter) => Task.FromResult(staged.Answer(context, content)),
            "GET" or "HEAD" => AnswerAsync(context, content),
            "DELETE" => uploads.DeleteAsync(context, content),
            _ => Task.FromResult(new HttpAnswer { Refusal = Refusals.VerbNotAllowed, Allow = Verbs }),
        };
    });

    private async Task<HttpAnswer> AnswerAsync(HttpContext context, ContentId content)
    {
        var request = context.Request;
        if (http.Closed(request) is { } closed) return closed;
        if (request.Query[ContentUrls.Parameter] is not [{ } text]) return Refusals.NotFound;
        var granted = urls.Read(content, text);
        if (granted.Value is not { } access) return granted.Refusal!;
        if (request.Headers.Authorization.Count > 0)
        {
            // Who shows who he is is given what is his.
            var (caller, refused) = await http.AdmitAsync(context);
            if (caller is null) return refused!;
            if (caller.Key != access.User) return Refusals.PermissionDenied.Because("the address is another user's");
        }

        if (await table.FindReadableAsync(access.User, content, access.Use, context.RequestAborted) is not { } file) return Refusals.NotFound;
        var tag = $"\"{Convert.ToHexStringLower(file.Hash)}\"";
        if (request.Headers.IfNoneMatch is [{ } known] && known.Split(',').Any(one => one.Trim() == tag || one.Trim() == $"W/{tag}" || one.Trim() == "*"))
            return new HttpAnswer { Body = answer => NotModified(answer, tag) };
        var ranged = ByteRange.In(request, file.Size, tag);
        if (ranged.Value is not { } ranges)
            return new HttpAnswer { Refusal = ranged.Refusal, Headers = [("Content-Range", string.Create(CultureInfo.InvariantCulture, $"bytes */{file.Size}"))] };
        var opened = await OpenAsync(context, file, ranges.Count == 1 ? ranges[0].First : 0);
        if (opened.Value is not { } stream) return opened.Refusal!;
        return new HttpAnswer { Body = answer => SendAsync(answer, file, stream, ranges, tag) };
    }

    private async Task<Outcome<Stream>> OpenAsync(HttpContext context, StoredFile file, long offset)
    {
        try
        {
            if (await store.OpenAsync(file.Blob, offset, context.RequestAborted) is { } stream) return stream;
            Log.Missing(logger, file.Blob.File);
            return Refusals.Internal.Because(context.TraceIdentifier);
        }
        catch (StoreUnavailable failure)
        {
            Log.NotOpened(logger, failure);
            return Refusals.Unavailable.After(TimeSpan.FromSeconds(1));
        }
    }

    private Task NotModified(HttpContext context, string tag)
    {
        Describe(context.Response, tag);
        context.Response.StatusCode = StatusCodes.Status304NotModified;
        return Task.CompletedTask;
    }

    private async Task SendAsync(HttpContext context, StoredFile file, Stream stream, IReadOnlyList<ByteRange> ranges, string tag)
    {
        await using var open = stream;
        var response = context.Response;
        Describe(response, tag);
        response.Headers.AcceptRanges = "bytes";
        response.Headers.ContentDisposition = FileNames.Disposition(FileTypes.IsShown(file.Type) ? "inline" : "attachment", file.Name);
        response.ContentType = ranges.Count > 1 ? $"multipart/byteranges; boundary={Boundary}" : TypeOf(file);
        response.StatusCode = ranges.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status206PartialContent;
        var heads = ranges.Count > 1 ? ranges.Select(range => PartHead(file, range)).ToArray() : [];
        response.ContentLength = ranges.Count switch
        {
            0 => file.Size,
            1 => ranges[0].Length,
            _ => ranges.Sum(range => range.Length) + heads.Sum(head => head.Length) + End.Length,
        };
        if (ranges.Count == 1) response.Headers.ContentRange = ranges[0].Of(file.Size);
        if (HttpMethods.IsHead(context.Request.Method)) return;
        if (ranges.Count == 0) await SendAllAsync(context, file, stream);
        else if (ranges.Count == 1) await CopyAsync(context, stream, ranges[0].Length);
        else await SendPartsAsync(context, file, ranges, heads);
    }

    /// <summary>Text is UTF-8: that is how it is known to be text.</summary>
    private static string TypeOf(StoredFile file) => file.Type.StartsWith("text/", StringComparison.Ordinal) ? $"{file.Type}; charset=utf-8" : file.Type;

    private static readonly byte[] End = Encoding.ASCII.GetBytes($"\r\n--{Boundary}--\r\n");

    private static byte[] PartHead(StoredFile file, ByteRange range) =>
        Encoding.ASCII.GetBytes($"\r\n--{Boundary}\r\nContent-Type: {TypeOf(file)}\r\nContent-Range: {range.Of(file.Size)}\r\n\r\n");

    /// <summary>It runs nowhere, is kept by nobody without asking again, and is shown where those pages may show it that may ask.</summary>
    private void Describe(HttpResponse response, string tag)
    {
        response.Headers.ETag = tag;
        response.Headers.CacheControl = "private, no-cache";
        response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'; frame-ancestors 'none'";
        response.Headers["Cross-Origin-Resource-Policy"] = options.AllowedOrigins.Count > 0 ? "cross-origin" : "same-origin";
    }

    /// <summary>Sends all of it. The end is held back until the hash is known to be right: what is damaged on disk never arrives whole (G20).</summary>
    private async Task SendAllAsync(HttpContext context, StoredFile file, Stream stream)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (held, next) = (new byte[BufferLength], new byte[BufferLength]);
        var length = await stream.ReadAtLeastAsync(held, held.Length, throwOnEndOfStream: false, context.RequestAborted);
        while (length > 0)
        {
            hash.AppendData(held, 0, length);
            var following = length == held.Length ? await stream.ReadAtLeastAsync(next, next.Length, throwOnEndOfStream: false, context.RequestAborted) : 0;
            if (following == 0) break;
            await context.Response.Body.WriteAsync(held.AsMemory(0, length), context.RequestAborted);
            (held, next, length) = (next, held, following);
        }

        if (!CryptographicOperations.FixedTimeEquals(hash.GetHashAndReset(), file.Hash))
        {
            Log.Damaged(logger, file.Blob.File);
            context.Abort();
            return;
        }

        await context.Response.Body.WriteAsync(held.AsMemory(0, length), context.RequestAborted);
    }

    private async Task SendPartsAsync(HttpContext context, StoredFile file, IReadOnlyList<ByteRange> ranges, byte[][] heads)
    {
        for (var index = 0; index < ranges.Count; index++)
        {
            await using var part = await store.OpenAsync(file.Blob, ranges[index].First, context.RequestAborted);
            if (part is null)
            {
                context.Abort();
                return;
            }

            await context.Response.Body.WriteAsync(heads[index], context.RequestAborted);
            await CopyAsync(context, part, ranges[index].Length);
        }

        await context.Response.Body.WriteAsync(End, context.RequestAborted);
    }

    private static async Task CopyAsync(HttpContext context, Stream stream, long length)
    {
        var buffer = new byte[Math.Min(BufferLength, Math.Max(1, length))];
        while (length > 0)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, length)), context.RequestAborted);
            if (read == 0)
            {
                context.Abort();
                return;
            }

            await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
            length -= read;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1, Level = LogLevel.Critical, Message = "The file {File} of content is not in the store, although it is recorded")]
        public static partial void Missing(ILogger logger, string file);

        [LoggerMessage(EventId = 3, Level = LogLevel.Warning, Message = "The store of content does not answer")]
        public static partial void NotOpened(ILogger logger, Exception failure);

        [LoggerMessage(EventId = 2, Level = LogLevel.Critical, Message = "The file {File} of content has another hash than when it was stored: it is damaged, and was not delivered")]
        public static partial void Damaged(ILogger logger, string file);
    }
}
