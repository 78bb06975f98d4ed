using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Parley.Delivery;
using Parley.Identity;

namespace Parley.Gateway;

/// <summary>The other way in: <c>POST /v1/{method}</c> with the params as body, and GET with a query for what only reads. The methods are those of the one table.</summary>
/// <remarks>
/// Who asks is known before a byte of the body is read, and before he is told whether there is such a method. A request is done once it was
/// handed to its handler, whether or not its client still waits.
/// </remarks>
internal sealed partial class HttpGateway(RealtimeGateway gateway, ApiKeys keys)
{
    /// <summary>All of it is below.</summary>
    public const string Path = "/v1/{**method}";

    /// <summary>Where the description of all methods is.</summary>
    public const string DescriptionPath = "/v1/openapi.json";

    /// <summary>What a request is called in the log.</summary>
    public const string RequestHeader = "Parley-Request";

    /// <summary>Answers a request for a method.</summary>
    public Task HandleAsync(HttpContext context) => HandleAsync(context, () => AnswerAsync(context));

    /// <summary>Answers with the description of all methods. It is the same for everybody, and what docs/protocol says: no secret, so nobody has to say who he is.</summary>
    public Task DescribeAsync(HttpContext context) => HandleAsync(context, () => Task.FromResult(
        HttpForm.NameOf(context.Request) is null ? Refusals.UnknownMethod
        : context.Request.QueryString.HasValue ? Refusals.BadRequest.Because("the query: there is none here")
        : context.Request.Method == HttpMethods.Get ? new HttpAnswer { Json = OpenApiDocument.Json }
        : new HttpAnswer { Refusal = Refusals.VerbNotAllowed, Allow = HttpMethods.Get }));

    private Task HandleAsync(HttpContext context, Func<Task<HttpAnswer>> answering) => HandleAsync(context, CrossOriginWords.Methods, answering);

    /// <summary>Answers a request of any kind with what every answer has: the headers that keep browsers safe, the request's name, and a problem for whatever goes wrong.</summary>
    /// <param name="context">The request.</param>
    /// <param name="words">What pages of other origins may ask with.</param>
    /// <param name="answering">Finds the answer.</param>
    public async Task HandleAsync(HttpContext context, CrossOriginWords words, Func<Task<HttpAnswer>> answering)
    {
        var name = context.TraceIdentifier;
        SafeHeaders.Add(context.Response);
        context.Response.Headers[RequestHeader] = name;
        if (CrossOrigin.Answer(context, gateway.Options.AllowedOrigins, words)) return;

        try
        {
            var answer = await ExplainedAsync(context, name, answering);
            if (answer.Refusal is { } refusal)
            {
                gateway.Metrics.Refused(refusal);
                Log.Refused(gateway.Logger, name, refusal.Code);
            }

            await answer.WriteAsync(context);
        }
        catch (Exception failure) when (IsGone(failure, context))
        {
            Log.Gone(gateway.Logger, name);
        }
    }

    /// <summary>The answer, also when finding it failed.</summary>
    private async Task<HttpAnswer> ExplainedAsync(HttpContext context, string name, Func<Task<HttpAnswer>> answering)
    {
        try
        {
            return await answering();
        }
        catch (BadHttpRequestException failure)
        {
            // The web server's own limits, and bodies that end before they should.
            return new HttpAnswer
            {
                Refusal = failure.StatusCode switch
                {
                    StatusCodes.Status413PayloadTooLarge => Refusals.TooLarge.Because("the body"),
                    StatusCodes.Status408RequestTimeout => Refusals.TooSlow,
                    _ => Refusals.BadRequest.Because("the body"),
                },
                IsLast = true,
            };
        }
        catch (Exception failure) when (!IsGone(failure, context))
        {
            return Request.Explain(gateway.Logger, failure, name, "http", CancellationToken.None);
        }
    }

    /// <summary>Whether there is nobody to answer. Handlers fail on their own; what is left to read and write here is the connection.</summary>
    private static bool IsGone(Exception failure, HttpContext context) =>
        failure is IOException || (failure is OperationCanceledException && context.RequestAborted.IsCancellationRequested);

