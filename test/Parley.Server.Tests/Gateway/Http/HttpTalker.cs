using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Parley.Tests.Gateway;

/// <summary>A client that asks over HTTP; and holds every answer to what holds for all of them (HT-04).</summary>
internal sealed class HttpTalker : ITalker
{
    private readonly HttpClient _http;
    private readonly bool _shared;
    private readonly (string Name, string Value)[] _headers;

    /// <param name="server">Where to.</param>
    /// <param name="headers">Of every request, as they are.</param>
    public HttpTalker(IPEndPoint server, params (string Name, string Value)[] headers)
    {
        _headers = headers;
        _http = new HttpClient { BaseAddress = new Uri($"http://{server}") };
    }

    private HttpTalker(HttpClient http, (string Name, string Value) header) => (_http, _shared, _headers) = (http, true, [header]);

    /// <summary>With a user's token.</summary>
    public static HttpTalker WithToken(IPEndPoint server, string token) => new(server, ("Authorization", $"Bearer {token}"));

    /// <summary>With a user's token, over connections that others use too and that outlive this.</summary>
    public static HttpTalker WithToken(HttpClient http, string token) => new(http, ("Authorization", $"Bearer {token}"));

    /// <summary>With an API key, in a user's name or in nobody's.</summary>
    public static HttpTalker WithKey(IPEndPoint server, string key, string? user = null) =>
        user is null ? new(server, ("Authorization", $"ApiKey {key}")) : new(server, ("Authorization", $"ApiKey {key}"), ("Parley-User", user));

    public async Task<JsonElement> AskAsync(string method, string parameters, string id = "ask")
    {
        using var answer = await PostAsync($"/v1/{method}", Json(Encoding.UTF8.GetBytes(parameters)));
        return await ReadAsync(answer);
    }

    /// <summary>Asks with params as a query, which begins with its question mark, and reads the answer as <see cref="AskAsync"/> does.</summary>
    public async Task<JsonElement> GetAsync(string method, string query = "")
    {
        using var answer = await SendAsync(HttpMethod.Get, $"/v1/{method}{query}");
        return await ReadAsync(answer);
    }

    public Task<HttpResponseMessage> PostAsync(string path, HttpContent content) => SendAsync(HttpMethod.Post, path, content);

    /// <summary>Sends a request whose path is not touched.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod verb, string path, HttpContent? content = null, params (string Name, string Value)[] more)
    {
        var address = new Uri($"{_http.BaseAddress!.ToString().TrimEnd('/')}{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(verb, address) { Content = content };
        foreach (var (name, value) in _headers.Concat(more)) Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        var answer = await _http.SendAsync(request);
        await MustBeSafeAsync(answer);
        return answer;
    }

    /// <summary>Bytes that say they are JSON.</summary>
    public static ByteArrayContent Json(byte[] bytes, string type = "application/json")
    {
        var content = new ByteArrayContent(bytes);
        if (type.Length > 0) content.Headers.TryAddWithoutValidation("Content-Type", type);
        return content;
    }

    /// <summary>An answer in the words of frames.</summary>
    public static async Task<JsonElement> ReadAsync(HttpResponseMessage answer)
    {
        var body = await answer.Content.ReadAsStringAsync();
        if (answer.StatusCode == HttpStatusCode.OK) return JsonSerializer.Deserialize<JsonElement>($$"""{"result":{{body}}}""");
        var problem = JsonSerializer.Deserialize<JsonElement>(body);
        var row = Refusals.Find(problem.GetProperty("code").GetString()!)!;
        var detail = problem.TryGetProperty("detail", out var said) ? $",\"detail\":{said.GetRawText()}" : "";
        var wait = problem.TryGetProperty("retryAfterMs", out var ms) ? $",\"retryAfterMs\":{ms.GetRawText()}" : "";
        return JsonSerializer.Deserialize<JsonElement>(
            $$$"""{"error":{"code":{{{row.Number}}},"message":{{{problem.GetProperty("title").GetRawText()}}},"data":{"code":"{{{row.Code}}}"{{{detail}}}{{{wait}}}}},"problem":{{{body}}}}""");
    }

    public void Dispose()
    {
        if (!_shared) _http.Dispose();
    }

    /// <summary>What every answer says of itself; and a problem, that it is the row of its code.</summary>
    private static async Task MustBeSafeAsync(HttpResponseMessage answer)
    {
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("default-src 'none'; frame-ancestors 'none'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")));
        Assert.Equal("no-store", $"{answer.Headers.CacheControl}");
        Assert.Matches("^[0-9A-Z]+:[0-9A-F]{8}$", Assert.Single(answer.Headers.GetValues("Parley-Request")));
        Assert.False(answer.Headers.Contains("Server"));
        if (answer.StatusCode == HttpStatusCode.NoContent) return;
        Assert.Equal(answer.IsSuccessStatusCode ? "application/json; charset=utf-8" : "application/problem+json; charset=utf-8", $"{answer.Content.Headers.ContentType}");
        if (answer.IsSuccessStatusCode) return;

        var problem = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync());
        var row = Refusals.Find(problem.GetProperty("code").GetString()!)!;
        Assert.Equal(
            ($"urn:parley:refusal:{row.Code}", row.Meaning, row.Status, row.Status),
            (problem.GetProperty("type").GetString(), problem.GetProperty("title").GetString(), problem.GetProperty("status").GetInt32(), (int)answer.StatusCode));
        Assert.Equal(row.Status == 401, answer.Headers.WwwAuthenticate.Count > 0);
        Assert.Equal(row.Status == 405, answer.Content.Headers.Allow.Count > 0);
        Assert.Equal(
            problem.TryGetProperty("retryAfterMs", out var wait) ? new RetryConditionHeaderValue(TimeSpan.FromSeconds(Math.Ceiling(wait.GetInt64() / 1000.0))) : null,
            answer.Headers.RetryAfter);
    }
}
