using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Parley.Content;
using Parley.Identity;

namespace Parley.Gateway;

/// <summary>Uploads of whole files, in one request each: <c>PUT</c> with the file as body, and <c>POST</c> as a form of a page sends it.</summary>
internal sealed class ContentGateway(HttpGateway http, Uploader uploader, ResumableUploads resumable, UploadLimits limits, ContentOptions options)
{
    /// <summary>Where files are sent.</summary>
    public const string Path = "/v1/content";

    /// <summary>What an answer calls the content that an upload became.</summary>
    public const string ContentHeader = "Parley-Content";

    /// <summary>Bytes of a form around its file: the other fields, which are passed over, and what separates them.</summary>
    private const int MaxAroundFile = 64 * 1024;

    private const int MaxBoundary = 70;

    private static readonly CrossOriginWords Words = new("PUT, POST, DELETE", ", Content-Disposition, Digest, Content-Digest, Repr-Digest", $", {ContentHeader}");

    /// <summary>Answers a request to <see cref="Path"/>.</summary>
    public Task HandleAsync(HttpContext context) => http.HandleAsync(context, Words, () => context.Request.Method switch
    {
        "PUT" => ReceiveAsync(context, 0, PutAsync),
        "POST" => ReceiveAsync(context, MaxAroundFile, PostAsync),
        _ => Task.FromResult(new HttpAnswer { Refusal = Refusals.VerbNotAllowed, Allow = "PUT, POST" }),
    });

    /// <summary>Answers <c>DELETE /v1/content/{id}</c>: an upload that no message refers to is given up.</summary>
    public async Task<HttpAnswer> DeleteAsync(HttpContext context, ContentId content)
    {
        var (caller, refused) = await http.AdmitAsync(context);
        if (caller is null) return refused!;
        return await resumable.EndAsync(caller.Key, content, context.RequestAborted) is { } refusal
            ? refusal
            : new HttpAnswer { Status = StatusCodes.Status204NoContent };
    }

    /// <summary>Nothing of the body is read before it is known whose it is, and that there is room for it.</summary>
    private async Task<HttpAnswer> ReceiveAsync(HttpContext context, long around, Func<HttpContext, Caller, Task<Outcome<ContentUploaded>>> receive)
    {
        var (caller, refused) = await http.AdmitAsync(context);
        if (caller is null) return refused! with { IsLast = true };
        if (context.Request.Headers.ContentEncoding.Count > 0) return Refuse(Refusals.BadRequest.Because("Content-Encoding: a file is sent as it is"));
        if (limits.Take(caller.Key) is { } tooOften) return Refuse(tooOften);
        using var place = limits.Enter(caller.Key);
        if (place is null) return Refuse(UploadLimits.TooMany);
        UploadHeaders.LetIn(context, options, around);
        var outcome = await receive(context, caller);
        if (outcome.Value is not { } uploaded) return Refuse(outcome.Refusal!);
        return new HttpAnswer
        {
            Status = StatusCodes.Status201Created,
            Headers = [(ContentHeader, uploaded.Content.Value)],
            Json = JsonSerializer.SerializeToUtf8Bytes(uploaded, ProtocolJson.Lenient.ContentUploaded),
        };
    }

    private static HttpAnswer Refuse(Refusal refusal) => new() { Refusal = refusal, IsLast = true, Lingers = UploadHeaders.Lingers };

    private async Task<Outcome<ContentUploaded>> PutAsync(HttpContext context, Caller caller)
    {
        var request = context.Request;
        if (UploadHeaders.ReadName(request, out var name) is { } unnamed) return unnamed;
        if (UploadHeaders.ReadDigest(request, out var digest) is { } wrong) return wrong;
        return await uploader.ReceiveAsync(caller.Key, new NewFile(request.ContentLength, request.ContentType, name, digest), request.Body, context.RequestAborted);
    }

    private async Task<Outcome<ContentUploaded>> PostAsync(HttpContext context, Caller caller)
    {
        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type) || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
            return Refusals.BadRequest.Because("Content-Type: expected multipart/form-data; a file alone is sent with PUT");
        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).Value;
        if (boundary is not { Length: > 0 and <= MaxBoundary }) return Refusals.BadRequest.Because("Content-Type: the boundary");
        var form = new MultipartReader(boundary, context.Request.Body) { HeadersCountLimit = 8, HeadersLengthLimit = 4 * 1024 };
        try
        {
            while (await form.ReadNextSectionAsync(context.RequestAborted) is { } section)
            {
                if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition) || HeaderUtilities.RemoveQuotes(disposition.Name) != "file") continue;
                if (UploadHeaders.ReadName(section.ContentDisposition!, out var name) is { } refusal) return refusal;
                return await uploader.ReceiveAsync(caller.Key, new NewFile(null, section.ContentType, name), section.Body, context.RequestAborted);
            }
        }
        catch (Exception failure) when (failure is InvalidDataException or IOException and not BadHttpRequestException && !context.RequestAborted.IsCancellationRequested)
        {
            return Refusals.BadRequest.Because("the form: it is not multipart/form-data, or ends too early");
        }

        return Refusals.BadRequest.Because("the form: it has no field that is called file");
    }
}
