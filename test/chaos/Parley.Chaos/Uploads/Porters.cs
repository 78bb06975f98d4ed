using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;

namespace Parley.Chaos;

/// <summary>Some who upload files, whole and in pieces, and send them, one after the other, until the server does not answer; each remembers what he was told.</summary>
internal sealed class Porters : IDisposable
{
    private const int Lanes = 4;
    private const int MostAttempts = 100;
    private const int MostBytes = 256 * 1024;
    private const string Carrier = "carrier";
    private const string Reader = "reader";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly Site _site;
    private readonly HttpClient _http;
    private readonly ConversationId _conversation = ConversationId.New();
    private readonly ConcurrentQueue<(string Content, byte[] Bytes)> _uploaded = [];
    private readonly ConcurrentQueue<(string Content, MessageId Message, byte[] Bytes)> _sent = [];
    private readonly ConcurrentDictionary<string, (long Offset, byte[] Bytes)> _pieces = [];
    private IReadOnlyList<Task> _lanes = [];

    private Porters(Site site) => (_site, _http) = (site, new HttpClient { BaseAddress = new Uri($"http://{site.Server.Address}"), Timeout = TimeSpan.FromSeconds(30) });

    public int Uploaded => _uploaded.Count;

    public int Sent => _sent.Count;

    public int Pieces => _pieces.Count;

