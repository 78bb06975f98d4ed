using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Parley.Tests.Contracts;

/// <summary>A request or an answer of HTTP as a page shows it: a first line, headers, and behind an empty line the body.</summary>
internal sealed partial class ExampleHttp : IDisposable
{
    /// <summary>What differs from run to run, and how it looks.</summary>
    private static readonly Dictionary<string, Regex> Variable = new(StringComparer.OrdinalIgnoreCase) { ["Parley-Request"] = RequestName(), ["Retry-After"] = Seconds(), ["Parley-Content"] = Content(), ["Location"] = Upload() };

    private readonly HttpClient _http;
    private HttpResponseMessage? _answer;

    public ExampleHttp(IPEndPoint server) => _http = new HttpClient { BaseAddress = new Uri($"http://{server}") };

    /// <summary>The method that a request asks; null when it is no request for one.</summary>
    public static string? MethodOf(string request) => RequestLine().Match(request) is { Success: true } line ? line.Groups["method"].Value : null;

    /// <summary>Whether an answer is a result.</summary>
    public static bool IsResult(string answer) => answer.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal);

    public async Task SendAsync(string text)
    {
        var (first, headers, body) = Take(text);
        var line = RequestLine().Match(first);
        Assert.True(line.Success, $"\"{first}\" is not the first line of a request");
        using var request = new HttpRequestMessage(new HttpMethod(line.Groups["verb"].Value), new Uri(line.Groups["target"].Value, UriKind.Relative));
        if (body.Length > 0) request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        foreach (var (name, value) in headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value)) Assert.True(request.Content?.Headers.TryAddWithoutValidation(name, value), $"{name} says something of a body, and there is none");
        }

        _answer?.Dispose();
        _answer = await _http.SendAsync(request);
    }

    public async Task MustAnswerAsync(string text, ExampleValues values)
    {
        var (first, headers, body) = Take(text);
        var answer = _answer ?? throw new InvalidDataException("nothing was asked over HTTP before");
        var said = await answer.Content.ReadAsStringAsync();
        Assert.Equal(first, $"HTTP/1.1 {(int)answer.StatusCode} {answer.ReasonPhrase}");
        foreach (var (name, value) in headers)
        {
            var found = answer.Headers.NonValidated.TryGetValues(name, out var one) || answer.Content.Headers.NonValidated.TryGetValues(name, out one) ? $"{one}" : null;
            if (Variable.TryGetValue(name, out var form)) Assert.Matches(form, found);
            else Assert.Equal($"{name}: {value}", $"{name}: {found}");
        }

        if (body.Length > 0) values.MustMatch(JsonNode.Parse(body), JsonNode.Parse(said));
    }

    public void Dispose()
    {
        _answer?.Dispose();
        _http.Dispose();
    }

    private static (string First, IEnumerable<(string Name, string Value)> Headers, string Body) Take(string text)
    {
        var (head, body) = text.Split("\n\n", 2) switch
        {
            [var above, var below] => (above, below.Trim()),
            var all => (all[0].TrimEnd(), ""),
        };
        var lines = head.Split('\n');
        return (lines[0], lines.Skip(1).Select(line => line.Split(": ", 2)).Select(pair => (pair[0], pair[1])), body);
    }

    [GeneratedRegex("^(?<verb>[A-Z]+) (?<target>/v1/(?<method>[a-zA-Z.]+)[^ ]*) HTTP/1.1$", RegexOptions.Multiline)]
    private static partial Regex RequestLine();

    [GeneratedRegex("^[0-9A-Z]+:[0-9A-F]{8}$")]
    private static partial Regex RequestName();

    [GeneratedRegex("^[0-9]+$")]
    private static partial Regex Seconds();

    [GeneratedRegex("^[0-9a-f]{32}$")]
    private static partial Regex Content();

    [GeneratedRegex("^/v1/content/tus/[0-9a-f]{32}$")]
    private static partial Regex Upload();
}
