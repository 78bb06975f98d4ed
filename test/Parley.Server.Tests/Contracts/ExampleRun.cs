using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Parley.Tests.Contracts;

/// <summary>Plays a page against a server, and fails where the server says something else than the page.</summary>
internal sealed partial class ExampleRun(ExamplePage page, ExampleServer server) : IAsyncDisposable
{
    private const int Astral = 0x1F600;

    private readonly Dictionary<string, JsonClient> _connections = [];
    private readonly ExampleValues _values = new();
    private readonly ExampleHttp _http = new(server.Address);
    private Task? _stopping;

    public async Task RunAsync()
    {
        _values.Know(ExampleValues.Epoch, server.Epoch.ToString());
        foreach (var step in page.Steps.Where(step => step.Kind == ExampleKind.Setup)) await SetUpAsync(step);
        // Whoever the page does not show opening a session has one before it begins.
        foreach (var first in page.Steps.Where(step => step.Kind is ExampleKind.Client or ExampleKind.Server).DistinctBy(step => step.Who))
        {
            if (!first.Messages.Any(message => (string?)message["method"] == Methods.OpenSession))
                _connections.Add(first.Who, await server.ConnectAsync(first.User, first.Device));
        }

        foreach (var step in page.Steps)
        {
            try
            {
                await DoAsync(step);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"docs/protocol/{page.Name}:{step.Line}: {failure.Message}", failure);
            }
        }

        if (_stopping is not null) await _stopping;
        else foreach (var (who, connection) in _connections) await NothingElseCameAsync(who, connection);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        foreach (var connection in _connections.Values) await connection.DisposeAsync();
    }

    private async Task DoAsync(ExampleStep step)
    {
        switch (step.Kind)
        {
            case ExampleKind.Client:
                if (!_connections.TryGetValue(step.Who, out var sender)) _connections.Add(step.Who, sender = await server.ConnectAsync());
                await sender.SendAsync(_values.Fill(step.Text));
                break;
            case ExampleKind.Server:
                _values.MustMatch(JsonNode.Parse(step.Text), await ReadAsync(step.Who));
                break;
            case ExampleKind.ServerLater:
                var expected = JsonNode.Parse(step.Text)!;
                JsonNode next;
                do next = await ReadAsync(step.Who);
                while ((string?)next["method"] == Methods.Entry && (string?)expected["method"] != Methods.Entry);
                _values.MustMatch(expected, next);
                break;
            case ExampleKind.HttpClient:
                await _http.SendAsync(_values.Fill(step.Text));
                break;
            case ExampleKind.HttpServer:
                await _http.MustAnswerAsync(step.Text, _values);
                break;
            case ExampleKind.Closed:
                _connections.Remove(step.Who, out var closed);
                await using (closed)
                {
                    var (code, reason) = await closed!.ReadCloseAsync();
                    Assert.Equal(step.Text, $"{code} {reason}");
                }

                break;
            case ExampleKind.Run when step.Text == "stop the server":
                _stopping = server.StopAsync();
                break;
            case ExampleKind.Run when Flood().Match(step.Text) is { Success: true } flood:
                await FloodAsync(flood.Groups["sender"].Value, flood.Groups["conversation"].Value, int.Parse(flood.Groups["count"].Value));
                break;
            case ExampleKind.Run when Ageing().Match(step.Text) is { Success: true } ageing:
                await server.AgeAsync(new ConversationId(Guid.Parse(ageing.Groups["conversation"].Value)), TimeSpan.FromDays(int.Parse(ageing.Groups["days"].Value)));
                break;
            case ExampleKind.Run:
                throw new InvalidDataException($"\"{step.Text}\" is nothing a page can do");
            default:
                break;
        }
    }

    private async Task<JsonNode> ReadAsync(string who) =>
        await _connections[who].ReadAsync() ?? throw new EndOfStreamException($"the server closed the connection of {who}");

    private async Task SetUpAsync(ExampleStep step)
    {
        // An entry is told after its answer: who connected in between would get what the page does not show.
        await using var witness = await server.ConnectAsync(step.User, "witness");
        await using var connection = await server.ConnectAsync(step.User, "setup", ",\"receive\":false");
        await connection.SendAsync(step.Text);
        foreach (var _ in step.Messages)
        {
            var answer = await connection.ReadAsync();
            Assert.True(answer?["result"] is not null, $"docs/protocol/{page.Name}:{step.Line}: {answer?.ToJsonString()}");
            Assert.Equal(Methods.Entry, (string?)(await witness.ReadAsync())?["method"]);
        }
    }

    /// <summary>Sends the longest messages there are, while the others on the page read nothing.</summary>
    private async Task FloodAsync(string sender, string conversation, int count)
    {
        await using var witness = await server.ConnectAsync(sender, "witness");
        await using var connection = await server.ConnectAsync(sender, "flood", ",\"receive\":false");
        var text = string.Concat(Enumerable.Repeat(char.ConvertFromUtf32(Astral), MessageContent.MaxCodePoints));
        for (var sent = 0; sent < count; sent++)
        {
            await connection.SendAsync($$$"""
                {"jsonrpc":"2.0","id":{{{sent}}},"method":"message.send","params":{"conversation":"{{{conversation}}}","message":"{{{Guid.NewGuid()}}}",
                "content":{"parts":[{"type":"text/plain","body":"{{{text}}}"}]}
                }}
                """);
            Assert.NotNull((await connection.ReadAsync())?["result"]);
            Assert.Equal(Methods.Entry, (string?)(await witness.ReadAsync())?["method"]);
        }
    }

    /// <summary>Asks something with a known answer: what comes before it is missing from the page.</summary>
    private static async Task NothingElseCameAsync(string who, JsonClient connection)
    {
        await connection.SendAsync($$$"""{"jsonrpc":"2.0","id":"last","method":"conversation.get","params":{"conversation":"{{{Guid.NewGuid()}}}"}}""");
        var answer = await connection.ReadAsync();
        Assert.True((string?)answer?["id"] == "last", $"the page does not show what {who} got at its end: {answer?.ToJsonString()}");
    }

    [GeneratedRegex("^(?<sender>[a-z]+) sends (?<count>[0-9]+) long messages to (?<conversation>[0-9a-f-]{36})$")]
    private static partial Regex Flood();

    [GeneratedRegex("^(?<days>[0-9]+) days go by in (?<conversation>[0-9a-f-]{36})$")]
    private static partial Regex Ageing();
}