    public static async Task<Porters> StartAsync(Site site, int seed, CancellationToken cancel)
    {
        var porters = new Porters(site);
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await porters.AskAsync(Carrier, Methods.CreateConversation, new { conversation = porters._conversation.ToString(), kind = "direct", participants = new[] { Reader } }, cancel);
                break;
            }
            catch (HttpRequestException busy) when (busy.StatusCode == HttpStatusCode.ServiceUnavailable && attempt < MostAttempts)
            {
                await Task.Delay(Pause, TimeProvider.System, cancel);
            }
        }

        porters._lanes = [.. Enumerable.Range(0, Lanes).Select(lane => Task.Run(() => porters.WorkAsync(new Random((seed * Lanes) + lane)), cancel))];
        return porters;
    }

    /// <summary>Waits until all have noticed that nobody answers any more.</summary>
    public Task EndAsync() => Task.WhenAll(_lanes);

    /// <summary>Fetches everything, finishes what is under way, and says what is not there.</summary>
    public async Task<IReadOnlyList<string>> LostAsync(CancellationToken cancel)
    {
        var lost = new List<string>();
        foreach (var (content, bytes) in _uploaded) await LookAsync($"the upload {content} of {bytes.Length} bytes", Carrier, new { content }, bytes);
        foreach (var (content, message, bytes) in _sent)
            await LookAsync($"the file {content} of message {message}", Reader, new { content, conversation = _conversation.ToString(), message = message.ToString() }, bytes);
        foreach (var (location, (offset, bytes)) in _pieces)
        {
            if (await FinishAsync(location, offset, bytes, cancel) is { } wrong) lost.Add($"the upload {location} of {bytes.Length} bytes, {offset} of them safe: {wrong}");
        }

        return lost;

        async Task LookAsync(string what, string user, object asked, byte[] bytes)
        {
            if (await FetchAsync(user, asked, bytes, cancel) is { } wrong) lost.Add($"{what}: {wrong}");
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task WorkAsync(Random random)
    {
        for (var number = 0; ; number++)
        {
            try
            {
                await CarryAsync(random, number);
            }
            catch (HttpRequestException busy) when (busy.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                await Task.Delay(Pause, TimeProvider.System);
            }
            catch (Exception end) when (end is HttpRequestException or IOException or TaskCanceledException)
            {
                // The power is gone; before that it would be noticed because nothing is uploaded.
                return;
            }
        }
    }

    private async Task CarryAsync(Random random, int number)
    {
        var bytes = new byte[random.Next(2, MostBytes)];
        random.NextBytes(bytes);
        if (await (number % 2 == 0 ? PutAsync(bytes) : PutInPiecesAsync(bytes, isLeft: number % 4 == 3)) is not { } content) return;
        _uploaded.Enqueue((content, bytes));
        var message = MessageId.New();
        await AskAsync(Carrier, Methods.SendMessage, new
        {
            conversation = _conversation.ToString(), message = message.ToString(),
            content = new { parts = new[] { new { type = "application/octet-stream", content } } },
        }, CancellationToken.None);
        _sent.Enqueue((content, message, bytes));
    }

    private async Task<string?> PutAsync(byte[] bytes)
    {
        using var answer = await SendAsync(HttpMethod.Put, "/v1/content", bytes, "application/octet-stream");
        return Assert(answer, HttpStatusCode.Created).Headers.GetValues("Parley-Content").Single();
    }

    /// <summary>The content; null when the second half is left for after the cut.</summary>
    private async Task<string?> PutInPiecesAsync(byte[] bytes, bool isLeft)
    {
        var half = bytes.Length / 2;
        using var made = await SendAsync(HttpMethod.Post, "/v1/content/tus", bytes[..half], "application/offset+octet-stream", ("Upload-Length", Text(bytes.Length)));
        var location = Assert(made, HttpStatusCode.Created).Headers.Location!.OriginalString;
        _pieces[location] = (half, bytes);
        if (isLeft) return null;
        using var done = await SendAsync(HttpMethod.Patch, location, bytes[half..], "application/offset+octet-stream", ("Upload-Offset", Text(half)));
        var content = Assert(done, HttpStatusCode.NoContent).Headers.GetValues("Parley-Content").Single();
        _pieces.TryRemove(location, out _);
        return content;
    }

    /// <summary>What is wrong with an upload that was under way; null when it goes on where it may and is whole in the end.</summary>
    private async Task<string?> FinishAsync(string location, long safe, byte[] bytes, CancellationToken cancel)
    {
        using var asked = await SendAsync(HttpMethod.Head, location, null, null);
        if (!asked.IsSuccessStatusCode) return $"HEAD answers {(int)asked.StatusCode}";
        var offset = int.Parse(asked.Headers.GetValues("Upload-Offset").Single(), CultureInfo.InvariantCulture);
        if (offset < safe) return $"only {offset} are left";
        string content;
        if (offset == bytes.Length)
        {
            content = asked.Headers.GetValues("Parley-Content").Single();
        }
        else
        {
            using var done = await SendAsync(HttpMethod.Patch, location, bytes[offset..], "application/offset+octet-stream", ("Upload-Offset", Text(offset)));
            if (!done.IsSuccessStatusCode) return $"PATCH answers {(int)done.StatusCode}: {await done.Content.ReadAsStringAsync(cancel)}";
            content = done.Headers.GetValues("Parley-Content").Single();
        }

        return await FetchAsync(Carrier, new { content }, bytes, cancel);
    }

    /// <summary>What is wrong with a file; null when it is what was uploaded.</summary>
    private async Task<string?> FetchAsync(string user, object asked, byte[] bytes, CancellationToken cancel)
    {
        try
        {
            var url = (await AskAsync(user, Methods.GetContentUrl, asked, cancel)).GetProperty("url").GetString();
            var fetched = await _http.GetByteArrayAsync(url, cancel);
            return SHA256.HashData(fetched).AsSpan().SequenceEqual(SHA256.HashData(bytes)) ? null : $"{fetched.Length} other bytes";
        }
        catch (Exception wrong) when (wrong is HttpRequestException or IOException)
        {
            return wrong.Message;
        }
    }

    private async Task<JsonElement> AskAsync(string user, string method, object asked, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/{method}") { Content = JsonContent.Create(asked) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _site.Tokens.For(user));
        using var answer = await _http.SendAsync(request, cancel);
        var text = await answer.Content.ReadAsStringAsync(cancel);
        return answer.IsSuccessStatusCode ? JsonSerializer.Deserialize<JsonElement>(text) : throw new HttpRequestException($"{method} answers {(int)answer.StatusCode}: {text}", null, answer.StatusCode);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod verb, string path, byte[]? bytes, string? type, params IReadOnlyList<(string Name, string Value)> headers)
    {
        using var request = new HttpRequestMessage(verb, path);
        if (bytes is not null)
        {
            request.Content = new ByteArrayContent(bytes);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(type!);
        }

        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _site.Tokens.For(Carrier));
        if (path.Contains("/tus", StringComparison.Ordinal)) request.Headers.Add("Tus-Resumable", "1.0.0");
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        return await _http.SendAsync(request);
    }

    private static HttpResponseMessage Assert(HttpResponseMessage answer, HttpStatusCode expected) =>
        answer.StatusCode == expected ? answer : throw new HttpRequestException($"{answer.RequestMessage?.RequestUri} answers {(int)answer.StatusCode}", null, answer.StatusCode);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
