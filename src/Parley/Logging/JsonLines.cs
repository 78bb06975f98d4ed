using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Parley.Logging;

/// <summary>One line of ASCII JSON per event, whatever its values hold: nothing a stranger sends can begin a line or reach a terminal.</summary>
internal sealed class JsonLines(TimeProvider clock) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "parley-json";

    private const int MaxValues = 32;
    private const int MaxFrames = 40;
    private const int MaxCauses = 4;

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TextWriter output)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("at"u8, clock.Now());
            json.WriteString("level"u8, LogLines.NameOf(entry.LogLevel));
            json.WriteString("category"u8, LineCap.Cap(entry.Category));
            if (entry.EventId.Name is { } name) json.WriteString("event"u8, LineCap.Cap(name));
            json.WriteString("message"u8, LineCap.Cap(entry.Formatter(entry.State, entry.Exception)));
            WriteValues(json, "values"u8, Pairs(entry.State));
            WriteValues(json, "scope"u8, InScope(scopes));
            if (entry.Exception is { } exception) WriteException(json, exception);
            json.WriteEndObject();
        }

        output.WriteLine(Encoding.ASCII.GetString(buffer.WrittenSpan));
    }

    private static IEnumerable<KeyValuePair<string, object?>> Pairs(object? state) =>
        (state as IEnumerable<KeyValuePair<string, object?>> ?? []).Where(pair => pair.Key != "{OriginalFormat}");

    private static List<KeyValuePair<string, object?>> InScope(IExternalScopeProvider? scopes)
    {
        var pairs = new List<KeyValuePair<string, object?>>();
        scopes?.ForEachScope(static (scope, pairs) => pairs.AddRange(Pairs(scope)), pairs);
        return pairs;
    }

    private static void WriteValues(Utf8JsonWriter json, ReadOnlySpan<byte> name, IEnumerable<KeyValuePair<string, object?>> pairs)
    {
        // The innermost scope wins; a name twice in an object would be read differently by every reader.
        var values = pairs.Reverse().DistinctBy(pair => pair.Key).Reverse().Take(MaxValues).ToList();
        if (values.Count == 0) return;
        json.WriteStartObject(name);
        foreach (var (key, value) in values)
        {
            switch (value)
            {
                case null: json.WriteNull(LineCap.Cap(key)); break;
                case bool flag: json.WriteBoolean(LineCap.Cap(key), flag); break;
                case int number: json.WriteNumber(LineCap.Cap(key), number); break;
                case long number: json.WriteNumber(LineCap.Cap(key), number); break;
                default: json.WriteString(LineCap.Cap(key), LogLines.TextOf(value)); break;
            }
        }

        json.WriteEndObject();
    }

    private static void WriteException(Utf8JsonWriter json, Exception exception)
    {
        json.WriteStartArray("exception"u8);
        var causes = 0;
        for (var cause = exception; cause is not null && causes < MaxCauses; cause = cause.InnerException, causes++)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, LineCap.Cap(cause.GetType().ToString()));
            json.WriteString("message"u8, LineCap.Cap(cause.Message));
            json.WriteStartArray("stack"u8);
            var frames = (cause.StackTrace ?? "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            foreach (var frame in frames.Take(MaxFrames)) json.WriteStringValue(LineCap.Cap(frame));

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
