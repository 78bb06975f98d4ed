using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Parley.Logging;

/// <summary>A short line per event for a person at a terminal, and the stack of an exception below it. No event can steer the terminal.</summary>
internal sealed class TextLines(TimeProvider clock) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "parley-text";

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TextWriter output)
    {
        var time = clock.Now().ToOffset(clock.LocalTimeZone.GetUtcOffset(clock.Now())).ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
        var category = entry.Category[(entry.Category.LastIndexOf('.') + 1)..];
        var (colour, plain) = (ColourOf(entry.LogLevel), "\e[0m");
        var message = LineCap.Cap(entry.Formatter(entry.State, entry.Exception));
        output.WriteLine($"{time} {colour}{LogLines.NameOf(entry.LogLevel),-5}{plain} {Visible(category)}: {Visible(message)}");
        foreach (var line in entry.Exception?.ToString().Split('\n') ?? []) output.WriteLine($"      {Visible(LineCap.Cap(line.TrimEnd()))}");
    }

    private static string ColourOf(LogLevel level) => level switch
    {
        LogLevel.Warning => "\e[33m",
        LogLevel.Error or LogLevel.Critical => "\e[31m",
        LogLevel.Information => "\e[32m",
        _ => "\e[2m",
    };

    /// <summary>Characters that move a cursor, colour, reorder or break a line are shown as their numbers.</summary>
    private static string Visible(string text)
    {
        var visible = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (Steers(rune)) visible.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:X4}");
            else visible.Append(rune.ToString());
        }

        return visible.ToString();
    }

    private static bool Steers(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
