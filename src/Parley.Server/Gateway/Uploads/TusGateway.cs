using System.Globalization;
using Microsoft.AspNetCore.Http;
using Parley.Content;
using Parley.Identity;

namespace Parley.Gateway;

/// <summary>Uploads that can be resumed, by the protocol tus 1.0.0: core, creation (also with bytes), expiration, termination and checksum.</summary>
internal sealed class TusGateway(HttpGateway http, ResumableUploads uploads, UploadLimits limits, ContentOptions options)
{
    /// <summary>Where uploads begin; each is below it.</summary>
    public const string Path = "/v1/content/tus";

    private const string Version = "1.0.0";
    private const string VersionHeader = "Tus-Resumable";
    private const string OffsetHeader = "Upload-Offset";
    private const string LengthHeader = "Upload-Length";
    private const string PieceType = "application/offset+octet-stream";

    private static readonly CrossOriginWords Words = new(
        "POST, HEAD, PATCH, DELETE, OPTIONS",
        ", Tus-Resumable, Upload-Length, Upload-Offset, Upload-Metadata, Upload-Checksum, X-Requested-With",
        $", Location, Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, Tus-Checksum-Algorithm, Upload-Offset, Upload-Length, Upload-Expires, {ContentGateway.ContentHeader}");

    /// <summary>Answers a request to <see cref="Path"/>, or to an upload below it.</summary>
    public Task HandleAsync(HttpContext context) => http.HandleAsync(context, Words, async () =>
    {
        var answer = await AnswerAsync(context, context.Request.RouteValues["upload"] as string);
        return answer with { Headers = [.. answer.Headers, (VersionHeader, Version)] };
    });

    private async Task<HttpAnswer> AnswerAsync(HttpContext context, string? upload)
    {
        var request = context.Request;
        if (request.Method == HttpMethods.Options) return Describe();
        if (request.Headers[VersionHeader] is not [Version]) return new HttpAnswer { Refusal = Refusals.TusVersion, Headers = [("Tus-Version", Version)], IsLast = true };
        var verbs = upload is null ? "POST, OPTIONS" : "HEAD, PATCH, DELETE, OPTIONS";
        if (!verbs.Split(", ").Contains(request.Method)) return new HttpAnswer { Refusal = Refusals.VerbNotAllowed, Allow = verbs };
        var (caller, refused) = await http.AdmitAsync(context);
        if (caller is null) return refused! with { IsLast = request.Method is "POST" or "PATCH" };
        if (upload is null) return await CreateAsync(context, caller);
        if (!ContentId.IsValid(upload)) return Refusals.NotFound;
        var content = new ContentId(upload);
        return request.Method switch
        {
            "HEAD" => await HeadAsync(context, caller, content),
            "PATCH" => await PatchAsync(context, caller, content),
            _ => await uploads.EndAsync(caller.Key, content, context.RequestAborted) is { } refusal ? refusal : new HttpAnswer { Status = StatusCodes.Status204NoContent },
        };
    }

    private HttpAnswer Describe() => new()
    {
        Status = StatusCodes.Status204NoContent,
        Headers =
        [
            ("Tus-Version", Version), ("Tus-Extension", "creation,creation-with-upload,expiration,termination,checksum"),
            ("Tus-Max-Size", options.MaxBytes.ToString(CultureInfo.InvariantCulture)), ("Tus-Checksum-Algorithm", "sha1,sha256"),
        ],
    };

    private async Task<HttpAnswer> CreateAsync(HttpContext context, Caller caller)
    {
        var request = context.Request;
        if (NumberIn(request, LengthHeader) is not { } size) return Refuse(Refusals.BadRequest.Because($"{LengthHeader}: expected the bytes of the file"));
        if (UploadHeaders.MetadataOf(request) is not { } metadata) return Refuse(Refusals.BadRequest.Because("Upload-Metadata: expected names, each with a value in base64"));
        if (FileNames.Clean(metadata.GetValueOrDefault("filename") ?? metadata.GetValueOrDefault("name"), out var name) is { } wrong) return Refuse(wrong);
        if (limits.Take(caller.Key) is { } tooOften) return Refuse(tooOften);
        var begun = await uploads.BeginAsync(caller.Key, size, metadata.GetValueOrDefault("filetype") ?? metadata.GetValueOrDefault("type"), name, context.RequestAborted);
        if (begun.Value is not { } upload) return Refuse(begun.Refusal!);
        var location = ("Location", $"{request.PathBase}{Path}/{upload.Key.Content}");
        // Nothing to wait for; or its first bytes are here already.
        if (size > 0 && request.ContentType != PieceType) return Progress(StatusCodes.Status201Created, upload, location);
        var received = await ReceiveAsync(context, caller, upload.Key.Content, 0);
        if (received.Value is { } now) return Progress(StatusCodes.Status201Created, now, location);
        // It was made: what came with it can be sent again.
        return received.Refusal == Refusals.ChecksumMismatch || received.Refusal == Refusals.RateLimited
            ? Refuse(received.Refusal) with { Headers = [location] }
            : Refuse(received.Refusal!);
    }

    private async Task<HttpAnswer> HeadAsync(HttpContext context, Caller caller, ContentId content)
    {
        var found = await uploads.FindAsync(caller.Key, content, context.RequestAborted);
        return found.Value is { } upload
            ? Progress(StatusCodes.Status200OK, upload, (LengthHeader, upload.Size.ToString(CultureInfo.InvariantCulture)))
            : found.Refusal!;
    }

    private async Task<HttpAnswer> PatchAsync(HttpContext context, Caller caller, ContentId content)
    {
        if (context.Request.ContentType != PieceType) return Refuse(Refusals.NotJson.Because($"Content-Type: expected {PieceType}"));
        if (NumberIn(context.Request, OffsetHeader) is not { } offset) return Refuse(Refusals.BadRequest.Because($"{OffsetHeader}: expected where the bytes belong"));
        var received = await ReceiveAsync(context, caller, content, offset);
        return received.Value is { } upload ? Progress(StatusCodes.Status204NoContent, upload) : Refuse(received.Refusal!);
    }

    private async Task<Outcome<Upload>> ReceiveAsync(HttpContext context, Caller caller, ContentId content, long offset)
    {
        if (UploadHeaders.ReadChecksum(context.Request, out var checksum) is { } wrong) return wrong;
        using var place = limits.Enter(caller.Key);
        if (place is null) return UploadLimits.TooMany;
        UploadHeaders.LetIn(context, options, around: 0);
        return await uploads.AppendAsync(caller.Key, content, offset, context.Request.Body, checksum, context.RequestAborted);
    }

    /// <summary>How far an upload is; and when it is complete, which content it became.</summary>
    private static HttpAnswer Progress(int status, Upload upload, params (string Name, string Value)[] more)
    {
        var isReady = upload.State == UploadState.Ready;
        List<(string, string)> headers = [.. more, (OffsetHeader, (isReady ? upload.Size : upload.Received).ToString(CultureInfo.InvariantCulture))];
        if (isReady) headers.Add((ContentGateway.ContentHeader, upload.Key.Content.Value));
        else if (upload.ExpiresAt is { } expiresAt) headers.Add(("Upload-Expires", expiresAt.ToString("R", CultureInfo.InvariantCulture)));
        return new HttpAnswer { Status = status, Headers = headers };
    }

    private static HttpAnswer Refuse(Refusal refusal) => new() { Refusal = refusal, IsLast = true, Lingers = UploadHeaders.Lingers };

    private static long? NumberIn(HttpRequest request, string header) =>
        request.Headers[header] is [{ } text] && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
