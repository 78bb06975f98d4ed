using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Parley.Gateway;

/// <summary>An answer over HTTP: a result, or a refusal as a problem.</summary>
internal sealed record HttpAnswer
{
    private const string JsonType = "application/json; charset=utf-8";

    /// <summary>The result; not looked at when refused. Empty for an answer without a body.</summary>
    public ReadOnlyMemory<byte> Json { get; init; }

    /// <summary>The status of an answer that is no refusal.</summary>
    public int Status { get; init; } = StatusCodes.Status200OK;

    /// <summary>What else its headers say.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>Writes the body, and what headers it needs, in place of all the above; null for an answer that is JSON or a problem.</summary>
    public Func<HttpContext, Task>? Body { get; init; }

    public Refusal? Refusal { get; init; }

    /// <summary>The verbs that would have been taken, where this one was not.</summary>
    public string? Allow { get; init; }

    /// <summary>Whether the connection ends with it.</summary>
    public bool IsLast { get; init; }

    /// <summary>
    /// How long the rest of a body that is not wanted is read all the same: most clients send theirs to its end before they look for an answer, and lose it when the connection
    /// closes under them.
    /// </summary>
    public TimeSpan Lingers { get; init; }

    public static implicit operator HttpAnswer(Refusal refusal) => new() { Refusal = refusal };

    /// <summary>Sends it.</summary>
    public async Task WriteAsync(HttpContext context)
    {
        var response = context.Response;
        foreach (var (name, value) in Headers) response.Headers[name] = value;
        if (Body is not null)
        {
            await Body(context);
            return;
        }

        var body = Refusal is null ? Json : Problem.Write(Refusal);
        response.StatusCode = Refusal?.Status ?? Status;
        if (body.Length > 0) response.ContentType = Refusal is null ? JsonType : Problem.ContentType;
        if (Status != StatusCodes.Status204NoContent || Refusal is not null) response.ContentLength = body.Length;
        if (Refusal?.RetryAfter is { } wait) response.Headers.RetryAfter = $"{Problem.Seconds(wait)}";
        if (Refusal == Refusals.Unauthorized) response.Headers.WWWAuthenticate = new StringValues(HttpAsker.Challenges);
        if (Allow is not null) response.Headers.Allow = Allow;
        // Over HTTP/2 a connection has other streams, and this header is none.
        if (IsLast && HttpProtocol.IsHttp11(context.Request.Protocol)) response.Headers.Connection = "close";
        if (body.Length > 0 && !HttpMethods.IsHead(context.Request.Method)) await response.Body.WriteAsync(body, context.RequestAborted);
        if (Lingers > TimeSpan.Zero) await LingerAsync(context);
    }

    private async Task LingerAsync(HttpContext context)
    {
        await context.Response.CompleteAsync();
        using var late = new CancellationTokenSource(Lingers, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, context.RequestAborted);
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            while (await context.Request.Body.ReadAsync(buffer, either.Token) > 0)
            {
                // Nobody wants it.
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // It ends one way or another, and the answer has left.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
