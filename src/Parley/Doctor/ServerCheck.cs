using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Parley.Commands;
using Parley.Hosting;

namespace Parley.Doctor;

/// <summary>Whether a running server can be reached as its clients reach it: through proxies, over TLS, up to an open session.</summary>
internal sealed class ServerCheck(Uri server, Func<string> token, TimeProvider clock)
{
    private const string Name = "server";
    private const HttpStatusCode NoAnswer = default;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The address of an argument.</summary>
    /// <exception cref="CommandException">It is none.</exception>
    public static Uri Address(string text) => Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
        ? address
        : throw new CommandException($"--url is \"{text}\", but must be an address like https://chat.example.com.");

    public async IAsyncEnumerable<Finding> RunAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        var (live, now) = await AskAsync(cancel);
        yield return live;
        if (live.Verdict == Verdict.Fail) yield break;
        if (now is { } theirs && ClockCheck.JudgeBeside(clock.Now(), theirs, "the server's") is { } apart) yield return apart;
        yield return await OpenAsync(cancel);
    }

    private async Task<(Finding Finding, DateTimeOffset? Now)> AskAsync(CancellationToken cancel)
    {
        using var http = new HttpClient { Timeout = Patience };
        try
        {
            using var answer = await http.GetAsync(new Uri(server, "/health/ready"), cancel);
            return (await ListenCheck.JudgeAsync(server.ToString(), answer, cancel), answer.Headers.Date);
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !cancel.IsCancellationRequested)
        {
            return (Finding.Fail(Name, $"{server} does not answer ({exception.Message.TrimEnd('.')})", "Start the server, and check the address, the proxy and the certificate."), null);
        }
    }

    private async Task<Finding> OpenAsync(CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        try
        {
            var address = new UriBuilder(server) { Scheme = server.Scheme == "https" ? "wss" : "ws", Path = ParleyExtensions.RealtimePath };
            await socket.ConnectAsync(address.Uri, patience.Token);
            var request = JsonSerializer.SerializeToUtf8Bytes(new
            {
                jsonrpc = "2.0", id = 1, method = Methods.OpenSession, @params = new { token = token(), device = TokenCheck.User.Value },
            });
            await socket.SendAsync(request, WebSocketMessageType.Text, endOfMessage: true, patience.Token);
            return Judge(await ReceiveAsync(socket, patience.Token));
        }
        catch (CommandException exception)
        {
            return Finding.Warn(Name, "WebSockets work; no session was tried", exception.Message);
        }
        catch (WebSocketException exception)
        {
            return Refused(socket.HttpStatusCode, exception);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return Finding.Fail(Name, $"no answer over the WebSocket within {Patience.TotalSeconds:0} s", "A proxy may be holding it back: it must pass on upgrades over HTTP/1.1, unbuffered.");
        }
    }

    internal static Finding Refused(HttpStatusCode status, Exception exception) => status switch
    {
        NoAnswer or HttpStatusCode.SwitchingProtocols => Finding.Fail(Name, $"the WebSocket broke ({exception.Message.TrimEnd('.')})", "The server's log, or the proxy's, says why."),
        HttpStatusCode.ServiceUnavailable => Finding.Fail(Name, "the handshake was answered with 503: the server is full, draining, or short of memory", "Its log and its metrics say which."),
        HttpStatusCode.Forbidden => Finding.Fail(Name, "the handshake was answered with 403", "The proxy must pass on Host, or Parley:Gateway:AllowedOrigins must name the pages' origins."),
        _ => Finding.Fail(Name, $"the handshake was answered with {(int)status} instead of 101", "The proxy must pass on the upgrade to a WebSocket at /v1/realtime, over HTTP/1.1."),
    };

    private static async Task<string> ReceiveAsync(ClientWebSocket socket, CancellationToken cancel)
    {
        var (frame, piece) = (new MemoryStream(), new byte[16 * 1024]);
        while (true)
        {
            var received = await socket.ReceiveAsync(piece.AsMemory(), cancel);
            if (received.MessageType == WebSocketMessageType.Close) return $"{{\"closed\":{(int?)socket.CloseStatus ?? 1005}}}";
            frame.Write(piece, 0, received.Count);
            if (received.EndOfMessage) return Encoding.UTF8.GetString(frame.ToArray());
        }
    }

    private static Finding Judge(string frame)
    {
        using var json = JsonDocument.Parse(frame);
        // An answer may stand in an array with what comes after it.
        var answer = json.RootElement.ValueKind == JsonValueKind.Array ? json.RootElement[0] : json.RootElement;
        if (answer.TryGetProperty("result", out var result))
            return Finding.Ok(Name, $"WebSockets work and a session opens ({result.GetProperty("server").GetString()}, epoch {result.GetProperty("epoch").GetString()})");
        var code = answer.TryGetProperty("error", out var error) ? error.GetProperty("data").GetProperty("code").GetString()
            : $"close code {(answer.TryGetProperty("closed", out var closed) ? closed.GetInt32() : 0)}";
        return Finding.Fail(Name, $"WebSockets work, but no session opens ({code})", "Run doctor with the server's own settings (--config, --data), and check that both clocks are right.");
    }
}
