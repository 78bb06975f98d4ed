using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Parley.Chaos;

/// <summary>A history in a file, one thing a line as JSON, so that it can be judged again, searched and kept.</summary>
internal static class HistoryFile
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Writes it, to the disk, over what was there.</summary>
    public static void Write(string path, History history)
    {
        using var file = File.Create(path);
        using (var writer = new StreamWriter(file, leaveOpen: true))
        {
            foreach (var line in Lines(history)) writer.WriteLine(JsonSerializer.Serialize(line, Format));
        }

        file.Flush(flushToDisk: true);
    }

    /// <exception cref="JsonException">The file is not a history.</exception>
    public static History Read(string path)
    {
        var lines = File.ReadLines(path).Select(line => JsonSerializer.Deserialize<Line>(line, Format) ?? throw new JsonException($"{path} has a line that says nothing.")).ToList();
        return new History(
            [.. lines.Select(line => line.Attempt).OfType<Attempt>()],
            lines.Select(line => line.Log).OfType<LogOf>().ToDictionary(log => log.Conversation, log => log.Entries),
            [.. lines.Select(line => line.Stream).OfType<PushStream>()],
            [.. lines.Select(line => line.Timeline).OfType<Timeline>()],
            [.. lines.Select(line => line.Page).OfType<PageSeen>()],
            [.. lines.Select(line => line.Cursor).OfType<CursorSeen>()])
        {
            Outcomes = lines.Select(line => line.Outcomes).OfType<Outcomes>().Single(),
        };
    }

    private static IEnumerable<Line> Lines(History history) =>
    [
        new Line { Outcomes = history.Outcomes },
        .. history.Attempts.Select(attempt => new Line { Attempt = attempt }),
        .. history.Log.Select(log => new Line { Log = new LogOf(log.Key, log.Value) }),
        .. history.Streams.Select(stream => new Line { Stream = stream }),
        .. history.Timelines.Select(timeline => new Line { Timeline = timeline }),
        .. history.Pages.Select(page => new Line { Page = page }),
        .. history.Cursors.Select(cursor => new Line { Cursor = cursor }),
    ];

    /// <summary>A line: exactly one of these.</summary>
    private sealed record Line
    {
        public Outcomes? Outcomes { get; init; }

        public Attempt? Attempt { get; init; }

        public LogOf? Log { get; init; }

        public PushStream? Stream { get; init; }

        public Timeline? Timeline { get; init; }

        public PageSeen? Page { get; init; }

        public CursorSeen? Cursor { get; init; }
    }

    private sealed record LogOf(ConversationId Conversation, IReadOnlyList<Entry> Entries);
}
