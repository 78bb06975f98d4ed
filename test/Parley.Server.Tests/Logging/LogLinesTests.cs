using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Parley.Logging;

namespace Parley.Tests.Logging;

[Trait("Row", "LG-01")]
public sealed class LogLinesTests
{
    private static readonly string[] Hostile =
    [
        "a\r\nb", "\e[31mred\e[0m", "\u0085\u2028\u2029", "%n%s{0}{User}", "\0", "\u202egpj.exe", "\ud800", "\udc00x", "\"}\n{\"level\":\"fatal\"", "\u009b31m", "\b\b\b", "\a",
        new string('x', 1_000_000), new string('é', 5_000), new string('é', 600), string.Concat(Enumerable.Repeat("🎉", 2_000)), new string('\ud83c', 3_000),
    ];

    public static TheoryData<string> Texts => [.. Hostile.Select(text => Convert.ToBase64String(Encoding.Unicode.GetBytes(text)))];

    [Theory, MemberData(nameof(Texts))]
    public void Whatever_its_values_an_event_is_one_line_of_ASCII_JSON_with_capped_values(string encoded)
    {
        var hostile = Encoding.Unicode.GetString(Convert.FromBase64String(encoded));

        var line = Write(new JsonLines(TimeProvider.System), hostile, Thrown(hostile));

        Assert.Equal(line.Length - Environment.NewLine.Length, line.IndexOf(Environment.NewLine, StringComparison.Ordinal));
        Assert.DoesNotContain(line.TrimEnd(), character => character is < ' ' or > '~');
        using var json = JsonDocument.Parse(line, new JsonDocumentOptions { AllowDuplicateProperties = false });
        Assert.All(Strings(json.RootElement), text => Assert.InRange(Encoding.UTF8.GetByteCount(text), 0, LineCap.MaxBytes));
    }

    [Theory, MemberData(nameof(Texts))]
    public void Whatever_its_values_an_event_cannot_steer_the_terminal(string encoded)
    {
        var hostile = Encoding.Unicode.GetString(Convert.FromBase64String(encoded));

        var text = Write(new TextLines(TimeProvider.System), hostile, null);

        var line = Assert.Single(text.TrimEnd('\n').Split('\n'));
        Assert.Equal(2, line.Count(character => character == '\e'));
        Assert.InRange(line.Length, 0, 10_000);
        Assert.DoesNotContain(line.Replace("\e[", "", StringComparison.Ordinal), character => char.IsControl(character) || character is '\u2028' or '\u2029' or '\u202e');
    }

    [Fact]
    public void An_event_has_its_parts_as_members()
    {
        using var json = JsonDocument.Parse(Write(new JsonLines(TimeProvider.System), "alice", null));
        var line = json.RootElement;

        Assert.Equal(("warn", "Parley.Gateway.Connection", "Greeted", "Hello alice."), (Text(line, "level"), Text(line, "category"), Text(line, "event"), Text(line, "message")));
        Assert.Equal("alice", Text(line.GetProperty("values"), "User"));
        Assert.Equal("inner", Text(line.GetProperty("scope"), "RequestId"));
        Assert.True(DateTimeOffset.TryParse(Text(line, "at"), out _));
    }

    [Fact]
    public void An_exception_keeps_its_causes()
    {
        using var json = JsonDocument.Parse(Write(new JsonLines(TimeProvider.System), "alice", Thrown("disk full")));
        var causes = json.RootElement.GetProperty("exception");

        Assert.Equal(["System.InvalidOperationException", "System.IO.IOException"], causes.EnumerateArray().Select(cause => Text(cause, "type")));
        Assert.Contains(nameof(Thrown), causes[0].GetProperty("stack")[0].GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1_024, 1_024)]
    [InlineData(1_025, 1_024)]
    public void A_value_is_cut_at_its_limit_and_says_so(int given, int kept)
    {
        var capped = LineCap.Cap(new string('x', given));
        Assert.Equal(kept, Encoding.UTF8.GetByteCount(capped));
        Assert.Equal(given > 1_024, capped.EndsWith('…'));
    }

    private static string Write(ConsoleFormatter formatter, string user, Exception? exception)
    {
        var scopes = new LoggerExternalScopeProvider();
        using var outer = scopes.Push(new Dictionary<string, object?>(StringComparer.Ordinal) { ["RequestId"] = "outer", ["Path"] = user });
        using var inner = scopes.Push(new Dictionary<string, object?>(StringComparer.Ordinal) { ["RequestId"] = "inner" });
        var state = new Dictionary<string, object?>(StringComparer.Ordinal) { ["User"] = user, ["Count"] = 3, ["Nothing"] = null, ["{OriginalFormat}"] = "Hello {User}." };
        using var output = new StringWriter();
        formatter.Write(
            new LogEntry<Dictionary<string, object?>>(LogLevel.Warning, "Parley.Gateway.Connection", new EventId(1, "Greeted"), state, exception, (values, _) => $"Hello {values["User"]}."),
            scopes, output);
        return output.ToString();
    }

    private static InvalidOperationException Thrown(string message)
    {
        try
        {
            throw new InvalidOperationException(message, new IOException(message));
        }
        catch (InvalidOperationException e)
        {
            return e;
        }
    }

    private static string? Text(JsonElement element, string member) => element.GetProperty(member).GetString();

    private static IEnumerable<string> Strings(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => [element.GetString()!],
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Strings),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => Strings(member.Value).Append(member.Name)),
        _ => [],
    };
}
