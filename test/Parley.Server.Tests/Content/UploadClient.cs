using System.Net;
using System.Text;
using System.Text.Json;

namespace Parley.Tests.Content;

/// <summary>Somebody who uploads and fetches files, over HTTP and knowing nothing of Parley but its headers.</summary>
internal sealed class UploadClient(IPEndPoint server, string authorization, params (string Name, string Value)[] always) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri($"http://{server}"), Timeout = TimeSpan.FromSeconds(100) };

    public static UploadClient Of(RunningServer server, string user, string app = "demo") => new(server.Address, $"Bearer {RunningServer.TokenOf(user, app)}");

    /// <summary>The backend, in a user's name.</summary>
    public static UploadClient OfBackend(RunningServer server, string user) => new(server.Address, $"ApiKey {RunningServer.KeyOf("demo")}", ("Parley-User", user));

    public void Dispose() => _http.Dispose();

    public async Task<HttpResponseMessage> SendAsync(HttpMethod verb, string path, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(verb, path) { Content = content };
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        foreach (var (name, value) in always.Concat(headers)) Assert.True(request.Headers.TryAddWithoutValidation(name, value) || content!.Headers.TryAddWithoutValidation(name, value), name);
        return await _http.SendAsync(request, HttpCompletionOption.ResponseContentRead);
    }

    /// <summary>Without saying who asks: as a picture in a page is fetched.</summary>
    public async Task<HttpResponseMessage> FetchAsync(string url, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        foreach (var (name, value) in headers) Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        return await _http.SendAsync(request);
    }

    public Task<HttpResponseMessage> PutAsync(byte[] bytes, string? type = null, string? name = null, params (string Name, string Value)[] headers)
    {
        var content = new ByteArrayContent(bytes);
        if (type is not null) content.Headers.TryAddWithoutValidation("Content-Type", type);
        return SendAsync(HttpMethod.Put, name is null ? "/v1/content" : $"/v1/content?name={Uri.EscapeDataString(name)}", content, headers);
    }

    /// <summary>Uploads a file that is taken.</summary>
    public async Task<ContentUploaded> UploadAsync(byte[] bytes, string? type = null, string? name = null)
    {
        using var answer = await PutAsync(bytes, type, name);
        return await UploadedAsync(answer);
    }

    /// <summary>What an upload made; fails when it was refused.</summary>
    public static async Task<ContentUploaded> UploadedAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.Created, $"{answer.StatusCode}: {text}");
        var uploaded = JsonSerializer.Deserialize(text, ProtocolJson.Lenient.ContentUploaded)!;
        Assert.Equal(uploaded.Content.Value, Assert.Single(answer.Headers.GetValues("Parley-Content")));
        return uploaded;
    }

    /// <summary>The status of a refusal, its code, and what else it says.</summary>
    public static async Task<(int Status, string? Code, string? Detail)> RefusalAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        if (!text.StartsWith('{')) return ((int)answer.StatusCode, null, text);
        var problem = JsonSerializer.Deserialize<JsonElement>(text);
        return ((int)answer.StatusCode, problem.TryGetProperty("code", out var code) ? code.GetString() : null, problem.TryGetProperty("detail", out var detail) ? detail.GetString() : null);
    }

    public async Task<JsonElement> AskAsync(string method, string parameters)
    {
        using var answer = await SendAsync(HttpMethod.Post, $"/v1/{method}", new StringContent(parameters, Encoding.UTF8, "application/json"));
        return JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync());
    }

    /// <summary>An address of what the caller uploaded, or reads in a message.</summary>
    public async Task<string> UrlAsync(ContentId content, Guid? conversation = null, Guid? message = null)
    {
        var use = conversation is null ? "" : $$""","conversation":"{{conversation}}","message":"{{message}}" """;
        var answer = await AskAsync(Methods.GetContentUrl, $$"""{"content":"{{content}}"{{use}}}""");
        return answer.TryGetProperty("url", out var url) ? url.GetString()! : throw new InvalidOperationException(answer.GetRawText());
    }

    /// <summary>The bytes of what the caller uploaded.</summary>
    public async Task<byte[]> DownloadAsync(ContentId content)
    {
        using var answer = await FetchAsync(await UrlAsync(content));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsByteArrayAsync();
    }
}