    private async Task<HttpAnswer> AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        // As it is written: verbs are compared byte by byte.
        if (request.Method != HttpMethods.Get && request.Method != HttpMethods.Post)
            return new HttpAnswer { Refusal = Refusals.VerbNotAllowed, Allow = $"{HttpMethods.Get}, {HttpMethods.Post}" };
        if (HttpForm.NameOf(request) is not { } method) return Refusals.UnknownMethod;
        if (Closed(request) is { } closed) return closed;
        var found = await HttpAsker.FindAsync(request, gateway.Ports, keys, context.RequestAborted);
        if (found.Value is not { } asker) return Stranger(context, found.Refusal!);
        if (Take(asker) is { } limited) return limited;
        var chosen = Choose(asker, method);
        if (chosen.Value is not { } command) return chosen.Refusal!;
        if (asker.User is { } user && await gateway.Ports.Arrive(user.Key, context.RequestAborted) is { } suspended) return suspended;
        return request.Method == HttpMethods.Post ? await PostAsync(context, asker, command) : await GetAsync(context, asker, command);
    }

    /// <summary>Why nothing is taken now, or nothing that looks like this; null when it is.</summary>
    public HttpAnswer? Closed(HttpRequest request)
    {
        if (gateway.IsDraining) return new HttpAnswer { Refusal = Refusals.Restarting.After(gateway.Spread()), IsLast = true };
        if (gateway.HeapWatch.IsFull) return new HttpAnswer { Refusal = Refusals.Overloaded.After(gateway.Spread()).Because("memory"), IsLast = true };
        return Handshake.HasToken(request.Query) ? Refusals.BadRequest.Because("the query: a token belongs into the header Authorization, never into an address") : (HttpAnswer?)null;
    }

    /// <summary>In whose name something else than a method is asked: a user's, or a backend's that says whose. The request is counted.</summary>
    /// <returns>Him; or the refusal.</returns>
    public async Task<(Caller? Caller, HttpAnswer? Refused)> AdmitAsync(HttpContext context)
    {
        if (Closed(context.Request) is { } closed) return (null, closed);
        var found = await HttpAsker.FindAsync(context.Request, gateway.Ports, keys, context.RequestAborted);
        if (found.Value is not { } asker) return (null, Stranger(context, found.Refusal!));
        if (Take(asker) is { } limited) return (null, limited);
        if (asker.User is not { } user) return (null, Refusals.BadRequest.Because($"{HttpAsker.UserHeader} is missing, which says in whose name"));
        return await gateway.Ports.Arrive(user.Key, context.RequestAborted) is { } suspended ? (null, suspended) : (user, null);
    }

    private async Task<HttpAnswer> PostAsync(HttpContext context, HttpAsker asker, HandledCommand command)
    {
        if (context.Request.QueryString.HasValue) return Refusals.BadRequest.Because("the query: with POST params are the body");
        if (HttpForm.CheckBody(context.Request) is { } wrong) return wrong;
        var read = await HttpBody.ReadAsync(context, gateway.Options.MessageDeadline, gateway.Clock);
        if (read.Refusal is { } refusal) return new HttpAnswer { Refusal = refusal, IsLast = true };

        HttpCall call;
        using (var body = read.Value!) call = Start(context, asker, command, body.Bytes);
        return await call.OutcomeAsync(gateway.Options.AnswerDeadline, context.RequestAborted);
    }

    private async Task<HttpAnswer> GetAsync(HttpContext context, HttpAsker asker, HandledCommand command)
    {
        if (context.Request.ContentLength > 0 || context.Request.Headers.TransferEncoding.Count > 0)
            return new HttpAnswer { Refusal = Refusals.BadRequest.Because("the body: with GET params are the query"), IsLast = true };
        if (command.Query is not { } query) return new HttpAnswer { Refusal = Refusals.VerbNotAllowed, Allow = HttpMethods.Post };
        var read = query.Read(context.Request.QueryString.Value ?? "");
        if (read.Refusal is { } refusal) return refusal;
        return await Start(context, asker, command, read.Value!).OutcomeAsync(gateway.Options.AnswerDeadline, context.RequestAborted);
    }

    private HttpCall Start(HttpContext context, HttpAsker asker, HandledCommand command, ReadOnlySpan<byte> json)
    {
        gateway.Metrics.Started(command, RequestTraces.Http);
        var call = new HttpCall(gateway, context.TraceIdentifier, asker, command, context.RequestAborted);
        if (Frames.CheckParams(json) is { } refusal) call.Refuse(refusal);
        else call.Start(json);
        return call;
    }

    /// <summary>The method, if it is for who asks.</summary>
    private Outcome<HandledCommand> Choose(HttpAsker asker, string name) =>
        (asker.Platform is null ? gateway.Router.Find(name) : gateway.Router.FindForPlatform(name)) switch
        {
            HandledCommand { IsPlatform: true } when asker.User is not null => Refusals.BadRequest.Because($"{HttpAsker.UserHeader}: this is asked in nobody's name"),
            HandledCommand { IsPlatform: false } when asker.User is null => Refusals.BadRequest.Because($"{HttpAsker.UserHeader} is missing, which says in whose name"),
            HandledCommand command => command,
            null => Refusals.UnknownMethod,
            _ => Refusals.UnknownMethod.Because("only a WebSocket has sessions: over HTTP each request says who asks"),
        };

    private Refusal? Take(HttpAsker asker) => asker.Platform is { } platform ? gateway.CallLimits.Take(platform) : gateway.CallLimits.Take(asker.User!.Key);

    /// <summary>
    /// Who proves nothing is counted by his address, after he failed and not before: whoever shares the address and has a valid token is never refused
    /// for it. To refuse him costs as much either way; when he comes too often, he has to connect again each time.
    /// </summary>
    private HttpAnswer Stranger(HttpContext context, Refusal refusal)
    {
        if (refusal != Refusals.Unauthorized) return refusal;
        var tooMany = gateway.CallLimits.TakeStranger(context.Connection.RemoteIpAddress);
        return new HttpAnswer { Refusal = tooMany ?? refusal, IsLast = tooMany is not null };
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 241, Level = LogLevel.Debug, Message = "Request {Request} over HTTP was refused: {Code}")]
        public static partial void Refused(ILogger logger, string request, string code);

        [LoggerMessage(EventId = 242, Level = LogLevel.Debug, Message = "Nobody waited for the answer to request {Request} over HTTP")]
        public static partial void Gone(ILogger logger, string request);
    }
}
