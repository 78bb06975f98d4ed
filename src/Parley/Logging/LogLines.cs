using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Parley.Logging;

/// <summary>How events look on standard output: lines of JSON for machines, lines of text in a terminal.</summary>
internal static class LogLines
{
    public static ILoggingBuilder AddLines(this ILoggingBuilder logging)
    {
        logging.ClearProviders();
        logging.Services.AddSingleton(TimeProvider.System);
        logging.AddConsoleFormatter<JsonLines, ConsoleFormatterOptions>();
        logging.AddConsoleFormatter<TextLines, ConsoleFormatterOptions>();
        logging.AddConsole(console => console.FormatterName = Console.IsOutputRedirected ? JsonLines.FormatterName : TextLines.FormatterName);
        // What the framework says of each request and of its own life is not news to an operator.
        logging.AddFilter("Microsoft", LogLevel.Warning);
        return logging;
    }

    public static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "error",
        _ => "fatal",
    };

    /// <summary>A value as text, capped.</summary>
    public static string TextOf(object? value) => LineCap.Cap(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
}
