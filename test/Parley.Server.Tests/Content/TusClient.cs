using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Parley.Tests.Content;

/// <summary>A client of tus 1.0.0 that does what a test says, right or wrong.</summary>
internal sealed class TusClient(IPEndPoint server, string token) : IDisposable
{
    public TusClient(RunningServer server, string user)
        : this(server.Address, RunningServer.TokenOf(user))
    {
    }

    public UploadClient Http { get; } = new(server, $"Bearer {token}");

    public void Dispose() => Http.Dispose();

    public static ByteArrayContent Piece(byte[] bytes)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.TryAddWithoutValidation("Content-Type", "application/offset+octet-stream");
        return content;
    }

    /// <summary>Creates an upload; where it is.</summary>
    public async Task<string> CreateAsync(long length, string? name = null, string? type = null)
    {
        using var answer = await PostAsync(length, null, name, type);
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        return answer.Headers.Location!.ToString();
    }

    public Task<HttpResponseMessage> PostAsync(long length, byte[]? bytes, string? name = null, string? type = null)
    {
        var metadata = string.Join(',', new[] { ("filename", name), ("filetype", type) }.Where(pair => pair.Item2 is not null).Select(pair => $"{pair.Item1} {Convert.ToBase64String(Encoding.UTF8.GetBytes(pair.Item2!))}"));
        (string, string)[] headers = [("Tus-Resumable", "1.0.0"), ("Upload-Length", length.ToString(CultureInfo.InvariantCulture))];
        return Http.SendAsync(HttpMethod.Post, "/v1/content/tus", bytes is null ? null : Piece(bytes), metadata.Length > 0 ? [.. headers, ("Upload-Metadata", metadata)] : headers);
    }

    public Task<HttpResponseMessage> PatchAsync(string location, long offset, byte[] bytes, params (string, string)[] more) =>
        Http.SendAsync(HttpMethod.Patch, location, Piece(bytes), [("Tus-Resumable", "1.0.0"), ("Upload-Offset", offset.ToString(CultureInfo.InvariantCulture)), .. more]);

    /// <summary>How far an upload is, and which content it became; null when there is none.</summary>
    public async Task<(long Offset, string? Content)?> OffsetAsync(string location)
    {
        using var answer = await Http.SendAsync(HttpMethod.Head, location, null, ("Tus-Resumable", "1.0.0"));
        if (answer.StatusCode != HttpStatusCode.OK) return null;
        return (long.Parse(Assert.Single(answer.Headers.GetValues("Upload-Offset")), CultureInfo.InvariantCulture), answer.Headers.TryGetValues("Parley-Content", out var content) ? content.Single() : null);
    }

    /// <summary>A connection on which a piece was announced; its bytes are the caller's to send, or not.</summary>
    public async Task<TcpClient> DialAsync(string location, long offset, long length)
    {
        var socket = new TcpClient();
        await socket.ConnectAsync(server);
        var head = $"PATCH {location} HTTP/1.1\r\nHost: {server}\r\nAuthorization: Bearer {token}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: {offset}\r\n"
            + $"Content-Type: application/offset+octet-stream\r\nContent-Length: {length}\r\n\r\n";
        await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head));
        return socket;
    }
}
