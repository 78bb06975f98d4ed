using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Parley.Content;

namespace Parley.Tests.Contracts;

/// <summary>The values of a page that no server can repeat: each stands for what the server said where it was met first.</summary>
/// <remarks>Those are times, epochs, tokens, ids of reports, and waits. A time that is later on the page may not be earlier on the wire.</remarks>
internal sealed partial class ExampleValues
{
    /// <summary>The epoch of the server on every page.</summary>
    public const string Epoch = "5f0c9c7e-3a52-4b44-8f0e-6d1f6a1b2c3d";

    private static readonly string[] Members = ["epoch", "since", "next", "server", "content", "url", "report"];

    private readonly Dictionary<string, string> _actual = new(StringComparer.Ordinal);

    /// <summary>Says what a value of the page stands for.</summary>
    public void Know(string shown, string actual) => _actual.Add(shown, actual);

    /// <summary>A frame of the page with the values of this run.</summary>
    public string Fill(string frame)
    {
        frame = Token().Replace(frame, match => RunningServer.TokenOf(
            match.Groups["user"].Value, endsIn: match.Groups["seconds"] is { Success: true, Value: var seconds } ? TimeSpan.FromSeconds(int.Parse(seconds)) : null));
        frame = Key().Replace(frame, match => RunningServer.KeyOf(match.Groups["app"].Value));
        foreach (var (shown, actual) in _actual.OrderByDescending(one => one.Key.Length))
        {
            // An address and what it is made of stand in the first line of a request too, where nothing is quoted.
            var isBare = shown.StartsWith(ContentUrls.Path, StringComparison.Ordinal) || ContentId.IsValid(shown);
            frame = isBare ? frame.Replace(shown, actual, StringComparison.Ordinal) : frame.Replace($"\"{shown}\"", $"\"{actual}\"", StringComparison.Ordinal);
        }

        return frame;
    }

    /// <summary>Compares member by member.</summary>
    public void MustMatch(JsonNode? shown, JsonNode? actual)
    {
        if (Difference(shown, actual, "$", "") is { } difference) Assert.Fail($"{difference}\nthe server said: {actual?.ToJsonString()}");
    }

    private string? Difference(JsonNode? shown, JsonNode? actual, string path, string member)
    {
        switch (shown, actual)
        {
            case (JsonObject expected, JsonObject found):
                return expected.Select(one => one.Key).Except(found.Select(one => one.Key)).FirstOrDefault() is { } missing ? $"{path}.{missing} did not come"
                    : found.Select(one => one.Key).Except(expected.Select(one => one.Key)).FirstOrDefault() is { } more ? $"{path}.{more} is not on the page"
                    : expected.Select(one => Difference(one.Value, found[one.Key], $"{path}.{one.Key}", one.Key)).FirstOrDefault(one => one is not null);
            case (JsonArray expected, JsonArray found):
                return expected.Count != found.Count
                    ? $"{path} has {found.Count} items, not {expected.Count}"
                    : expected.Select((one, index) => Difference(one, found[index], $"{path}[{index}]", "")).FirstOrDefault(one => one is not null);
            case (JsonValue expected, JsonValue found) when member == "retryAfterMs":
                return expected.GetValueKind() == found.GetValueKind() && found.GetValue<long>() >= 0 ? null : $"{path} is no wait";
            case (JsonValue expected, JsonValue found) when expected.TryGetValue(out string? text) && found.TryGetValue(out string? said):
                return IsVariable(member, text) ? Bind(text, said, path) : text == said ? null : $"{path} is \"{said}\"";
            default:
                return JsonNode.DeepEquals(shown, actual) ? null : $"{path} is {actual?.ToJsonString() ?? "null"}";
        }
    }

    private static bool IsVariable(string member, string shown) => Members.Contains(member) || Time().IsMatch(shown);

    private string? Bind(string shown, string said, string path)
    {
        if (_actual.TryGetValue(shown, out var bound)) return bound == said ? null : $"{path} is \"{said}\", and {shown} was \"{bound}\" before";
        if (Time().IsMatch(shown))
        {
            if (!Time().IsMatch(said)) return $"{path} is \"{said}\", no time";
            foreach (var (other, actual) in _actual.Where(other => Time().IsMatch(other.Key)))
            {
                var asShown = string.CompareOrdinal(other, shown);
                var asSaid = string.CompareOrdinal(actual, said);
                if ((asShown < 0 && asSaid > 0) || (asShown > 0 && asSaid < 0)) return $"{path} is \"{said}\", on the wrong side of \"{actual}\"";
            }
        }

        _actual.Add(shown, said);
        return null;
    }

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")]
    private static partial Regex Time();

    [GeneratedRegex("<key of (?<app>[a-z]+)>")]
    private static partial Regex Key();

    [GeneratedRegex("<token of (?<user>[a-z]+)(?: for (?<seconds>[0-9]+) s)?>")]
    private static partial Regex Token();
}
