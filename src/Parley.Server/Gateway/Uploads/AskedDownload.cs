using Microsoft.AspNetCore.Http;
using Parley.Content;

namespace Parley.Gateway;

/// <summary><c>GET</c> of a file that a hook is asked about, by the address that it was told. When it has answered, what is still on its way is broken off.</summary>
internal sealed class AskedDownload(HttpGateway http, AskedFiles asked, TimeProvider clock)
{
    /// <summary>Answers a request whose query has <see cref="AskedFiles.Parameter"/>.</summary>
    public HttpAnswer Answer(HttpContext context, ContentId content)
    {
        if (http.Closed(context.Request) is { } closed) return closed;
        if (context.Request.Query[AskedFiles.Parameter] is not [{ } text]) return Refusals.NotFound;
        var read = asked.Read(content, text);
        return read.Value is { } file ? new HttpAnswer { Body = answer => SendAsync(answer, file) } : read.Refusal!;
    }

    /// <summary>What type it is the hook was told: here it is bytes, which run nowhere.</summary>
    private async Task SendAsync(HttpContext context, AskedRead read)
    {
        await using var file = read.File;
        var response = context.Response;
        response.ContentType = "application/octet-stream";
        response.ContentLength = file.Length;
        response.Headers.ContentDisposition = "attachment";
        if (HttpMethods.IsHead(context.Request.Method)) return;
        using var late = new CancellationTokenSource(read.Left, clock);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, read.Ended, late.Token);
        try
        {
            await file.CopyToAsync(response.Body, until.Token);
        }
        catch (OperationCanceledException)
        {
            context.Abort();
        }
    }
}
