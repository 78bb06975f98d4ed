using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;

namespace Parley.Client.Tests.Support;

/// <summary>A request as the scripted server read it.</summary>
internal sealed record ScriptedRequest(long Id, string Method, JsonElement Params)
{
    public T As<T>(JsonTypeInfo<T> type) => Params.Deserialize(type)!;
}

/// <summary>One connection of a <see cref="ScriptedServer"/>. Requests wait until the test expects them.</summary>
internal sealed class ScriptedConnection(WebSocket socket, HttpContext context) : IDisposable
{
    private readonly Channel<ScriptedRequest> _requests = Channel.CreateUnbounded<ScriptedRequest>();
    private readonly SemaphoreSlim _writing = new(1);

    /// <summary>How many frames came, arrays counted once.</summary>
    public int Frames { get; private set; }

    /// <summary>The close code of the client; null as long as it has not closed.</summary>
    public WebSocketCloseStatus? ClientClosed => socket.CloseStatus;

    /// <summary>The request that opened the session.</summary>
    public ScriptedRequest? Opened { get; set; }

    /// <summary>Completes when the connection has ended.</summary>
    public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The next request of this method; those of other methods that came before it are passed over.</summary>
    public Task<ScriptedRequest> ExpectAsync(string method) => NextAsync(request => request.Method == method, method);

    /// <summary>The next request that is so; others that came before it are passed over.</summary>
    public async Task<ScriptedRequest> NextAsync(Func<ScriptedRequest, bool> which, string what = "such request")
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            while (true)
            {
                var request = await _requests.Reader.ReadAsync(patience.Token);
                if (which(request)) return request;
            }
        }
        catch (Exception error) when (error is OperationCanceledException or ChannelClosedException)
        {
            throw new InvalidOperationException($"No {what} came.", error);
        }
    }

    /// <summary>The requests that came within a time.</summary>
    public async Task<List<ScriptedRequest>> WithinAsync(TimeSpan time)
    {
        var came = new List<ScriptedRequest>();
        using var patience = new CancellationTokenSource(time);
        try
        {
            while (true) came.Add(await _requests.Reader.ReadAsync(patience.Token));
        }
        catch (Exception error) when (error is OperationCanceledException or ChannelClosedException)
        {
            return came;
        }
    }

    public Task AnswerAsync<T>(ScriptedRequest request, T result, JsonTypeInfo<T> type) =>
        AnswerAsync(request, JsonSerializer.Serialize(result, type));

    public Task AnswerAsync(ScriptedRequest request, string resultJson) =>
        SendAsync($$"""{"jsonrpc":"2.0","id":{{request.Id}},"result":{{resultJson}}}""");

    public Task RefuseAsync(ScriptedRequest request, Refusal refusal)
    {
        var wait = refusal.RetryAfter is { } after ? $",\"retryAfterMs\":{(long)after.TotalMilliseconds}" : "";
        var data = $"{{\"code\":\"{refusal.Code}\"{wait}}}";
        return SendAsync($$"""{"jsonrpc":"2.0","id":{{request.Id}},"error":{"code":{{refusal.Number}},"message":"No.","data":{{data}} } }""");
    }

    public Task PushAsync(LogEntry entry) => SendAsync(Entry(entry));

    /// <summary>Somebody's cursors moved, now.</summary>
    public Task PushReceiptAsync(ConversationId conversation, params (UserId User, long Delivered, long Read)[] moved) => PushAsync(
        Methods.Receipt,
        new ReceiptsMoved(conversation, [.. moved.Select(one => new ReceiptMoved(one.User, new Sequence(one.Delivered), new Sequence(one.Read), MovedAt))]),
        ProtocolJson.Lenient.ReceiptsMoved);

    /// <summary>When cursors move here.</summary>
    public static DateTimeOffset MovedAt { get; } = new(2026, 11, 20, 8, 15, 2, TimeSpan.Zero);

    public Task PushAsync<T>(string method, T parameters, JsonTypeInfo<T> type) =>
        SendAsync($$"""{"jsonrpc":"2.0","method":"{{method}}","params":{{JsonSerializer.Serialize(parameters, type)}}}""");

    public static string Entry(LogEntry entry) =>
        $$"""{"jsonrpc":"2.0","method":"entry","params":{{JsonSerializer.Serialize(entry, ProtocolJson.Lenient.LogEntry)}}}""";

    /// <summary>Sends a text frame as it is.</summary>
    public async Task SendAsync(string frame)
    {
        await _writing.WaitAsync();
        try
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(frame), WebSocketMessageType.Text, true, CancellationToken.None);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Closes with a code, as the server does.</summary>
    public Task CloseAsync(CloseCode code) => socket.CloseOutputAsync((WebSocketCloseStatus)code.Code, code.Name, CancellationToken.None);

    /// <summary>Cuts the wire.</summary>
    public void Cut() => context.Abort();

    public void Dispose() => _writing.Dispose();

    public async Task RunAsync(CancellationToken stopping)
    {
        var buffer = new byte[256 * 1024];
        try
        {
            while (true)
            {
                var length = 0;
                ValueWebSocketReceiveResult part;
                do
                {
                    part = await socket.ReceiveAsync(buffer.AsMemory(length), stopping);
                    length += part.Count;
                }
                while (!part.EndOfMessage);

                if (part.MessageType == WebSocketMessageType.Close)
                {
                    if (socket.State == WebSocketState.CloseReceived) await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, stopping);
                    return;
                }

                Frames++;
                using var document = JsonDocument.Parse(buffer.AsMemory(0, length));
                foreach (var item in document.RootElement.ValueKind == JsonValueKind.Array ? [.. document.RootElement.EnumerateArray()] : new[] { document.RootElement })
                {
                    _requests.Writer.TryWrite(new ScriptedRequest(
                        item.TryGetProperty("id", out var id) ? id.GetInt64() : 0, item.GetProperty("method").GetString()!, item.GetProperty("params").Clone()));
                }
            }
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or IOException)
        {
            // The connection is over.
        }
        finally
        {
            _requests.Writer.TryComplete();
            Ended.TrySetResult();
        }
    }
}
