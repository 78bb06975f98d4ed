using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Parley.Hosting;
using Parley.Storage;

namespace Parley;

/// <summary>Turns what stopped a command into sentences for people.</summary>
internal static class ErrorSentences
{
    public static IReadOnlyList<string> Of(Exception error) => error switch
    {
        AggregateException several => [.. several.InnerExceptions.SelectMany(Of).Distinct(StringComparer.Ordinal)],
        InvalidSettingsException settings => settings.Problems,
        OptionsValidationException options => [.. options.Failures],
        CommandException or StorageException => [error.Message],
        IOException { InnerException: AddressInUseException } =>
            [$"{error.Message.TrimEnd('.')}: stop what listens there, or choose another address with --urls."],
        // Anything else is an outage or a bug: its type tells the maintainers which.
        _ => [$"{error.GetType().Name}: {error.Message.ReplaceLineEndings(" ")}"],
    };
}
