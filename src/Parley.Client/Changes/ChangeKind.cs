using System.Text.Json;

namespace Parley.Client;

/// <summary>A kind of change: the method that asks for it, and how its request is kept and asked.</summary>
internal abstract class ChangeKind(string method)
{
    public string Method => method;

    /// <summary>A change as the store kept it. Its bytes are those that are sent, whatever this version makes of them.</summary>
    /// <exception cref="JsonException">They are none of this kind.</exception>
    public abstract Change Read(ReadOnlyMemory<byte> json);

    /// <summary>The same of another conversation.</summary>
    public abstract Change Move(Change change, ConversationId to);

    /// <summary>Asks over a link, with the bytes as they are kept.</summary>
    public abstract void Post(Link link, Change change, Action<Answer<object>> done);

    /// <summary>Asks now, keeping nothing.</summary>
    public abstract Task<object> AskAsync(Requests requests, Change change, Action<object> landed, CancellationToken cancel);
}

/// <inheritdoc/>
/// <param name="method">How it is asked.</param>
/// <param name="conversation">Which conversation it belongs to; null for a kind that belongs to none.</param>
/// <param name="move">The same of another conversation.</param>
internal sealed class ChangeKind<TRequest, TAnswer>(
    Method<TRequest, TAnswer> method, Func<TRequest, ConversationId>? conversation = null, Func<TRequest, ConversationId, TRequest>? move = null) : ChangeKind(method.Name)
    where TRequest : class
    where TAnswer : class
{
    private readonly Method<RawJson, TAnswer> _raw = new(method.Name, RawJson.TypeInfo, method.Answer);

    public Change Of(TRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new Change(this, request, conversation?.Invoke(request), JsonSerializer.SerializeToUtf8Bytes(request, method.Request));
    }

    public override Change Read(ReadOnlyMemory<byte> json)
    {
        var request = JsonSerializer.Deserialize(json.Span, method.Request) ?? throw new JsonException("null is no request.");
        return new Change(this, request, conversation?.Invoke(request), json);
    }

    public override Change Move(Change change, ConversationId to) => move is null ? change : Of(move((TRequest)change.Request, to));

    public override void Post(Link link, Change change, Action<Answer<object>> done) => link.Post(_raw, new RawJson(change.Json), answer => done(new Answer<object>(answer.Value, answer.Refusal)));

    public override async Task<object> AskAsync(Requests requests, Change change, Action<object> landed, CancellationToken cancel) =>
        await requests.AskAsync(method, (TRequest)change.Request, cancel, landed).ConfigureAwait(false);
}

/// <summary>A kind that a later version of the SDK put into the store: asked as it was kept.</summary>
internal sealed class UnknownChangeKind(string method) : ChangeKind(method)
{
    public override Change Read(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        var request = document.RootElement.Clone();
        ConversationId? conversation = request.ValueKind == JsonValueKind.Object && request.TryGetProperty("conversation", out var named) && named.TryGetGuid(out var id) ? new ConversationId(id) : null;
        return new Change(this, request, conversation, json);
    }

    public override Change Move(Change change, ConversationId to) => change;

    public override void Post(Link link, Change change, Action<Answer<object>> done) => link.Post(
        new Method<RawJson, RawJson>(Method, RawJson.TypeInfo, RawJson.TypeInfo), new RawJson(change.Json), answer => done(new Answer<object>(answer.Value is { } value ? JsonElement.Parse(value.Bytes.Span) : null, answer.Refusal)));

    public override Task<object> AskAsync(Requests requests, Change change, Action<object> landed, CancellationToken cancel) => throw new NotSupportedException("It comes from the store only.");
}
